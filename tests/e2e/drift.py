# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes that somebody makes behind the collection's back.

Each is a row: what a person would call it, how to look at what it touches, how to do it, and as what the next run has
to report it. `look` gives the same before the change and after it was mended, and something else in between.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NAME = "openclaw"
GATEWAY, HOST = f"{NAME}-gateway", f"{NAME}-host"
ROLE = f"{NAME}-us-east-1"
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

Clients = Callable[[str], Any]


@dataclass(frozen=True)
class Drift:
    """One change, and the action that mends it."""

    name: str
    look: Callable[[Clients], Any]
    change: Callable[[Clients], Any]
    mended_as: tuple[str, str]


def group(aws: Clients, name: str) -> dict[str, Any]:
    """A security group of the deployment."""
    filters = [{"Name": "group-name", "Values": [f"{NAME}-{name}"]}]
    return aws("ec2").describe_security_groups(Filters=filters)["SecurityGroups"][0]


def rules(name: str) -> Callable[[Clients], Any]:
    """The ingress rules of a group, in an order of their own."""
    return lambda aws: sorted(json.dumps(rule, sort_keys=True) for rule in group(aws, name)["IpPermissions"])


def file_system(aws: Clients) -> dict[str, Any]:
    """The file system of the deployment."""
    return aws("efs").describe_file_systems(CreationToken=NAME)["FileSystems"][0]


def mount_target(aws: Clients) -> str:
    """The ID of the only mount target."""
    found = aws("efs").describe_mount_targets(FileSystemId=file_system(aws)["FileSystemId"])
    return found["MountTargets"][0]["MountTargetId"]


def endpoint(aws: Clients) -> dict[str, Any]:
    """The s3 endpoint."""
    filters = [{"Name": "tag:openclaw:deployment", "Values": [NAME]}]
    return aws("ec2").describe_vpc_endpoints(Filters=filters)["VpcEndpoints"][0]


def inline_policy(role: str, policy: str) -> Callable[[Clients], Any]:
    """An inline policy of a role; None if there is none."""

    def look(aws: Clients) -> Any:
        iam = aws("iam")
        if policy not in iam.list_role_policies(RoleName=f"{ROLE}-{role}")["PolicyNames"]:
            return None
        return iam.get_role_policy(RoleName=f"{ROLE}-{role}", PolicyName=policy)["PolicyDocument"]

    return look


def cluster(aws: Clients, key: str) -> Any:
    """A part of the cluster."""
    include = ["SETTINGS", "CONFIGURATIONS"]
    return aws("ecs").describe_clusters(clusters=[NAME], include=include)["clusters"][0].get(key)


def service(aws: Clients, key: str) -> Any:
    """A part of the service."""
    return aws("ecs").describe_services(cluster=NAME, services=[GATEWAY])["services"][0][key]


