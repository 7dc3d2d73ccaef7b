"""Configurations and inputs for property tests.

A configuration is put together from the examples in OpenClaw's own documentation, which its npm package brings along,
from what stands where the module writes, valid or not, and from anything beside it; and written as JSON or JSON5.
"""

from __future__ import annotations

import json
import os
import random
import re
from functools import cache
from typing import Any

from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw import versions
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import Json5Error
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import parse
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import write
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.masking import secrets
from local_aws import install

Tree = dict[str, Any]

# How many cases each property is tried with; a minute of `make test` altogether. `make test-config` takes more.
PROPERTY = settings(
    max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "400")),
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=list(HealthCheck),
)
# An example in a page, and the keys by which one is known for a configuration.
# https://docs.openclaw.ai/gateway/configuration-reference, 2026-11-22
BLOCK = re.compile(r"^([ \t]*)```json5?[^\n]*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
ROOTS = {
    *("$include", "$schema", "accessGroups", "acp", "agents", "audio", "auth", "bindings", "broadcast", "browser"),
    *("channels", "cli", "commands", "cron", "diagnostics", "discovery", "env", "gateway", "hooks", "identity"),
    *("logging", "mcp", "memory", "messages", "meta", "models", "plugins", "secrets", "session", "skills", "talk"),
    *("tools", "ui", "update", "web", "wizard"),
}
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
    st.sampled_from(
        [
            [[], {}],
            {"a": {"b": [{"id": "x", "c": []}]}},
            [{"id": "x"}, {"id": 1}, {"id": "x"}, "x"],
            {"$include": "./part.json5"},
            {"$include": ["./a.json5", "./b.json5"], "own": 1},
        ]
    ),
)
OBJECTS = st.one_of(st.just({}), st.dictionaries(NAMES, ANYTHING, max_size=2))
SECRETS = st.sampled_from(["${TOKEN}", "plain", {"source": "env", "provider": "default", "id": "TOKEN"}])
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
        {"id": MODEL_IDS, "name": TEXTS},
        optional={"contextWindow": NUMBERS, "cost": OBJECTS, "input": st.lists(TEXTS, max_size=2)},
    ),
    max_size=3,
)


@cache
def documented() -> list[Tree]:
    """The configurations, or parts of one, that OpenClaw's documentation shows."""
    pages = sorted((install.install().openclaw / "docs").rglob("*.md"))
    found = []
    for block in (match[2] for page in pages for match in BLOCK.finditer(page.read_text("utf-8"))):
        try:
            data = parse(block).data
        except Json5Error:
            continue
        if isinstance(data, dict) and data.keys() <= ROOTS:
            found.append(data)
    return found


def shaped(keys: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Tree]:
    """An object with some of these keys, and with others of which nothing is known."""
    return st.builds(lambda known, others: {**others, **known}, st.fixed_dictionaries({}, optional=keys), OBJECTS)


# What stands where the module writes; the keys that it puts in are among them, with values of its own and others.
WRITTEN_TO = shaped(
    {
        "gateway": shaped(
            {
                "mode": TEXTS,
                "bind": TEXTS,
                "auth": shaped({"mode": TEXTS, "token": SECRETS}),
                "controlUi": shaped({"allowedOrigins": ORIGINS}),
                "trustedProxies": st.lists(TEXTS, max_size=2),
            }
        ),
        "agents": shaped(
            {
                "defaults": shaped(
                    {
                        "model": st.one_of(TEXTS, shaped({"primary": TEXTS, "fallbacks": st.lists(TEXTS, max_size=2)})),
                        "imageModel": st.one_of(TEXTS, shaped({"primary": TEXTS})),
                        "memorySearch": shaped({"enabled": st.booleans(), "provider": TEXTS}),
                        "params": shaped({"serviceTier": TEXTS}),
                    }
                ),
                "list": st.lists(shaped({"id": NAMES}), max_size=2),
            }
        ),
        "models": shaped(
            {
                "pricing": shaped({"enabled": st.booleans()}),
                "catalogRefresh": shaped({"enabled": st.booleans()}),
                "providers": shaped({"amazon-bedrock": shaped({"baseUrl": TEXTS, "models": MODELS})}),
            }
        ),
        "plugins": shaped(
            {
                "entries": shaped(
                    {
                        "amazon-bedrock": shaped(
                            {
                                "enabled": st.booleans(),
                                "config": shaped(
                                    {"discovery": shaped({"enabled": st.booleans()}), "guardrail": OBJECTS}
                                ),
                            }
                        )
                    }
                )
            }
        ),
        "channels": shaped({"telegram": shaped({"botToken": SECRETS, "enabled": st.booleans()})}),
        "update": shaped({"checkOnStart": st.booleans()}),
        "discovery": shaped({"mdns": shaped({"mode": TEXTS})}),
        "memory": shaped({"search": shaped({"provider": TEXTS, "enabled": st.booleans()})}),
        "meta": shaped({"lastTouchedVersion": TEXTS}),
    }
)


