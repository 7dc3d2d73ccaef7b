"""IAM in the running local AWS: what a least-privilege policy allows, and how a refusal reads."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

OURS = {"StringEquals": {"aws:ResourceTag/openclaw:deployment": "x"}}
ASKED = {"StringEquals": {"aws:RequestTag/openclaw:deployment": "x"}}
TAG = {"Key": "openclaw:deployment", "Value": "x"}
ACCOUNT = "000000000000"


def trust(service: str) -> str:
    """A trust policy for one service."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        }
    )


def role(local_aws, name: str, service: str, *statements: dict) -> str:
    """A role with an inline policy; returns its ARN."""
    iam = local_aws.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
    if statements:
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **entry} for entry in statements]}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    return arn


def test_tags_decide_about_security_groups(local_aws):
    vpc = local_aws.network()["vpc"]
    key = local_aws.user(
        "deployer",
        {"Action": "ec2:CreateSecurityGroup", "Resource": f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/*"},
        {"Action": "ec2:CreateSecurityGroup", "Resource": "arn:aws:ec2:*:*:security-group/*", "Condition": ASKED},
        {
            "Action": "ec2:CreateTags",
            "Resource": "arn:aws:ec2:*:*:security-group/*",
            "Condition": {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}},
        },
        {"Action": "ec2:DeleteSecurityGroup", "Resource": "*", "Condition": OURS},
    )
    ours = local_aws.client("ec2", key)
    specs = [{"ResourceType": "security-group", "Tags": [TAG]}]
    made = ours.create_security_group(GroupName="a", Description="a", VpcId=vpc, TagSpecifications=specs)["GroupId"]
    with pytest.raises(
        ClientError,
        match=r"UnauthorizedOperation.*You are not authorized to perform this operation. "
        r"User: arn:aws:iam::000000000000:user/deployer is not authorized to perform: "
        r"ec2:CreateSecurityGroup on resource: arn:aws:ec2:us-east-1:000000000000:security-group/\* "
        r"because no identity-based policy allows the ec2:CreateSecurityGroup action",
    ):
        ours.create_security_group(GroupName="b", Description="b", VpcId=vpc)
    with pytest.raises(ClientError, match="ec2:CreateTags on resource"):
        ours.create_tags(Resources=[made], Tags=[TAG])
    foreign = local_aws.client("ec2").create_security_group(GroupName="c", Description="c", VpcId=vpc)["GroupId"]
    with pytest.raises(ClientError, match=f"ec2:DeleteSecurityGroup on resource: .*security-group/{foreign}"):
        ours.delete_security_group(GroupId=foreign)
    ours.delete_security_group(GroupId=made)


def test_a_role_is_passed_only_with_permission(local_aws):
    arn = role(local_aws, "task", "ecs-tasks.amazonaws.com")
    key = local_aws.user(
        "deployer",
        {"Action": "ecs:*", "Resource": "*"},
        {
            "Action": "iam:PassRole",
            "Resource": arn,
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
    )
    definition = {"family": "f", "containerDefinitions": [{"name": "c", "image": "i", "memory": 64}]}
    ecs = local_aws.client("ecs", key)
    ecs.register_task_definition(**definition, taskRoleArn=arn)
    other = role(local_aws, "other", "ecs-tasks.amazonaws.com")
    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {other} because no identity-based policy"):
        ecs.register_task_definition(**definition, taskRoleArn=other)


def test_dependent_actions_of_a_mount_target(local_aws):
    fs = local_aws.client("efs").create_file_system(CreationToken="x")["FileSystemId"]
    key = local_aws.user("deployer", {"Action": ["elasticfilesystem:*", "ec2:Describe*"], "Resource": "*"})
    with pytest.raises(ClientError, match="AccessDenied.*ec2:CreateNetworkInterface on resource"):
        local_aws.client("efs", key).create_mount_target(FileSystemId=fs, SubnetId=local_aws.network()["a"])
    assert local_aws.client("efs").describe_mount_targets(FileSystemId=fs)["MountTargets"] == []


def test_tags_in_create_calls_take_their_own_action(local_aws):
    key = local_aws.user(
        "deployer",
        {
            "Action": [
                "logs:CreateLogGroup",
                "ssm:PutParameter",
                "iam:CreateRole",
                "elasticfilesystem:CreateFileSystem",
            ],
            "Resource": "*",
        },
    )
    tags = [TAG]
    for service, method, arguments, missing in (
        ("logs", "create_log_group", {"logGroupName": "g", "tags": {"a": "b"}}, "logs:TagResource"),
        ("ssm", "put_parameter", {"Name": "/x", "Type": "String", "Value": "v", "Tags": tags}, "ssm:AddTagsToResource"),
        (
            "iam",
            "create_role",
            {"RoleName": "r", "AssumeRolePolicyDocument": trust("x.y"), "Tags": tags},
            "iam:TagRole",
        ),
        ("efs", "create_file_system", {"CreationToken": "x", "Tags": tags}, "elasticfilesystem:TagResource"),
    ):
        with pytest.raises(ClientError, match=f"AccessDenied.*perform: {missing} on resource: arn:aws"):
            getattr(local_aws.client(service, key), method)(**arguments)


def test_the_task_role_needs_all_three_resources_of_a_global_profile(local_aws):
    model = "anthropic.claude-opus-4-5-20251101-v1:0"
    parts = [
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/global.{model}",
        f"arn:aws:bedrock:us-east-1::foundation-model/{model}",
        f"arn:aws:bedrock:::foundation-model/{model}",
    ]
    message = [{"role": "user", "content": [{"text": "hello"}]}]
    for count in (1, 2, 3):
        arn = role(
            local_aws,
            f"task{count}",
            "ecs-tasks.amazonaws.com",
            {"Action": "bedrock:InvokeModel", "Resource": parts[:count]},
        )
        bedrock = local_aws.client("bedrock-runtime", local_aws.mint(arn, "ecs-tasks.amazonaws.com"))
        if count == 3:
            bedrock.converse(modelId=f"global.{model}", messages=message)
        else:
            with pytest.raises(
                ClientError,
                match=f"assumed-role/task{count}/test is not authorized to perform: "
                f"bedrock:InvokeModel on resource: {parts[count]} because no",
            ):
                bedrock.converse(modelId=f"global.{model}", messages=message)
    last = local_aws.log()[-1]
    assert (last["resource"], last["action"]) == (f"global.{model}", "Converse")
    assert last["principal_arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/task3/test"
    assert last["access_key"].startswith("ASIA")


def test_a_pinned_region_condition_misses_the_global_model(local_aws):
    arn = role(
        local_aws,
        "task",
        "ecs-tasks.amazonaws.com",
        {
            "Action": "bedrock:InvokeModel",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
        },
    )
    with pytest.raises(ClientError, match="on resource: arn:aws:bedrock:::foundation-model/"):
        local_aws.client("bedrock-runtime", local_aws.mint(arn)).converse(
            modelId="global.anthropic.claude-opus-4-5-20251101-v1:0",
            messages=[{"role": "user", "content": [{"text": "hello"}]}],
        )


def test_a_role_must_trust_the_service(local_aws):
    arn = role(local_aws, "task", "ec2.amazonaws.com")
    with pytest.raises(Exception, match="400"):
        local_aws.mint(arn, "ecs-tasks.amazonaws.com")


def test_the_log_names_the_permissions_a_call_took(local_aws):
    local_aws.client("iam", "operator").list_roles()
    entry = local_aws.log()[-1]
    assert (entry["service"], entry["action"], entry["status"]) == ("iam", "ListRoles", 200)
    assert entry["principal_arn"].endswith(":user/operator")
    assert entry["permissions"] == [["iam:ListRoles", "*", {}]]


def test_an_ordered_fault_happens_as_often_as_ordered(local_aws):
    local_aws.control(
        "POST",
        "faults",
        service="ec2",
        action="DescribeVpcs",
        code="RequestLimitExceeded",
        message="Request limit exceeded.",
        times=2,
    )
    ec2 = local_aws.client("ec2")
    for _time in range(2):
        with pytest.raises(ClientError, match="RequestLimitExceeded.*Request limit exceeded."):
            ec2.describe_vpcs()
    assert len(ec2.describe_vpcs()["Vpcs"]) == 3


def test_variables_of_a_policy_are_the_callers_values(local_aws):
    own = "arn:aws:iam::*:user/${aws:username}"
    tagged = {"StringEquals": {"aws:RequestTag/owner": "${aws:username}"}}
    key = local_aws.user(
        "bob",
        {"Action": "iam:GetUser", "Resource": own},
        {"Action": "sns:CreateTopic", "Resource": "arn:aws:sns:*:*:${aws:userid}-*"},
        {"Action": "ec2:CreateSecurityGroup", "Resource": "*", "Condition": tagged},
        {"Action": "iam:GetRole", "Resource": "arn:aws:iam::*:role/${aws:PrincipalTag/team}*"},
    )
    iam = local_aws.client("iam", key)
    user = iam.get_user(UserName="bob")["User"]
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.get_user(UserName="operator")
    local_aws.client("sns", key).create_topic(Name=f"{user['UserId']}-x")
    with pytest.raises(ClientError, match="AuthorizationError"):
        local_aws.client("sns", key).create_topic(Name="bob-x")
    with pytest.raises(ClientError, match="AccessDenied"):  # a tag that bob does not have
        iam.get_role(RoleName="x")
