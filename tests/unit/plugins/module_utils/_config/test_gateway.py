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
    found = config(variables, facts, options, catalog, model_fallbacks=["eu.amazon.nova-pro-v1:0"])
    assert found["path"] == "/data/.openclaw/openclaw.json"
    assert (found["primary_model"], found["fallback_models"]) == (OPUS, ["eu.amazon.nova-pro-v1:0"])
    assert [each["id"] for each in found["models"]] == [OPUS, "eu.amazon.nova-pro-v1:0"]
    assert found["region"] == "eu-central-1"
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
        ("us.amazon.nova-lite-v1:0", "Nova Lite", 300000),
    ],
)
def test_what_is_known_of_a_model_is_told_whatever_its_profile(catalog, model_id, name, window):
    entry = model_entry(model_id, catalog["models"])
    assert (entry["id"], entry["name"], entry["context_window"]) == (model_id, name, window)
    assert set(entry) <= {"id", "name", "reasoning", "input", "context_window", "max_tokens", "cost"}


@pytest.mark.parametrize(
    ("model_id", "cost"),
    [
        (OPUS, {"input": 5, "output": 25, "cache_read": 0.5, "cache_write": 6.25}),
        (OPUS.replace("global.", "eu."), {"input": 5.5, "output": 27.5, "cache_read": 0.55, "cache_write": 6.875}),
        ("in.anthropic.claude-haiku-4-5-20251001-v1:0", None),
        ("anthropic.claude-sonnet-4-6", None),
        ("us.amazon.nova-lite-v1:0", None),
    ],
)
def test_a_price_is_told_where_all_regions_have_it(catalog, model_id, cost):
    assert model_entry(model_id, catalog["models"]).get("cost") == cost


def test_what_the_user_knows_better_is_told_word_for_word(variables, facts, options, catalog):
    details = [{"id": OPUS, "max_tokens": 8192, "cost": {"input": 0}}]
    [entry] = config(variables, facts, options, catalog, model_details=details)["models"]
    assert (entry["max_tokens"], entry["context_window"], entry["cost"]) == (8192, 200000, {"input": 0})


def test_of_an_unknown_model_only_the_id_is_told(catalog):
    assert model_entry("mistral.unheard-of-v9:0", catalog["models"]) == {
        "id": "mistral.unheard-of-v9:0",
        "name": "mistral.unheard-of-v9:0",
    }
