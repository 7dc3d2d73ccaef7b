# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's policies grant what the playbooks took of IAM on the local AWS (permissions.json), and nothing else.

permissions.json is recorded anew with `python -m tests.unit.collection.record_permissions`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext
from ministack.core.iam_evaluator import evaluate
from ministack.core.iam_evaluator import parse_policy_document

from local_aws.layer.policy_variables import fill
from tests.conftest import REPOSITORY

ACCOUNT = "000000000000"
POLICIES = {
    path.stem: json.loads(path.read_text()) for path in sorted((REPOSITORY / "files").glob("operator-policy*.json"))
}
STATEMENTS = [statement for policy in POLICIES.values() for statement in policy["Statement"]]
SIDS = [statement["Sid"] for statement in STATEMENTS]
RECORDED = json.loads(Path(__file__).with_name("permissions.json").read_text())
DOCUMENTATION = REPOSITORY / "docs" / "permissions.md"

# AWS answers it to everybody: docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
FREE = "sts:GetCallerIdentity"
# What the local AWS does not ask for, or what no recorded run came to; docs/permissions.md says why it is granted.
NOT_SHOWN = {
    ("ChangeOurEcs", "ecs:DeregisterContainerInstance"),
    ("CreateServiceLinkedRoles", "backup.amazonaws.com"),
    ("OwnSessions", "ssm:ResumeSession"),
    ("PutIntoOurGroups", "ec2:ModifyNetworkInterfaceAttribute"),
    ("UsePrivateDns", "route53:AssociateVPCWithHostedZone"),
    ("UsePrivateDns", "*"),
}
EC2 = f"arn:aws:ec2:us-east-1:{ACCOUNT}"
ECS = f"arn:aws:ecs:us-east-1:{ACCOUNT}"
IAM = f"arn:aws:iam::{ACCOUNT}"
SSM = f"arn:aws:ssm:us-east-1:{ACCOUNT}"
TOKEN = f"{SSM}:parameter/openclaw/openclaw/gateway-token"
OTHERS = {"aws:ResourceTag/openclaw:deployment": "other"}
OURS = {"aws:ResourceTag/openclaw:deployment": "openclaw"}
HOST = {**OURS, "aws:ResourceTag/Name": "openclaw-host"}
NOT_OURS = {**OTHERS, "aws:ResourceTag/Name": "openclaw-setup"}
LAUNCHED = {
    "aws:RequestTag/Name": "openclaw-setup",
    "aws:RequestTag/openclaw:deployment": "openclaw",
    "ec2:InstanceProfile": f"{IAM}:instance-profile/openclaw-us-east-1-setup",
    "ec2:MetadataHttpTokens": "required",
}
OUR_VOLUME = {"aws:RequestTag/openclaw:deployment": "openclaw", "ec2:Encrypted": "true"}
SESSION_OF_ANOTHER = {"ssm:resourceTag/aws:ssmmessages:session-id": "AIDA1"}


def listed(value: Any) -> list[Any]:
    """A policy's value, which may be one or a list."""
    return value if isinstance(value, list) else [value]


@cache
def parsed(document: str) -> list[Any]:
    """A policy document as the evaluator wants it."""
    return parse_policy_document(document)


def allows(statements: Iterable[dict[str, Any]], permission: dict[str, Any]) -> bool:
    """Whether statements allow an action on a resource under condition keys."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    context = EvalContext(
        principal_arn=f"{IAM}:user/operator",
        principal_type="User",
        principal_account=ACCOUNT,
        action=permission["action"],
        resource_arn=permission["resource"],
        region="us-east-1",
        service_context={key.lower(): value for key, value in permission["keys"].items()},
        principal_keys={"aws:userid": "AIDA0"},
    )
    filled = [fill(statement, context) for statement in parsed(document)]
    return evaluate(context, [[statement for statement in filled if statement]]).decision == "Allow"


def parts(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each action, resource and condition value of a statement, and the statement with this one alone."""
    for name in ("Action", "Resource"):
        for value in listed(statement[name]):
            yield value, {**statement, name: value}
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            for value in listed(values):
                condition = {**statement["Condition"], operator: {**keys, key: value}}
                yield value, {**statement, "Condition": condition}


def test_all_that_the_playbooks_took_is_granted():
    assert [each for each in RECORDED if each["action"] != FREE and not allows(STATEMENTS, each)] == []


@pytest.mark.parametrize("statement", STATEMENTS, ids=SIDS)
def test_a_statement_can_not_be_taken_away(statement):
    rest = [each for each in STATEMENTS if each is not statement]
    lost = [each for each in RECORDED if each["action"] != FREE and not allows(rest, each)]
    assert lost or {(statement["Sid"], part) for part, _alone in parts(statement)} <= NOT_SHOWN


