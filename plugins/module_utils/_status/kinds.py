# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources of a deployment in this collection's terms, and what of them is billed. Pure. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.ownership import is_owned
from .._aws.plan import Settings
from .._ecs import service
from .._network.facts import normalize_endpoint

Answer = t.Mapping[str, t.Any]

SHOWN_EVENTS = 5

FOREIGN = "foreign"
GONE = ("INACTIVE", "deleted", "deleting", "terminated", "shutting-down")


def item(name: str, id_: str, state: str, tags: t.Any, **facts: t.Any) -> Settings:
    """One resource: its name, the ID by which AWS knows it best, its state and what else is worth telling."""
    known = tags if isinstance(tags, dict) else boto3_tag_list_to_ansible_dict(tags or [])
    return {"name": name, "id": id_, "state": state, "tags": known, **facts}


def cluster(found: Answer) -> Settings:
    """An ECS cluster."""
    return item(
        found["clusterName"],
        found["clusterArn"],
        found["status"],
        found.get("tags"),
        container_instances=found.get("registeredContainerInstancesCount", 0),
        running_tasks=found.get("runningTasksCount", 0),
        capacity_providers=found.get("capacityProviders", []),
    )


def ecs_service(found: Answer) -> Settings:
    """An ECS service."""
    known = service.normalize(found)
    counts = {key: known[key] for key in ("desired_count", "running_count", "pending_count")}
    return item(
        known["name"],
        known["arn"],
        known["status"],
        known["tags"],
        task_definition=known["task_definition"],
        deployments=known["deployments"],
        exec=known["exec"],
        events=known["events"][:SHOWN_EVENTS],
        **counts,
    )


def task_definition(described: Answer) -> Settings:
    """The latest revision of a task family."""
    found = described["taskDefinition"]
    revision = found["revision"]
    return item(found["family"], found["taskDefinitionArn"], found["status"], described.get("tags"), revision=revision)


def capacity_provider(found: Answer) -> Settings:
    """A capacity provider."""
    return item(found["name"], found["capacityProviderArn"], found["status"], found.get("tags"))


def auto_scaling_group(found: Answer) -> Settings:
    """An auto scaling group."""
    return item(
        found["AutoScalingGroupName"],
        found["AutoScalingGroupARN"],
        found.get("Status", "active"),
        found.get("Tags"),
        desired_capacity=found["DesiredCapacity"],
        min_size=found["MinSize"],
        max_size=found["MaxSize"],
        instance_ids=[each["InstanceId"] for each in found.get("Instances", [])],
    )


def launch_template(found: Answer) -> Settings:
    """A launch template."""
    version = found["LatestVersionNumber"]
    return item(found["LaunchTemplateName"], found["LaunchTemplateId"], "available", found.get("Tags"), version=version)


def instance(found: Answer) -> Settings:
    """An EC2 instance."""
    tags = boto3_tag_list_to_ansible_dict(found.get("Tags", []))
    return item(
        tags.get("Name", ""),
        found["InstanceId"],
        found["State"]["Name"],
        tags,
        type=found["InstanceType"],
        private_ip=found.get("PrivateIpAddress", ""),
        subnet_id=found.get("SubnetId", ""),
        launch_time=str(found.get("LaunchTime", "")),
    )


def bucket(name: str, tags: t.Any, owner: Answer) -> Settings:
    """An S3 bucket, which may have the name that ours would have and belong to somebody else."""
    ours = is_owned(boto3_tag_list_to_ansible_dict(tags), owner)
    return item(name, name, "available" if ours else FOREIGN, tags)


def security_group(found: Answer) -> Settings:
    """A security group."""
    return item(found["GroupName"], found["GroupId"], "available", found.get("Tags"), vpc_id=found["VpcId"])


def endpoint(region: str, found: Answer) -> Settings:
    """A VPC endpoint."""
    known = normalize_endpoint(region, dict(found))
    return item(
        known["service"],
        known["id"],
        known["state"],
        known["tags"],
        vpc_id=found["VpcId"],
        type=known["type"],
        zones=len(known["subnet_ids"]),
    )


def file_system(found: Answer) -> Settings:
    """An EFS file system."""
    return item(
        found["CreationToken"],
        found["FileSystemId"],
        found["LifeCycleState"],
        found.get("Tags"),
        arn=found["FileSystemArn"],
        size_bytes=found["SizeInBytes"]["Value"],
    )


