"""The cluster, and how its hosts come and what they are."""

import base64

import pytest

IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
HOST = "scenario-host"


@pytest.fixture(scope="module")
def group(aws):
    [found] = aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return found


@pytest.fixture(scope="module")
def template(aws, group):
    """The version of the launch template that the group starts hosts from."""
    named = group["LaunchTemplate"]
    [version] = aws("ec2").describe_launch_template_versions(
        LaunchTemplateId=named["LaunchTemplateId"], Versions=[named["Version"]]
    )["LaunchTemplateVersions"]
    return version["LaunchTemplateData"]


def test_cluster(aws, owner):
    include = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
    [cluster] = aws("ecs").describe_clusters(clusters=["scenario"], include=include)["clusters"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["capacityProviders"] == [HOST]
    assert {setting["name"]: setting["value"] for setting in cluster["settings"]} == {"containerInsights": "disabled"}
    exec_configuration = cluster["configuration"]["executeCommandConfiguration"]
    assert exec_configuration["logging"] == "OVERRIDE"
    assert exec_configuration["logConfiguration"]["cloudWatchLogGroupName"] == "/openclaw/scenario/exec"
    assert {tag["key"]: tag["value"] for tag in cluster["tags"]} == {"Name": "scenario", **owner}


def test_capacity_provider(aws, group, owner):
    [provider] = aws("ecs").describe_capacity_providers(capacityProviders=[HOST], include=["TAGS"])["capacityProviders"]
    hosts = provider["autoScalingGroupProvider"]
    assert provider["status"] == "ACTIVE"
    assert hosts["autoScalingGroupArn"] == group["AutoScalingGroupARN"]
    assert hosts["managedScaling"]["status"] == "ENABLED"
    assert hosts["managedTerminationProtection"] == "DISABLED"
    assert {tag["key"]: tag["value"] for tag in provider["tags"]} == {"Name": HOST, **owner}


def test_no_host_until_a_task_needs_one(aws, group):
    assert (group["MinSize"], group["DesiredCapacity"], group["MaxSize"]) == (0, 0, 1)
    assert group["Instances"] == []
    assert aws("ec2").describe_instances()["Reservations"] == []


def test_hosts_are_in_the_private_subnets_and_tagged(group, ground, owner):
    assert set(group["VPCZoneIdentifier"].split(",")) == {ground.subnets["a"], ground.subnets["b"]}
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"] if tag["PropagateAtLaunch"]}
    assert tags == {"AmazonECSManaged": "", "Name": HOST, **owner}


def test_host(aws, template, ground):
    assert template["ImageId"] == aws("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    assert template["InstanceType"] == "t4g.small"
    assert template["IamInstanceProfile"]["Arn"] == ground.instance_profile


def test_host_is_not_reached_from_outside(template, ground):
    [interface] = template["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is False
    assert interface["Groups"] == [ground.security_group]
    assert "KeyName" not in template


def test_host_keeps_its_credentials_to_itself(template):
    metadata = template["MetadataOptions"]
    assert (metadata["HttpTokens"], metadata["HttpPutResponseHopLimit"]) == ("required", 1)
    lines = base64.b64decode(template["UserData"]).decode().splitlines()
    assert "ECS_AWSVPC_BLOCK_IMDS=true" in lines
    assert "ECS_CLUSTER=scenario" in lines


def test_volume_is_encrypted(template):
    [device] = template["BlockDeviceMappings"]
    assert (device["Ebs"]["Encrypted"], device["Ebs"]["VolumeSize"]) == (True, 30)


@pytest.mark.parametrize("name", ["AWSServiceRoleForECS", "AWSServiceRoleForAutoScaling"])
def test_service_linked_role(aws, name):
    assert aws("iam").get_role(RoleName=name)["Role"]["Path"].startswith("/aws-service-role/")
