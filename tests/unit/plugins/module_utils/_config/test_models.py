# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bedrock model IDs: what is refused, and what IAM has to allow."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import bedrock_statements
from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import check_model

OPUS = "anthropic.claude-opus-4-5-20251101-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"
PROFILE = f"arn:aws:bedrock:eu-central-1:123456789012:inference-profile/global.{OPUS}"


@pytest.mark.parametrize("model", [f"global.{OPUS}", f"eu.{OPUS}", TITAN, "amazon.nova-lite-v1:0"])
def test_right_ids(catalog, model):
    assert check_model("openclaw_model", model, catalog["models"]) is None


@pytest.mark.parametrize(
    ("model", "what", "fix"),
    [
        (OPUS, "can only be called through an inference profile", f"global.{OPUS}"),
        (f"amazon-bedrock/global.{OPUS}", "names a provider", f"alone: global.{OPUS}"),
        (f"bedrock/{OPUS}", "names a provider", f"alone: {OPUS}"),
        ("claude-opus-4-5", "is not a Bedrock model ID", "list-inference-profiles"),
        ("", "is not a Bedrock model ID", "list-inference-profiles"),
        ("Anthropic.Claude", "is not a Bedrock model ID", "list-inference-profiles"),
    ],
)
def test_wrong_ids_are_refused_with_the_right_one(catalog, model, what, fix):
    found = check_model("openclaw_model", model, catalog["models"])
    assert what in found["what"]
    assert fix in found["fix"]
    assert found["where"] == f"openclaw_model: {model}"


def statements(catalog, *models, discovery=False):
    return bedrock_statements(models, discovery, "eu-central-1", "123456789012", "aws", catalog["models"])


def test_a_global_profile_needs_three_resources(catalog):
    found = statements(catalog, f"global.{OPUS}")
    assert [each["Resource"] for each in found] == [
        [PROFILE],
        [f"arn:aws:bedrock:eu-central-1::foundation-model/{OPUS}"],
        [f"arn:aws:bedrock:::foundation-model/{OPUS}"],
    ]
    conditions = [each.get("Condition") for each in found]
    through = {"StringEquals": {"bedrock:InferenceProfileArn": PROFILE}}
    assert conditions == [None, through, through]


def test_a_geographic_profile_needs_the_model_wherever_it_routes_to(catalog):
    assert [each["Resource"] for each in statements(catalog, f"eu.{OPUS}")] == [
        [f"arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.{OPUS}"],
        [f"arn:aws:bedrock:*::foundation-model/{OPUS}"],
    ]


def test_a_plain_model_needs_itself_and_both_ways_of_invoking(catalog):
    assert statements(catalog, TITAN) == [
        {
            "Effect": "Allow",
            "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
            "Resource": [f"arn:aws:bedrock:eu-central-1::foundation-model/{TITAN}"],
        }
    ]


def test_a_model_named_twice_is_allowed_once(catalog):
    assert len(statements(catalog, TITAN, TITAN)) == 1


def test_discovery_is_allowed_only_if_wanted(catalog):
    actions = {action for each in statements(catalog, TITAN, discovery=True) for action in each["Action"]}
    assert "bedrock:ListInferenceProfiles" in actions
    assert "bedrock:ListInferenceProfiles" not in str(statements(catalog, TITAN))