def mount_target(owner: Answer, found: Answer) -> Settings:
    """A mount target, which has no tags: it belongs to whom the file system belongs to."""
    return item(
        found["AvailabilityZoneName"],
        found["MountTargetId"],
        found["LifeCycleState"],
        owner["tags"],
        subnet_id=found["SubnetId"],
        ip_address=found.get("IpAddress", ""),
    )


def access_point(found: Answer) -> Settings:
    """An EFS access point."""
    facts = {"arn": found["AccessPointArn"], "path": found.get("RootDirectory", {}).get("Path", "/")}
    return item(found["ClientToken"], found["AccessPointId"], found["LifeCycleState"], found.get("Tags"), **facts)


def recovery_point(owner: Answer, found: Answer) -> Settings:
    """A backup of the file system."""
    made = str(found["CreationDate"])
    vault = found["BackupVaultName"]
    return item(made, found["RecoveryPointArn"], found["Status"], owner["tags"], vault=vault)


def log_group(found: Answer, tags: Answer) -> Settings:
    """A CloudWatch log group."""
    name = found["logGroupName"]
    arn = found["arn"].removesuffix(":*")
    facts = {"stored_bytes": found.get("storedBytes", 0), "retention_days": found.get("retentionInDays")}
    return item(name, arn, "available", dict(tags), **facts)


def parameter(found: Answer, tags: t.Any) -> Settings:
    """A parameter of SSM, without its value."""
    version = found.get("Version")
    return item(found["Name"], found.get("ARN", found["Name"]), found["Type"], tags, version=version)


def role(found: Answer) -> Settings:
    """An IAM role."""
    return item(found["RoleName"], found["Arn"], "available", found.get("Tags"))


def instance_profile(found: Answer) -> Settings:
    """An IAM instance profile."""
    return item(found["InstanceProfileName"], found["Arn"], "available", found.get("Tags"))


class Billing(t.NamedTuple):
    """How a kind of resource is called, and what a person should know about its cost or its removal."""

    title: str
    note: str


# What costs something by being there, at the prices of https://aws.amazon.com/pricing/ (models, not amounts; 2026-11).
BILLED = {
    "endpoints": Billing("VPC endpoint", "billed per hour and zone, whether tasks run or not"),
    "instances": Billing("EC2 instance", "billed per hour, with its volume"),
    "setup_hosts": Billing(
        "setup host",
        "billed per hour, with its volume; ends itself when its time is over, or is ended by the next"
        " onboard or destroy",
    ),
    "file_systems": Billing("file system", "billed per gigabyte and month; holds the gateway's data"),
    "recovery_points": Billing(
        "recovery point",
        "billed per gigabyte and month; an automatic backup, which goes by its plan and can't be deleted by hand from"
        " the automatic vault",
    ),
    "log_groups": Billing("log group", "billed per gigabyte stored"),
    "container_insights_log_groups": Billing(
        "log group of Container Insights", "billed per gigabyte stored; made by ECS, which does not delete it"
    ),
}
FREE = {
    "clusters": Billing("cluster", "free of charge"),
    "services": Billing("service", "free of charge itself"),
    "task_definitions": Billing("task definition", "free of charge"),
    "capacity_providers": Billing("capacity provider", "free of charge"),
    "auto_scaling_groups": Billing("auto scaling group", "free of charge; its instances are listed on their own"),
    "launch_templates": Billing("launch template", "free of charge"),
    "security_groups": Billing("security group", "free of charge"),
    "mount_targets": Billing("mount target", "free of charge itself"),
    "access_points": Billing("access point", "free of charge"),
    "parameters": Billing("parameter", "free of charge; the gateway's token"),
    "setup_buckets": Billing("setup bucket", "free of charge while it is empty; its objects expire after a day"),
    "roles": Billing("role", "free of charge"),
    "instance_profiles": Billing("instance profile", "free of charge"),
}


def is_billed(kind: str, found: Answer) -> bool:
    """Whether a resource costs something by being there. Gateway endpoints are free."""
    return kind in BILLED and found.get("type") != "gateway"


def remaining(resources: t.Mapping[str, list[Settings]]) -> list[Settings]:
    """All that is there and ours, what is billed first."""
    found = []
    for kind, billing in {**BILLED, **FREE}.items():
        for each in resources.get(kind, []):
            if each.get("state") == FOREIGN:
                continue
            billed = is_billed(kind, each)
            note = billing.note if billed or kind in FREE else "free of charge"
            found.append(
                {"resource": billing.title, "name": each["name"], "id": each["id"], "billed": billed, "note": note}
            )
    return sorted(found, key=lambda each: not each["billed"])
