"""The three resources that AWS evaluates when a model is called through an inference profile."""

from __future__ import annotations

import re
from urllib.parse import unquote

from local_aws.authorization.call import Call
from local_aws.authorization.checks import Check

# Converse has no action of its own. docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
ACTIONS = {
    "InvokeModel": "bedrock:InvokeModel",
    "Converse": "bedrock:InvokeModel",
    "InvokeModelWithResponseStream": "bedrock:InvokeModelWithResponseStream",
    "ConverseStream": "bedrock:InvokeModelWithResponseStream",
}
CALL = re.compile(r"/model/(.+)/(?:converse|converse-stream|invoke|invoke-with-response-stream)$")
# Where a geographic profile may send a call that is made in the first region of the list; a real profile names its
# regions in GetInferenceProfile. docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html
DESTINATIONS = {
    "us": ("us-east-1", "us-east-2", "us-west-2"),
    "eu": ("eu-west-1", "eu-west-3", "eu-central-1"),
    "apac": ("ap-southeast-2", "ap-northeast-1", "ap-southeast-1"),
    "au": ("ap-southeast-2", "ap-southeast-4"),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
}


def called_model(path: str) -> str | None:
    """The model id in the path of a call to a model: an id or an ARN, which has a slash of its own."""
    called = CALL.match(unquote(path))
    return called.group(1) if called else None


def invocation_checks(call: Call, model_id: str) -> list[Check]:
    """What AWS checks for a model id, an inference profile id, or the ARN of one, and for a guardrail.

    docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
    docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions.html
    """
    guardrail = call.value("guardrailConfig.guardrailIdentifier")
    return _model_checks(call, model_id) + ([_guardrail_check(call, guardrail)] if guardrail else [])


def _guardrail_check(call: Call, guardrail: str) -> Check:
    name = guardrail.rsplit("/", 1)[-1]
    return Check("bedrock:ApplyGuardrail", f"arn:aws:bedrock:{call.region}:{call.account}:guardrail/{name}")


def _model_checks(call: Call, model_id: str) -> list[Check]:
    action = ACTIONS[call.operation]
    name = model_id.rsplit("/", 1)[-1]
    if not is_profile(name):
        return [Check(action, _model(call.region, name))]
    profile = f"arn:aws:bedrock:{call.region}:{call.account}:inference-profile/{name}"
    keys = {"bedrock:InferenceProfileArn": profile}
    return [Check(action, profile)] + [
        Check(action, arn, keys, region=arn.split(":")[3] or "unspecified") for arn in model_arns(name, call.region)
    ]


def is_profile(name: str) -> bool:
    """Whether an id is one of an inference profile of Amazon's."""
    return name.partition(".")[0] in ("global", *DESTINATIONS)


def model_arns(profile_id: str, region: str) -> list[str]:
    """The models that a profile calls: in this region, and in those it may go to ("" is anywhere)."""
    scope, _dot, model = profile_id.partition(".")
    regions = dict.fromkeys((region, *DESTINATIONS.get(scope, ("",))))
    return [_model(one, model) for one in regions]


def _model(region: str, model: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"
