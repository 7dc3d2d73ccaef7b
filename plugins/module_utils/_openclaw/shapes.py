# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of openclaw.json that the module's options ask for. Pure. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from .errors import Refused
from .json_text import exact
from .masking import plain_secrets
from .ownership import ORDERED
from .ownership import IfMissing
from .ownership import has_id
from .paths import dotted
from .versions import shape_of

PROVIDER = "amazon-bedrock"
REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d")
MODEL_ID = re.compile(
    r"(?:us-gov\.)?[a-z0-9]+\.[a-z0-9][a-z0-9.:-]*"
    r"|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:[a-z-]+/[A-Za-z0-9._:/-]+"
)
ORIGIN = re.compile(r"https?://[^\s/?#]+")
ADDRESS = re.compile(r"https?://\S+")
MODEL_KEYS = {
    "name": "name",
    "reasoning": "reasoning",
    "input": "input",
    "cost": "cost",
    "context_window": "contextWindow",
    "max_tokens": "maxTokens",
}
COST_KEYS = {"input": "input", "output": "output", "cache_read": "cacheRead", "cache_write": "cacheWrite"}

Options = t.Mapping[str, t.Any]
Tree = dict[str, t.Any]


def desired(options: Options) -> Tree:
    """The tree that the options ask for; all that is wrong with them is told at once."""
    problems = list(check(options))
    if problems:
        raise Refused("\n".join(problems))
    shape = shape_of(options["openclaw_version"])
    trees = [_gateway(options), *_bedrock(options)]
    if not options["outside_hosts"]:
        trees.append(shape.quiet)
    if options["memory_search"] is not None:
        trees.append(_nested(shape.memory_search, _memory_search(options)))
    tree: Tree = {}
    for each in (*trees, options["overrides"]):
        tree = _combined(tree, each)
    return exact(tree)


def check(options: Options) -> t.Iterator[str]:
    """What is wrong with the options."""
    for option, model_id in _models_asked_for(options):
        if "/" in model_id and not model_id.startswith("arn:"):
            yield f"{option}: {model_id!r} names a provider. Write the Bedrock model ID alone, as Bedrock lists it."
        elif not MODEL_ID.fullmatch(model_id):
            yield (
                f"{option}: {model_id!r} is not a Bedrock model ID. Write one like"
                " global.anthropic.claude-opus-4-5-20251101-v1:0; `aws bedrock list-inference-profiles` lists them."
            )
    region = options["region"]
    if region is not None and not REGION.fullmatch(region):
        yield f"region: {region!r} is not an AWS region. Write one like eu-central-1."
    base_url = options["base_url"]
    if base_url is not None and not ADDRESS.fullmatch(base_url):
        yield f"base_url: {base_url!r} is not an address. Write one like {_base_url('eu-central-1')}."
    if region is None and base_url is None and any(_models_asked_for(options)):
        yield "region: it is needed to reach Amazon Bedrock. Set it, or base_url."
    for origin in options["control_ui_origins"]:
        if origin != "*" and not ORIGIN.fullmatch(origin):
            yield f"control_ui_origins: {origin!r} is not an origin. Write one like http://localhost:18789, no path."
    for path in plain_secrets(options["overrides"]):
        yield (
            f"overrides: {dotted(path)} holds a secret in plain text. It would be seen in logs and be kept in backups."
            " Write ${NAME}, and give the gateway the variable NAME, or an object with source, provider and id:"
            " https://docs.openclaw.ai/gateway/secrets"
        )


def _models_asked_for(options: Options) -> list[tuple[str, str]]:
    """The Bedrock model IDs in the options, in the order in which they are written, each with its option."""
    asked = [("primary_model", options["primary_model"])] if options["primary_model"] is not None else []
    asked += [("fallback_models", model_id) for model_id in options["fallback_models"]]
    return asked + [("models", model["id"]) for model in options["models"]]


def _gateway(options: Options) -> Tree:
    return {
        "gateway": {
            "mode": "local",
            "bind": options["gateway_bind"],
            "controlUi": {"allowedOrigins": list(options["control_ui_origins"])},
        }
    }


def _bedrock(options: Options) -> t.Iterator[Tree]:
    asked = _models_asked_for(options)
    if not asked:
        return
    details = {model["id"]: model for model in options["models"]}
    yield {"plugins": {"entries": {PROVIDER: {"enabled": True}}}}
    yield {
        "models": {
            "providers": {
                PROVIDER: {
                    "baseUrl": options["base_url"] or _base_url(options["region"]),
                    "api": "bedrock-converse-stream",
                    "auth": "aws-sdk",
                    "models": [
                        _model(model_id, details.get(model_id, {}))
                        for model_id in dict.fromkeys(model_id for _option, model_id in asked)
                    ],
                }
            }
        }
    }
    model: Tree = {}
    if options["primary_model"] is not None:
        model["primary"] = f"{PROVIDER}/{options['primary_model']}"
    if options["fallback_models"]:
        model["fallbacks"] = [f"{PROVIDER}/{model_id}" for model_id in options["fallback_models"]]
    if model:
        yield {"agents": {"defaults": {"model": model}}}


def _base_url(region: str) -> str:
    return f"https://bedrock-runtime.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _model(model_id: str, details: Options) -> Tree:
    model: Tree = {"id": model_id, "name": IfMissing(model_id)}
    for option, key in MODEL_KEYS.items():
        if details.get(option) is not None:
            model[key] = details[option]
    if "cost" in model:
        model["cost"] = {key: model["cost"].get(option) or 0 for option, key in COST_KEYS.items()}
    return model


def _memory_search(options: Options) -> Tree:
    if not options["memory_search"]:
        return {"enabled": False}
    return {"provider": "bedrock", "model": options["embedding_model"]}


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
        by_id = {each["id"]: each for each in other if has_id(each)}
        joined = [_combined(each, by_id.pop(each["id"], {})) if has_id(each) else each for each in one]
        return joined + [each for each in other if (each["id"] in by_id if has_id(each) else each not in one)]
    return other
