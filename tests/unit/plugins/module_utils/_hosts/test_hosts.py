# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Launch templates and auto scaling groups of hosts: the plans, and the API functions with the requests they make."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._hosts import api
from ansible_collections.openclaw.ecs.plugins.module_utils._hosts import auto_scaling_group
from ansible_collections.openclaw.ecs.plugins.module_utils._hosts import launch_template

TAGS = {"Name": "box-host", "openclaw:deployment": "box"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
PARAMS = {
    "name": "box-host",
    "instance_type": "t4g.small",
    "security_group_ids": ["sg-1"],
    "instance_profile_arn": "arn:aws:iam::123456789012:instance-profile/box",
    "user_data": "#!/bin/sh\necho ECS_CLUSTER=box >> /etc/ecs/ecs.config\n",
    "volume_size": 30,
    "volume_type": "gp3",
    "subnet_ids": ["subnet-b", "subnet-a"],
    "min_size": 0,
    "max_size": 1,
    "refresh_hosts": False,
    "tags": TAGS,
}
IMAGE = "ami-1"
DATA = launch_template.launch_template_data(launch_template.desired(PARAMS, IMAGE))


def template(data=DATA, tags=TAG_LIST, version=3):
    return launch_template.current_settings(
        {"LaunchTemplateId": "lt-1", "Tags": tags}, {"VersionNumber": version, "LaunchTemplateData": data}
    )


def test_hosts_are_closed_whatever_is_asked_for():
    assert DATA["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }
    (interface,) = DATA["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is False
    (volume,) = DATA["BlockDeviceMappings"]
    assert volume["DeviceName"] == "/dev/xvda"
    assert volume["Ebs"]["Encrypted"] is True


def with_part(name, **changes):
    """The data with one of its parts changed."""
    part = DATA[name]
    return {**DATA, name: [{**part[0], **changes}] if isinstance(part, list) else {**part, **changes}}


def with_volume(**changes):
    return with_part("BlockDeviceMappings", Ebs={**DATA["BlockDeviceMappings"][0]["Ebs"], **changes})


@pytest.mark.parametrize(
    ("current", "differences"),
    [
        (template(), []),
        # What AWS adds to what was asked for.
        (template(with_part("MetadataOptions", State="applied", HttpProtocolIpv6="disabled")), []),
        (template(tags=[*TAG_LIST, {"Key": "cost-center", "Value": "7"}]), []),
        (template(tags=TAG_LIST[1:]), ["tags"]),
        (template({**DATA, "ImageId": "ami-2"}), ["image_id"]),
        (template({**DATA, "InstanceType": "t4g.micro"}), ["instance_type"]),
        (template({**DATA, "UserData": "AAAA"}), ["user_data"]),
        (template({**DATA, "KeyName": "mine"}), ["other_settings"]),
        (template(with_part("IamInstanceProfile", Arn="another")), ["instance_profile_arn"]),
        (template(with_part("MetadataOptions", HttpTokens="optional")), ["tokens"]),
        (template(with_part("MetadataOptions", HttpPutResponseHopLimit=2)), ["hop_limit"]),
        (template(with_part("NetworkInterfaces", Groups=["sg-1", "sg-2"])), ["security_group_ids"]),
        (template(with_part("NetworkInterfaces", AssociatePublicIpAddress=True)), ["public_ip"]),
        (template(with_volume(VolumeSize=8)), ["volume_size"]),
        (template(with_volume(VolumeType="gp2")), ["volume_type"]),
        (template(with_volume(Encrypted=False)), ["encrypted"]),
        (template({**DATA, "TagSpecifications": []}), ["host_tags"]),
        (
            template({}),
            sorted({*launch_template.desired(PARAMS, IMAGE)} - {"other_settings"}),
        ),
    ],
)
def test_plan_of_the_launch_template(current, differences):
    change = launch_template.plan(PARAMS, IMAGE, current)
    assert change.differences == differences
    assert launch_template.needs_version(change) == bool(set(differences) - {"tags"})


@given(
    st.fixed_dictionaries(
        {
            "instance_type": st.text(),
            "user_data": st.text(),
            "security_group_ids": st.lists(st.text(min_size=1)),
            "instance_profile_arn": st.text(),
            "volume_size": st.integers(1, 16384),
            "volume_type": st.sampled_from(["gp2", "gp3"]),
            "tags": st.dictionaries(st.text(min_size=1), st.text()),
        }
    )
)
def test_what_is_put_into_a_template_is_read_out_of_it(params):
    settings = launch_template.desired(params, IMAGE)
    assert launch_template.normalize(launch_template.launch_template_data(settings)) == settings


def test_a_new_template_has_no_id_before_it_is_created():
    change = launch_template.plan(PARAMS, IMAGE, None)
    assert launch_template.identity(change, None) == {"id": UNKNOWN, "version": UNKNOWN}
    arguments = launch_template.creation_arguments(change)
    assert arguments["TagSpecifications"] == [{"ResourceType": "launch-template", "Tags": TAG_LIST}]


@pytest.mark.parametrize(
    ("current", "version"), [(template(), "3"), (template(tags=[]), "3"), (template({**DATA, "ImageId": "x"}), UNKNOWN)]
)
def test_the_version_that_hosts_will_be_started_from(current, version):
    change = launch_template.plan(PARAMS, IMAGE, current)
    assert launch_template.identity(change, current) == {"id": "lt-1", "version": version}


LATEST = {"id": "lt-1", "version": "3"}


def instance(version="3"):
    return {
        "InstanceId": f"i-{version}",
        "AvailabilityZone": "eu-central-1a",
        "LifecycleState": "InService",
        "HealthStatus": "Healthy",
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": version},
    }


def tag(key, value="", propagated=True):
    return {"Key": key, "Value": value, "PropagateAtLaunch": propagated}


GROUP_TAGS = [tag(key, value) for key, value in TAGS.items()] + [tag("AmazonECSManaged")]


def described(**changes):
    return {
        "AutoScalingGroupARN": "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:1",
        "MinSize": 0,
        "MaxSize": 1,
        "DesiredCapacity": 1,
        "VPCZoneIdentifier": "subnet-a,subnet-b",
        "NewInstancesProtectedFromScaleIn": False,
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "box-host", "Version": "3"},
        "Tags": GROUP_TAGS,
        "Instances": [instance()],
        **changes,
    }


@pytest.mark.parametrize(
    ("found", "differences"),
    [
        (described(), []),
        (described(DesiredCapacity=0, Instances=[]), []),
        (described(VPCZoneIdentifier="subnet-b,subnet-a"), []),
        (described(Tags=[*GROUP_TAGS, tag("cost-center", "7", propagated=False)]), []),
        (described(Tags=[*GROUP_TAGS[:2], tag("AmazonECSManaged", "true")]), []),
        (described(Tags=GROUP_TAGS[:2]), ["tags"]),
        (described(Tags=[*GROUP_TAGS[1:], tag("Name", "box-host", propagated=False)]), ["tags"]),
        (described(MinSize=1), ["min_size"]),
        (described(MaxSize=2), ["max_size"]),
        (described(VPCZoneIdentifier="subnet-a"), ["subnet_ids"]),
        (described(NewInstancesProtectedFromScaleIn=True), ["protected_from_scale_in"]),
        (described(LaunchTemplate={"LaunchTemplateId": "lt-1", "Version": "2"}), ["launch_template_version"]),
        (described(LaunchTemplate={"LaunchTemplateId": "lt-1", "Version": "$Latest"}), ["launch_template_version"]),
        (described(LaunchTemplate={"LaunchTemplateId": "lt-2", "Version": "3"}), ["launch_template_id"]),
        (described(LaunchTemplate={}), ["launch_template_id", "launch_template_version"]),
    ],
)
def test_plan_of_the_group(found, differences):
    change = auto_scaling_group.plan(PARAMS, LATEST, auto_scaling_group.normalize(found))
    assert change.differences == differences


def test_a_new_group_starts_without_a_host():
    change = auto_scaling_group.plan(PARAMS, LATEST, None)
    arguments = auto_scaling_group.creation_arguments(change, LATEST)
    assert (arguments["DesiredCapacity"], arguments["MinSize"], arguments["MaxSize"]) == (0, 0, 1)
    assert arguments["VPCZoneIdentifier"] == "subnet-a,subnet-b"
    assert all(each["PropagateAtLaunch"] for each in arguments["Tags"])
    assert {each["Key"] for each in arguments["Tags"]} == {*TAGS, "AmazonECSManaged"}


def test_an_update_leaves_the_number_of_hosts_to_ecs():
    change = auto_scaling_group.plan(PARAMS, LATEST, auto_scaling_group.normalize(described(MaxSize=2)))
    assert "DesiredCapacity" not in auto_scaling_group.settings_arguments(change, LATEST)


@pytest.mark.parametrize(
    ("refresh", "found", "version", "hosts"),
    [
        (False, described(Instances=[instance("2")]), "3", None),
        (True, None, "3", None),
        (True, described(), "3", None),
        (True, described(Instances=[]), UNKNOWN, None),
        (True, described(Instances=[instance("2"), instance("3")]), "3", ["i-2"]),
        (True, described(), UNKNOWN, ["i-3"]),
    ],
)
def test_plan_of_a_refresh(refresh, found, version, hosts):
    current = auto_scaling_group.normalize(found) if found else None
    change = auto_scaling_group.plan_refresh({**PARAMS, "refresh_hosts": refresh}, version, current)
    assert (change.after["hosts"] if change else None) == hosts


@pytest.mark.parametrize(
    ("found", "leaving"),
    [(None, False), (described(), False), (described(Status="Delete in progress"), True)],
)
def test_a_group_on_its_way_out(found, leaving):
    assert auto_scaling_group.is_leaving(found) is leaving


def test_the_group_goes_before_its_template():
    changes = auto_scaling_group.plan_absence("box-host", auto_scaling_group.normalize(described()), "lt-1")
    assert [change.resource for change in changes] == ["auto scaling group", "launch template"]
    assert auto_scaling_group.plan_absence("box-host", None, None) == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "ValidationError",
            "You must use a valid fully-formed launch template. Value (arn:aws:iam::1:instance-profile/box) for"
            " parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN",
        ),
        ("ServiceLinkedRoleFailure", ""),
    ],
)
def test_what_was_made_seconds_ago_is_outlasted(stubbed, no_delay, code, text):
    client, stubber = stubbed("autoscaling")
    arguments = {"AutoScalingGroupName": "box-host", "MinSize": 0, "MaxSize": 1}
    stubber.add_client_error("create_auto_scaling_group", code, text, expected_params=arguments)
    stubber.add_response("create_auto_scaling_group", {}, arguments)
    outlast(lambda: api.create_group(client, **arguments), 60, api.PROFILE_NOT_READY, api.ROLE_NOT_READY)
    assert len(no_delay) == 1


