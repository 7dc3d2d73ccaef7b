# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bedrock model IDs: what is refused, what is doubted, and what IAM has to allow."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import bedrock_statements
from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import check_model
from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import doubts
from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import parse_model
from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import reaches
from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import ways
from ansible_collections.openclaw.ecs.plugins.module_utils._config.models import with_details

OPUS = "anthropic.claude-opus-4-5-20251101-v1:0"
SONNET = "anthropic.claude-sonnet-4-6"
TITAN = "amazon.titan-embed-text-v2:0"
COHERE = "cohere.embed-v4:0"
R1 = "deepseek.r1-v1:0"
V3 = "deepseek.v3.2"
LLAMA = "meta.llama4-scout-17b-instruct-v1:0"
HERE = "eu-central-1"
PROFILE = f"arn:aws:bedrock:{HERE}:123456789012:inference-profile/global.{OPUS}"


@pytest.fixture
def models(catalog):
    return catalog["models"]


@pytest.mark.parametrize(
    ("model", "scope", "foundation"),
    [
        (f"global.{OPUS}", "global", OPUS),
        (f"us-gov.{OPUS}", "us-gov", OPUS),
        (OPUS, None, OPUS),
        ("moonshotai.kimi-k2.5", None, "moonshotai.kimi-k2.5"),
        (V3, None, V3),
        (f"us.{V3}", "us", V3),
        ("us.nobody.nothing-1", "us", "nobody.nothing-1"),
        (f"kr.{OPUS}", "kr", OPUS),
        ("kr.nobody.nothing-1", None, "kr.nobody.nothing-1"),
    ],
)
def test_an_id_is_taken_apart(models, model, scope, foundation):
    found = parse_model(model, models)
    assert (found.id, found.scope, found.foundation) == (model, scope, foundation)


@pytest.mark.parametrize(
    ("model", "region"),
    [
        (f"global.{OPUS}", HERE),
        (f"global.{OPUS}", "ap-southeast-4"),
        (f"global.{OPUS}", "me-central-1"),
        (f"eu.{OPUS}", HERE),
        (f"us.{OPUS}", "ca-central-1"),
        (f"jp.{SONNET}", "ap-northeast-3"),
        (f"au.{SONNET}", "ap-southeast-4"),
        ("apac.amazon.nova-pro-v1:0", "ap-southeast-1"),
        ("eu.amazon.nova-pro-v1:0", "il-central-1"),
        ("ca.amazon.nova-lite-v1:0", "ca-west-1"),
        ("in.anthropic.claude-haiku-4-5-20251001-v1:0", "ap-south-2"),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov-west-1"),
        ("amazon.nova-pro-v1:0", "us-east-1"),
        (SONNET, "eu-west-2"),
        (V3, "us-east-1"),
        (f"us.{R1}", "us-west-2"),
        (f"us.{OPUS}", ""),
        ("amazon.nova-pro-v1:0", ""),
        (V3, HERE),
        ("mistral.unheard-of-v9:0", HERE),
        ("eu.mistral.unheard-of-v9:0", HERE),
        ("kr.anthropic.claude-unheard-of-9", "ap-northeast-2"),
    ],
)
def test_right_ids(models, model, region):
    assert check_model("openclaw_model", model, region, models) is None


@pytest.mark.parametrize(
    ("model", "what", "fix"),
    [
        (f"amazon-bedrock/global.{OPUS}", "names a provider", f"alone: global.{OPUS}"),
        (f"bedrock/{OPUS}", "names a provider", f"alone: {OPUS}"),
        (PROFILE, "is an ARN", "list-inference-profiles"),
        ("claude-opus-4-5", "is not a Bedrock model ID", "list-inference-profiles"),
        ("", "is not a Bedrock model ID", "list-inference-profiles"),
        ("global.", "is not a Bedrock model ID", "list-inference-profiles"),
        ("Anthropic.Claude", "is not a Bedrock model ID", "list-inference-profiles"),
        (f"{OPUS} ", "is not a Bedrock model ID", "list-inference-profiles"),
    ],
)
def test_what_is_no_id_is_refused_with_the_right_one(models, model, what, fix):
    found = check_model("openclaw_model", model, HERE, models)
    assert what in found["what"]
    assert fix in found["fix"]
    assert found["where"] == f"openclaw_model: {model}"


