# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of openclaw.json that the module's options ask for. Pure. Private to the collection."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from . import models
from . import versions
from .errors import Refused
from .json_text import exact
from .masking import secrets
from .ownership import ORDERED
from .ownership import IfMissing
from .ownership import has_id
from .paths import Path
from .paths import dotted

PROVIDER = "amazon-bedrock"
REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d")
ORIGIN = re.compile(r"https?://[^\s/?#]+")
ADDRESS = re.compile(r"https?://\S+")
# Names of suboptions, and of the keys that they are written as.
MODEL_KEYS = {
    "name": "name",
    "reasoning": "reasoning",
    "input": "input",
    "cost": "cost",
    "context_window": "contextWindow",
    "max_tokens": "maxTokens",
}
COST_KEYS = {"input": "input", "output": "output", "cache_read": "cacheRead", "cache_write": "cacheWrite"}
DISCOVERY_KEYS = {
    "enabled": "enabled",
    "region": "region",
    "provider_filter": "providerFilter",
    "refresh_interval": "refreshInterval",
    "default_context_window": "defaultContextWindow",
    "default_max_tokens": "defaultMaxTokens",
}
GUARDRAIL_KEYS = {
    "identifier": "guardrailIdentifier",
    "version": "guardrailVersion",
    "stream_processing_mode": "streamProcessingMode",
    "trace": "trace",
}

Options = t.Mapping[str, t.Any]
Tree = dict[str, t.Any]


def desired(options: Options) -> Tree:
    """The tree that the options ask for; all that is wrong with them is told at once."""
    version = versions.parse_version(options["openclaw_version"])
    problems = [*check(options), *check_version(options, version)]
    if problems:
        raise Refused("\n".join(problems))
    trees = [
        _gateway(options),
        *_bedrock(options),
        *(_nested(path, value) for path, value in _single_settings(options, version)),
        {"channels": options["channels"]} if options["channels"] else {},
        options["overrides"],
    ]
    tree: Tree = {}
    for each in trees:
        tree = _combined(tree, each)
    return exact(_each_once(tree))


def advice(options: Options) -> list[str]:
    """What is doubtful about the options, and yet done."""
    if options["outside_hosts"] or versions.place("model_prices", versions.parse_version(options["openclaw_version"])):
        return []
    return [
        f"OpenClaw {options['openclaw_version']} has no setting that keeps it from asking for prices of models at hosts"
        f" outside AWS; {versions.first_with('model_prices')} has."
    ]


def check(options: Options) -> t.Iterator[str]:
    """What is wrong with the options."""
    asked = _models_asked_for(options)
    for option, model_id in [*asked, ("embedding_model", options["embedding_model"])]:
        problem = models.problem(model_id)
        if problem:
            yield f"{option}: {problem}"
    region = options["region"]
    if region is not None and not REGION.fullmatch(region):
        yield f"region: {region!r} is not an AWS region. Write one like eu-central-1."
    base_url = options["base_url"]
    if base_url is not None and not ADDRESS.fullmatch(base_url):
        yield f"base_url: {base_url!r} is not an address. Write one like {_base_url('eu-central-1')}."
    if region is None and base_url is None and asked:
        yield "region: it is needed to reach Amazon Bedrock. Set it, or base_url."
    for origin in options["control_ui_origins"]:
        if origin != "*" and not ORIGIN.fullmatch(origin):
            yield f"control_ui_origins: {origin!r} is not an origin. Write one like http://localhost:18789, no path."
    for proxy in options["trusted_proxies"]:
        try:
            ipaddress.ip_network(proxy)
        except ValueError as error:
            yield f"trusted_proxies: {error}. Write an address like 10.0.0.7, or a network like 10.0.0.0/24."
    for option in ("channels", "overrides"):
        for path in [secret.path for secret in secrets(options[option]) if secret.certain]:
            yield (
                f"{option}: {dotted(path)} holds a secret in plain text. It would be seen in logs and be kept in"
                " backups. Write ${NAME}, and give the gateway the variable NAME, or an object with source, provider"
                " and id: https://docs.openclaw.ai/gateway/secrets"
            )
        for path in includes(options[option]):
            yield (
                f"{option}: {dotted(path) or 'it'} has an $include. What is included can't be managed from here, so the"
                " next run would be refused. Write what is to be there, or put the $include into the file yourself."
            )


def includes(tree: t.Any, path: Path = ()) -> t.Iterator[Path]:
    """Where a tree has an C($include)."""
    if isinstance(tree, dict):
        if "$include" in tree:
            yield path
        for key in tree:
            yield from includes(tree[key], (*path, key))
    elif isinstance(tree, list):
        for each in tree:
            yield from includes(each, path)


def check_version(options: Options, version: versions.Number) -> t.Iterator[str]:
    """What the options ask for that this version of OpenClaw does not have."""
    for option in versions.PLACES:
        if options.get(option) is not None and versions.place(option, version) is None:
            yield (
                f"{option}: OpenClaw {options['openclaw_version']} does not have it, {versions.first_with(option)} and"
                " later do. Leave it out, or change openclaw_version and the gateway."
            )