def test_another_validation_error_is_not(stubbed, no_delay):
    client, stubber = stubbed("autoscaling")
    stubber.add_client_error("create_auto_scaling_group", "ValidationError", "The subnet ID 'x' does not exist")
    with pytest.raises(DeploymentError, match="Could not create auto scaling group box-host"):
        outlast(
            lambda: api.create_group(client, AutoScalingGroupName="box-host", MinSize=0, MaxSize=1),
            60,
            api.PROFILE_NOT_READY,
        )


def test_a_version_that_was_deleted_is_no_failure(stubbed):
    client, stubber = stubbed("ec2")
    stubber.add_client_error("describe_launch_template_versions", "InvalidLaunchTemplateId.VersionNotFound")
    assert api.describe_launch_template_version(client, "lt-1", "2") is None


def test_a_refresh_that_runs_already_goes_on(stubbed):
    client, stubber = stubbed("autoscaling")
    stubber.add_client_error(
        "start_instance_refresh",
        "InstanceRefreshInProgress",
        expected_params={
            "AutoScalingGroupName": "box-host",
            "Preferences": {"MinHealthyPercentage": 0, "SkipMatching": True},
        },
    )
    api.start_refresh(client, "box-host")


def test_the_wait_for_a_groups_end(stubbed, no_delay):
    client, stubber = stubbed("autoscaling")
    group = {
        "AutoScalingGroupName": "box-host",
        "MinSize": 0,
        "MaxSize": 1,
        "DesiredCapacity": 0,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-central-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        "Status": "Delete in progress",
    }
    for groups in ([group], []):
        stubber.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": groups})
    api.wait_for_group_deletion(client, "box-host", 60)
    assert no_delay == [5]


def refresh_answers(stubber, *states):
    for state in states:
        stubber.add_response("describe_instance_refreshes", {"InstanceRefreshes": [{"Status": state}]})


def test_the_wait_for_a_refresh(stubbed, no_delay):
    client, stubber = stubbed("autoscaling")
    refresh_answers(stubber, "Pending", "InProgress", "Successful")
    api.wait_for_refresh(client, "box-host", 60)
    assert len(no_delay) == 2


@pytest.mark.parametrize("state", ["Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"])
def test_a_refresh_that_fails_ends_the_wait(stubbed, no_delay, state):
    client, stubber = stubbed("autoscaling")
    refresh_answers(stubber, "InProgress", state)
    with pytest.raises(DeploymentError, match="see the instance refresh of auto scaling group box-host finished"):
        api.wait_for_refresh(client, "box-host", 60)
