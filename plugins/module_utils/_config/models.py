# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Amazon Bedrock model IDs: what they mean, what is wrong with one, and what IAM has to allow for it.

Pure. Private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .problems import Problem
from .problems import problem

INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
DISCOVER = ["bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles", "bedrock:GetInferenceProfile"]

Catalog = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Model:
    """A model ID taken apart: the scope of its cross-region inference profile, if any, and the foundation model."""

    id: str
    scope: str | None
    foundation: str


def parse_model(model_id: str, catalog: Catalog) -> Model | None:
    """The parts of a model ID, or None if it is not one."""
    head, dot, rest = model_id.partition(".")
    scope = head if dot and head in catalog["profile_scopes"] else None
    foundation = rest if scope else model_id
    if not re.fullmatch(r"[a-z0-9]+\.[a-z0-9][a-z0-9.:-]*", foundation):
        return None
    return Model(model_id, scope, foundation)


def check_model(variable: str, model_id: str, catalog: Catalog) -> Problem | None:
    """What is wrong with the model ID that C(variable) holds."""
    where = f"{variable}: {model_id}"
    if "/" in model_id:
        return problem(
            f"{model_id!r} names a provider.",
            where,
            "Bedrock is the only provider here, and the ID is also used in the IAM policy of the task.",
            f"Write the Bedrock model ID alone: {model_id.rpartition('/')[2]}",
        )
    model = parse_model(model_id, catalog)
    if model is None:
        return problem(
            f"{model_id!r} is not a Bedrock model ID.",
            where,
            "The gateway would start, look healthy, and fail at the first message.",
            "Write an ID like global.anthropic.claude-opus-4-5-20251101-v1:0;"
            " `aws bedrock list-inference-profiles` and `aws bedrock list-foundation-models` list them.",
        )
    needs_profile = any(re.match(pattern, model.foundation) for pattern in catalog["needs_inference_profile"])
    if needs_profile and model.scope is None:
        return problem(
            f"{model_id!r} can only be called through an inference profile.",
            where,
            "Bedrock has no on-demand throughput for this model: each call would end with a ValidationException.",
            f"Write global.{model_id}, or the profile of a geography"
            " (`aws bedrock list-inference-profiles` lists those that your region has).",
        )
    return None


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
