# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecs_host_group against the local AWS: create, repeat, drift, new AMI, refusal, delete."""

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN

TAGS = {"Name": "box-host", "openclaw:deployment": "box", "openclaw:region": "us-east-1"}
PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
OTHER_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def params(local_aws):
    """The hosts of a deployment, in the home network."""
    iam, ec2, network = local_aws.client("iam"), local_aws.client("ec2"), local_aws.network()
    for service in ("autoscaling", "ecs"):
        iam.create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
    iam.create_role(RoleName="box-instance", AssumeRolePolicyDocument=json.dumps(TRUST))
    profile = iam.create_instance_profile(InstanceProfileName="box-instance")["InstanceProfile"]
    iam.add_role_to_instance_profile(InstanceProfileName="box-instance", RoleName="box-instance")
    group = ec2.create_security_group(GroupName="box-host", Description="hosts", VpcId=network["vpc"])
    return {
        "name": "box-host",
        "image_parameter": PARAMETER,
        "instance_type": "t4g.small",
        "security_group_ids": [group["GroupId"]],
        "instance_profile_arn": profile["Arn"],
        "user_data": "#!/bin/sh\necho ECS_CLUSTER=box >> /etc/ecs/ecs.config\n",
        "subnet_ids": [network["a"]],
        "tags": TAGS,
    }


def outcome(result):
    return [(each["resource"], each["action"]) for each in result["actions"]]


def group(local_aws):
    found = local_aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["box-host"])
    return found["AutoScalingGroups"][0]


def template_data(local_aws):
    """What a host would be started with now."""
    used = group(local_aws)["LaunchTemplate"]
    found = local_aws.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=used["LaunchTemplateId"], Versions=[used["Version"]]
    )
    return found["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def public_image(local_aws, name=PARAMETER):
    return local_aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]


def start_host(local_aws):
    """What ECS does when a task needs a host."""
    local_aws.client("autoscaling").set_desired_capacity(AutoScalingGroupName="box-host", DesiredCapacity=1)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = group(local_aws)["Instances"]
        if found and found[0]["LifecycleState"] == "InService":
            return found[0]["InstanceId"]
        time.sleep(0.2)
    raise AssertionError("no host came up")


def test_create_and_repeat(converge, params, local_aws):
    result = converge("ecs_host_group", **params)
    assert outcome(result) == [("launch template", "create"), ("auto scaling group", "create")]
    found = group(local_aws)
    assert (found["MinSize"], found["MaxSize"], found["DesiredCapacity"], found["Instances"]) == (0, 1, 0, [])
    assert found["VPCZoneIdentifier"] == params["subnet_ids"][0]
    assert result["host_group"]["auto_scaling_group_arn"] == found["AutoScalingGroupARN"]
    assert result["host_group"]["image_id"] == public_image(local_aws)
    propagated = {tag["Key"]: tag["Value"] for tag in found["Tags"] if tag["PropagateAtLaunch"]}
    assert propagated == {**TAGS, "AmazonECSManaged": ""}

    data = template_data(local_aws)
    assert data["ImageId"] == public_image(local_aws)
    assert (data["MetadataOptions"]["HttpTokens"], data["MetadataOptions"]["HttpPutResponseHopLimit"]) == (
        "required",
        1,
    )
    assert data["NetworkInterfaces"][0]["AssociatePublicIpAddress"] is False
    assert data["NetworkInterfaces"][0]["Groups"] == params["security_group_ids"]
    volume = data["BlockDeviceMappings"][0]["Ebs"]
    assert (volume["Encrypted"], volume["VolumeSize"], volume["VolumeType"]) == (True, 30, "gp3")


def test_a_repeat_reads_three_times(run_module, params, local_aws):
    run_module("ecs_host_group", **params)
    start = local_aws.control("GET", "log")["next"]
    run_module("ecs_host_group", **params)
    assert [entry["action"] for entry in local_aws.log(start)] == [
        "DescribeLaunchTemplates",
        "DescribeAutoScalingGroups",
        "DescribeLaunchTemplateVersions",
    ]


def test_check_mode_before_there_is_a_role_and_a_group(run_module, params):
    unknown = {"security_group_ids": [UNKNOWN], "instance_profile_arn": UNKNOWN}
    planned = run_module("ecs_host_group", check_mode=True, **{**params, **unknown})
    assert outcome(planned) == [("launch template", "create"), ("auto scaling group", "create")]
    assert planned["host_group"]["auto_scaling_group_arn"] == UNKNOWN


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        ({"instance_type": "t4g.medium"}, ["instance_type"]),
        ({"volume_size": 40}, ["volume_size"]),
        ({"user_data": "#!/bin/sh\n"}, ["user_data"]),
    ],
)
def test_a_change_of_the_input_makes_a_version(converge, run_module, params, local_aws, change, settings):
    run_module("ecs_host_group", **params)
    result = converge("ecs_host_group", **{**params, **change})
    assert outcome(result) == [("launch template", "update"), ("auto scaling group", "update")]
    assert result["actions"][0]["settings"] == settings
    assert result["host_group"]["launch_template_version"] == "2"
    assert group(local_aws)["LaunchTemplate"]["Version"] == "2"


def test_a_change_of_the_group(converge, run_module, params, local_aws):
    run_module("ecs_host_group", **params)
    moved = {**params, "subnet_ids": [local_aws.network()["b"]], "max_size": 2}
    result = converge("ecs_host_group", **moved)
    assert outcome(result) == [("launch template", "keep"), ("auto scaling group", "update")]
    assert result["actions"][1]["settings"] == ["max_size", "subnet_ids"]
    assert group(local_aws)["VPCZoneIdentifier"] == moved["subnet_ids"][0]


