# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What openclaw.json is to say: refused where the module would refuse it, and allowed to the gateway's role."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import plan_deployment
from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import report
from tests.unit.plugins.modules.config_ground import run

ARN = "arn:aws:bedrock:eu-central-1:123456789012:guardrail/abc123"
SECRET = "arn:aws:ssm:eu-central-1:123456789012:parameter/openclaw/telegram"
PLAIN = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def plan(variables, facts, options, catalog):
    def run(**changes):
        changed = {**variables, **{f"openclaw_{name}": value for name, value in changes.items()}}
        if "version" in changes:
            changed["openclaw_image_tag"] = changes["version"]
        return plan_deployment(changed, facts, options, catalog)

    return run


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        ({"guardrail": "abc"}, "openclaw_guardrail: abc", "not an object with keys"),
        ({"guardrail": 7}, "openclaw_guardrail: 7", "not an object with keys"),
        ({"guardrail": {"identifier": "abc"}}, "openclaw_guardrail: ", "required arguments: version"),
        (
            {"guardrail": {"identifier": "My Rail", "version": "1"}},
            "openclaw_guardrail: identifier: My Rail",
            "list-gua",
        ),
        ({"guardrail": {"identifier": "abc", "version": "0"}}, "openclaw_guardrail: version: 0", "DRAFT"),
        (
            {"guardrail": {"identifier": ARN.replace("eu-central-1", "us-east-1"), "version": "1"}},
            "openclaw_guardrail: identifier: arn:",
            "in us-east-1, the gateway in eu-central-1",
        ),
        (
            {"guardrail": {"identifier": "abc", "version": "1", "trace": "loud"}},
            "openclaw_guardrail: ",
            "must be one of",
        ),
        ({"service_tier": "flex"}, "openclaw_service_tier: flex", "openclaw_image_tag to 2026.5.12"),
        ({"service_tier": "fast", "version": "2026.5.12"}, "openclaw_service_tier: fast", "must be one of"),
        ({"memory_search": True, "version": "2026.3.24"}, "openclaw_memory_search: True", "2026.3.31"),
        (
            {"guardrail": {"identifier": "abc", "version": "1"}, "version": "2026.3.31"},
            "openclaw_guardrail: {",
            "2026.4.1",
        ),
        ({"model_discovery": True, "version": "2026.4.1"}, "openclaw_model_discovery: True", "2026.4.5"),
        ({"gateway_auth_mode": "trusted-proxy"}, "openclaw_gateway_auth_mode: trusted-proxy", "beside a token"),
        ({"gateway_auth_mode": "password"}, "openclaw_gateway_auth_mode: password", "OPENCLAW_GATEWAY_PASSWORD"),
        ({"trusted_proxies": ["proxy"]}, "openclaw_trusted_proxies: proxy", "not an address or a network"),
        ({"trusted_proxies": ["10.0.0.7/8"]}, "openclaw_trusted_proxies: 10.0.0.7/8", "host bits"),
        ({"trusted_proxies": ["::/0"]}, "openclaw_trusted_proxies: ::/0", "believe everybody"),
        ({"control_ui_origins": ["http://box:18789/ui"]}, "openclaw_control_ui_origins: http://box", "not an origin"),
        ({"channels": {"telegram": {"botToken": PLAIN}}}, "openclaw_channels: telegram.botToken", "openclaw_secrets"),
        ({"channels": {"telegram": {"groups": {-100: {"token": "x"}}}}}, "openclaw_channels: telegram.groups", "plain"),
        ({"config_overrides": {"a": f"is {PLAIN}"}}, "openclaw_config_overrides: a", "openclaw_secrets"),
        ({"image_model": "eu.amazon.nova-micro-v1:0"}, "openclaw_image_model: eu.amazon.nova-micro-v1:0", "can't see"),
        ({"channels": {"a": [{"$include": "./b"}]}}, "openclaw_channels: a.$include", "the next run"),
        ({"config_overrides": {"$include": "./b"}}, "openclaw_config_overrides: $include", "the next run"),
        ({"image_model": "nonsense"}, "openclaw_image_model: nonsense", "not a Bedrock model ID"),
    ],
)
def test_one_mistake_is_one_problem(plan, changes, where, words):
    found = plan(**changes)["problems"]
    assert len(found) == 1, found
    assert found[0]["where"].startswith(where)
    assert words in " ".join(found[0].values())


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": {"telegram": {"botToken": PLAIN}}},
        {"config_overrides": {"a": PLAIN}},
        {"chanels": {"telegram": {"botToken": PLAIN}}},
        {"secerts": {"TELEGRAM_TOKEN": "hunter2"}},
        {"channels": f"telegram {PLAIN}"},
    ],
)
def test_a_secret_in_plain_text_is_not_shown(plan, changes):
    found = report(plan(**changes)["problems"])
    assert "1. " in found
    assert PLAIN not in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("changes", "option", "value"),
    [
        ({"image_model": "eu.amazon.nova-pro-v1:0"}, "image_model", "eu.amazon.nova-pro-v1:0"),
        ({"model_discovery": True}, "discovery", {"enabled": True}),
        (
            {"model_discovery": True, "model_discovery_details": {"provider_filter": ["anthropic"]}},
            "discovery",
            {"enabled": True, "provider_filter": ["anthropic"]},
        ),
        (
            {"guardrail": {"identifier": "abc", "version": 1, "trace": "enabled"}},
            "guardrail",
            {"identifier": "abc", "version": "1", "trace": "enabled"},
        ),
        ({"service_tier": "flex", "version": "2026.5.12"}, "service_tier", "flex"),
        (
            {"gateway_auth_mode": "password", "secrets": {"OPENCLAW_GATEWAY_PASSWORD": SECRET}},
            "gateway_auth_mode",
            "password",
        ),
        ({"trusted_proxies": ["10.0.0.7"]}, "trusted_proxies", ["10.0.0.7"]),
        ({"outside_hosts": True}, "outside_hosts", True),
        ({"channels": {"telegram": {"enabled": True}}}, "channels", {"telegram": {"enabled": True}}),
    ],
)
def test_each_setting_reaches_the_module(plan, changes, option, value):
    deployment = plan(**changes)
    assert deployment["problems"] == []
    assert deployment["config"][option] == value
    assert plan()["config"].get(option) in (None, [], {}, False)


