"""Which permissions a call takes: the table, without an emulator."""

from __future__ import annotations

import pytest

from local_aws.authorization.bedrock import invocation_checks
from local_aws.authorization.call import Call
from local_aws.authorization.call import read_parameters
from local_aws.authorization.checks import checks_for
from local_aws.authorization.checks import table

REGION, ACCOUNT = "us-east-1", "000000000000"
EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
TAGS = [{"Key": "Name", "Value": "x"}]


class FakeAccount:
    """Steps that return what they get, and one tagged group."""

    def step(self, name):
        return lambda call, value: [] if name in ("launch", "service_linked_role") else value

    def tags(self, service, kind, value):
        return {"owner": "us"} if value == "sg-1" else {}


def asked(service: str, operation: str, **parameters) -> list[tuple]:
    """The checks of a call as (action, resource)."""
    checks = checks_for(Call(service, operation, REGION, ACCOUNT, parameters), FakeAccount())
    return [(check.action, check.resource) for check in checks]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        (
            "ec2",
            "CreateSecurityGroup",
            {"VpcId": "vpc-1"},
            [("ec2:CreateSecurityGroup", f"{EC2}:security-group/*"), ("ec2:CreateSecurityGroup", f"{EC2}:vpc/vpc-1")],
        ),
        (
            "ec2",
            "CreateLaunchTemplate",
            {"TagSpecifications": [{"ResourceType": "launch-template", "Tags": TAGS}]},
            [("ec2:CreateLaunchTemplate", f"{EC2}:launch-template/*"), ("ec2:CreateTags", f"{EC2}:launch-template/*")],
        ),
        ("s3", "CreateBucket", {"Bucket": "box"}, [("s3:CreateBucket", "arn:aws:s3:::box")]),
        (
            "s3",
            "CreateBucket",
            {"Bucket": "box", "CreateBucketConfiguration": {"Tags": TAGS}},
            [("s3:CreateBucket", "arn:aws:s3:::box"), ("s3:TagResource", "arn:aws:s3:::box")],
        ),
        (
            "elasticfilesystem",
            "DescribeFileSystems",
            {"CreationToken": "x"},
            [("elasticfilesystem:DescribeFileSystems", "*")],
        ),
        (
            "elasticfilesystem",
            "CreateAccessPoint",
            {"FileSystemId": "fs-1", "Tags": TAGS},
            [
                (
                    "elasticfilesystem:CreateAccessPoint",
                    f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-1",
                ),
                ("elasticfilesystem:TagResource", f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:access-point/*"),
            ],
        ),
        (
            "elasticfilesystem",
            "CreateMountTarget",
            {"FileSystemId": "fs-1", "SubnetId": "subnet-1"},
            [
                (
                    "elasticfilesystem:CreateMountTarget",
                    f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-1",
                ),
                ("ec2:DescribeSubnets", "*"),
                ("ec2:DescribeNetworkInterfaces", "*"),
                ("ec2:CreateNetworkInterface", f"{EC2}:network-interface/*"),
                ("ec2:CreateNetworkInterface", f"{EC2}:subnet/subnet-1"),
            ],
        ),
        (
            "iam",
            "CreateRole",
            {"RoleName": "r", "Tags": TAGS},
            [("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/r"), ("iam:TagRole", f"arn:aws:iam::{ACCOUNT}:role/r")],
        ),
        (
            "iam",
            "SimulatePrincipalPolicy",
            {"PolicySourceArn": "arn:aws:iam::1:role/t", "ActionNames": ["s3:GetObject"]},
            [("iam:SimulatePrincipalPolicy", "arn:aws:iam::1:role/t")],
        ),
        (
            "ecs",
            "RegisterTaskDefinition",
            {"family": "f", "taskRoleArn": "arn:aws:iam::1:role/t"},
            [
                ("ecs:RegisterTaskDefinition", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/f"),
                ("iam:PassRole", "arn:aws:iam::1:role/t"),
            ],
        ),
        (
            "logs",
            "CreateLogGroup",
            {"logGroupName": "/g", "tags": {"a": "b"}},
            [
                ("logs:CreateLogGroup", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g"),
                ("logs:TagResource", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g"),
            ],
        ),
    ],
)
def test_what_a_call_takes(service, operation, parameters, expected):
    assert asked(service, operation, **parameters) == expected


def test_condition_keys():
    parameters = {"VpcId": "vpc-1", "TagSpecifications": [{"ResourceType": "security-group", "Tags": TAGS}]}
    create = checks_for(Call("ec2", "CreateSecurityGroup", REGION, ACCOUNT, parameters), FakeAccount())
    assert create[0].keys == {"aws:RequestTag/Name": "x", "aws:TagKeys": ["Name"]}
    assert create[1].keys == {}  # the VPC is named, not tagged
    assert create[-1].keys["ec2:CreateAction"] == "CreateSecurityGroup"
    delete = checks_for(Call("ec2", "DeleteSecurityGroup", REGION, ACCOUNT, {"GroupId": "sg-1"}), FakeAccount())
    assert delete[0].keys == {"aws:ResourceTag/owner": "us", "ec2:ResourceTag/owner": "us"}
    passed = checks_for(
        Call("iam", "AddRoleToInstanceProfile", REGION, ACCOUNT, {"RoleName": "r", "InstanceProfileName": "p"}),
        FakeAccount(),
    )
    assert passed[1].keys == {"iam:PassedToService": "ec2.amazonaws.com"}


def test_what_is_gone_is_checked_as_any_of_its_kind():
    class Gone(FakeAccount):
        def step(self, name):
            return lambda call, value: None

    call = Call("elasticfilesystem", "DeleteMountTarget", REGION, ACCOUNT, {"MountTargetId": "fsmt-1"})
    checks = checks_for(call, Gone())
    assert [check.resource for check in checks] == [
        f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/*",
        f"{EC2}:network-interface/*",
    ]


def test_a_call_that_is_not_in_the_table():
    assert checks_for(Call("ec2", "DescribeVpcs", REGION, ACCOUNT), FakeAccount()) is None


def test_the_table_names_only_what_exists():
    from local_aws.authorization.account import STEPS
    from local_aws.authorization.call import BOTO3_NAMES
    from local_aws.direct import service_model

    for service, calls in table()["calls"].items():
        model = service_model(BOTO3_NAMES.get(service, service))
        for operation, rule in calls.items():
            members = model.operation_model(operation).input_shape.members
            sources = [entry.partition("=")[2] for entry in rule["at"]] + list(rule.get("passes", {}))
            sources += list(rule.get("keys", {}).values())
            for source in filter(None, sources):
                path, _bar, step = source.partition("|")
                assert not path or path in members, f"{service}:{operation} has no parameter {path}"
                assert not step or step in STEPS, f"{service}:{operation} names an unknown step {step}"


def test_a_global_profile_takes_three_resources():
    call = Call("bedrock-runtime", "ConverseStream", REGION, ACCOUNT)
    checks = invocation_checks(call, "global.anthropic.claude-x")
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/global.anthropic.claude-x"
    assert [check.resource for check in checks] == [
        profile,
        f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-x",
        "arn:aws:bedrock:::foundation-model/anthropic.claude-x",
    ]
    assert [check.keys.get("bedrock:InferenceProfileArn") for check in checks] == [None, profile, profile]
    assert [check.region for check in checks] == [None, REGION, "unspecified"]
    assert {check.action for check in checks} == {"bedrock:InvokeModelWithResponseStream"}
    plain = invocation_checks(Call("bedrock-runtime", "Converse", REGION, ACCOUNT), "amazon.titan-embed-text-v2:0")
    assert [(check.action, check.resource) for check in plain] == [
        ("bedrock:InvokeModel", f"arn:aws:bedrock:{REGION}::foundation-model/amazon.titan-embed-text-v2:0")
    ]
    assert len(invocation_checks(call, "us.anthropic.claude-x")) == 4


@pytest.mark.parametrize("identifier", ["abc123", f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/abc123"])
def test_a_guardrail_takes_a_resource_of_its_own(identifier):
    parameters = {"guardrailConfig": {"guardrailIdentifier": identifier, "guardrailVersion": "1"}}
    call = Call("bedrock-runtime", "ConverseStream", REGION, ACCOUNT, parameters)
    assert [(check.action, check.resource) for check in invocation_checks(call, "amazon.nova-lite-v1:0")] == [
        ("bedrock:InvokeModelWithResponseStream", f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"),
        ("bedrock:ApplyGuardrail", f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/abc123"),
    ]


@pytest.mark.parametrize(
    ("service", "operation", "path", "query", "body", "expected"),
    [
        (
            "elasticfilesystem",
            "DeleteMountTarget",
            "/2015-02-01/mount-targets/fsmt-1",
            {},
            b"",
            {"MountTargetId": "fsmt-1"},
        ),
        (
            "elasticfilesystem",
            "DescribeFileSystems",
            "/2015-02-01/file-systems",
            {"FileSystemId": ["fs-1"]},
            b"",
            {"FileSystemId": "fs-1"},
        ),
        (
            "elasticfilesystem",
            "TagResource",
            "/2015-02-01/resource-tags/fs-1",
            {},
            b'{"Tags": []}',
            {"ResourceId": "fs-1", "Tags": []},
        ),
        (
            "ec2",
            "DeleteTags",
            "/",
            {"Action": ["DeleteTags"], "ResourceId.1": ["sg-1"], "Tag.1.Key": ["a"]},
            b"",
            {"Resources": ["sg-1"], "Tags": [{"Key": "a"}]},
        ),
        (
            "autoscaling",
            "CreateOrUpdateTags",
            "/",
            {"Tags.member.1.ResourceId": ["g"], "Tags.member.1.Key": ["k"]},
            b"",
            {"Tags": [{"ResourceId": "g", "Key": "k"}]},
        ),
        ("ssm", "GetParameters", "/", {}, b'{"Names": ["/a"]}', {"Names": ["/a"]}),
        (
            "s3",
            "CreateBucket",
            "/box",
            {},
            b"<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>",
            {"Bucket": "box", "CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}},
        ),
        ("s3", "CreateBucket", "/box", {}, b"", {"Bucket": "box"}),
        ("s3", "CreateBucket", "/box", {}, b"<not xml", {"Bucket": "box"}),
        ("s3", "GetObject", "/box/a/b", {}, b"", {"Bucket": "box", "Key": "a/b"}),
    ],
)
def test_parameters_are_read_from_every_protocol(service, operation, path, query, body, expected):
    assert read_parameters(service, operation, path, query, body) == expected
