"""Bedrock: the models of the region, their inference profiles, and which of them can be called by which id."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import bedrock
from ministack.services import bedrock_runtime

from local_aws.authorization.bedrock import called_model
from local_aws.authorization.bedrock import model_arns

PATH = Path(__file__).with_name("models.yml")
PROVIDERS = {"anthropic": "Anthropic", "amazon": "Amazon"}
_handle_request = bedrock_runtime.handle_request


@cache
def models() -> dict[str, dict[str, Any]]:
    """The models by their id."""
    return yaml.safe_load(PATH.read_text())["models"]


def profiles() -> dict[str, str]:
    """The ids of the inference profiles, each with the id of its model."""
    return {f"{scope}.{model_id}": model_id for model_id, model in models().items() for scope in model["profiles"]}


def refusal(model_id: str) -> str | None:
    """Why a model can't be called by this id; None if it can.

    The texts are Bedrock's: docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html and
    github.com/infrahouse/terraform-aws-openclaw/blob/main/docs/FAQ.md.
    """
    name = model_id.rsplit("/", 1)[-1]
    if name in profiles():
        return None
    if name not in models():
        return "The provided model identifier is invalid."
    if not models()[name]["on_demand"]:
        return (
            f"Invocation of model ID {name} with on-demand throughput isn\N{RIGHT SINGLE QUOTATION MARK}t supported. "
            "Retry your request with the ID or ARN of an inference profile that contains this model."
        )
    return None


async def handle_request(method: str, path: str, headers: dict, body: bytes, query: dict) -> tuple:
    """A call to a model: refused if its id is none, else answered as the emulator does."""
    model_id = called_model(path)
    message = refusal(model_id) if model_id else None
    if message:
        return (
            400,
            {"Content-Type": "application/json", "x-amzn-errortype": "ValidationException"},
            json.dumps({"message": message}).encode(),
        )
    return await _handle_request(method, path, headers, body, query)


def list_profiles(query: dict[str, Any]) -> tuple:
    """ListInferenceProfiles: Amazon's own, and those that users made."""
    wanted = (query.get("typeEquals") or query.get("type") or [None])[0]
    own = [] if wanted == "APPLICATION" else [_profile(profile_id) for profile_id in profiles()]
    users = [] if wanted == "SYSTEM_DEFINED" else list(bedrock._inference_profiles_apps.values())
    return bedrock._json({"InferenceProfileSummaries": own + users})


def get_profile(identifier: str) -> tuple:
    """GetInferenceProfile, by id or ARN."""
    if identifier in bedrock._inference_profiles_apps:
        return bedrock._json(bedrock._inference_profiles_apps[identifier])
    profile_id = identifier.rsplit("/", 1)[-1]
    if profile_id not in profiles():
        return bedrock._not_found("The provided inference profile identifier is invalid.")
    return bedrock._json(_profile(profile_id))


def _profile(profile_id: str) -> dict[str, Any]:
    scope, _dot, model_id = profile_id.partition(".")
    arn = f"arn:aws:bedrock:{get_region()}:{get_account_id()}:inference-profile/{profile_id}"
    return {
        "InferenceProfileName": f"{scope.upper()} {models()[model_id]['name']}",
        "InferenceProfileId": profile_id,
        "InferenceProfileArn": arn,
        "Status": "ACTIVE",
        "Type": "SYSTEM_DEFINED",
        "Models": [{"ModelArn": one} for one in model_arns(profile_id, get_region())],
    }


def _summary(model_id: str, *details: Any) -> dict[str, Any]:
    model = models()[model_id]
    types = ["ON_DEMAND"] * model["on_demand"] + ["INFERENCE_PROFILE"] * bool(model["profiles"])
    return {**_emulated_summary(model_id, *details), "InferenceTypesSupported": types}


_emulated_summary = bedrock._model_summary


def install() -> None:
    """Put these in the place of the emulator's catalogue."""
    bedrock._CATALOG[:] = [
        (model_id, model["name"], PROVIDERS[model_id.split(".")[0]], ["TEXT"], model.get("outputs", ["TEXT"]), True)
        for model_id, model in models().items()
    ]
    bedrock._model_summary = _summary
    bedrock._list_inference_profiles = list_profiles
    bedrock._get_inference_profile = get_profile
    bedrock_runtime.handle_request = handle_request
