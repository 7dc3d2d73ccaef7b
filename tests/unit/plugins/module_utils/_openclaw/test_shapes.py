"""What the options ask for, by version of OpenClaw, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw import models
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw import versions
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.errors import Refused
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import Managed
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import Wanted
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import merge
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import MISSING
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.shapes import advice
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.shapes import desired

OPUS = "global.anthropic.claude-opus-4-5-20251101-v1:0"
DEFAULTS = {
    "primary_model": None,
    "fallback_models": [],
    "image_model": None,
    "models": [],
    "region": "us-east-1",
    "base_url": None,
    "discovery": None,
    "guardrail": None,
    "service_tier": None,
    "memory_search": None,
    "embedding_model": "amazon.titan-embed-text-v2:0",
    "gateway_auth_mode": None,
    "gateway_bind": "lan",
    "trusted_proxies": [],
    "control_ui_origins": ["http://localhost:18789"],
    "outside_hosts": True,
    "openclaw_version": "2026.5.7",
    "channels": {},
    "overrides": {},
}
GATEWAY = {"mode": "local", "bind": "lan", "controlUi": {"allowedOrigins": ["http://localhost:18789"]}}
QUIET = {"update": {"checkOnStart": False}, "discovery": {"mdns": {"mode": "off"}}}
BEDROCK = ("plugins", "entries", "amazon-bedrock")


def written(**options: Any) -> dict[str, Any]:
    """What a new file would say."""
    return merge(MISSING, Managed(), Wanted(desired({**DEFAULTS, **options})))[0]


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value


def provider(**options: Any) -> dict[str, Any]:
    return written(**options)["models"]["providers"]["amazon-bedrock"]


@pytest.mark.parametrize(
    ("options", "beside_the_gateway"),
    [
        ({}, {}),
        ({"outside_hosts": False}, {**QUIET, "models": {"pricing": {"enabled": False}}}),
        (
            {"outside_hosts": False, "openclaw_version": "2026.8.1"},
            {**QUIET, "models": {"catalogRefresh": {"enabled": False}}},
        ),
        ({"outside_hosts": False, "openclaw_version": "2026.4.26"}, QUIET),
        ({"memory_search": False}, nested(("agents", "defaults", "memorySearch"), {"enabled": False})),
        (
            {"memory_search": True},
            nested(
                ("agents", "defaults", "memorySearch"), {"provider": "bedrock", "model": DEFAULTS["embedding_model"]}
            ),
        ),
        ({"memory_search": False, "openclaw_version": "2026.9.6"}, {"memory": {"search": {"enabled": False}}}),
        (
            {"service_tier": "flex", "openclaw_version": "2026.5.12"},
            nested(("agents", "defaults", "params", "serviceTier"), "flex"),
        ),
        (
            {"discovery": {"enabled": True, "region": None, "provider_filter": ["x"], "refresh_interval": 0}},
            nested(
                BEDROCK,
                {
                    "enabled": True,
                    "config": {"discovery": {"enabled": True, "providerFilter": ["x"], "refreshInterval": 0}},
                },
            ),
        ),
        (
            {"guardrail": {"identifier": "g", "version": "1", "trace": "enabled", "stream_processing_mode": "sync"}},
            nested(
                BEDROCK,
                {
                    "enabled": True,
                    "config": {
                        "guardrail": {
                            "guardrailIdentifier": "g",
                            "guardrailVersion": "1",
                            "trace": "enabled",
                            "streamProcessingMode": "sync",
                        }
                    },
                },
            ),
        ),
        ({"channels": {"telegram": {"botToken": "${T}"}}}, {"channels": {"telegram": {"botToken": "${T}"}}}),
        ({"overrides": {"a": {"b": [1]}}}, {"a": {"b": [1]}}),
    ],
)
def test_what_options_write(options: dict[str, Any], beside_the_gateway: dict[str, Any]) -> None:
    assert written(**options) == {"gateway": GATEWAY, **beside_the_gateway}


def test_models_of_all_options_are_listed_once() -> None:
    config = written(
        primary_model=OPUS,
        fallback_models=["us.amazon.nova-pro-v1:0", OPUS],
        image_model="us.amazon.nova-lite-v1:0",
        models=[{"id": "some.model"}, {"id": OPUS, "name": "Mine"}],
    )
    assert [model["id"] for model in config["models"]["providers"]["amazon-bedrock"]["models"]] == [
        OPUS,
        "us.amazon.nova-pro-v1:0",
        "us.amazon.nova-lite-v1:0",
        "some.model",
    ]
    assert config["agents"]["defaults"] == {
        "model": {
            "primary": f"amazon-bedrock/{OPUS}",
            "fallbacks": ["amazon-bedrock/us.amazon.nova-pro-v1:0", f"amazon-bedrock/{OPUS}"],
        },
        "imageModel": {"primary": "amazon-bedrock/us.amazon.nova-lite-v1:0"},
    }
    assert config["plugins"] == {"entries": {"amazon-bedrock": {"enabled": True}}}


@pytest.mark.parametrize(
    ("details", "model"),
    [
        ({"id": "some.model"}, {"id": "some.model", "name": "some.model"}),
        (
            {"id": OPUS, "name": "O", "reasoning": False, "input": ["text"], "max_tokens": 10, "cost": None},
            {"id": OPUS, "name": "O", "reasoning": False, "input": ["text"], "maxTokens": 10},
        ),
        (
            {
                "id": "some.model",
                "name": "N",
                "context_window": 5,
                "cost": {"input": 3, "cache_write": 2, "output": None},
            },
            {
                "id": "some.model",
                "name": "N",
                "contextWindow": 5,
                "cost": {"input": 3, "output": 0, "cacheRead": 0, "cacheWrite": 2},
            },
        ),
    ],
)
def test_model(details: dict[str, Any], model: dict[str, Any]) -> None:
    assert provider(models=[details])["models"] == [model]


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({}, "https://bedrock-runtime.us-east-1.amazonaws.com"),
        ({"region": "cn-north-1"}, "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"),
        ({"region": "us-gov-west-1"}, "https://bedrock-runtime.us-gov-west-1.amazonaws.com"),
        ({"base_url": "http://localhost:4566"}, "http://localhost:4566"),
        ({"base_url": "https://x.vpce.amazonaws.com", "region": None}, "https://x.vpce.amazonaws.com"),
    ],
)
def test_address(options: dict[str, Any], address: str) -> None:
    found = provider(primary_model=OPUS, **options)
    assert (found["baseUrl"], found["api"], found["auth"]) == (address, "bedrock-converse-stream", "aws-sdk")


def test_gateway() -> None:
    gateway = written(gateway_bind="loopback", gateway_auth_mode="token", trusted_proxies=["10.0.0.7"])["gateway"]
    assert gateway == {
        **GATEWAY,
        "bind": "loopback",
        "auth": {"mode": "token"},
        "trustedProxies": ["10.0.0.7"],
    }


def test_an_item_that_is_given_twice_is_one() -> None:
    twice = [{"id": "x", "a": 1, "b": [1]}, {"id": "x", "a": 2, "b": [2]}, "y", [{"id": "x"}, {"id": "x"}]]
    tree = desired({**DEFAULTS, "overrides": {"l": twice, "args": twice}})
    config, ours = merge(MISSING, Managed(), Wanted(tree))
    assert config["l"] == [{"id": "x", "a": 2, "b": [1, 2]}, "y", [{"id": "x"}, {"id": "x"}]]
    assert config["args"] == twice
    assert merge(config, ours, Wanted(tree)) == (config, ours)
    assert merge(config, ours, Wanted()) == (MISSING, Managed())


def test_overrides_win_and_lists_are_joined() -> None:
    config = written(
        primary_model=OPUS,
        fallback_models=["some.model"],
        channels={"telegram": {"enabled": True}},
        overrides={
            "gateway": {"bind": "custom", "controlUi": {"allowedOrigins": ["https://a", "http://localhost:18789"]}},
            "agents": {"defaults": {"model": {"fallbacks": ["openai/gpt-5"]}}},
            "models": {"providers": {"amazon-bedrock": {"models": [{"id": OPUS, "alias": "o"}, {"id": "new.one"}]}}},
            "channels": {"telegram": {"enabled": False}},
        },
    )
    assert config["gateway"]["bind"] == "custom"
    assert config["gateway"]["controlUi"]["allowedOrigins"] == ["http://localhost:18789", "https://a"]
    assert config["agents"]["defaults"]["model"]["fallbacks"] == ["openai/gpt-5"]
    listed = config["models"]["providers"]["amazon-bedrock"]["models"]
    assert [(model["id"], model.get("alias")) for model in listed] == [
        (OPUS, "o"),
        ("some.model", None),
        ("new.one", None),
    ]
    assert config["channels"] == {"telegram": {"enabled": False}}


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        ({"primary_model": "opus"}, ["primary_model: 'opus' is not a Bedrock model ID."]),
        ({"primary_model": ""}, ["primary_model: '' is not a Bedrock model ID."]),
        ({"image_model": "A.B"}, ["image_model: 'A.B' is not a Bedrock model ID."]),
        ({"embedding_model": "titan"}, ["embedding_model: 'titan' is not a Bedrock model ID."]),
        (
            {"models": [{"id": f"amazon-bedrock/{OPUS}"}]},
            [f"models: 'amazon-bedrock/{OPUS}' names a provider. Write the Bedrock model ID alone, {OPUS}."],
        ),
        ({"region": "eu-central"}, ["region: 'eu-central' is not an AWS region."]),
        ({"base_url": "localhost:1"}, ["base_url: 'localhost:1' is not an address."]),
        ({"primary_model": OPUS, "region": None}, ["region: it is needed to reach Amazon Bedrock."]),
        ({"control_ui_origins": ["*", "localhost"]}, ["control_ui_origins: 'localhost' is not an origin."]),
        ({"control_ui_origins": ["http://a/path"]}, ["control_ui_origins: 'http://a/path' is not an origin."]),
        (
            {"trusted_proxies": ["10.0.0.7", "10.0.0.7/24", "::1", "proxy"]},
            ["trusted_proxies: 10.0.0.7/24 has host bits set.", "trusted_proxies: 'proxy' does not appear to be"],
        ),
        (
            {
                "channels": {"telegram": {"botToken": "1"}},
                "overrides": {"env": {"vars": {"HOME": "/home"}}, "hooks": {"token": "2"}},
            },
            ["channels: telegram.botToken holds a secret", "overrides: hooks.token holds a secret"],
        ),
        (
            {
                "channels": {"$include": "./channels.json5"},
                "overrides": {"agents": {"list": [{"id": "main", "tools": {"$include": ["./a.json5"]}}]}},
            },
            ["channels: it has an $include.", "overrides: agents.list.tools has an $include."],
        ),
        (
            {"service_tier": "flex", "region": "x"},
            ["region: 'x'", "service_tier: OpenClaw 2026.5.7 does not have it, 2026.5.12 and later do."],
        ),
        ({"memory_search": False, "openclaw_version": "2026.3.24"}, ["memory_search: OpenClaw 2026.3.24 does not"]),
        ({"discovery": {"enabled": True}, "openclaw_version": "2026.4.4"}, ["discovery: OpenClaw 2026.4.4 does not"]),
        ({"guardrail": {}, "openclaw_version": "2026.3.31"}, ["guardrail: OpenClaw 2026.3.31 does not"]),
        ({"openclaw_version": "latest"}, ["openclaw_version: 'latest' is not a version of OpenClaw."]),
        (
            {"openclaw_version": "2026.3.23-2"},
            ["openclaw_version: 2026.3.23-2 is too old."],
        ),
    ],
)
def test_what_is_wrong_is_told_at_once(options: dict[str, Any], problems: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        desired({**DEFAULTS, **options})
    lines = str(caught.value).splitlines()
    assert len(lines) == len(problems)
    for line, problem in zip(lines, problems, strict=True):
        assert line.startswith(problem)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"outside_hosts": False, "openclaw_version": "2026.4.26"}, ["OpenClaw 2026.4.26 has no setting"]),
        ({"outside_hosts": False, "openclaw_version": "2026.4.27"}, []),
        ({"outside_hosts": True, "openclaw_version": "2026.4.26"}, []),
    ],
)
def test_advice(options: dict[str, Any], expected: list[str]) -> None:
    found = advice({**DEFAULTS, **options})
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("model_id", "valid"),
    [
        (OPUS, True),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("eu-west.anthropic.claude-new-v1:0", True),
        ("amazon.nova-lite-v1:0", True),
        ("anthropic.claude-opus-4-7", True),
        ("arn:aws:bedrock:eu-central-1:123456789012:provisioned-model/abcdef", True),
        ("arn:aws-cn:bedrock:cn-north-1:123456789012:inference-profile/x.y:0", True),
        ("arn:aws:s3:::bucket/x", False),
        ("us.nova", False),
        ("nova", False),
        ("amazon.", False),
        ("amazon.Nova", False),
        ("amazon nova.x", False),
        ("us-gov.nova", False),
    ],
)
def test_model_ids(model_id: str, valid: bool) -> None:
    assert (models.problem(model_id) is None) is valid


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("2026.3.24", (2026, 3, 24)),
        ("2026.5.7", (2026, 5, 7)),
        ("2026.10.1-beta.2", (2026, 10, 1)),
        ("2026.5.7+build", (2026, 5, 7)),
    ],
)
def test_versions(version: str, numbers: tuple[int, ...]) -> None:
    assert versions.parse_version(version) == numbers


@pytest.mark.parametrize(
    "version", ["", "2026", "2026.5", "v2026.5.7", "2026.5.7.1", "2026.5.7 ", "latest", "2026.5.x"]
)
def test_not_versions(version: str) -> None:
    with pytest.raises(Refused, match="is not a version of OpenClaw"):
        versions.parse_version(version)


@pytest.mark.parametrize(
    ("setting", "version", "path"),
    [
        ("discovery", (2026, 4, 4), None),
        ("discovery", (2026, 4, 5), (*BEDROCK, "config", "discovery")),
        ("guardrail", (2026, 3, 31), None),
        ("guardrail", (2026, 4, 1), (*BEDROCK, "config", "guardrail")),
        ("memory_search", (2026, 3, 30), None),
        ("memory_search", (2026, 3, 31), ("agents", "defaults", "memorySearch")),
        ("memory_search", (2026, 7, 35), ("agents", "defaults", "memorySearch")),
        ("memory_search", (2026, 8, 1), ("memory", "search")),
        ("model_prices", (2026, 4, 26), None),
        ("model_prices", (2026, 4, 27), ("models", "pricing", "enabled")),
        ("model_prices", (2026, 7, 35), ("models", "pricing", "enabled")),
        ("model_prices", (2026, 8, 1), ("models", "catalogRefresh", "enabled")),
        ("service_tier", (2026, 5, 11), None),
        ("service_tier", (2026, 5, 12), ("agents", "defaults", "params", "serviceTier")),
    ],
)
def test_where_a_version_has_a_setting(setting: str, version: tuple[int, ...], path: tuple[str, ...] | None) -> None:
    assert versions.place(setting, version) == path