@pytest.mark.parametrize(
    ("model", "region", "what", "fix"),
    [
        (OPUS, HERE, f"through an inference profile from {HERE}", f"Write global.{OPUS} or eu.{OPUS}."),
        (OPUS, "us-west-2", "through an inference profile from us-west-2", f"Write global.{OPUS} or us.{OPUS}."),
        (OPUS, "", "through an inference profile.", f"Write global.{OPUS} or us.{OPUS} or eu.{OPUS}."),
        (SONNET, HERE, f"through an inference profile from {HERE}", f"Write global.{SONNET} or eu.{SONNET}."),
        ("amazon.nova-pro-v1:0", HERE, "through an inference profile", "Write eu.amazon.nova-pro-v1:0."),
        (f"us.{OPUS}", HERE, f"scope us. can't be called from {HERE}", f"Write global.{OPUS} or eu.{OPUS}."),
        (f"global.{OPUS}", "us-gov-west-1", "scope global. can't be called", f"Write us.{OPUS}."),
        (f"jp.{SONNET}", "ap-southeast-2", "scope jp. can't be called", f"Write global.{SONNET} or au.{SONNET}."),
        (f"us.{R1}", HERE, "scope us. can't be called", "Choose another model"),
        ("us.nobody.nothing-1", HERE, "scope us. can't be called", "Write the ID of a profile that your region has"),
        (f"global.{R1}", "us-east-1", f"There is no inference profile global.{R1}", f"Write us.{R1}."),
        (f"apac.{SONNET}", "ap-northeast-1", "There is no inference profile", f"Write global.{SONNET} or jp.{SONNET}."),
        (f"us.{V3}", "us-east-1", "There is no inference profile", f"Write {V3}."),
        (f"eu.{R1}", HERE, "There is no inference profile", "Choose another model"),
    ],
)
def test_a_model_that_can_not_be_called_so_is_refused_with_the_ids_that_can(models, model, region, what, fix):
    found = check_model("openclaw_model", model, region, models)
    assert what in found["what"]
    assert found["fix"].startswith(fix)


def test_a_refusal_that_may_be_out_of_date_says_of_when_it_is_and_what_to_do(models):
    for model in (OPUS, f"jp.{OPUS}"):
        found = check_model("openclaw_model", model, "ap-northeast-1", models)
        assert f"after {models['listed_on']}, say so in openclaw_model_details" in found["fix"]


@pytest.mark.parametrize(
    ("model", "embeds", "what"),
    [
        (TITAN, False, f"{TITAN} does not answer"),
        (f"global.{OPUS}", True, f"global.{OPUS} does not embed texts"),
    ],
)
def test_embedding_models_and_others_do_not_stand_in_for_each_other(models, model, embeds, what):
    assert what in check_model("openclaw_model", model, HERE, models, embeds)["what"]
    assert check_model("openclaw_model", model, HERE, models, not embeds) is None


def doubted(models, model, region=HERE, embeds=False):
    return list(doubts("openclaw_model", model, region, models, embeds))


@pytest.mark.parametrize(
    ("model", "region", "embeds"),
    [
        (f"global.{OPUS}", HERE, False),
        (TITAN, HERE, True),
        (V3, "us-east-1", False),
        (V3, "", False),
    ],
)
def test_nothing_is_doubtful_about_well_known_models(models, model, region, embeds):
    assert doubted(models, model, region, embeds) == []


@pytest.mark.parametrize(
    ("model", "region", "embeds", "words"),
    [
        ("mistral.unheard-of-v9:0", HERE, False, "not among the models known here"),
        ("eu.mistral.unheard-of-v9:0", HERE, False, "openclaw_model_details"),
        (f"kr.{OPUS}", "ap-northeast-2", False, "the scope kr., which is not known here"),
        (V3, HERE, False, f"could not be called from {HERE}"),
        (TITAN, "ap-southeast-1", True, "could not be called from ap-southeast-1"),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", HERE, False, "legacy"),
        (f"us.{LLAMA}", "us-east-1", False, "doesn't support tool use in streaming mode"),
        (f"us.{R1}", "us-east-1", False, "doesn't support tool use in streaming mode"),
        (f"eu.{COHERE}", HERE, True, f"knows {COHERE} alone"),
    ],
)
def test_what_may_fail_all_the_same_is_told(models, model, region, embeds, words):
    [found] = doubted(models, model, region, embeds)
    assert found.startswith(f"openclaw_model: {model} ")
    assert words in found


