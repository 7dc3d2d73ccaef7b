"""Session Manager's calls: documents, who may start and end a session, and what has no agent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.layer.ssm import AL2023_ARM64

ACCOUNT = "000000000000"
TARGET = "i-0123456789abcdef0"
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{TARGET}"
DEFAULT = "SSM-SessionManagerRunShell"
DOCUMENT = f"arn:aws:ssm:us-east-1:{ACCOUNT}:document"
START = "ssm:StartSession"


def content(**inputs: Any) -> str:
    """A session document's text."""
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


def make(local_aws, name: str, **inputs: Any) -> Any:
    """Make a session document and return root's client."""
    ssm = local_aws.client("ssm")
    ssm.create_document(Name=name, Content=content(**inputs), DocumentType="Session", DocumentFormat="JSON")
    return ssm


def test_a_new_account_has_no_preferences(local_aws):
    ssm = local_aws.client("ssm")
    with pytest.raises(ClientError, match=f"InvalidDocument.*Document with name {DEFAULT} does not exist"):
        ssm.get_document(Name=DEFAULT)
    with pytest.raises(ClientError, match="InvalidDocument"):
        ssm.describe_document(Name=DEFAULT)


def test_versions_of_a_document(local_aws):
    ssm = make(local_aws, DEFAULT, kmsKeyId="")
    with pytest.raises(ClientError, match="DocumentAlreadyExists"):
        make(local_aws, DEFAULT)
    updated = ssm.update_document(Name=DEFAULT, Content=content(kmsKeyId="k"), DocumentVersion="$LATEST")
    assert updated["DocumentDescription"]["DocumentVersion"] == "2"
    with pytest.raises(ClientError, match="DuplicateDocumentContent"):
        ssm.update_document(Name=DEFAULT, Content=content(kmsKeyId="k"), DocumentVersion="$LATEST")

    def key(**version: str) -> str:
        return json.loads(ssm.get_document(Name=DEFAULT, **version)["Content"])["inputs"]["kmsKeyId"]

    assert [key(), key(DocumentVersion="$LATEST"), key(DocumentVersion="1")] == ["", "k", ""]
    ssm.update_document_default_version(Name=DEFAULT, DocumentVersion="2")
    assert key() == "k"
    with pytest.raises(ClientError, match="InvalidDocumentVersion"):
        key(DocumentVersion="3")
    described = ssm.describe_document(Name=DEFAULT)["Document"]
    assert (described["DocumentType"], described["DefaultVersion"], described["LatestVersion"]) == ("Session", "2", "2")
    ssm.delete_document(Name=DEFAULT)
    with pytest.raises(ClientError, match="InvalidDocument"):
        key()


@pytest.mark.parametrize(
    ("text", "error"),
    [("{", "InvalidDocumentContent"), ("{}", "InvalidDocumentContent"), ('{"schemaVersion": "2.0"}', "2.0 is not a")],
)
def test_documents_that_are_none(local_aws, text, error):
    with pytest.raises(ClientError, match=error):
        local_aws.client("ssm").create_document(Name="x", Content=text, DocumentType="Session")


def test_nothing_survives_a_reset(local_aws):
    make(local_aws, DEFAULT)
    local_aws.control("POST", "reset")
    with pytest.raises(ClientError, match="InvalidDocument"):
        local_aws.client("ssm").get_document(Name=DEFAULT)


def test_no_session_without_an_agent_or_with_a_document_that_is_none(local_aws):
    ssm = local_aws.client("ssm")
    with pytest.raises(ClientError, match=f"TargetNotConnected.*{TARGET} is not connected"):
        ssm.start_session(Target=TARGET)
    with pytest.raises(ClientError, match="InvalidDocument.*Document with name mine does not exist"):
        ssm.start_session(Target=TARGET, DocumentName="mine")
    with pytest.raises(ClientError, match="DoesNotExistException"):
        ssm.resume_session(SessionId="somebody-0123456789abcdef0")
    assert ssm.terminate_session(SessionId="somebody-0123456789abcdef0")["SessionId"] == "somebody-0123456789abcdef0"
    assert ssm.describe_instance_information()["InstanceInformationList"] == []
    assert ssm.describe_sessions(State="Active")["Sessions"] == []


