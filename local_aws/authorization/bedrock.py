"""The three resources that AWS evaluates when a model is called through an inference profile."""

from __future__ import annotations

from local_aws.authorization.call import Call
from local_aws.authorization.checks import Check

# Converse has no action of its own. docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
ACTIONS = {
    "InvokeModel": "bedrock:InvokeModel",
    "Converse": "bedrock:InvokeModel",
    "InvokeModelWithResponseStream": "bedrock:InvokeModelWithResponseStream",
    "ConverseStream": "bedrock:InvokeModelWithResponseStream",
}
# Where a geographic profile may send a call that is made in the first region of the list; a real profile names its
# regions in GetInferenceProfile. docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html
DESTINATIONS = {
    "us": ("us-east-1", "us-east-2", "us-west-2"),
    "eu": ("eu-west-1", "eu-west-3", "eu-central-1"),
    "apac": ("ap-southeast-2", "ap-northeast-1", "ap-southeast-1"),
    "au": ("ap-southeast-2", "ap-southeast-4"),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
}


def invocation_checks(call: Call, model_id: str) -> list[Check]:
    """What AWS checks for a model id, an inference profile id, or the ARN of one.

    docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
    """
    action = ACTIONS[call.operation]
    name = model_id.rsplit("/", 1)[-1]
    scope, _dot, model = name.partition(".")
    if scope not in DESTINATIONS and scope != "global":
        return [Check(action, _model(call.region, name))]
    profile = f"arn:aws:bedrock:{call.region}:{call.account}:inference-profile/{name}"
    keys = {"bedrock:InferenceProfileArn": profile}
    made = [Check(action, profile)]
    if scope == "global":
        made.append(Check(action, _model(call.region, model), keys))
        made.append(Check(action, _model("", model), keys, region="unspecified"))
    else:
        regions = dict.fromkeys((call.region, *DESTINATIONS[scope]))
        made += [Check(action, _model(region, model), keys, region=region) for region in regions]
    return made


def _model(region: str, model: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"
