"""Configurations for property tests: of OpenClaw's documented shapes, with anything beside them, as JSON or JSON5."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["main", "alerts", "a.b", "amazon-bedrock/x.y", "é", "$ref", "with space", "0"])
TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(["${TOKEN}", "lan", "local", "off", "https://my.example"]))
NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1000, max_value=1000),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
ANYTHING = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(NAMES, SCALARS, max_size=2),
    st.sampled_from([[[], {}], {"a": {"b": [{"id": "x", "c": []}]}}, [{"id": "x"}, {"id": 1}, "x"]]),
)
OBJECTS = st.one_of(st.just({}), st.dictionaries(NAMES, ANYTHING, max_size=2))
REFERENCES = st.fixed_dictionaries({"source": st.just("env"), "provider": st.just("default"), "id": st.just("TOKEN")})
ORIGINS = st.lists(st.sampled_from(["http://localhost:18789", "https://my.example", "*"]), max_size=3)
MODEL_IDS = st.sampled_from(
    [
        "global.anthropic.claude-opus-4-5-20251101-v1:0",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "us.amazon.nova-pro-v1:0",
        "some.new-model",
    ]
)
MODELS = st.lists(
    st.fixed_dictionaries(
        {"id": MODEL_IDS, "name": TEXTS}, optional={"contextWindow": NUMBERS, "input": st.lists(TEXTS, max_size=2)}
    ),
    max_size=3,
    unique_by=lambda model: model["id"],
)


def shaped(keys: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these keys, and with others of which nothing is known."""
    return st.builds(lambda known, others: {**others, **known}, st.fixed_dictionaries({}, optional=keys), OBJECTS)


DEFAULTS = shaped(
    {
        "model": st.one_of(TEXTS, shaped({"primary": TEXTS, "fallbacks": st.lists(TEXTS, max_size=2)})),
        "imageModel": st.one_of(TEXTS, shaped({"primary": TEXTS})),
        "memorySearch": shaped({"enabled": st.booleans(), "provider": TEXTS}),
        "workspace": TEXTS,
    }
)
CONFIGS = shaped(
    {
        "gateway": shaped(
            {
                "mode": TEXTS,
                "bind": TEXTS,
                "auth": shaped({"token": st.one_of(TEXTS, REFERENCES)}),
                "controlUi": shaped({"allowedOrigins": ORIGINS}),
                "trustedProxies": st.lists(TEXTS, max_size=2),
            }
        ),
        "agents": shaped({"defaults": DEFAULTS, "list": st.lists(shaped({"id": NAMES}), max_size=2)}),
        "models": shaped(
            {
                "pricing": shaped({"enabled": st.booleans()}),
                "providers": shaped({"amazon-bedrock": shaped({"baseUrl": TEXTS, "models": MODELS})}),
            }
        ),
        "plugins": shaped({"entries": shaped({"amazon-bedrock": shaped({"enabled": st.booleans()})})}),
        "channels": shaped({"telegram": shaped({"botToken": st.one_of(TEXTS, REFERENCES), "enabled": st.booleans()})}),
        "update": shaped({"checkOnStart": st.booleans()}),
        "discovery": shaped({"mdns": shaped({"mode": TEXTS})}),
        "meta": shaped({"lastTouchedVersion": TEXTS}),
        "env": shaped({"vars": st.dictionaries(NAMES, TEXTS, max_size=2)}),
    }
)