def overlaid(one: Any, other: Any) -> Any:
    """Two trees in one; the other wins, and lists follow each other."""
    if isinstance(one, dict) and isinstance(other, dict):
        common = {key: overlaid(one[key], other[key]) for key in other if key in one}
        return {**one, **other, **common}
    return one + other if isinstance(one, list) and isinstance(other, list) else other


@st.composite
def documents(draw: Any, most: int = 3) -> Tree:
    """Some of the documented configurations in one."""
    config: Tree = {}
    for each in draw(st.lists(st.sampled_from(documented()), max_size=most)):
        config = overlaid(config, each)
    return config


def nested(path: list[str], tree: Tree) -> Tree:
    """A tree at a path."""
    for key in reversed(path):
        tree = {key: tree}
    return tree


INCLUDED = st.sampled_from(
    ["", "agents", "channels", "env", "gateway.controlUi", "models.providers.ollama", "session"]
).map(lambda path: nested(path.split(".") if path else [], {"$include": "./part.json5"}))
CONFIGS = st.one_of(
    documents(),
    WRITTEN_TO,
    st.builds(overlaid, documents(2), WRITTEN_TO),
    st.builds(overlaid, documents(2), WRITTEN_TO),
    st.builds(overlaid, documents(1), INCLUDED),
)