def test_what_the_release_does_not_have_is_not_said(plan):
    assert "memory_search" not in plan(memory_search=False, version="2026.3.24")["config"]
    assert plan(memory_search=False)["config"]["memory_search"] is False


def test_the_image_model_is_described_and_allowed(plan):
    deployment = plan(image_model="eu.amazon.nova-pro-v1:0")
    assert "eu.amazon.nova-pro-v1:0" in [each["id"] for each in deployment["config"]["models"]]
    assert "inference-profile/eu.amazon.nova-pro-v1:0" in str(deployment["bedrock_statements"])
    assert "nova-pro" not in str(plan()["bedrock_statements"])


@pytest.mark.parametrize("identifier", ["abc123", ARN])
def test_the_guardrail_may_be_applied_and_no_other(plan, identifier):
    statements = plan(guardrail={"identifier": identifier, "version": "DRAFT"})["bedrock_statements"]
    [statement] = [each for each in statements if "bedrock:ApplyGuardrail" in each["Action"]]
    assert statement == {"Effect": "Allow", "Action": ["bedrock:ApplyGuardrail"], "Resource": [ARN]}
    assert "Guardrail" not in str(plan()["bedrock_statements"])


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"channels": {"telegram": {"botToken": "${TELEGRAM}"}}}, ["TELEGRAM"]),
        ({"channels": {"telegram": {"botToken": "${TELEGRAM}"}}, "secrets": {"TELEGRAM": SECRET}}, []),
        ({"config_overrides": {"a": ["${ONE} $${TWO}", "${HOME}"]}, "environment": {"THREE": "3"}}, ["ONE"]),
        (
            {"channels": {"discord": {"token": {"source": "env", "provider": "default", "id": "DISCORD"}}}},
            ["DISCORD"],
        ),
    ],
)
def test_a_variable_that_the_gateway_is_not_given_is_a_warning(plan, changes, names):
    deployment = plan(**changes)
    assert deployment["problems"] == []
    assert [warning.split("${")[1].split("}")[0] for warning in deployment["warnings"]] == names


OPUS, NOVA = "global.anthropic.claude-opus-4-5-20251101-v1:0", "eu.amazon.nova-pro-v1:0"
NEW = ["eu-west.anthropic.claude-new-v1:0", "mars.anthropic.claude-new-v1:0", "openai.gpt-9"]


def mostly(right, wrong):
    """Right values most of the time, since a single wrong one is refused here."""
    return st.sampled_from([*right * 5, *wrong])


MODEL = mostly([OPUS, NOVA, *NEW], ["amazon.titan-embed-text-v2:0", "a", "a.b", ARN, ""])
TREES = st.recursive(
    mostly([None, True, 7, "${NAME}", "text", ""], [PLAIN]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(mostly(["telegram", "id", -100123], ["botToken", "password", "$include"]), inner, max_size=2),
    ),
    max_leaves=4,
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "version": mostly(
            ["2026.4.5", "2026.5.7", "2026.5.12", "2026.9.6", "2027.1.1"], ["2026.3.13", "2026.3.24", "5.7"]
        ),
        "region": mostly(["eu-central-1"], ["us-gov-west-1", "Frankfurt"]),
        "model": MODEL,
        "model_fallbacks": st.lists(MODEL, max_size=2),
        "image_model": MODEL,
        "embedding_model": mostly(["amazon.titan-embed-text-v2:0", *NEW], ["", OPUS]),
        "memory_search": st.booleans(),
        "model_discovery": st.booleans(),
        "model_discovery_details": st.fixed_dictionaries({}, optional={"refresh_interval": st.integers()}),
        "guardrail": mostly(
            [
                None,
                {},
                {"identifier": "abc", "version": 1},
                {"identifier": ARN, "version": "DRAFT", "trace": "disabled"},
            ],
            [{"identifier": "A", "version": "1"}, {"version": "1"}],
        ),
        "service_tier": mostly([None, "default", "reserved"], ["fast"]),
        "gateway_auth_mode": mostly([None, "token"], ["password", "trusted-proxy"]),
        "trusted_proxies": st.lists(mostly(["10.0.0.7", "10.0.0.0/8", "::1"], ["10.0.0.1/8", "proxy", 7])),
        "control_ui_origins": st.lists(mostly(["*", "http://a:1", "https://[::1]:8"], ["http://a/b", "a", "http://"])),
        "bedrock_endpoint_url": mostly(["", "https://proxy.example/path"], ["proxy", "http://"]),
        "outside_hosts": st.booleans(),
        "channels": st.dictionaries(st.sampled_from(["telegram", "discord"]), TREES, max_size=2),
        "config_overrides": st.dictionaries(st.sampled_from(["tools", "channels", "gateway"]), TREES, max_size=2),
    },
)


@given(changes=CHANGES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_what_is_not_refused_here_is_not_refused_on_the_setup_host(plan, tmp_path, changes):
    deployment = plan(**changes)
    if not deployment["problems"]:
        config = {name: value for name, value in deployment["config"].items() if name != "path"}
        result = run(tmp_path / "openclaw.json", check_mode=True, **config)
        assert "failed" not in result, result["msg"]
