# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Amazon Bedrock model IDs: what they mean, what is wrong or doubtful about one, and what IAM has to allow for it.

Pure. Private to the collection. The catalog is C(__openclaw_models) in C(roles/openclaw/vars/main/models.yml), which
says what its keys mean. A region that is not known is empty, and nothing is said about it.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .problems import Problem
from .problems import problem

INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
DISCOVER = ["bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles", "bedrock:GetInferenceProfile"]
LISTS = "`aws bedrock list-inference-profiles` and `aws bedrock list-foundation-models` list them"

# What the gateway is told of a model, word for word.
GATEWAY = ("name", "reasoning", "input", "context_window", "max_tokens", "cost")

Catalog = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Model:
    """A model ID taken apart: the scope of its cross-region inference profile, if any, and the foundation model."""

    id: str
    scope: str | None
    foundation: str


def parse_model(model_id: str, catalog: Catalog) -> Model | None:
    """The parts of a model ID, or None if it is not one.

    What stands before a known provider is a scope, even if AWS has made it after the catalog was written.
    """
    head, dot, rest = model_id.partition(".")
    providers = {foundation.partition(".")[0] for foundation in catalog["known"]}
    scope = head if dot and (head in catalog["scopes"] or rest.partition(".")[0] in providers) else None
    foundation = rest if scope else model_id
    if not re.fullmatch(r"[a-z0-9]+\.[a-z0-9][a-z0-9.:-]*", foundation):
        return None
    return Model(model_id, scope, foundation)


def with_details(catalog: Catalog, details: t.Sequence[t.Mapping[str, t.Any]] | None) -> Catalog:
    """The catalog with what the user knows better; the ID of a profile stands for its model."""
    known = dict(catalog["known"])
    for each in details or []:
        given = without_none(each)
        model = parse_model(given.pop("id"), catalog)
        if model is None:
            continue
        before = known.get(model.foundation, {})
        told = {key: given.pop(key) for key in GATEWAY if key in given}
        known[model.foundation] = {**before, **given, "gateway": {**before.get("gateway", {}), **told}}
    return {**catalog, "known": known}


