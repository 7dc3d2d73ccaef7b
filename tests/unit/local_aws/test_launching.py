"""Launch templates, instances and auto scaling groups of the local AWS."""

from __future__ import annotations

import base64

import pytest
from botocore.exceptions import ClientError

ECS_IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
TAGS = [{"Key": "Name", "Value": "x-host"}]
TRUST = (
    '{"Version":"2012-10-17","Statement":[{'
    '"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
)


def template_data(local_aws, group: str) -> dict:
    """The launch template of a container instance."""
    image = local_aws.client("ssm").get_parameter(Name=ECS_IMAGE)["Parameter"]["Value"]
    disk = {"VolumeSize": 30, "VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": True}
    return {
        "ImageId": image,
        "InstanceType": "t4g.small",
        "IamInstanceProfile": {"Name": "x-instance"},
        "UserData": base64.b64encode(b"#!/bin/bash").decode(),
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": disk}],
        "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [group]}],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": TAGS}],
    }


@pytest.fixture
def host(local_aws) -> dict:
    """A launch template with what it needs: template, group, subnet."""
    network = local_aws.network()
    ec2, iam = local_aws.client("ec2"), local_aws.client("iam")
    group = ec2.create_security_group(GroupName="x-host", Description="x", VpcId=network["vpc"])["GroupId"]
    iam.create_role(RoleName="x-instance", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="x-instance")
    iam.add_role_to_instance_profile(InstanceProfileName="x-instance", RoleName="x-instance")
    data = template_data(local_aws, group)
    template = ec2.create_launch_template(
        LaunchTemplateName="x-host",
        LaunchTemplateData=data,
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": TAGS}],
    )["LaunchTemplate"]
    return {"data": data, "template": template["LaunchTemplateId"], "group": group, **network}


def scaling_group(local_aws, host: dict, **more) -> dict:
    """Create an auto scaling group and show it."""
    autoscaling = local_aws.client("autoscaling")
    autoscaling.create_auto_scaling_group(
        **{
            "AutoScalingGroupName": "x-host",
            "MinSize": 0,
            "MaxSize": 1,
            "VPCZoneIdentifier": host["a"],
            "LaunchTemplate": {"LaunchTemplateId": host["template"], "Version": "$Latest"},
            "Tags": [{"Key": "Name", "Value": "x-host", "PropagateAtLaunch": True}],
            **more,
        }
    )
    return autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["x-host"])["AutoScalingGroups"][0]


def test_a_template_comes_out_as_it_went_in(local_aws, host):
    ec2 = local_aws.client("ec2")
    version = ec2.describe_launch_template_versions(LaunchTemplateId=host["template"], Versions=["$Latest"])
    assert version["LaunchTemplateVersions"][0]["LaunchTemplateData"] == host["data"]
    assert version["LaunchTemplateVersions"][0]["DefaultVersion"] is True


def test_versions_of_a_template(local_aws, host):
    ec2 = local_aws.client("ec2")
    ec2.create_launch_template_version(
        LaunchTemplateId=host["template"], SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.medium"}
    )
    shown = ec2.describe_launch_templates(LaunchTemplateNames=["x-host"])["LaunchTemplates"][0]
    assert (shown["DefaultVersionNumber"], shown["LatestVersionNumber"], shown["Tags"]) == (1, 2, TAGS)
    ec2.modify_launch_template(LaunchTemplateId=host["template"], DefaultVersion="2")
    default = ec2.describe_launch_template_versions(LaunchTemplateName="x-host", Versions=["$Default"])
    data = default["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    assert (data["InstanceType"], data["ImageId"]) == ("t4g.medium", host["data"]["ImageId"])
    ec2.delete_tags(Resources=[host["template"]], Tags=[{"Key": "Name"}])
    assert ec2.describe_launch_templates()["LaunchTemplates"][0]["Tags"] == []
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        ec2.create_launch_template(LaunchTemplateName="x-host", LaunchTemplateData={"InstanceType": "t4g.small"})
    ec2.delete_launch_template(LaunchTemplateName="x-host")
    with pytest.raises(ClientError, match="InvalidLaunchTemplateName.NotFoundException"):
        ec2.describe_launch_templates(LaunchTemplateNames=["x-host"])


def test_an_instance_has_an_interface(local_aws, host):
    ec2 = local_aws.client("ec2")
    made = ec2.run_instances(
        MinCount=1, MaxCount=1, SubnetId=host["a"], LaunchTemplate={"LaunchTemplateId": host["template"]}
    )["Instances"][0]
    shown = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["x-host"]}])["Reservations"][0]
    instance = shown["Instances"][0]
    assert instance["InstanceId"] == made["InstanceId"]
    assert instance["NetworkInterfaces"][0]["PrivateIpAddress"] == instance["PrivateIpAddress"] == "10.20.0.4"
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["IamInstanceProfile"]["Arn"].endswith(":instance-profile/x-instance")
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=host["group"])
    with pytest.raises(ClientError, match="is currently in use"):
        ec2.delete_network_interface(NetworkInterfaceId=instance["NetworkInterfaces"][0]["NetworkInterfaceId"])
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    ended = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert (ended["State"]["Name"], ended["NetworkInterfaces"]) == ("terminated", [])
    ec2.delete_security_group(GroupId=host["group"])


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidSubnetID.NotFound"),
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"InstanceType": "t9.huge"}, "Invalid value 't9.huge' for InstanceType"),
        ({"IamInstanceProfile": {"Name": "nobody"}}, "Invalid IAM Instance Profile name"),
    ],
)
def test_an_instance_is_launched_from_what_exists(local_aws, host, more, refusal):
    with pytest.raises(ClientError, match=refusal):
        local_aws.client("ec2").run_instances(
            **{
                "MinCount": 1,
                "MaxCount": 1,
                "ImageId": host["data"]["ImageId"],
                "InstanceType": "t4g.small",
                "SubnetId": host["a"],
                **more,
            }
        )