@pytest.mark.parametrize("statement", STATEMENTS, ids=SIDS)
def test_nothing_in_a_statement_is_more_than_was_taken(statement):
    needless = {
        (statement["Sid"], part)
        for part, alone in parts(statement)
        if not any(allows([alone], each) for each in RECORDED)
    }
    assert needless - NOT_SHOWN == set()


def test_what_is_not_shown_is_really_not_shown():
    shown = {
        (statement["Sid"], part)
        for statement in STATEMENTS
        for part, alone in parts(statement)
        if any(allows([alone], each) for each in RECORDED)
    }
    assert shown & NOT_SHOWN == set()
    assert {(each["Sid"], part) for each in STATEMENTS for part, _alone in parts(each)} >= NOT_SHOWN


def test_actions_are_named_in_full():
    actions = [action for statement in STATEMENTS for action in listed(statement["Action"])]
    assert [action for action in actions if not re.fullmatch(r"[a-z0-9]+:[A-Z][A-Za-z0-9]+", action)] == []


def test_all_resources_only_where_that_can_not_be_avoided():
    everywhere = {statement["Sid"] for statement in STATEMENTS if "*" in listed(statement["Resource"])}
    bound = {statement["Sid"] for statement in STATEMENTS if "Condition" in statement}
    assert everywhere - bound == {
        "FindServiceLinkedRoles",
        "ListLogGroups",
        "ListParameters",
        "OpenSessions",
        "ReadCluster",
        "ReadFileSystems",
        "ReadNetwork",
        "ReadRecoveryPoints",
        "ReadSetupHost",
        "RetireTaskDefinitions",
        "UsePrivateDns",
    }


@pytest.mark.parametrize("name", POLICIES)
def test_a_managed_policy_has_at_most_6144_characters(name):
    # docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: white space does not count
    assert len(re.sub(r"\s", "", json.dumps(POLICIES[name]))) <= 6144