def option(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The option may be left out."""
    return st.one_of(st.none(), strategy)


OPTIONS = st.fixed_dictionaries(
    {
        "primary_model": option(MODEL_IDS),
        "fallback_models": st.lists(MODEL_IDS, max_size=2, unique=True),
        "image_model": option(MODEL_IDS),
        "models": st.lists(
            st.fixed_dictionaries(
                {"id": MODEL_IDS},
                optional={
                    "name": st.sampled_from(["A", "B"]),
                    "input": st.sampled_from([["text"], ["text", "image"]]),
                    "cost": st.just({"input": 0.1}),
                },
            ),
            max_size=2,
            unique_by=lambda model: model["id"],
        ),
        "region": st.sampled_from(["us-east-1", "eu-central-1", "cn-north-1"]),
        "base_url": option(st.just("http://localhost:4566")),
        "discovery": option(st.just({"enabled": True, "provider_filter": ["anthropic"]})),
        "guardrail": option(st.just({"identifier": "abc", "version": "1"})),
        "service_tier": st.none(),
        "memory_search": option(st.booleans()),
        "embedding_model": st.just("amazon.titan-embed-text-v2:0"),
        "gateway_auth_mode": option(st.just("token")),
        "gateway_bind": st.sampled_from(["lan", "loopback"]),
        "trusted_proxies": st.lists(st.sampled_from(["10.0.0.7", "10.0.0.0/24"]), max_size=2, unique=True),
        "control_ui_origins": st.lists(
            st.sampled_from(["http://localhost:18789", "https://my.example"]), max_size=2, unique=True
        ),
        "outside_hosts": st.booleans(),
        "openclaw_version": st.sampled_from(["2026.5.7", "2026.9.6"]),
        "channels": option(
            st.one_of(
                st.just({"telegram": {"enabled": True, "botToken": "${TELEGRAM}"}}),
                st.just({"telegram": {"botToken": {"source": "env", "provider": "default", "id": "TELEGRAM"}}}),
            )
        ).map(lambda channels: channels or {}),
        "overrides": st.sampled_from(
            [
                {},
                {"tools": {"deny": ["browser"], "exec": {}}},
                {"agents": {"list": [{"id": "main", "model": "x"}], "defaults": {"workspace": "w"}}},
                {"gateway": {"controlUi": {"allowedOrigins": ["https://other.example"]}, "mode": "remote"}},
                {"meta": {"note": 0.5}, "with space": {"0": [[], {"a": 1}]}},
            ]
        ),
    }
)


def _json5_text(draw: Any, value: Any) -> str:
    gap = draw(st.sampled_from(["", " ", "\n\t", "// c\n", "/* c */", "\u00a0"]))
    if isinstance(value, dict):
        members = [f"{_key(draw, key)}{gap}:{_json5_text(draw, each)}" for key, each in value.items()]
        return gap + "{" + ",".join(members) + draw(st.sampled_from(["", gap + ","])) * bool(members) + "}" + gap
    if isinstance(value, list):
        items = [_json5_text(draw, each) for each in value]
        return gap + "[" + ",".join(items) + draw(st.sampled_from(["", ","])) * bool(items) + "]" + gap
    if isinstance(value, str):
        return gap + _quoted(draw, value) + gap
    if isinstance(value, bool) or value is None:
        return gap + {True: "true", False: "false", None: "null"}[value] + gap
    return gap + _number(draw, value) + gap


def _key(draw: Any, key: str) -> str:
    return key if key.isidentifier() and draw(st.booleans()) else _quoted(draw, key)


def _quoted(draw: Any, text: str) -> str:
    quote = draw(st.sampled_from(["'", '"']))
    escaped = "".join(
        f"\\u{ord(char):04x}" if char in "\n\r\\" or char == quote or (ord(char) < 0x20) else char for char in text
    )
    return quote + escaped + draw(st.sampled_from(["", "\\\n"])) + quote


def _number(draw: Any, value: int | Decimal) -> str:
    sign = draw(st.sampled_from(["", "+"])) if value >= 0 else ""
    if isinstance(value, int) and draw(st.booleans()):
        return f"-0x{-value:x}" if value < 0 else f"{sign}0X{value:X}"
    return sign + str(value)


@st.composite
def json5_texts(draw: Any, values: st.SearchStrategy[Any] = CONFIGS) -> tuple[str, Any]:
    """A JSON5 text, and the value that it holds."""
    value = draw(values)
    return _json5_text(draw, value), value