def test_a_group_comes_out_as_it_went_in(local_aws, host):
    group = scaling_group(local_aws, host, NewInstancesProtectedFromScaleIn=True)
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 1, 0)
    assert group["LaunchTemplate"] == {
        "LaunchTemplateId": host["template"],
        "LaunchTemplateName": "x-host",
        "Version": "$Latest",
    }
    assert group["AvailabilityZones"] == ["us-east-1a"]
    assert group["NewInstancesProtectedFromScaleIn"] is True
    assert group["Tags"][0]["PropagateAtLaunch"] is True
    assert (group["LoadBalancerNames"], group["SuspendedProcesses"], group["EnabledMetrics"]) == ([], [], [])
    autoscaling = local_aws.client("autoscaling")
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="x-host",
        VPCZoneIdentifier=f"{host['a']},{host['b']}",
        MaxSize=2,
        NewInstancesProtectedFromScaleIn=False,
    )
    changed = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert changed["AvailabilityZones"] == ["us-east-1a", "us-east-1b"]
    assert (changed["MaxSize"], changed["NewInstancesProtectedFromScaleIn"]) == (2, False)
    autoscaling.create_or_update_tags(
        Tags=[
            {
                "ResourceId": "x-host",
                "ResourceType": "auto-scaling-group",
                "Key": "a",
                "Value": "b",
                "PropagateAtLaunch": False,
            }
        ]
    )
    tags = autoscaling.describe_tags(Filters=[{"Name": "auto-scaling-group", "Values": ["x-host"]}])["Tags"]
    assert {tag["Key"] for tag in tags} == {"Name", "a"}
    autoscaling.disable_metrics_collection(AutoScalingGroupName="x-host")
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="x-host", ForceDelete=True)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"VPCZoneIdentifier": "subnet-0123456789abcdef0"}, "The subnet ID 'subnet-0123456789abcdef0' does not exist"),
        ({"LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0"}}, "with template ID lt-0123456789abcdef0"),
        ({"LaunchTemplate": {}}, "must contain either LaunchTemplate"),
        ({"MinSize": 2}, "Max bound, 1, must be greater than or equal to min bound, 2"),
        ({"DesiredCapacity": 3}, "must be between the specified min size:0 and max size:1"),
    ],
)
def test_refusals_of_groups(local_aws, host, more, refusal):
    with pytest.raises(ClientError, match=f"ValidationError.*{refusal}"):
        scaling_group(local_aws, host, **more)


def test_a_group_needs_the_profile_of_its_template(local_aws, host):
    iam = local_aws.client("iam")
    iam.remove_role_from_instance_profile(InstanceProfileName="x-instance", RoleName="x-instance")
    iam.delete_instance_profile(InstanceProfileName="x-instance")
    with pytest.raises(ClientError, match="Invalid IAM Instance Profile name"):
        scaling_group(local_aws, host)


def test_a_group_takes_the_permissions_to_launch(local_aws, host):
    arn = local_aws.client("iam").get_role(RoleName="x-instance")["Role"]["Arn"]
    autoscaling = {"Action": "autoscaling:*", "Resource": "*"}
    launch, launch_another = (
        {
            "Action": "ec2:RunInstances",
            "Resource": "*",
            "Condition": {"ArnLike": {"ec2:LaunchTemplate": f"arn:aws:ec2:*:*:launch-template/{template}"}},
        }
        for template in (host["template"], "lt-0123456789abcdef0")
    )
    tag = {"Action": "ec2:CreateTags", "Resource": "*"}
    for number, (statements, missing) in enumerate(
        (
            ([autoscaling], "ec2:RunInstances on resource: arn:aws:ec2:us-east-1::image/ami-"),
            ([autoscaling, launch_another], "ec2:RunInstances on resource: arn:aws:ec2:us-east-1::image/ami-"),
            ([autoscaling, launch, tag], f"iam:PassRole on resource: {arn}"),
            (
                [autoscaling, launch, tag, {"Action": "iam:PassRole", "Resource": arn}],
                "iam:CreateServiceLinkedRole on resource: .*/AWSServiceRoleForAutoScaling",
            ),
        )
    ):
        key = local_aws.user(f"deployer{number}", *statements)
        client = local_aws.client("autoscaling", key)
        with pytest.raises(ClientError, match=f"AccessDenied.*perform: {missing}"):
            client.create_auto_scaling_group(
                AutoScalingGroupName="x-host",
                MinSize=0,
                MaxSize=1,
                VPCZoneIdentifier=host["a"],
                LaunchTemplate={"LaunchTemplateName": "x-host"},
            )
