"""Instances of the local AWS: what they are launched from, what becomes of them, and what it takes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import LocalAws

IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
OWNER = [{"Key": "Name", "Value": "x-setup"}, {"Key": "openclaw:deployment", "Value": "x"}]
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
AGENT = [
    "ssm:UpdateInstanceInformation",
    *(f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")),
]
DISK = {"VolumeSize": 8, "VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": True}


def profile(local_aws: LocalAws, *actions: str) -> str:
    """An instance profile `x-setup` whose role is allowed these actions; its ARN."""
    iam = local_aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [TRUST]}
    iam.create_role(RoleName="x-setup", AssumeRolePolicyDocument=json.dumps(trust))
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="x-setup", PolicyName="x", PolicyDocument=policy)
    made = iam.create_instance_profile(InstanceProfileName="x-setup")["InstanceProfile"]["Arn"]
    iam.add_role_to_instance_profile(InstanceProfileName="x-setup", RoleName="x-setup")
    return made


def group(local_aws: LocalAws, network: str = "home") -> str:
    """A security group without ingress."""
    vpc = local_aws.network(network)["vpc"]
    return local_aws.client("ec2").create_security_group(GroupName="x-setup", Description="x", VpcId=vpc)["GroupId"]


def request(local_aws: LocalAws, **changes: Any) -> dict[str, Any]:
    """What amazon.aws.ec2_instance sends for a setup host."""
    image = local_aws.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    network = changes.pop("network", {})
    return {
        "MinCount": 1,
        "MaxCount": 1,
        "ImageId": image,
        "InstanceType": "t4g.micro",
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": local_aws.network()["a"], **network}],
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": DISK}],
        "TagSpecifications": [{"ResourceType": kind, "Tags": OWNER} for kind in ("instance", "volume")],
        **changes,
    }


def launch(local_aws: LocalAws, as_: Any = "root", **changes: Any) -> dict[str, Any]:
    """Launch one."""
    return local_aws.client("ec2", as_).run_instances(**request(local_aws, **changes))["Instances"][0]


def show(local_aws: LocalAws, instance_id: str) -> dict[str, Any]:
    """One as it is described."""
    found = local_aws.client("ec2").describe_instances(InstanceIds=[instance_id])
    return found["Reservations"][0]["Instances"][0]


def test_an_instance_comes_out_as_it_went_in(local_aws: LocalAws) -> None:
    arn, groups = profile(local_aws), [group(local_aws)]
    made = launch(
        local_aws, network={"Groups": groups}, IamInstanceProfile={"Arn": arn}, UserData="#!/bin/bash\ntrue\n"
    )
    assert made["State"]["Name"] == "pending"
    shown = show(local_aws, made["InstanceId"])
    assert shown["State"]["Name"] == "running"
    assert shown["Tags"] == OWNER
    assert shown["IamInstanceProfile"]["Arn"] == arn
    assert shown["MetadataOptions"]["HttpTokens"] == "required"
    assert [one["GroupId"] for one in shown["NetworkInterfaces"][0]["Groups"]] == groups
    volume = shown["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    ec2 = local_aws.client("ec2")
    described = ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]
    assert (described["Encrypted"], described["Size"], described["VolumeType"]) == (True, 8, "gp3")
    assert described["Tags"] == OWNER
    user_data = ec2.describe_instance_attribute(InstanceId=made["InstanceId"], Attribute="userData")
    assert base64.b64decode(user_data["UserData"]["Value"]) == b"#!/bin/bash\ntrue\n"


def test_it_holds_its_group_until_it_is_gone(local_aws: LocalAws) -> None:
    local_aws.control("POST", "latency", steps={"host_terminate": 9999})
    ec2, held = local_aws.client("ec2"), group(local_aws)
    made = launch(local_aws, network={"Groups": [held]})
    volume = show(local_aws, made["InstanceId"])["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    ending = show(local_aws, made["InstanceId"])
    assert ending["State"]["Name"] == "shutting-down"
    assert ending["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=held)
    local_aws.control("POST", "settle")
    assert show(local_aws, made["InstanceId"])["State"]["Name"] == "terminated"
    assert show(local_aws, made["InstanceId"])["NetworkInterfaces"] == []
    with pytest.raises(ClientError, match=r"InvalidVolume.NotFound"):
        ec2.describe_volumes(VolumeIds=[volume])
    ec2.delete_security_group(GroupId=held)


def test_stopped_and_started(local_aws: LocalAws) -> None:
    ec2 = local_aws.client("ec2")
    made = launch(local_aws)["InstanceId"]
    ec2.stop_instances(InstanceIds=[made])
    assert show(local_aws, made)["State"]["Name"] == "stopped"
    assert ec2.describe_instance_status(InstanceIds=[made])["InstanceStatuses"] == []
    ec2.start_instances(InstanceIds=[made])
    assert show(local_aws, made)["State"]["Name"] == "running"
    assert ec2.describe_instance_status(InstanceIds=[made])["InstanceStatuses"][0]["InstanceStatus"]["Status"] == "ok"
    ec2.terminate_instances(InstanceIds=[made])
    with pytest.raises(ClientError, match="IncorrectInstanceState.*can be started"):
        ec2.start_instances(InstanceIds=[made])


def test_protected_against_termination(local_aws: LocalAws) -> None:
    ec2 = local_aws.client("ec2")
    made = launch(local_aws, DisableApiTermination=True)["InstanceId"]
    with pytest.raises(ClientError, match=r"OperationNotPermitted.*Modify its 'disableApiTermination'"):
        ec2.terminate_instances(InstanceIds=[made])
    ec2.modify_instance_attribute(InstanceId=made, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[made])


def test_a_client_token_is_used_once(local_aws: LocalAws) -> None:
    first, second = launch(local_aws, ClientToken="t"), launch(local_aws, ClientToken="t")
    assert first["InstanceId"] == second["InstanceId"]
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        launch(local_aws, ClientToken="t", InstanceType="t4g.small")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"ImageId": "ami-0123456789abcdef0"}, r"InvalidAMIID.NotFound.*'\[ami-0123456789abcdef0\]' does not exist"),
        ({"ImageId": "debian"}, r'InvalidAMIID.Malformed.*Invalid id: "debian"'),
        ({"network": {"SubnetId": "subnet-0123456789abcdef0"}}, r"InvalidSubnetID.NotFound.*does not exist"),
        ({"network": {"Groups": ["sg-0123456789abcdef0"]}}, r"InvalidGroup.NotFound.*does not exist"),
        ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidParameterCombination.*an instance-level subnet ID may not"),
        ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidParameterCombination.*instance-level security groups"),
        ({"InstanceType": "t9.huge"}, "InvalidParameterValue.*Invalid value 't9.huge' for InstanceType"),
        ({"InstanceType": "t3.micro"}, "InvalidParameterValue.*architecture 'x86_64' of the specified instance type"),
        ({"IamInstanceProfile": {"Name": "nobody"}}, "InvalidParameterValue.*Invalid IAM Instance Profile name"),
        ({"IamInstanceProfile": {"Arn": "arn:x"}}, "InvalidParameterValue.*Invalid IAM Instance Profile ARN"),
        ({"UserData": "x" * 16385}, "InvalidParameterValue.*User data is limited to 16384 bytes"),
        ({"MinCount": 2}, "InvalidParameterValue.*minCount"),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 4}}]},
            "InvalidBlockDeviceMapping.*Volume of size 4GB is smaller than snapshot .* expect size >= 8GB",
        ),
        (
            {"TagSpecifications": [{"ResourceType": "subnet", "Tags": OWNER}]},
            "InvalidParameterValue.*'subnet' is not a valid taggable resource type",
        ),
        ({"DryRun": True}, "DryRunOperation.*Request would have succeeded"),
    ],
)
def test_refusals(local_aws: LocalAws, changes: dict[str, Any], refusal: str) -> None:
    with pytest.raises(ClientError, match=refusal.replace(".*", r"[\s\S]*")):
        launch(local_aws, **changes)
    assert local_aws.client("ec2").describe_instances()["Reservations"] == []


def test_as_much_user_data_as_there_may_be(local_aws: LocalAws) -> None:
    assert launch(local_aws, UserData="x" * 16384)["InstanceId"]


def test_a_group_of_another_network_is_refused(local_aws: LocalAws) -> None:
    other = group(local_aws, "isolated")
    with pytest.raises(ClientError, match=f"InvalidParameter.*{other} and subnet subnet-.* belong to different"):
        launch(local_aws, network={"Groups": [other]})


def test_a_zone_without_the_type_is_refused(local_aws: LocalAws) -> None:
    with pytest.raises(ClientError, match=r"Unsupported.*\(m7g.medium\) is not supported.*\(us-east-1c\)"):
        launch(local_aws, InstanceType="m7g.medium", network={"SubnetId": local_aws.network()["c"]})


def test_a_profile_without_role_is_refused(local_aws: LocalAws) -> None:
    local_aws.client("iam").create_instance_profile(InstanceProfileName="empty")
    with pytest.raises(ClientError, match="has no associated IAM Roles"):
        launch(local_aws, IamInstanceProfile={"Name": "empty"})


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        ("terminate_instances", "InvalidInstanceID.NotFound"),
        ("stop_instances", "InvalidInstanceID.NotFound"),
        ("describe_instances", "InvalidInstanceID.NotFound"),
        ("describe_instance_status", "InvalidInstanceID.NotFound"),
    ],
)
def test_what_does_not_exist(local_aws: LocalAws, call: str, refusal: str) -> None:
    ec2 = local_aws.client("ec2")
    with pytest.raises(ClientError, match=refusal):
        getattr(ec2, call)(InstanceIds=["i-0123456789abcdef0"])
    with pytest.raises(ClientError, match=r"InvalidInstanceID.Malformed"):
        getattr(ec2, call)(InstanceIds=["x"])


RUN = {"Action": "ec2:RunInstances"}
OWN = {"StringEquals": {"aws:RequestTag/openclaw:deployment": "x"}}
ARN = "arn:aws:ec2:us-east-1:*"
LAUNCH = [
    {**RUN, "Resource": [f"{ARN}:instance/*", f"{ARN}:volume/*"], "Condition": OWN},
    {**RUN, "Resource": ["arn:aws:ec2:us-east-1::image/*", f"{ARN}:network-interface/*", f"{ARN}:subnet/*"]},
    {**RUN, "Resource": f"{ARN}:security-group/*"},
    {
        "Action": "ec2:CreateTags",
        "Resource": [f"{ARN}:instance/*", f"{ARN}:volume/*"],
        "Condition": {"StringEquals": {"ec2:CreateAction": "RunInstances"}},
    },
    {
        "Action": "iam:PassRole",
        "Resource": "arn:aws:iam::*:role/x-setup",
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    },
    {"Action": "ssm:GetParameter", "Resource": "*"},
]


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        (0, "ec2:RunInstances on resource: arn:aws:ec2:us-east-1:000000000000:instance/*"),
        (1, "ec2:RunInstances on resource: arn:aws:ec2:us-east-1:000000000000:network-interface/*"),
        (2, "ec2:RunInstances on resource: arn:aws:ec2:us-east-1:000000000000:security-group/sg-"),
        (3, "ec2:CreateTags on resource: arn:aws:ec2:us-east-1:000000000000:instance/*"),
        (4, "iam:PassRole on resource: arn:aws:iam::000000000000:role/x-setup"),
        (None, ""),
    ],
)
def test_what_it_takes_to_launch(local_aws: LocalAws, missing: int | None, what: str) -> None:
    changes = {"network": {"Groups": [group(local_aws)]}, "IamInstanceProfile": {"Arn": profile(local_aws)}}
    statements = [statement for number, statement in enumerate(LAUNCH) if number != missing]
    key = local_aws.user("deployer", *statements)
    if missing is None:
        assert launch(local_aws, key, **changes)["InstanceId"]
        return
    with pytest.raises(ClientError) as refused:
        launch(local_aws, key, **changes)
    assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"
    assert what in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("ec2:InstanceType", "t4g.micro", True),
        ("ec2:InstanceType", "t4g.small", False),
        ("ec2:MetadataHttpTokens", "required", True),
        ("ec2:MetadataHttpTokens", "optional", False),
    ],
)
def test_conditions_on_the_instance(local_aws: LocalAws, key: str, value: str, allowed: bool) -> None:
    limited = {**RUN, "Resource": f"{ARN}:instance/*", "Condition": {"StringEquals": {key: value}}}
    volume = {**RUN, "Resource": f"{ARN}:volume/*", "Condition": {"Bool": {"ec2:Encrypted": "true"}}}
    key_pair = local_aws.user("deployer", limited, volume, *LAUNCH[1:])
    changes = {"network": {"Groups": [group(local_aws)]}}
    if allowed:
        assert launch(local_aws, key_pair, **changes)["InstanceId"]
        return
    with pytest.raises(ClientError, match=r"RunInstances on resource: \S*:instance/\*"):
        launch(local_aws, key_pair, **changes)


def test_only_ones_own_are_terminated(local_aws: LocalAws) -> None:
    own = {"StringEquals": {"aws:ResourceTag/openclaw:deployment": "x"}}
    key = local_aws.user("deployer", {"Action": "ec2:TerminateInstances", "Resource": "*", "Condition": own})
    mine = launch(local_aws)["InstanceId"]
    other = launch(local_aws, TagSpecifications=[])["InstanceId"]
    ec2 = local_aws.client("ec2", key)
    with pytest.raises(ClientError, match=f"TerminateInstances on resource: .*:instance/{other}"):
        ec2.terminate_instances(InstanceIds=[mine, other])
    assert show(local_aws, mine)["State"]["Name"] == "running"
    ec2.terminate_instances(InstanceIds=[mine])
