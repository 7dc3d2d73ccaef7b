"""Bedrock of the local AWS: models and inference profiles."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.layer.bedrock import refusal

OPUS = "anthropic.claude-opus-4-5-20251101-v1:0"


@pytest.mark.parametrize(
    ("model_id", "reason"),
    [
        (f"global.{OPUS}", None),
        (f"arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.{OPUS}", None),
        ("amazon.titan-embed-text-v2:0", None),
        ("amazon.nova-lite-v1:0", None),
        (OPUS, "with on-demand throughput isn\u2019t supported"),
        (f"au.{OPUS}", "identifier is invalid"),
        ("nonsense", "identifier is invalid"),
    ],
)
def test_by_which_id_a_model_is_called(model_id, reason):
    assert refusal(model_id) is None if reason is None else reason in refusal(model_id)


def test_a_refused_call(local_aws):
    with pytest.raises(ClientError, match="ValidationException.*Retry your request with the ID or ARN of an inference"):
        local_aws.client("bedrock-runtime").converse(
            modelId=OPUS, messages=[{"role": "user", "content": [{"text": "hello"}]}]
        )
    assert local_aws.log()[-1]["error_code"] == "ValidationException"


def test_a_profile_can_be_named_by_its_arn(local_aws):
    arn = f"arn:aws:bedrock:us-east-1:000000000000:inference-profile/global.{OPUS}"
    local_aws.client("bedrock-runtime").converse(
        modelId=arn, messages=[{"role": "user", "content": [{"text": "hello"}]}]
    )
    entry = local_aws.log()[-1]
    assert (entry["resource"], entry["permissions"][0][:2]) == (arn, ["bedrock:InvokeModel", arn])


def test_a_guardrail_takes_a_permission_and_must_exist(local_aws):
    with pytest.raises(ClientError, match="ResourceNotFoundException.*abc123"):
        local_aws.client("bedrock-runtime").converse(
            modelId="amazon.nova-lite-v1:0",
            messages=[{"role": "user", "content": [{"text": "hello"}]}],
            guardrailConfig={"guardrailIdentifier": "abc123", "guardrailVersion": "1"},
        )
    asked = [permission[:2] for permission in local_aws.log()[-1]["permissions"]]
    assert ["bedrock:ApplyGuardrail", "arn:aws:bedrock:us-east-1:000000000000:guardrail/abc123"] in asked


def test_profiles_name_their_models(local_aws):
    bedrock = local_aws.client("bedrock")
    profile = bedrock.get_inference_profile(inferenceProfileIdentifier=f"global.{OPUS}")
    assert [model["modelArn"] for model in profile["models"]] == [
        f"arn:aws:bedrock:us-east-1::foundation-model/{OPUS}",
        f"arn:aws:bedrock:::foundation-model/{OPUS}",
    ]
    listed = bedrock.list_inference_profiles(typeEquals="SYSTEM_DEFINED")["inferenceProfileSummaries"]
    assert f"global.{OPUS}" in [entry["inferenceProfileId"] for entry in listed]
    types = {
        model["modelId"]: model["inferenceTypesSupported"]
        for model in bedrock.list_foundation_models()["modelSummaries"]
    }
    assert types[OPUS] == ["INFERENCE_PROFILE"]
    assert types["amazon.titan-embed-text-v2:0"] == ["ON_DEMAND"]


def test_a_streamed_answer(local_aws):
    answer = local_aws.client("bedrock-runtime").converse_stream(
        modelId=f"global.{OPUS}", messages=[{"role": "user", "content": [{"text": "hello"}]}]
    )
    kinds = [next(iter(event)) for event in answer["stream"]]
    assert kinds[0] == "messageStart"
    assert "contentBlockDelta" in kinds
    assert "messageStop" in kinds
