"""Capacity providers and task definitions without tasks: states, and what ECS says no to."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

IMAGE_PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"


@pytest.fixture
def group(local_aws) -> str:
    """The ARN of an auto scaling group; ECS has its own role."""
    image = local_aws.client("ssm").get_parameter(Name=IMAGE_PARAMETER)["Parameter"]["Value"]
    data = {"ImageId": image, "InstanceType": "t4g.small"}
    local_aws.client("ec2").create_launch_template(LaunchTemplateName="host", LaunchTemplateData=data)
    local_aws.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    scaling = local_aws.client("autoscaling")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="host",
        LaunchTemplate={"LaunchTemplateName": "host", "Version": "$Latest"},
        MinSize=0,
        MaxSize=1,
        VPCZoneIdentifier=local_aws.network()["a"],
    )
    return scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]


def states(ecs) -> list[tuple[str, str]]:
    """Status and update status of the provider."""
    found = ecs.describe_capacity_providers(capacityProviders=["first"])["capacityProviders"]
    return [(each["status"], each["updateStatus"]) for each in found]


def test_it_is_provisioned_first(local_aws, group):
    ecs = local_aws.client("ecs")
    local_aws.control("POST", "latency", scale=1)
    ecs.create_capacity_provider(name="first", autoScalingGroupProvider={"autoScalingGroupArn": group})
    assert states(ecs) == [("PROVISIONING", "CREATE_IN_PROGRESS")]
    local_aws.control("POST", "settle")
    assert states(ecs) == [("ACTIVE", "CREATE_COMPLETE")]


def test_a_group_has_one_provider(local_aws, group):
    ecs = local_aws.client("ecs")
    ecs.create_capacity_provider(name="first", autoScalingGroupProvider={"autoScalingGroupArn": group})
    with pytest.raises(ClientError, match="ClientException.*already being used by another capacity provider"):
        ecs.create_capacity_provider(name="second", autoScalingGroupProvider={"autoScalingGroupArn": group})
    ecs.delete_capacity_provider(capacityProvider="first")
    ecs.create_capacity_provider(name="second", autoScalingGroupProvider={"autoScalingGroupArn": group})


def test_an_attached_one_stays_although_the_call_succeeds(local_aws, group):
    ecs = local_aws.client("ecs")
    ecs.create_capacity_provider(name="first", autoScalingGroupProvider={"autoScalingGroupArn": group})
    ecs.create_cluster(clusterName="c")
    ecs.put_cluster_capacity_providers(cluster="c", capacityProviders=["first"], defaultCapacityProviderStrategy=[])
    ecs.delete_capacity_provider(capacityProvider="first")
    assert states(ecs) == [("ACTIVE", "DELETE_FAILED")]
    ecs.put_cluster_capacity_providers(cluster="c", capacityProviders=[], defaultCapacityProviderStrategy=[])
    ecs.delete_capacity_provider(capacityProvider="first")
    assert states(ecs) == [("INACTIVE", "DELETE_COMPLETE")]


def test_a_deleted_one_s_name_is_free(local_aws, group):
    ecs = local_aws.client("ecs")
    for _time in range(2):
        ecs.create_capacity_provider(name="first", autoScalingGroupProvider={"autoScalingGroupArn": group})
        ecs.delete_capacity_provider(capacityProvider="first")


def test_a_family_is_not_a_prefix(local_aws):
    ecs = local_aws.client("ecs")
    for family in ("gateway", "gateway-2"):
        ecs.register_task_definition(
            family=family, containerDefinitions=[{"name": "c", "image": "i", "memoryReservation": 64}]
        )
    listed = ecs.list_task_definitions(familyPrefix="gateway")["taskDefinitionArns"]
    assert [arn.rsplit("/", 1)[1] for arn in listed] == ["gateway:1"]
