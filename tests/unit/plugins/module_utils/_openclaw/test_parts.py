"""Paths, texts, secrets, the list of what is ours: the small parts."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw import configuration
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw import masking
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.errors import Refused
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import parse
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import exact
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import same
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import write
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import Managed
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import Owned
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import MISSING
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import Item
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import differences
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import dotted
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.sidecar import Sidecar
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.sidecar import deserialize
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.sidecar import serialize
from tests.unit.plugins.module_utils._openclaw.strategies import CONFIGS
from tests.unit.plugins.module_utils._openclaw.strategies import PROPERTY


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b-c", "$d_1"), "a.b-c.$d_1"),
        (("a", "b.c", "d"), 'a["b.c"].d'),
        (('say "x"',), '["say \\"x\\""]'),
        (("é",), '["é"]'),
        (("models", Item("x.y:0"), "name"), "models[id=x.y:0].name"),
    ],
)
def test_dotted(path: tuple[Any, ...], text: str) -> None:
    assert dotted(path) == text


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": Decimal("1.0")}, []),
        ({"a": 1, "b": {"c": [1]}}, {"b": {"c": [1]}, "a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({}, {"a": {"b": 1, "c": {"d": 2}}}, ["a.b", "a.c.d"]),
        ({"a": {"b": 1, "c": {}}}, {}, ["a.b", "a.c"]),
        ({"a": {}}, {}, ["a"]),
        ({"a": 1}, {"a": {"b": 1}}, ["a"]),
        ({"a": None}, {}, ["a"]),
        ({"x": 1, "y": 1}, {"z": 1, "y": 2}, ["x", "y", "z"]),
    ],
)
def test_differences(before: Any, after: Any, paths: list[str]) -> None:
    assert [dotted(path) for path in differences(before, after)] == paths


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}\n"),
        ([], "[]\n"),
        ({"a": {"b": [1, "x"], "c": {}, "d": []}}, None),
        ({"é": 'ü😀\u2028\n"\\/'}, None),
        ("\ud800 lone", '"\\ud800 lone"\n'),
        (
            [Decimal("0.10"), Decimal("1E+400"), 10**30, True, None],
            "[\n  0.10,\n  1E+400,\n  1" + "0" * 30 + ",\n  true,\n  null\n]\n",
        ),
        ([math.inf, -math.inf, math.nan], "[\n  Infinity,\n  -Infinity,\n  NaN\n]\n"),
    ],
)
def test_write(value: Any, text: str | None) -> None:
    expected = json.dumps(value, indent=2, ensure_ascii=False) + "\n" if text is None else text
    assert write(value) == expected
    assert same(parse(write(value)).data, value)


@PROPERTY
@given(CONFIGS)
def test_what_is_written_is_read(config: Any) -> None:
    assert same(parse(write(config)).data, config)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1.0, True),
        (Decimal("0.10"), Decimal("0.1"), True),
        (Decimal("0.1"), exact(0.1), True),
        (math.nan, math.nan, True),
        (math.nan, 1, False),
        (True, 1, False),
        (1, True, False),
        (0, False, False),
        (None, False, False),
        ("1", 1, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ([1, 2], [1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ({}, [], False),
        (MISSING, MISSING, True),
        (MISSING, None, False),
    ],
)
def test_same(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected


def test_exact() -> None:
    assert write(exact({"a": [0.1, 1e-7, math.inf, 3, True]})) == write(
        {"a": [Decimal("0.1"), Decimal("1e-07"), math.inf, 3, True]}
    )


SECRETS = {
    "gateway": {"auth": {"token": "plain-1", "mode": "token", "password": 12345}, "tokens": "no"},
    "channels": {
        "telegram": {"botToken": "${TELEGRAM}", "enabled": True},
        "slack": {"accounts": [{"appToken": "plain-2", "signingSecret": {"source": "env", "id": "X"}}]},
        "discord": {"token": {"source": "env", "provider": "default", "id": "DISCORD"}, "webhookUrl": "https://h/1"},
    },
    "models": {"maxTokens": 8192, "providers": {"x": {"apiKey": "plain-3", "headers": {"Authorization": "Bearer y"}}}},
    "env": {"vars": {"ANYTHING": "plain-4", "REFERENCE": "x${Y}"}, "shellEnv": {"enabled": True, "timeoutMs": 5}},
    "text": "call sk-abcdefghijklmnop0123 or https://user:pass-5@host/x",
    "mcp": {"servers": {"x": {"env": {"HOME": "plain-6"}, "args": ["env"]}}},
    "shell": {"env": "bash"},
    "plain": ["AKIAABCDEFGHIJKLMNOP", "harmless"],
    "token": "",
}


def test_secrets_are_masked_and_nothing_else() -> None:
    assert masking.masked(SECRETS) == {
        "gateway": {"auth": {"token": "********", "mode": "token", "password": "********"}, "tokens": "no"},
        "channels": {
            "telegram": {"botToken": "${TELEGRAM}", "enabled": True},
            "slack": {"accounts": [{"appToken": "********", "signingSecret": {"source": "env", "id": "X"}}]},
            "discord": {
                "token": {"source": "env", "provider": "default", "id": "DISCORD"},
                "webhookUrl": "********",
            },
        },
        "models": {
            "maxTokens": 8192,
            "providers": {"x": {"apiKey": "********", "headers": {"Authorization": "********"}}},
        },
        "env": {
            "vars": {"ANYTHING": "********", "REFERENCE": "x${Y}"},
            "shellEnv": {"enabled": True, "timeoutMs": "********"},
        },
        "text": "call ******** or https://********@host/x",
        "mcp": {"servers": {"x": {"env": {"HOME": "********"}, "args": ["env"]}}},
        "shell": {"env": "bash"},
        "plain": ["********", "harmless"],
        "token": "",
    }


def test_secrets_of_which_there_is_no_doubt() -> None:
    assert [dotted(secret.path) for secret in masking.secrets(SECRETS) if secret.certain] == [
        "gateway.auth.token",
        "gateway.auth.password",
        "channels.slack.accounts.appToken",
        "channels.discord.webhookUrl",
        "models.providers.x.apiKey",
        "models.providers.x.headers.Authorization",
        "text",
        "text",
        "plain",
    ]


@pytest.mark.parametrize(
    ("text", "hidden", "shown"),
    [
        ("a secret and a secret-er one", ["secret", "secret-er"], "a ******** and a ******** one"),
        ("1 is one", ["1", ""], "1 is one"),
        ("abcd", ["abcd"], "********"),
        ("abc", ["abc"], "abc"),
        ("xoxb-0123456789ab", [], "********"),
        ("ghp_0123456789012345678901", [], "********"),
        ("12345678:AAbbccddeeffgghhiijjkkllmmnnoopp", [], "********"),
    ],
)
def test_mask_text(text: str, hidden: list[str], shown: str) -> None:
    assert masking.mask_text(text, hidden) == shown


MANAGED = Managed(
    {
        ("a", Item("m"), "b"): Owned(Decimal("0.10"), None),
        ("c",): Owned(["x"]),
        ("d",): Owned({"source": "env"}, "\ud800"),
    },
    [(("l",), {"x": 1}), (("l",), "y")],
    [(), ("a",), ("a", Item("m"))],
    {("agents", "defaults", "model"): "x/y"},
)


@pytest.mark.parametrize("replaced", [None, Managed(), MANAGED])
def test_list_of_what_is_ours_is_read_as_it_was_written(replaced: Managed | None) -> None:
    text = serialize(Sidecar(MANAGED, replaced))
    assert deserialize(text, "x") == Sidecar(MANAGED, replaced)
    assert serialize(deserialize(text, "x")) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "can't be read"),
        ("[]", "can't be read"),
        ("{}", "can't be read"),
        ('{"version": 1}', "can't be read"),
        ('{"version": 1, "managed": {"values": [1]}}', "can't be read"),
        ('{"version": 2, "managed": {}}', "was written by a newer version of this module (2)"),
    ],
)
def test_list_that_is_not_one(text: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        deserialize(text, "/data/x.managed.json")
    assert str(caught.value).startswith("/data/x.managed.json ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("path", "restart"),
    [
        (("agents", "defaults", "model"), False),
        (("models", "providers"), False),
        (("channels", "telegram"), False),
        (("gateway", "bind"), True),
        (("gateway",), True),
        (("gateway", "reload", "mode"), False),
        (("gateway", "remote"), False),
        (("plugins", "entries"), True),
        (("discovery", "mdns"), True),
        (("something", "new"), True),
    ],
)
def test_needs_restart(path: tuple[str, ...], restart: bool) -> None:
    assert configuration.needs_restart(path) is restart


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{a: 1,\n  b: }", "line 2, column 6: '}' where a value is expected"),
        (b"{a: 1,\n  b: '\xff'}", "line 2: byte 0xff is not UTF-8"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_line(content: bytes, problem: str) -> None:
    with pytest.raises(Refused) as caught:
        configuration.read_document(content, "/data/openclaw.json")
    assert str(caught.value).startswith(
        f"/data/openclaw.json is not JSON5, so OpenClaw can't read it either: {problem}."
    )