def test_what_the_user_knows_of_a_new_model_is_believed(models):
    new = {
        "id": "mistral.unheard-of-v9:0",
        "name": "Unheard",
        "context_window": 5000,
        "profiles": ["eu"],
        "on_demand": [],
    }
    known = with_details(models, [{**new, "max_tokens": None, "cost": {"input": 1.5, "output": None}}])
    assert known["known"]["mistral.unheard-of-v9:0"] == {
        "gateway": {"name": "Unheard", "context_window": 5000, "cost": {"input": 1.5}},
        "profiles": ["eu"],
        "on_demand": [],
    }
    assert doubted(known, "eu.mistral.unheard-of-v9:0") == []
    assert "Write eu.mistral" in check_model("openclaw_model", "mistral.unheard-of-v9:0", HERE, known)["fix"]


def test_of_a_new_model_it_need_not_be_known_how_it_is_called(models):
    known = with_details(models, [{"id": "global.mistral.unheard-of-v9:0", "max_tokens": 900}])
    assert known["known"]["mistral.unheard-of-v9:0"] == {"gateway": {"max_tokens": 900}}
    for model in ("global.mistral.unheard-of-v9:0", "mistral.unheard-of-v9:0"):
        assert check_model("openclaw_model", model, HERE, known) is None
        assert doubted(known, model) == []


def test_what_the_user_knows_better_takes_the_place_of_what_is_known(models):
    known = with_details(models, [{"id": OPUS, "profiles": ["jp"], "max_tokens": 7}])
    assert check_model("openclaw_model", f"jp.{OPUS}", "ap-northeast-1", known) is None
    assert known["known"][OPUS]["gateway"] == {**models["known"][OPUS]["gateway"], "max_tokens": 7}
    assert models["known"][OPUS]["profiles"] == ["global", "us", "eu"]


@pytest.mark.parametrize("details", [None, [], [{"id": "nonsense", "name": "x"}]])
def test_details_that_say_nothing_change_nothing(models, details):
    assert with_details(models, details) == models


def test_every_known_model_is_described_whole(models):
    for model_id, known in models["known"].items():
        assert parse_model(model_id, models).scope is None, model_id
        assert set(known["profiles"]) <= set(models["scopes"]), model_id
        assert known["profiles"] or known["on_demand"], model_id
        limits = {"name"} if "dimensions" in known else {"name", "reasoning", "input", "context_window", "max_tokens"}
        assert set(known["gateway"]) == limits, model_id
        assert set(known) <= {
            *("gateway", "dimensions", "cost", "profiles", "on_demand", "legacy", "streams_tools"),
        }, model_id


def test_every_profile_can_be_called_from_somewhere(models):
    regions = ["us-east-1", "us-gov-west-1", "ca-central-1", HERE, "ap-south-1", "ap-southeast-2", "ap-northeast-1"]
    for model_id, known in models["known"].items():
        for scope in known["profiles"]:
            callers = [region for region in regions if reaches(scope, region, models)]
            assert callers, scope
            assert all(f"{scope}.{model_id}" in ways(model_id, region, models) for region in callers)


def statements(catalog, *models, discovery=False):
    return bedrock_statements(models, discovery, HERE, "123456789012", "aws", catalog["models"])


def test_a_global_profile_needs_three_resources(catalog):
    found = statements(catalog, f"global.{OPUS}")
    assert [each["Resource"] for each in found] == [
        [PROFILE],
        [f"arn:aws:bedrock:{HERE}::foundation-model/{OPUS}"],
        [f"arn:aws:bedrock:::foundation-model/{OPUS}"],
    ]
    conditions = [each.get("Condition") for each in found]
    through = {"StringEquals": {"bedrock:InferenceProfileArn": PROFILE}}
    assert conditions == [None, through, through]


@pytest.mark.parametrize("scope", ["eu", "kr"])
def test_a_geographic_profile_needs_the_model_wherever_it_routes_to(catalog, scope):
    assert [each["Resource"] for each in statements(catalog, f"{scope}.{OPUS}")] == [
        [f"arn:aws:bedrock:{HERE}:123456789012:inference-profile/{scope}.{OPUS}"],
        [f"arn:aws:bedrock:*::foundation-model/{OPUS}"],
    ]


def test_a_plain_model_needs_itself_and_both_ways_of_invoking(catalog):
    assert statements(catalog, TITAN) == [
        {
            "Effect": "Allow",
            "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
            "Resource": [f"arn:aws:bedrock:{HERE}::foundation-model/{TITAN}"],
        }
    ]


def test_a_model_named_twice_is_allowed_once(catalog):
    assert len(statements(catalog, TITAN, TITAN)) == 1


def test_discovery_is_allowed_only_if_wanted(catalog):
    actions = {action for each in statements(catalog, TITAN, discovery=True) for action in each["Action"]}
    assert "bedrock:ListInferenceProfiles" in actions
    assert "bedrock:ListInferenceProfiles" not in str(statements(catalog, TITAN))