def _models_asked_for(options: Options) -> list[tuple[str, str]]:
    """The Bedrock model IDs in the options, in the order in which they are written, each with its option."""
    asked = [
        ("primary_model", options["primary_model"]),
        *(("fallback_models", model_id) for model_id in options["fallback_models"]),
        ("image_model", options["image_model"]),
        *(("models", model["id"]) for model in options["models"]),
    ]
    return [(option, model_id) for option, model_id in asked if model_id is not None]


def _gateway(options: Options) -> Tree:
    gateway: Tree = {
        "mode": "local",
        "bind": options["gateway_bind"],
        "controlUi": {"allowedOrigins": options["control_ui_origins"]},
    }
    if options["gateway_auth_mode"] is not None:
        gateway["auth"] = {"mode": options["gateway_auth_mode"]}
    if options["trusted_proxies"]:
        gateway["trustedProxies"] = options["trusted_proxies"]
    return {"gateway": gateway}


def _bedrock(options: Options) -> t.Iterator[Tree]:
    asked = _models_asked_for(options)
    if asked or options["discovery"] is not None or options["guardrail"] is not None:
        yield {"plugins": {"entries": {PROVIDER: {"enabled": True}}}}
    if not asked:
        return
    details = {model["id"]: model for model in options["models"]}
    model_ids = dict.fromkeys(model_id for _option, model_id in asked)
    yield _nested(
        ("models", "providers", PROVIDER),
        {
            "baseUrl": options["base_url"] or _base_url(options["region"]),
            "api": "bedrock-converse-stream",
            "auth": "aws-sdk",
            "models": [_model(model_id, details.get(model_id, {})) for model_id in model_ids],
        },
    )


def _base_url(region: str) -> str:
    return f"https://bedrock-runtime.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _model(model_id: str, details: Options) -> Tree:
    model = {"id": model_id, "name": IfMissing(model_id), **_renamed(details, MODEL_KEYS)}
    if "cost" in model:
        model["cost"] = {**dict.fromkeys(COST_KEYS.values(), 0), **_renamed(model["cost"], COST_KEYS)}
    return model


def _renamed(options: Options, keys: t.Mapping[str, str]) -> Tree:
    """Suboptions that are given, under the keys that they are written as."""
    return {key: options[option] for option, key in keys.items() if options.get(option) is not None}


def _single_settings(options: Options, version: versions.Number) -> t.Iterator[tuple[t.Sequence[str], t.Any]]:
    """Settings that are one value or object at one place."""
    for option, key in (("primary_model", "model"), ("image_model", "imageModel")):
        if options[option] is not None:
            yield ("agents", "defaults", key, "primary"), f"{PROVIDER}/{options[option]}"
    if options["fallback_models"]:
        fallbacks = [f"{PROVIDER}/{model_id}" for model_id in options["fallback_models"]]
        yield ("agents", "defaults", "model", "fallbacks"), fallbacks
    for option, keys in (("discovery", DISCOVERY_KEYS), ("guardrail", GUARDRAIL_KEYS)):
        if options[option] is not None:
            yield versions.place(option, version), _renamed(options[option], keys)
    if options["service_tier"] is not None:
        yield versions.place("service_tier", version), options["service_tier"]
    if options["memory_search"]:
        memory = {"provider": "bedrock", "model": options["embedding_model"]}
        yield versions.place("memory_search", version), memory
    elif options["memory_search"] is not None:
        yield versions.place("memory_search", version), {"enabled": False}
    if not options["outside_hosts"]:
        yield ("update", "checkOnStart"), False
        yield ("discovery", "mdns", "mode"), "off"
        prices = versions.place("model_prices", version)
        if prices:
            yield prices, False


def _nested(path: t.Sequence[str], tree: t.Any) -> Tree:
    for key in reversed(path):
        tree = {key: tree}
    return tree


def _combined(one: t.Any, other: t.Any, key: str = "") -> t.Any:
    """Both trees in one; where they say something different, the other one holds. Lists that are sets are joined."""
    if isinstance(one, dict) and isinstance(other, dict):
        common = {name: _combined(one[name], other[name], name) for name in other if name in one}
        return {**one, **other, **common}
    if isinstance(one, list) and isinstance(other, list) and key not in ORDERED:
        return one + other
    return other


def _each_once(tree: t.Any, key: str = "") -> t.Any:
    """The tree with one item for an C(id) in each list that is a set; where two said something different, the later."""
    if isinstance(tree, dict):
        return {name: _each_once(each, name) for name, each in tree.items()}
    if not isinstance(tree, list) or key in ORDERED:
        return tree
    items: list[t.Any] = []
    for each in tree:
        known = [
            index for index, item in enumerate(items) if has_id(item) and has_id(each) and item["id"] == each["id"]
        ]
        if known:
            items[known[0]] = _combined(items[known[0]], each)
        else:
            items.append(each)
    return [_each_once(each) if has_id(each) else each for each in items]