def hosts(aws: Clients, key: str) -> Any:
    """A part of the auto scaling group."""
    return aws("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[HOST])["AutoScalingGroups"][0][key]


def launch_template(aws: Clients) -> dict[str, Any]:
    """What hosts are launched from: the version that the auto scaling group uses."""
    used = hosts(aws, "LaunchTemplate")
    versions = aws("ec2").describe_launch_template_versions(
        LaunchTemplateId=used["LaunchTemplateId"], Versions=[used["Version"]]
    )
    return versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def launch_another_type(aws: Clients) -> None:
    """Make hosts launch from a version with a larger instance type."""
    used = hosts(aws, "LaunchTemplate")
    made = aws("ec2").create_launch_template_version(
        LaunchTemplateId=used["LaunchTemplateId"],
        SourceVersion=used["Version"],
        LaunchTemplateData={"InstanceType": "t4g.medium"},
    )["LaunchTemplateVersion"]
    aws("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=HOST,
        LaunchTemplate={"LaunchTemplateId": used["LaunchTemplateId"], "Version": str(made["VersionNumber"])},
    )


def capacity_provider(aws: Clients) -> Any:
    """How the capacity provider scales."""
    found = aws("ecs").describe_capacity_providers(capacityProviders=[HOST])["capacityProviders"][0]
    return found["autoScalingGroupProvider"]["managedScaling"]["targetCapacity"]


def retention(aws: Clients) -> Any:
    """How long the gateway's log lines are kept."""
    found = aws("logs").describe_log_groups(logGroupNamePrefix=f"/openclaw/{NAME}/gateway")["logGroups"]
    return [each.get("retentionInDays") for each in found]


def default_group(aws: Clients) -> str:
    """The VPC's default security group."""
    vpc = group(aws, "efs")["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    return aws("ec2").describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]


def update_service(**changes: Any) -> Callable[[Clients], Any]:
    """Change a setting of the service."""
    return lambda aws: aws("ecs").update_service(cluster=NAME, service=GATEWAY, **changes)


SETTINGS = [
    Drift(
        "the gateway admits nobody",
        rules("gateway"),
        lambda aws: aws("ec2").revoke_security_group_ingress(
            GroupId=group(aws, "gateway")["GroupId"], IpPermissions=group(aws, "gateway")["IpPermissions"]
        ),
        ("security group", "update"),
    ),
    Drift(
        "the file system admits everybody to SSH",
        rules("efs"),
        lambda aws: aws("ec2").authorize_security_group_ingress(
            GroupId=group(aws, "efs")["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
        ),
        ("security group", "update"),
    ),
    Drift(
        "the s3 endpoint has lost its route",
        lambda aws: endpoint(aws)["RouteTableIds"],
        lambda aws: aws("ec2").modify_vpc_endpoint(
            VpcEndpointId=endpoint(aws)["VpcEndpointId"], RemoveRouteTableIds=endpoint(aws)["RouteTableIds"]
        ),
        ("gateway endpoint", "update"),
    ),
    Drift(
        "backups are off",
        lambda aws: aws("efs").describe_backup_policy(FileSystemId=file_system(aws)["FileSystemId"])["BackupPolicy"],
        lambda aws: aws("efs").put_backup_policy(
            FileSystemId=file_system(aws)["FileSystemId"], BackupPolicy={"Status": "DISABLED"}
        ),
        ("file system", "update"),
    ),
    Drift(
        "throughput is bursting",
        lambda aws: file_system(aws)["ThroughputMode"],
        lambda aws: aws("efs").update_file_system(
            FileSystemId=file_system(aws)["FileSystemId"], ThroughputMode="bursting"
        ),
        ("file system", "update"),
    ),
    Drift(
        "the mount target is in another group",
        lambda aws: aws("efs").describe_mount_target_security_groups(MountTargetId=mount_target(aws))["SecurityGroups"],
        lambda aws: aws("efs").modify_mount_target_security_groups(
            MountTargetId=mount_target(aws), SecurityGroups=[default_group(aws)]
        ),
        ("mount target", "update"),
    ),
    Drift(
        "the gateway may do anything",
        inline_policy("task", "run"),
        lambda aws: aws("iam").put_role_policy(
            RoleName=f"{ROLE}-task", PolicyName="run", PolicyDocument=json.dumps(ANYTHING)
        ),
        ("role", "update"),
    ),
    Drift(
        "the host has a second policy",
        lambda aws: aws("iam").list_role_policies(RoleName=f"{ROLE}-instance")["PolicyNames"],
        lambda aws: aws("iam").put_role_policy(
            RoleName=f"{ROLE}-instance", PolicyName="more", PolicyDocument=json.dumps(ANYTHING)
        ),
        ("role", "update"),
    ),
    Drift(
        "Container Insights is on",
        lambda aws: cluster(aws, "settings"),
        lambda aws: aws("ecs").update_cluster_settings(
            cluster=NAME, settings=[{"name": "containerInsights", "value": "enabled"}]
        ),
        ("cluster", "update"),
    ),
    Drift(
        "sessions are not recorded",
        lambda aws: cluster(aws, "configuration"),
        lambda aws: aws("ecs").update_cluster(
            cluster=NAME, configuration={"executeCommandConfiguration": {"logging": "NONE"}}
        ),
        ("cluster", "update"),
    ),
    Drift(
        "the cluster has no default strategy",
        lambda aws: cluster(aws, "defaultCapacityProviderStrategy"),
        lambda aws: aws("ecs").put_cluster_capacity_providers(
            cluster=NAME, capacityProviders=[HOST], defaultCapacityProviderStrategy=[]
        ),
        ("cluster capacity providers", "update"),
    ),
    Drift("hosts are launched larger", launch_template, launch_another_type, ("launch template", "update")),
    Drift(
        "three hosts may run",
        lambda aws: hosts(aws, "MaxSize"),
        lambda aws: aws("autoscaling").update_auto_scaling_group(AutoScalingGroupName=HOST, MaxSize=3),
        ("auto scaling group", "update"),
    ),
    Drift(
        "hosts are kept half empty",
        capacity_provider,
        lambda aws: aws("ecs").update_capacity_provider(
            name=HOST, autoScalingGroupProvider={"managedScaling": {"status": "ENABLED", "targetCapacity": 50}}
        ),
        ("capacity provider", "update"),
    ),
    Drift(
        "log lines are kept for ever",
        retention,
        lambda aws: aws("logs").delete_retention_policy(logGroupName=f"/openclaw/{NAME}/gateway"),
        ("log group", "update"),
    ),
    Drift(
        "two gateways may run at once",
        lambda aws: service(aws, "deploymentConfiguration"),
        update_service(deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200}),
        ("service", "update"),
    ),
    Drift(
        "ECS Exec is off",
        lambda aws: service(aws, "enableExecuteCommand"),
        update_service(enableExecuteCommand=False),
        ("service", "update"),
    ),
]

DELETIONS = [
    Drift(
        "the file system's policy is gone",
        lambda aws: bool(_policy(aws)),
        lambda aws: aws("efs").delete_file_system_policy(FileSystemId=file_system(aws)["FileSystemId"]),
        ("file system policy", "create"),
    ),
    Drift(
        "the start of tasks is not allowed any more",
        inline_policy("execution", "start"),
        lambda aws: aws("iam").delete_role_policy(RoleName=f"{ROLE}-execution", PolicyName="start"),
        ("role", "update"),
    ),
    Drift(
        "the profile has lost its role",
        lambda aws: [
            role["RoleName"]
            for role in aws("iam").get_instance_profile(InstanceProfileName=f"{ROLE}-instance")["InstanceProfile"][
                "Roles"
            ]
        ],
        lambda aws: aws("iam").remove_role_from_instance_profile(
            InstanceProfileName=f"{ROLE}-instance", RoleName=f"{ROLE}-instance"
        ),
        ("instance profile", "update"),
    ),
    Drift(
        "the gateway's log group is gone",
        lambda aws: len(retention(aws)),
        lambda aws: aws("logs").delete_log_group(logGroupName=f"/openclaw/{NAME}/gateway"),
        ("log group", "create"),
    ),
    Drift(
        "the token is gone",
        lambda aws: len(aws("ssm").describe_parameters()["Parameters"]),
        lambda aws: aws("ssm").delete_parameter(Name=f"/openclaw/{NAME}/gateway-token"),
        ("parameter", "create"),
    ),
    Drift(
        "the service is gone",
        lambda aws: service(aws, "status"),
        lambda aws: aws("ecs").delete_service(cluster=NAME, service=GATEWAY, force=True),
        ("service", "create"),
    ),
]


def _policy(aws: Clients) -> str:
    try:
        return aws("efs").describe_file_system_policy(FileSystemId=file_system(aws)["FileSystemId"])["Policy"]
    except aws("efs").exceptions.PolicyNotFound:
        return ""


# What a user changes, and what is changed by it.
INPUT = {
    "gateway_allowed_cidrs": (["10.1.0.0/16"], ("security group", "update")),
    "zones": (2, ("mount target", "create")),
    "backup": (False, ("file system", "update")),
    "model": ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", ("role", "update")),
    "container_insights": ("enhanced", ("cluster", "update")),
    "instance_type": ("t4g.medium", ("launch template", "update")),
    "volume_size": (40, ("launch template", "update")),
    "log_retention_days": (14, ("log group", "update")),
    "task_cpu": (512, ("task definition", "update")),
    "task_memory_reservation": (768, ("task definition", "update")),
    "image_tag": ("2026.5.8", ("task definition", "update")),
    "stop_timeout": (60, ("task definition", "update")),
    "environment": ({"TZ": "Europe/Berlin"}, ("task definition", "update")),
    "secrets": (
        {"TELEGRAM_BOT_TOKEN": "arn:aws:ssm:us-east-1:000000000000:parameter/telegram"},
        ("task definition", "update"),
    ),
    "tags": ({"team": "home"}, ("service", "update")),
}
