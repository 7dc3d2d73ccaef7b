# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an auto scaling group of hosts is and is to be. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.ownership import tags_to_set
from .._aws.ownership import wanted_tags
from .._aws.plan import UNKNOWN
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_absent
from .._aws.plan import plan_present
from . import launch_template

RESOURCE = "auto scaling group"
REFRESH = "instance refresh"

# ECS puts this tag on a group that it scales, if the caller may tag groups. Without it ECS does not count the hosts:
# registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecs_capacity_provider
MANAGED_BY_ECS = "AmazonECSManaged"


def is_leaving(group: t.Mapping[str, t.Any] | None) -> bool:
    """Whether the group is being deleted."""
    return group is not None and "delete" in group.get("Status", "").lower()


def normalize(group: t.Mapping[str, t.Any]) -> Settings:
    """An auto scaling group of the API in this collection's terms."""
    template = group.get("LaunchTemplate", {})
    tags = group.get("Tags", [])
    return {
        "arn": group["AutoScalingGroupARN"],
        "min_size": group["MinSize"],
        "max_size": group["MaxSize"],
        "desired_capacity": group["DesiredCapacity"],
        "subnet_ids": sorted(filter(None, group.get("VPCZoneIdentifier", "").split(","))),
        "protected_from_scale_in": group.get("NewInstancesProtectedFromScaleIn", False),
        "launch_template_id": template.get("LaunchTemplateId"),
        "launch_template_version": template.get("Version"),
        "tags": {tag["Key"]: tag["Value"] for tag in tags if tag["PropagateAtLaunch"]},
        "tags_not_propagated": {tag["Key"]: tag["Value"] for tag in tags if not tag["PropagateAtLaunch"]},
        "instances": [
            {
                "id": instance["InstanceId"],
                "zone": instance["AvailabilityZone"],
                "state": instance["LifecycleState"],
                "health": instance["HealthStatus"],
                "launch_template_version": instance.get("LaunchTemplate", {}).get("Version"),
            }
            for instance in group.get("Instances", [])
        ],
    }


def all_tags(current: Settings) -> dict[str, str]:
    """The tags of the group, passed on to instances or not."""
    return {**current["tags_not_propagated"], **current["tags"]}


def plan(params: t.Mapping[str, t.Any], template: t.Mapping[str, str], current: Settings | None) -> Change:
    """Create the group without a host, or change what differs. How many hosts there are is left to ECS."""
    desired = {
        "min_size": params["min_size"],
        "max_size": params["max_size"],
        "subnet_ids": sorted(params["subnet_ids"]),
        "protected_from_scale_in": False,
        "launch_template_id": template["id"],
        "launch_template_version": template["version"],
        "tags": {MANAGED_BY_ECS: "", **wanted_tags(current["tags"] if current else {}, params["tags"])},
    }
    return plan_present(RESOURCE, params["name"], current, desired)


def plan_refresh(params: t.Mapping[str, t.Any], template_version: str, current: Settings | None) -> Change | None:
    """Replace the hosts, if that is asked for, when one of them was started from another template version."""
    if not params["refresh_hosts"] or not current:
        return None
    outdated = outdated_hosts(current, template_version)
    if not outdated:
        return None
    return Change(REFRESH, params["name"], "create", after={"hosts": outdated})


def plan_absence(name: str, group: Settings | None, template_id: str | None) -> list[Change]:
    """Delete the group and then its launch template, as far as they exist."""
    template = {"id": template_id} if template_id else None
    changes = (plan_absent(RESOURCE, name, group), plan_absent(launch_template.RESOURCE, name, template))
    return [change for change in changes if change]


def outdated_hosts(current: Settings, template_version: str) -> list[str]:
    """The hosts that were started from another version of the launch template."""
    return [each["id"] for each in current["instances"] if each["launch_template_version"] != template_version]


def settings_arguments(change: Change, template: t.Mapping[str, str]) -> Settings:
    """The arguments that CreateAutoScalingGroup and UpdateAutoScalingGroup have in common."""
    after = change.after
    return {
        "AutoScalingGroupName": change.name,
        "MinSize": after["min_size"],
        "MaxSize": after["max_size"],
        "VPCZoneIdentifier": ",".join(after["subnet_ids"]),
        "NewInstancesProtectedFromScaleIn": after["protected_from_scale_in"],
        "LaunchTemplate": {"LaunchTemplateId": template["id"], "Version": template["version"]},
    }


def creation_arguments(change: Change, template: t.Mapping[str, str]) -> Settings:
    """The arguments of CreateAutoScalingGroup."""
    return {
        **settings_arguments(change, template),
        "DesiredCapacity": change.after["min_size"],
        "Tags": tag_list(change.name, change.after["tags"]),
    }


def tag_list(name: str, tags: t.Mapping[str, str]) -> list[Settings]:
    """Tags as Auto Scaling takes them: with the group's name, and passed on to its instances."""
    resource = {"ResourceId": name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
    return [{**resource, "Key": key, "Value": value} for key, value in tags.items()]


def changed_tags(change: Change) -> list[Settings]:
    """The tags that an update has to put on."""
    return tag_list(change.name, tags_to_set(change.before["tags"], change.after["tags"]))


def expected(change: Change, current: Settings | None) -> Settings:
    """The group as it will be once the change is made."""
    made = {"arn": UNKNOWN, "desired_capacity": change.after["min_size"], "instances": []}
    return {**(current or made), **change.after}
