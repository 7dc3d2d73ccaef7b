# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service stands on in the local AWS: a cluster with capacity providers, and a task definition."""

from __future__ import annotations

import json

TAGS = {"Name": "box-gateway", "openclaw:deployment": "box", "openclaw:region": "us-east-1"}
TAG_LIST = [{"key": key, "value": value} for key, value in TAGS.items()]
IMAGE_PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def make(local_aws, vpc="home", **container):
    """Make it all in a seeded VPC; gives the options of ecs_service."""
    iam, ecs = local_aws.client("iam"), local_aws.client("ecs")
    ec2, autoscaling = local_aws.client("ec2"), local_aws.client("autoscaling")
    for service in ("ecs", "autoscaling"):
        iam.create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
    role = iam.create_role(RoleName="box-us-east-1-task", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    network = local_aws.network(vpc)
    group = ec2.create_security_group(GroupName="box-gateway", Description="test", VpcId=network["vpc"])["GroupId"]
    image = local_aws.client("ssm").get_parameter(Name=IMAGE_PARAMETER)["Parameter"]["Value"]
    ec2.create_launch_template(
        LaunchTemplateName="box-host", LaunchTemplateData={"ImageId": image, "InstanceType": "t4g.small"}
    )
    for name in ("box-host", "box-other"):
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": "box-host"},
            MinSize=0,
            MaxSize=1,
            VPCZoneIdentifier=network["a"],
        )
        groups = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        ecs.create_capacity_provider(
            name=name,
            autoScalingGroupProvider={"autoScalingGroupArn": groups[0]["AutoScalingGroupARN"]},
            tags=TAG_LIST,
        )
    ecs.create_cluster(clusterName="box", tags=TAG_LIST)
    ecs.put_cluster_capacity_providers(
        cluster="box", capacityProviders=["box-host", "box-other"], defaultCapacityProviderStrategy=[]
    )
    definition = ecs.register_task_definition(
        family="box-gateway",
        networkMode="awsvpc",
        taskRoleArn=role,
        containerDefinitions=[{"name": "openclaw", "image": "busybox", "memory": 64, **container}],
        tags=TAG_LIST,
    )
    return {
        "name": "box-gateway",
        "cluster": "box",
        "task_definition": definition["taskDefinition"]["taskDefinitionArn"],
        "capacity_provider": "box-host",
        "subnet_ids": [network["a"], network["b"]],
        "security_group_ids": [group],
        "tags": TAGS,
    }