def without_none(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What is given of suboptions: Ansible fills in None for the others, which is none of the choices."""
    return {
        key: without_none(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }


def reaches(scope: str, region: str, catalog: Catalog) -> bool:
    """Whether the inference profiles of a scope can be called from a region; a scope not known is given the benefit."""
    regions = catalog["scopes"].get(scope)
    return not region or regions is None or region.startswith(tuple(regions))


def ways(foundation: str, region: str, catalog: Catalog) -> list[str] | None:
    """All IDs by which a model can be called from a region, None if they are not known."""
    known = catalog["known"].get(foundation, {})
    if "profiles" not in known or "on_demand" not in known:
        return None
    found = [f"{scope}.{foundation}" for scope in known["profiles"] if reaches(scope, region, catalog)]
    by_itself = region in known["on_demand"] if region else bool(known["on_demand"])
    return found + [foundation] * by_itself


def check_syntax(variable: str, model_id: str, catalog: Catalog) -> Problem | None:
    """What keeps a value from being a model ID."""
    where = f"{variable}: {model_id}"
    if model_id.startswith("arn:"):
        return problem(
            f"{model_id!r} is an ARN.",
            where,
            "The IAM policy of the task follows from the model ID; an ARN does not tell all that it would need.",
            f"Write the ID of a model or of an inference profile of AWS; {LISTS}.",
        )
    if "/" in model_id:
        return problem(
            f"{model_id!r} names a provider.",
            where,
            "Bedrock is the only provider here, and the ID is also used in the IAM policy of the task.",
            f"Write the Bedrock model ID alone: {model_id.rpartition('/')[2]}",
        )
    if parse_model(model_id, catalog) is None:
        return problem(
            f"{model_id!r} is not a Bedrock model ID.",
            where,
            "The gateway would start, look healthy, and fail at the first message.",
            f"Write an ID like global.anthropic.claude-opus-4-5-20251101-v1:0; {LISTS}.",
        )
    return None


def check_model(variable: str, model_id: str, region: str, catalog: Catalog, embeds: bool = False) -> Problem | None:
    """What is wrong with the model ID that C(variable) holds: a model to talk to, or one that C(embeds)."""
    return (
        check_syntax(variable, model_id, catalog)
        or _check_kind(variable, parse_model(model_id, catalog), catalog, embeds)
        or _check_way(variable, parse_model(model_id, catalog), region, catalog)
    )


def _check_kind(variable: str, model: Model, catalog: Catalog, embeds: bool) -> Problem | None:
    known = catalog["known"].get(model.foundation)
    if known is None or ("dimensions" in known) == embeds:
        return None
    use, instead = ("embed texts", "amazon.titan-embed-text-v2:0") if embeds else ("answer", "a model like Claude's")
    return problem(
        f"{model.id} does not {use}.",
        f"{variable}: {model.id}",
        "Memory search needs an embedding model, and the assistant one that talks and uses tools.",
        f"Use {instead}.",
    )


def check_vision(variable: str, model_id: str, catalog: Catalog) -> Problem | None:
    """What keeps a model from being given images, if that is known."""
    model = parse_model(model_id, catalog)
    known = catalog["known"].get(model.foundation, {}) if model else {}
    if "image" in known.get("gateway", {}).get("input", ["image"]):
        return None
    return problem(
        f"{model_id} can't see.",
        f"{variable}: {model_id}",
        "It is the model that is given images if the primary model can't see.",
        "Choose one that takes images, like Claude's, or say so in openclaw_model_details (input).",
    )


def _check_way(variable: str, model: Model, region: str, catalog: Catalog) -> Problem | None:
    where = f"{variable}: {model.id}"
    here = f" from {region}" if region else ""
    possible = ways(model.foundation, region, catalog)
    if possible is None:
        others = f"Write the ID of a profile that your region has; {LISTS}."
    elif possible:
        others = f"Write {' or '.join(possible)}."
    else:
        others = f"Choose another model; {LISTS}."
    newer = f" If AWS has added it after {catalog['listed_on']}, say so in openclaw_model_details."
    if model.scope and not reaches(model.scope, region, catalog):
        return problem(
            f"Inference profiles of the scope {model.scope}. can't be called{here}.",
            where,
            f"They are there for regions {'…, '.join(catalog['scopes'][model.scope])}… only; Bedrock would refuse each"
            " call with an invalid model identifier.",
            others,
        )
    if possible is None or model.id in possible:
        return None
    if model.scope:
        return problem(
            f"There is no inference profile {model.id}.",
            where,
            "Not every model has a profile in every scope; Bedrock would refuse each call with an invalid model"
            " identifier.",
            others + newer,
        )
    if possible:
        return problem(
            f"{model.id!r} can only be called through an inference profile{here}.",
            where,
            "Bedrock has no on-demand throughput for this model there: each call would end with a ValidationException.",
            others + newer,
        )
    return None


def doubts(variable: str, model_id: str, region: str, catalog: Catalog, embeds: bool = False) -> t.Iterator[str]:
    """What is not wrong for sure about a right model ID, and yet worth knowing before the gateway fails with it."""
    model = parse_model(model_id, catalog)
    name = f"{variable}: {model_id}"
    known = catalog["known"].get(model.foundation)
    if model.scope and model.scope not in catalog["scopes"]:
        yield f"{name} is taken for an inference profile with the scope {model.scope}., which is not known here."
    if known is None:
        yield (
            f"{name} is not among the models known here, of {catalog['listed_on']}. If your region has it, all is well;"
            f" {LISTS}. Tell the gateway its limits with openclaw_model_details."
        )
        return
    if not model.scope and ways(model.foundation, region, catalog) == []:
        yield (
            f"{name} could not be called from {region} on {catalog['listed_on']}. Check that"
            f" `aws bedrock list-foundation-models --region {region}` lists it."
        )
    if known.get("legacy"):
        yield (
            f"{name} is a legacy model: AWS refuses it to accounts that have not used it in the last weeks, and is"
            " going to end it (https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html)."
        )
    if not known.get("streams_tools", True):
        yield (
            f"{name} can't use tools while it streams its answer, as OpenClaw has all models do: Bedrock refuses that"
            ' with "This model doesn\'t support tool use in streaming mode".'
        )
    if embeds and model.scope:
        yield (
            f"{name} is the ID of an inference profile; OpenClaw tells how to call an embedding model by the beginning"
            f" of its ID, and knows {model.foundation} alone."
        )


def _invoke(resource: str, **condition: str) -> dict[str, t.Any]:
    statement: dict[str, t.Any] = {"Effect": "Allow", "Action": INVOKE, "Resource": [resource]}
    if condition:
        statement["Condition"] = {"StringEquals": {key.replace("_", ":"): value for key, value in condition.items()}}
    return statement


def model_statements(model: Model, region: str, account: str, partition: str) -> list[dict[str, t.Any]]:
    """The IAM statements that allow to invoke one model, and nothing else.

    A global profile needs three resources: the profile, the foundation model in the region, and the foundation model
    with neither region nor account. A geographic profile needs the foundation model in each region that it reaches.
    Both are allowed only through that profile.
    U(https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html)
    U(https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html)
    """
    in_region = f"arn:{partition}:bedrock:{region}::foundation-model/{model.foundation}"
    if model.scope is None:
        return [_invoke(in_region)]
    profile = f"arn:{partition}:bedrock:{region}:{account}:inference-profile/{model.id}"
    through = {"bedrock_InferenceProfileArn": profile}
    if model.scope == "global":
        anywhere = f"arn:{partition}:bedrock:::foundation-model/{model.foundation}"
        return [_invoke(profile), _invoke(in_region, **through), _invoke(anywhere, **through)]
    return [_invoke(profile), _invoke(in_region.replace(f":{region}:", ":*:"), **through)]


def bedrock_statements(
    model_ids: t.Iterable[str], discovery: bool, region: str, account: str, partition: str, catalog: Catalog
) -> list[dict[str, t.Any]]:
    """The IAM statements for the given models and, if wanted, the discovery of models."""
    statements = []
    for model_id in dict.fromkeys(model_ids):
        statements += model_statements(parse_model(model_id, catalog), region, account, partition)
    if discovery:
        statements.append({"Effect": "Allow", "Action": DISCOVER, "Resource": ["*"]})
    return statements
