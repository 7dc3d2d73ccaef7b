"""Nothing is left of the cluster and its hosts; what the whole account shares, and what was there before, is."""

import pytest


def test_cluster(aws):
    assert aws("ecs").list_clusters()["clusterArns"] == []
    providers = aws("ecs").describe_capacity_providers()["capacityProviders"]
    assert [each["name"] for each in providers if each["status"] == "ACTIVE" and not each["name"].isupper()] == []


def test_hosts(aws):
    assert aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert aws("ec2").describe_launch_templates()["LaunchTemplates"] == []


@pytest.mark.parametrize("name", ["AWSServiceRoleForECS", "AWSServiceRoleForAutoScaling"])
def test_service_linked_role_is_left(aws, name):
    assert aws("iam").get_role(RoleName=name)["Role"]["RoleName"] == name


def test_profile_and_group_are_left(aws, ground):
    profiles = aws("iam").list_instance_profiles()["InstanceProfiles"]
    assert [each["Arn"] for each in profiles] == [ground.instance_profile]
    assert len(aws("ec2").describe_security_groups(GroupIds=[ground.security_group])["SecurityGroups"]) == 1
