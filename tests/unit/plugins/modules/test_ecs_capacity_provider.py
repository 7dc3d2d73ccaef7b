# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecs_capacity_provider against the local AWS: create and attach, repeat, drift, refusal, detach and delete."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN

TAGS = {"Name": "box-host", "openclaw:deployment": "box", "openclaw:region": "us-east-1"}
IMAGE_PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
TAG_LIST = [{"key": key, "value": value} for key, value in TAGS.items()]


@pytest.fixture
def ecs(local_aws):
    """A client of ECS, in an account in which ECS has been used before, with a cluster of the deployment."""
    local_aws.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    client = local_aws.client("ecs")
    client.create_cluster(clusterName="box", tags=TAG_LIST)
    return client


def group_arn(local_aws, name):
    """The ARN of a new auto scaling group that starts nothing."""
    ec2, autoscaling = local_aws.client("ec2"), local_aws.client("autoscaling")
    image = local_aws.client("ssm").get_parameter(Name=IMAGE_PARAMETER)["Parameter"]["Value"]
    ec2.create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData={"ImageId": image, "InstanceType": "t4g.small"}
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "1"},
        MinSize=0,
        MaxSize=1,
        VPCZoneIdentifier=local_aws.network()["a"],
    )
    found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return found["AutoScalingGroups"][0]["AutoScalingGroupARN"]


@pytest.fixture
def params(local_aws, ecs):
    """The capacity provider of the deployment's hosts."""
    return {"name": "box-host", "cluster": "box", "auto_scaling_group_arn": group_arn(local_aws, "box"), "tags": TAGS}


def outcome(result):
    assert "actions" in result, result["msg"]
    return [(each["resource"], each["action"]) for each in result["actions"]]


def cluster(ecs):
    return ecs.describe_clusters(clusters=["box"])["clusters"][0]


def provider(ecs):
    return ecs.describe_capacity_providers(capacityProviders=["box-host"], include=["TAGS"])["capacityProviders"][0]


def test_create_attach_and_repeat(converge, params, ecs):
    result = converge("ecs_capacity_provider", **params)
    assert outcome(result) == [("capacity provider", "create"), ("cluster capacity providers", "update")]
    found = provider(ecs)
    assert result["capacity_provider"]["arn"] == found["capacityProviderArn"]
    assert found["status"] == "ACTIVE"
    scaling = found["autoScalingGroupProvider"]["managedScaling"]
    assert (scaling["status"], scaling["targetCapacity"]) == ("ENABLED", 100)
    assert {tag["key"]: tag["value"] for tag in found["tags"]} == TAGS
    assert cluster(ecs)["capacityProviders"] == ["box-host"]
    assert [each["capacityProvider"] for each in cluster(ecs)["defaultCapacityProviderStrategy"]] == ["box-host"]


def test_a_repeat_reads_twice(run_module, params, local_aws):
    run_module("ecs_capacity_provider", **params)
    start = local_aws.control("GET", "log")["next"]
    run_module("ecs_capacity_provider", **params)
    assert [entry["action"] for entry in local_aws.log(start)] == ["DescribeCapacityProviders", "DescribeClusters"]


def test_check_mode_on_an_empty_account(run_module, local_aws):
    planned = run_module(
        "ecs_capacity_provider",
        check_mode=True,
        name="box-host",
        cluster="box",
        auto_scaling_group_arn=UNKNOWN,
        tags=TAGS,
    )
    assert outcome(planned) == [("capacity provider", "create"), ("cluster capacity providers", "update")]
    assert planned["capacity_provider"]["arn"] == UNKNOWN


