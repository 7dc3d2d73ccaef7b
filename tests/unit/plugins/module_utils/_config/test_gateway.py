# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import plan_deployment
from ansible_collections.openclaw.ecs.plugins.module_utils._config.gateway import model_entry

OPUS = "global.anthropic.claude-opus-4-5-20251101-v1:0"


def config(variables, facts, options, catalog, **changes):
    changed = {**variables, **{f"openclaw_{name}": value for name, value in changes.items()}}
    return plan_deployment(changed, facts, options, catalog)["config"]


def test_the_configuration_follows_from_the_variables(variables, facts, options, catalog):
    found = config(variables, facts, options, catalog, model_fallbacks=["amazon.nova-pro-v1:0"])
    assert found["path"] == "/data/.openclaw/openclaw.json"
    assert (found["primary_model"], found["fallback_models"]) == (OPUS, ["amazon.nova-pro-v1:0"])
    assert [each["id"] for each in found["models"]] == [OPUS, "amazon.nova-pro-v1:0"]
    assert (found["region"], found["base_url"]) == ("eu-central-1", None)
    assert found["memory_search"] is True
    assert found["embedding_model"] == "amazon.titan-embed-text-v2:0"
    assert found["control_ui_origins"] == ["http://localhost:18789"]


def test_the_address_of_bedrock_can_be_another(variables, facts, options, catalog):
    found = config(variables, facts, options, catalog, bedrock_endpoint_url="https://bedrock.proxy.example")
    assert found["base_url"] == "https://bedrock.proxy.example"


def test_a_model_that_is_its_own_fallback_is_described_once(variables, facts, options, catalog):
    found = config(variables, facts, options, catalog, model_fallbacks=[OPUS])
    assert [each["id"] for each in found["models"]] == [OPUS]


@pytest.mark.parametrize(
    ("model_id", "name", "window"),
    [
        (OPUS, "Claude Opus 4.5", 200000),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", 200000),
        ("us.amazon.nova-lite-v1:0", "Amazon Nova", 300000),
    ],
)
def test_what_is_known_of_a_model_is_told_whatever_its_profile(catalog, model_id, name, window):
    entry = model_entry(model_id, catalog["models"])
    assert (entry["id"], entry["name"], entry["context_window"]) == (model_id, name, window)
    assert "pattern" not in entry


def test_of_an_unknown_model_only_the_id_is_told(catalog):
    assert model_entry("mistral.unheard-of-v9:0", catalog["models"]) == {
        "id": "mistral.unheard-of-v9:0",
        "name": "mistral.unheard-of-v9:0",
    }