def given(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    """Trees as a playbook can give them: with JSON's numbers, and without what the module takes for a secret."""
    plain = trees.map(lambda tree: json.loads(write(tree)))
    return plain.filter(lambda tree: not any(secret.certain for secret in secrets(tree)))


def option(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The option may be left out."""
    return st.one_of(st.none(), strategy)


def lists(*elements: Any) -> st.SearchStrategy[list[Any]]:
    """Some of these, in any order."""
    return st.lists(st.sampled_from(elements), max_size=2, unique=True)


VERSIONS = st.sampled_from(
    [
        *("2026.3.24", "2026.3.31", "2026.4.1", "2026.4.5", "2026.4.27", "2026.5.7", "2026.5.12", "2026.7.1"),
        *("2026.8.1", "2026.9.6"),
    ]
)
LIMITS = {"context_window": st.integers(1, 10**6), "max_tokens": st.integers(1, 10**5)}
PRICES = {key: st.sampled_from([0, 0.1, 15]) for key in ("input", "output", "cache_read", "cache_write")}
EACH_OPTION = {
    "primary_model": option(MODEL_IDS),
    "fallback_models": st.lists(MODEL_IDS, max_size=2, unique=True),
    "image_model": option(MODEL_IDS),
    "models": st.lists(
        st.fixed_dictionaries(
            {"id": MODEL_IDS},
            optional={
                "name": st.sampled_from(["A", "B"]),
                "reasoning": st.booleans(),
                "input": lists("text", "image"),
                "cost": st.fixed_dictionaries({}, optional=PRICES),
                **LIMITS,
            },
        ),
        max_size=2,
    ),
    "region": st.sampled_from(["us-east-1", "eu-central-1", "cn-north-1"]),
    "base_url": option(st.just("http://localhost:4566")),
    "discovery": option(
        st.fixed_dictionaries(
            {"enabled": st.booleans()},
            optional={
                "region": st.just("us-east-1"),
                "provider_filter": lists("anthropic", "amazon"),
                "refresh_interval": st.integers(0, 3600),
                "default_context_window": LIMITS["context_window"],
                "default_max_tokens": LIMITS["max_tokens"],
            },
        )
    ),
    "guardrail": option(
        st.fixed_dictionaries(
            {"identifier": st.sampled_from(["abc", "def"]), "version": st.sampled_from(["1", "DRAFT"])},
            optional={
                "stream_processing_mode": st.sampled_from(["sync", "async"]),
                "trace": st.sampled_from(["enabled", "disabled", "enabled_full"]),
            },
        )
    ),
    "service_tier": option(st.sampled_from(["default", "flex", "priority", "reserved"])),
    "memory_search": option(st.booleans()),
    "embedding_model": st.sampled_from(["amazon.titan-embed-text-v2:0", "cohere.embed-v4:0"]),
    "gateway_auth_mode": option(st.sampled_from(["token", "password", "trusted-proxy"])),
    "gateway_bind": st.sampled_from(["auto", "lan", "loopback", "custom", "tailnet"]),
    "trusted_proxies": lists("10.0.0.7", "10.0.0.0/24"),
    "control_ui_origins": lists("http://localhost:18789", "https://my.example"),
    "outside_hosts": st.booleans(),
    "openclaw_version": VERSIONS,
    "channels": given(documents(1).map(lambda tree: tree.get("channels", {}))),
    "overrides": st.one_of(
        st.just({}),
        given(documents(1)),
        given(WRITTEN_TO),
        st.sampled_from(
            [
                {"tools": {"deny": ["browser"], "exec": {}}},
                {"agents": {"list": [{"id": "main", "model": "x"}], "defaults": {"workspace": "w"}}},
                {"gateway": {"controlUi": {"allowedOrigins": ["https://other.example"]}, "mode": "remote"}},
            ]
        ),
    ),
}


def possible(options: Tree) -> Tree:
    """The options without those that the version doesn't have."""
    version = versions.parse_version(options["openclaw_version"])
    lacking = [name for name in versions.PLACES if name in options and not versions.place(name, version)]
    return {**options, **dict.fromkeys(lacking)}


OPTIONS = st.fixed_dictionaries(EACH_OPTION).map(possible)


class Writer:
    """Writes a value as JSON5, in one of the many ways."""

    def __init__(self, way: int) -> None:
        self._random = random.Random(way)

    def write(self, value: Any) -> str:
        """The text of a value."""
        gap = self._random.choice(["", " ", "\n\t", "// c\n", "/* c */", "\u00a0"])
        if isinstance(value, dict):
            members = [f"{self._key(key)}{gap}:{self.write(each)}" for key, each in value.items()]
            return f"{gap}{{{','.join(members)}{self._comma(members)}}}{gap}"
        if isinstance(value, list):
            items = [self.write(each) for each in value]
            return f"{gap}[{','.join(items)}{self._comma(items)}]{gap}"
        return gap + self._scalar(value) + gap

    def _scalar(self, value: Any) -> str:
        if isinstance(value, str):
            return self._quoted(value)
        if isinstance(value, bool) or value is None:
            return {True: "true", False: "false", None: "null"}[value]
        sign = self._random.choice(["", "+"]) if value >= 0 else ""
        if isinstance(value, int) and self._maybe():
            return f"-0x{-value:x}" if value < 0 else f"{sign}0X{value:X}"
        return f"{sign}{value}"

    def _maybe(self) -> bool:
        return self._random.random() < 0.5

    def _comma(self, before: list[str]) -> str:
        return "," if before and self._maybe() else ""

    def _key(self, key: str) -> str:
        return key if key.isidentifier() and self._maybe() else self._quoted(key)

    def _quoted(self, text: str) -> str:
        quote = self._random.choice("'\"")
        escaped = "".join(
            f"\\u{ord(char):04x}" if char in "\n\r\\" or char == quote or ord(char) < 0x20 else char for char in text
        )
        return quote + escaped + self._random.choice(["", "\\\n"]) + quote


@st.composite
def texts(draw: Any) -> tuple[str, Any]:
    """The text of a file, as JSON or JSON5, and the value that it holds."""
    value, way = draw(CONFIGS), draw(st.one_of(st.none(), st.integers(0, 2**16)))
    return (write(value) if way is None else Writer(way).write(value)), value
