"""What the local AWS is built from: delays, the log, faults, and the query protocols."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import create_parser

from local_aws.direct import service_model
from local_aws.lifecycle import TABLE
from local_aws.lifecycle import Lifecycle
from local_aws.requestlog import RequestLog
from local_aws.requestlog import permissions
from local_aws.wire import parse_request
from local_aws.wire import render_answer


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_changes_happen_in_the_order_of_their_time():
    clock, happened = Clock(), []
    lifecycle = Lifecycle({"quick": 10, "slow": 50}, clock)
    lifecycle.scale = 0.1
    lifecycle.after("slow", lambda: happened.append("slow"))
    lifecycle.after("quick", lambda: happened.append("quick"))
    lifecycle.settle()
    assert happened == []
    clock.now = 1.0
    lifecycle.settle()
    assert happened == ["quick"]
    clock.now = 5.0
    lifecycle.settle()
    assert happened == ["quick", "slow"]


def test_nothing_waits_at_scale_zero():
    happened = []
    lifecycle = Lifecycle({"slow": 50}, Clock())
    lifecycle.scale = 0
    lifecycle.after("slow", lambda: happened.append("slow"))
    assert happened == ["slow"]


def test_the_scale_leaves_alone_what_was_asked_for():
    clock, happened = Clock(), []
    lifecycle = Lifecycle({"day": 86400}, clock, unscaled={"day"})
    lifecycle.scale = 0
    lifecycle.after("day", lambda: happened.append("day"))
    assert happened == []
    clock.now = 86400.0
    lifecycle.settle()
    assert happened == ["day"]


def test_a_step_can_be_set_whatever_the_scale():
    clock, happened = Clock(), []
    lifecycle = Lifecycle({"slow": 50, "other": 10}, clock)
    lifecycle.set(scale=0, steps={"slow": 5}, minute=1)
    lifecycle.after("other", lambda: happened.append("other"))
    lifecycle.after("slow", lambda: happened.append("slow"))
    assert happened == ["other"]
    assert lifecycle.settings() == {"scale": 0, "minute": 1, "steps": {"slow": 5}}
    clock.now = 5.0
    lifecycle.settle()
    assert happened == ["other", "slow"]
    with pytest.raises(ValueError, match="No such steps in latencies.yml: sloow"):
        lifecycle.set(steps={"sloow": 1})
    lifecycle.clear()
    assert lifecycle.settings() == {"scale": 0.02, "minute": 60, "steps": {}}


def test_every_delay_has_a_source():
    import yaml

    steps = yaml.safe_load(TABLE.read_text())["steps"]
    assert all(step["seconds"] > 0 and step["source"] for step in steps.values())


def test_the_log_counts_on_over_a_reset():
    log = RequestLog()
    log.add(action="a")
    log.add(action="b")
    assert [entry["action"] for entry in log.since(2)["entries"]] == ["b"]
    log.clear()
    log.add(action="c")
    assert (log.since(1)["entries"][0]["n"], log.since(1)["next"]) == (3, 4)


def test_permissions_of_one_user():
    group = "arn:aws:ec2:us-east-1:000000000000:security-group/sg-"
    owner = {"aws:ResourceTag/openclaw:deployment": "x"}
    more = {"ec2:ResourceTag/openclaw:deployment": "x", "aws:ResourceTag/Name": "y", "aws:TagKeys": ["Name"]}
    entries = [
        {
            "principal_arn": "arn:aws:iam::1:user/operator",
            "permissions": [["a:B", f"{group}0123456789abcdef0", {**owner, **more}], ["a:C", "*", {"a:Key": "k"}]],
        },
        {"principal_arn": "arn:aws:iam::1:user/operator", "permissions": [["a:B", f"{group}abcdef01", owner]]},
        {"principal_arn": "arn:aws:iam::1:root", "permissions": [["a:D", "*", {}]]},
    ]
    assert permissions(entries, "operator") == [
        {"action": "a:B", "resource": f"{group}0", "keys": owner},
        {"action": "a:C", "resource": "*", "keys": {"a:Key": "k"}},
    ]


@pytest.mark.parametrize(
    ("resource", "keys", "expected"),
    [
        pytest.param(
            "arn:aws:s3:::openclaw-setup-0/i-0123456789abcdef0/tmp/ansible-tmp-1-2-3/AnsiballZ_stat.py",
            {},
            ("arn:aws:s3:::openclaw-setup-0/i-0/0", {}),
            id="a file on its way to an instance",
        ),
        pytest.param(
            "arn:aws:s3:::openclaw-setup-0/other/file", {}, ("arn:aws:s3:::openclaw-setup-0/other/file", {}), id="other"
        ),
        pytest.param(
            "arn:aws:ssm:us-east-1:0:session/operator-0123456789abcdef0",
            {
                "ssm:ResourceTag/aws:ssmmessages:session-id": "AIDA0123456789ABCDEF0",
                "aws:ResourceTag/aws:ssmmessages:target-id": "i-0123456789abcdef0",
            },
            ("arn:aws:ssm:us-east-1:0:session/operator-0", {"ssm:ResourceTag/aws:ssmmessages:session-id": "AIDA0"}),
            id="a session, by its owner",
        ),
        pytest.param(
            "arn:aws:ec2:us-east-1:0:instance/i-0123456789abcdef0",
            {"aws:ResourceTag/Name": "x-setup", "ec2:ResourceTag/Name": "x-setup", "aws:ResourceTag/team": "a"},
            ("arn:aws:ec2:us-east-1:0:instance/i-0", {"aws:ResourceTag/Name": "x-setup"}),
            id="an instance, by its name",
        ),
    ],
)
def test_permissions_of_the_setup_host(resource, keys, expected):
    entry = {"principal_arn": "arn:aws:iam::1:user/operator", "permissions": [["a:B", resource, keys]]}
    [taken] = permissions([entry], "operator")
    assert (taken["resource"], taken["keys"]) == expected


@pytest.mark.parametrize(
    ("service", "operation", "flat", "expected"),
    [
        (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            {
                "GroupId": ["sg-1"],
                "IpPermissions.1.IpProtocol": ["tcp"],
                "IpPermissions.1.FromPort": ["443"],
                "IpPermissions.1.Groups.1.GroupId": ["sg-2"],
            },
            {
                "GroupId": "sg-1",
                "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-2"}]}],
            },
        ),
        (
            "ec2",
            "DescribeSecurityGroups",
            {"Filter.1.Name": ["vpc-id"], "Filter.1.Value.1": ["vpc-1"]},
            {"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}]},
        ),
        (
            "autoscaling",
            "CreateAutoScalingGroup",
            {
                "AutoScalingGroupName": ["g"],
                "NewInstancesProtectedFromScaleIn": ["true"],
                "TerminationPolicies.member.1": ["Default"],
            },
            {"AutoScalingGroupName": "g", "NewInstancesProtectedFromScaleIn": True, "TerminationPolicies": ["Default"]},
        ),
    ],
)
def test_requests_are_read(service, operation, flat, expected):
    assert parse_request(service, operation, flat) == expected


@pytest.mark.parametrize(
    ("service", "operation", "answer"),
    [
        (
            "ec2",
            "DescribeVpcEndpoints",
            {
                "VpcEndpoints": [
                    {
                        "VpcEndpointId": "vpce-1",
                        "PrivateDnsEnabled": True,
                        "SubnetIds": ["a", "b"],
                        "PolicyDocument": "<&>",
                    }
                ]
            },
        ),
        (
            "autoscaling",
            "DescribeAutoScalingGroups",
            {
                "AutoScalingGroups": [
                    {"AutoScalingGroupName": "g", "MinSize": 0, "Tags": [], "TerminationPolicies": ["Default"]}
                ]
            },
        ),
    ],
)
def test_answers_are_read_back_by_botocore(service, operation, answer):
    model = service_model(service)
    body = render_answer(service, operation, {**answer, "unknown": "left out"})
    assert ElementTree.fromstring(body).tag.endswith(f"{operation}Response")
    parsed = create_parser(model.resolved_protocol).parse(
        {"status_code": 200, "headers": {}, "body": body}, model.operation_model(operation).output_shape
    )
    parsed.pop("ResponseMetadata")
    assert parsed == answer


@pytest.mark.parametrize(
    ("service", "log_name", "method", "arguments"),
    [
        ("efs", "elasticfilesystem", "describe_file_systems", {}),
        ("iam", "iam", "list_roles", {}),
        ("ecs", "ecs", "list_clusters", {}),
        ("ssm", "ssm", "describe_parameters", {}),
        ("logs", "logs", "describe_log_groups", {}),
        ("autoscaling", "autoscaling", "describe_auto_scaling_groups", {}),
    ],
)
def test_a_fault_reads_as_the_services_own(local_aws, service, log_name, method, arguments):
    client = local_aws.client(service)
    local_aws.control(
        "POST",
        "faults",
        service=log_name,
        action=client.meta.method_to_api_mapping[method],
        code="ThrottlingException",
        message="Rate exceeded",
        times=1,
    )
    with pytest.raises(ClientError, match=r"\(ThrottlingException\).*Rate exceeded"):
        getattr(client, method)(**arguments)
    assert local_aws.log()[-1]["error_code"] == "ThrottlingException"
    getattr(client, method)(**arguments)