@pytest.mark.parametrize(
    ("statements", "document", "refused"),
    [
        ([{"Action": START, "Resource": [INSTANCE, f"{DOCUMENT}/{DEFAULT}"]}], None, None),
        ([{"Action": START, "Resource": [INSTANCE, f"{DOCUMENT}/mine"]}], "mine", None),
        ([{"Action": START, "Resource": f"{DOCUMENT}/*"}], None, f"{START} on resource: {INSTANCE}"),
        ([{"Action": START, "Resource": INSTANCE}], None, f"{START} on resource: {DOCUMENT}/{DEFAULT}"),
        (
            [{"Action": START, "Resource": [INSTANCE, f"{DOCUMENT}/{DEFAULT}"]}],
            "mine",
            f"{START} on resource: {DOCUMENT}/mine",
        ),
        (
            [
                {
                    "Action": START,
                    "Resource": "*",
                    "Condition": {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}},
                }
            ],
            None,
            None,
        ),
    ],
)
def test_who_may_start_a_session(local_aws, statements, document, refused):
    if document:
        make(local_aws, document)
    user = local_aws.client("ssm", local_aws.user("admin", *statements))
    with pytest.raises(ClientError) as error:
        user.start_session(Target=TARGET, **({"DocumentName": document} if document else {}))
    if refused:
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
        assert refused in str(error.value)
    else:
        assert error.value.response["Error"]["Code"] == "TargetNotConnected"


@pytest.mark.parametrize("key", ["ssm:resourceTag/openclaw:deployment", "aws:ResourceTag/openclaw:deployment"])
@pytest.mark.parametrize(("value", "code"), [("x", "TargetNotConnected"), ("y", "AccessDeniedException")])
def test_tags_of_the_instance_decide(local_aws, key, value, code):
    image = local_aws.client("ssm").get_parameter(Name=AL2023_ARM64)["Parameter"]["Value"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "openclaw:deployment", "Value": "x"}]}]
    made = local_aws.client("ec2").run_instances(
        ImageId=image,
        InstanceType="t4g.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=local_aws.network()["a"],
        TagSpecifications=tags,
    )["Instances"][0]
    user = local_aws.user(
        "admin",
        {"Action": START, "Resource": "arn:aws:ec2:*:*:instance/*", "Condition": {"StringEquals": {key: value}}},
        {"Action": START, "Resource": f"{DOCUMENT}/{DEFAULT}"},
    )
    with pytest.raises(ClientError, match=code):
        local_aws.client("ssm", user).start_session(Target=made["InstanceId"])


def test_reading_documents_takes_a_permission_on_each(local_aws):
    make(local_aws, DEFAULT)
    user = local_aws.user("admin", {"Action": "ssm:GetDocument", "Resource": f"{DOCUMENT}/{DEFAULT}"})
    ssm = local_aws.client("ssm", user)
    assert ssm.get_document(Name=DEFAULT)["DocumentType"] == "Session"
    with pytest.raises(ClientError, match=f"AccessDeniedException.*ssm:GetDocument on resource: {DOCUMENT}/mine"):
        ssm.get_document(Name="mine")
    with pytest.raises(ClientError, match="AccessDeniedException.*ssm:DescribeInstanceInformation"):
        ssm.describe_instance_information()


def test_unknown_filters_are_refused(local_aws):
    ssm = local_aws.client("ssm")
    with pytest.raises(ClientError, match="InvalidFilterKey"):
        ssm.describe_instance_information(Filters=[{"Key": "Colour", "Values": ["red"]}])
    assert ssm.describe_sessions(State="History", Filters=[{"key": "Target", "value": TARGET}])["Sessions"] == []