def test_a_version_made_behind_its_back_is_replaced(converge, run_module, params, local_aws):
    made = run_module("ecs_host_group", **params)["host_group"]
    template = {"LaunchTemplateId": made["launch_template_id"], "Version": "2"}
    local_aws.client("ec2").create_launch_template_version(
        LaunchTemplateId=made["launch_template_id"],
        SourceVersion="1",
        LaunchTemplateData={"MetadataOptions": {"HttpTokens": "optional"}},
    )
    autoscaling = local_aws.client("autoscaling")
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="box-host", LaunchTemplate=template)
    result = converge("ecs_host_group", **params)
    assert outcome(result) == [("launch template", "update"), ("auto scaling group", "update")]
    assert "tokens" in result["actions"][0]["settings"]
    assert template_data(local_aws)["MetadataOptions"]["HttpTokens"] == "required"


def test_lost_tags_come_back(converge, run_module, params, local_aws):
    template_id = run_module("ecs_host_group", **params)["host_group"]["launch_template_id"]
    local_aws.client("ec2").delete_tags(Resources=[template_id], Tags=[{"Key": "Name"}])
    lost = {"ResourceId": "box-host", "ResourceType": "auto-scaling-group", "Key": "Name"}
    local_aws.client("autoscaling").delete_tags(Tags=[lost])
    result = converge("ecs_host_group", **params)
    assert [each["settings"] for each in result["actions"]] == [["tags"], ["tags"]]
    assert result["host_group"]["launch_template_version"] == "1"


def test_the_ami_is_kept_until_the_newest_is_asked_for(converge, run_module, params, local_aws):
    run_module("ecs_host_group", **params)
    newest = {**params, "image_parameter": OTHER_PARAMETER}
    kept = converge("ecs_host_group", **newest)
    assert kept["host_group"]["image_id"] == public_image(local_aws)
    moved = converge("ecs_host_group", refresh_hosts=True, **newest)
    assert outcome(moved) == [("launch template", "update"), ("auto scaling group", "update")]
    assert moved["host_group"]["image_id"] == public_image(local_aws, OTHER_PARAMETER)


def test_running_hosts_are_replaced_when_that_is_asked_for(converge, run_module, params, local_aws):
    run_module("ecs_host_group", **params)
    old = start_host(local_aws)
    changed = run_module("ecs_host_group", **{**params, "volume_size": 40})
    assert changed["host_group"]["outdated_hosts"] == [old]
    assert changed["host_group"]["desired_capacity"] == 1
    assert any(old in str(each) and "openclaw_refresh_hosts=true" in str(each) for each in changed["warnings"])

    refreshed = converge("ecs_host_group", refresh_hosts=True, **{**params, "volume_size": 40})
    assert outcome(refreshed) == [
        ("launch template", "keep"),
        ("auto scaling group", "keep"),
        ("instance refresh", "create"),
    ]
    (host,) = refreshed["host_group"]["instances"]
    assert host["id"] != old
    assert host["launch_template_version"] == "2"
    assert refreshed["host_group"]["outdated_hosts"] == []


def test_a_profile_that_was_just_made_is_outlasted(run_module, params, local_aws):
    text = (
        "You must use a valid fully-formed launch template. Value (box-instance) for parameter iamInstanceProfile.name"
        " is invalid. Invalid IAM Instance Profile name"
    )
    local_aws.control(
        "POST",
        "faults",
        service="autoscaling",
        action="CreateAutoScalingGroup",
        code="ValidationError",
        message=text,
        times=1,
    )
    assert outcome(run_module("ecs_host_group", **params))[1] == ("auto scaling group", "create")


def test_a_run_that_was_killed_half_way_is_completed(converge, run_module, params, local_aws):
    run_module("ecs_host_group", **params)
    local_aws.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="box-host", ForceDelete=True)
    assert outcome(converge("ecs_host_group", **params)) == [
        ("launch template", "keep"),
        ("auto scaling group", "create"),
    ]


def test_a_template_deleted_behind_its_back_comes_back(converge, run_module, params, local_aws):
    run_module("ecs_host_group", **params)
    local_aws.client("ec2").delete_launch_template(LaunchTemplateName="box-host")
    assert outcome(converge("ecs_host_group", **params)) == [
        ("launch template", "create"),
        ("auto scaling group", "update"),
    ]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_belongs_to_others_is_left_alone(run_module, params, local_aws, state):
    run_module("ecs_host_group", **params)
    others = {**params, "tags": {"openclaw:deployment": "another"}}
    refused = run_module("ecs_host_group", state=state, **others)
    assert refused["failed"]
    assert "left as it is" in refused["msg"]
    assert group(local_aws)["MaxSize"] == 1


def test_absent_and_absent_again(converge, run_module, params, local_aws):
    run_module("ecs_host_group", **params)
    start_host(local_aws)
    result = converge("ecs_host_group", state="absent", **params)
    assert outcome(result) == [("auto scaling group", "delete"), ("launch template", "delete")]
    assert local_aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert local_aws.client("ec2").describe_launch_templates()["LaunchTemplates"] == []


def test_what_is_needed_is_said_in_one_message(run_module):
    refused = run_module("ecs_host_group", name="box-host", tags=TAGS)
    assert refused["failed"]
    assert "image_parameter, instance_type, security_group_ids" in refused["msg"]