def test_drift_is_mended(converge, run_module, params, ecs):
    arn = run_module("ecs_capacity_provider", **params)["capacity_provider"]["arn"]
    ecs.update_capacity_provider(
        name="box-host",
        autoScalingGroupProvider={"managedScaling": {"status": "DISABLED"}, "managedDraining": "DISABLED"},
    )
    ecs.untag_resource(resourceArn=arn, tagKeys=["Name"])
    result = converge("ecs_capacity_provider", **params)
    assert outcome(result) == [("capacity provider", "update"), ("cluster capacity providers", "keep")]
    assert {"managed_draining", "managed_scaling", "tags"} <= set(result["actions"][0]["settings"])
    assert provider(ecs)["autoScalingGroupProvider"]["managedScaling"]["status"] == "ENABLED"


def test_other_providers_of_the_cluster_stay(converge, run_module, params, ecs):
    run_module("ecs_capacity_provider", **params)
    fargate = {"capacityProvider": "FARGATE", "weight": 1, "base": 0}
    ecs.put_cluster_capacity_providers(
        cluster="box", capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=[fargate]
    )
    result = converge("ecs_capacity_provider", **params)
    assert outcome(result) == [("capacity provider", "keep"), ("cluster capacity providers", "update")]
    assert sorted(cluster(ecs)["capacityProviders"]) == ["FARGATE", "box-host"]
    converge("ecs_capacity_provider", state="absent", **params)
    assert cluster(ecs)["capacityProviders"] == ["FARGATE"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_another_group_is_refused(run_module, params, local_aws, check_mode):
    run_module("ecs_capacity_provider", **params)
    other = {**params, "auto_scaling_group_arn": group_arn(local_aws, "other")}
    refused = run_module("ecs_capacity_provider", check_mode=check_mode, **other)
    assert refused["failed"]
    assert "AWS can't change this" in refused["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_belongs_to_others_is_left_alone(run_module, params, ecs, state):
    group = {"autoScalingGroupArn": params["auto_scaling_group_arn"]}
    ecs.create_capacity_provider(name="box-host", autoScalingGroupProvider=group)
    refused = run_module("ecs_capacity_provider", state=state, **params)
    assert refused["failed"]
    assert "Capacity provider box-host" in refused["msg"]
    assert cluster(ecs)["capacityProviders"] == []


def test_the_cluster_of_others_is_left_alone(run_module, params, ecs):
    ecs.create_cluster(clusterName="foreign")
    refused = run_module("ecs_capacity_provider", **{**params, "cluster": "foreign"})
    assert refused["failed"]
    assert "Cluster foreign" in refused["msg"]


def test_a_change_that_is_under_way_is_outlasted(run_module, params, local_aws):
    local_aws.control(
        "POST",
        "faults",
        service="ecs",
        action="PutClusterCapacityProviders",
        code="UpdateInProgressException",
        message="The specified cluster is in a busy state.",
        times=1,
    )
    assert outcome(run_module("ecs_capacity_provider", **params))[1] == ("cluster capacity providers", "update")


def test_absent_and_absent_again(converge, run_module, params, ecs):
    run_module("ecs_capacity_provider", **params)
    result = converge("ecs_capacity_provider", state="absent", **params)
    assert outcome(result) == [("cluster capacity providers", "update"), ("capacity provider", "delete")]
    assert cluster(ecs)["capacityProviders"] == []
    assert cluster(ecs)["defaultCapacityProviderStrategy"] == []


def test_deleted_it_can_be_created_again(converge, run_module, params, local_aws):
    run_module("ecs_capacity_provider", **params)
    local_aws.control("POST", "latency", scale=0.01)
    run_module("ecs_capacity_provider", state="absent", wait=False, **params)
    assert outcome(run_module("ecs_capacity_provider", wait_timeout=10, **params))[0] == (
        "capacity provider",
        "create",
    )


def test_absent_when_the_cluster_is_gone(run_module, params, ecs):
    run_module("ecs_capacity_provider", **params)
    ecs.put_cluster_capacity_providers(cluster="box", capacityProviders=[], defaultCapacityProviderStrategy=[])
    ecs.delete_cluster(cluster="box")
    assert outcome(run_module("ecs_capacity_provider", state="absent", **params)) == [("capacity provider", "delete")]