@pytest.mark.parametrize(
    ("action", "resource", "keys"),
    [
        ("ssm:GetParameter", TOKEN, OURS),
        ("ssm:GetParameters", TOKEN, OURS),
        ("ssm:PutParameter", f"{SSM}:parameter/openclaw/other/gateway-token", OURS),
        ("ssm:GetParameter", f"{SSM}:parameter/aws/service/ami-amazon-linux-latest/x", {}),
        ("ssm:StartSession", f"{EC2}:instance/i-0", HOST),
        ("ssm:StartSession", f"{EC2}:instance/i-0", NOT_OURS),
        ("ssm:StartSession", f"{ECS}:task/openclaw/0", OURS),
        ("ssm:StartSession", "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession", {}),
        ("ssm:GetDocument", f"{SSM}:document/other", {}),
        ("ssm:UpdateDocument", f"{SSM}:document/SSM-SessionManagerRunShell", {}),
        ("ssm:SendCommand", f"{EC2}:instance/i-0", OURS),
        ("ssm:TerminateSession", f"{SSM}:session/operator-0", SESSION_OF_ANOTHER),
        ("ssm:ResumeSession", f"{SSM}:session/operator-0", SESSION_OF_ANOTHER),
        ("s3:CreateBucket", "arn:aws:s3:::openclaw-setup-0", {}),
        ("s3:ListBucket", "arn:aws:s3:::openclaw-backups", {}),
        ("s3:GetObject", "arn:aws:s3:::openclaw-backups/x", {}),
        ("s3:PutBucketPolicy", "arn:aws:s3:::openclaw-setup-0", {}),
        ("ecs:ExecuteCommand", f"{ECS}:task/openclaw/0", OTHERS),
        ("ecs:ExecuteCommand", f"{ECS}:task/other/0", OURS),
        ("ecs:RunTask", f"{ECS}:task-definition/openclaw-gateway:1", OURS),
        ("ecs:DeleteService", f"{ECS}:service/openclaw/openclaw-gateway", OTHERS),
        ("ecs:DeleteService", f"{ECS}:service/other/other-gateway", OURS),
        ("ecs:TagResource", f"{ECS}:cluster/openclaw", {"aws:RequestTag/openclaw:deployment": "openclaw"}),
        ("ecs:CreateCluster", f"{ECS}:cluster/openclaw", {}),
        ("ecs:ListTasks", "*", {"ecs:cluster": f"{ECS}:cluster/other"}),
        ("elasticfilesystem:DeleteFileSystem", f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-0", {}),
        ("elasticfilesystem:ClientMount", f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-0", OURS),
        ("ec2:CreateSecurityGroup", f"{EC2}:security-group/*", {}),
        ("ec2:DeleteSecurityGroup", f"{EC2}:security-group/sg-0", OTHERS),
        ("ec2:CreateVpcEndpoint", f"{EC2}:security-group/sg-0", {}),
        ("ec2:CreateTags", f"{EC2}:security-group/sg-0", {"aws:RequestTag/openclaw:deployment": "openclaw"}),
        ("ec2:DeleteTags", f"{EC2}:security-group/sg-0", OURS),
        ("ec2:DeleteVpcEndpoints", f"{EC2}:vpc-endpoint/vpce-0", {}),
        ("ec2:RunInstances", f"{EC2}:instance/*", {}),
        ("ec2:RunInstances", f"{EC2}:instance/*", {**LAUNCHED, "aws:RequestTag/openclaw:deployment": "other"}),
        ("ec2:RunInstances", f"{EC2}:instance/*", {**LAUNCHED, "ec2:InstanceProfile": f"{IAM}:instance-profile/admin"}),
        ("ec2:RunInstances", f"{EC2}:instance/*", {**LAUNCHED, "ec2:MetadataHttpTokens": "optional"}),
        ("ec2:RunInstances", f"{EC2}:volume/*", {**OUR_VOLUME, "ec2:Encrypted": "false"}),
        ("ec2:RunInstances", f"{EC2}:security-group/sg-0", OTHERS),
        ("ec2:RunInstances", f"{EC2}:launch-template/lt-0", OTHERS),
        ("ec2:CreateTags", f"{EC2}:instance/i-0", {**OURS, "aws:RequestTag/Name": "openclaw-setup"}),
        ("ec2:DescribeInstanceAttribute", f"{EC2}:instance/i-0", HOST),
        ("ec2:ModifyInstanceAttribute", f"{EC2}:instance/i-0", OURS),
        ("ec2:TerminateInstances", f"{EC2}:instance/i-0", HOST),
        ("ec2:TerminateInstances", f"{EC2}:instance/i-0", NOT_OURS),
        ("iam:CreateRole", f"{IAM}:role/admin", {}),
        ("iam:CreateRole", f"{IAM}:role/openclaw-admin", {}),
        ("iam:AttachRolePolicy", f"{IAM}:role/openclaw-us-east-1-task", OURS),
        ("iam:PutUserPolicy", f"{IAM}:user/operator", {}),
        ("iam:PassRole", f"{IAM}:role/openclaw-us-east-1-task", {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", f"{IAM}:role/openclaw-us-east-1-task", {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("iam:PassRole", f"{IAM}:role/openclaw-us-east-1-instance", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        ("iam:PassRole", f"{IAM}:role/admin", {"iam:PassedToService": "ec2.amazonaws.com"}),
        (
            "iam:CreateServiceLinkedRole",
            f"{IAM}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
            {"iam:AWSServiceName": "spot.amazonaws.com"},
        ),
        ("logs:DeleteLogGroup", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/openclaw/other/gateway:log-stream:", {}),
        ("logs:GetLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/openclaw/openclaw/exec:log-stream:x", {}),
    ],
)
def test_it_is_not_granted(action, resource, keys):
    assert not allows(STATEMENTS, {"action": action, "resource": resource, "keys": keys})


def test_another_name_takes_one_replacement():
    assert "sed -i 's/openclaw\\*/box*/g' operator-policy-*.json" in DOCUMENTATION.read_text()
    statements = json.loads(json.dumps(STATEMENTS).replace("openclaw*", "box*"))
    deployment = re.compile(r'(?<!log-group:/)(?<!parameter/)openclaw(?=[-/"])')
    taken = json.loads(deployment.sub("box", json.dumps(RECORDED)))
    assert taken != RECORDED
    assert [each for each in taken if each["action"] != FREE and not allows(statements, each)] == []
    bound = [each for each in RECORDED if each["action"].startswith(("ecs:Create", "iam:CreateRole", "ssm:Put"))]
    assert [each for each in bound if allows(statements, each)] == []


@pytest.mark.parametrize("sid", SIDS)
def test_each_statement_is_explained(sid):
    assert DOCUMENTATION.read_text().count(f"| `{sid}` |") == 1
    assert SIDS.count(sid) == 1


def test_statements_in_the_documentation_are_ones():
    blocks = re.findall(r"```json\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        found = json.loads(block)
        assert {"Effect", "Action", "Resource"} <= set(found) or found["Statement"]
