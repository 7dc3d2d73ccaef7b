# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a capacity provider and its place in a cluster are and are to be. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.errors import DeploymentError
from .._aws.ownership import wanted_tags
from .._aws.plan import UNKNOWN
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_present

PROVIDER = "capacity provider"
ATTACHMENT = "cluster capacity providers"

SCALING = {
    "target_capacity": "targetCapacity",
    "minimum_scaling_step_size": "minimumScalingStepSize",
    "maximum_scaling_step_size": "maximumScalingStepSize",
    "instance_warmup_period": "instanceWarmupPeriod",
}
GROUP = {
    "managed_draining": "managedDraining",
    "managed_termination_protection": "managedTerminationProtection",
}


def is_gone(provider: t.Mapping[str, t.Any] | None) -> bool:
    """Whether there is no capacity provider of the name any more."""
    return provider is None or provider["status"] == "INACTIVE"


def is_leaving(provider: t.Mapping[str, t.Any] | None) -> bool:
    """Whether the capacity provider is being deleted."""
    return provider is not None and provider.get("updateStatus") == "DELETE_IN_PROGRESS"


def normalize(provider: t.Mapping[str, t.Any]) -> Settings:
    """A capacity provider of the API in this collection's terms."""
    group = provider.get("autoScalingGroupProvider", {})
    scaling = group.get("managedScaling", {})
    return {
        "arn": provider["capacityProviderArn"],
        "name": provider["name"],
        "status": provider["status"],
        "auto_scaling_group_arn": group.get("autoScalingGroupArn"),
        "managed_scaling": scaling.get("status", "DISABLED"),
        **{ours: scaling.get(theirs) for ours, theirs in SCALING.items()},
        **{ours: group.get(theirs, "DISABLED") for ours, theirs in GROUP.items()},
        "tags": boto3_tag_list_to_ansible_dict(provider.get("tags", [])),
    }


def plan(params: t.Mapping[str, t.Any], current: Settings | None) -> Change:
    """Create the capacity provider, or change what differs; its auto scaling group can't be changed in AWS."""
    desired = {key: params[key] for key in ("auto_scaling_group_arn", *SCALING, *GROUP)}
    desired["managed_scaling"] = "ENABLED"
    desired["tags"] = wanted_tags(current["tags"] if current else {}, params["tags"])
    change = plan_present(PROVIDER, params["name"], current, desired)
    if change.action == "update" and "auto_scaling_group_arn" in change.differences:
        raise DeploymentError(
            message=(
                f"Capacity provider {params['name']} starts hosts in auto scaling group"
                f" {current['auto_scaling_group_arn']}, not in {params['auto_scaling_group_arn']}."
                " AWS can't change this, so nothing was done. The group was probably deleted and created again."
                " Run destroy.yml, which keeps the file system, and then deploy.yml; or take the capacity provider"
                " out of the service and the cluster, delete it and run again."
            )
        )
    return change


def group_provider(change: Change) -> Settings:
    """The part of C(autoScalingGroupProvider) that can be changed."""
    after = change.after
    scaling = {theirs: after[ours] for ours, theirs in SCALING.items()}
    return {
        "managedScaling": {"status": after["managed_scaling"], **scaling},
        **{theirs: after[ours] for ours, theirs in GROUP.items()},
    }


def creation_arguments(change: Change) -> Settings:
    """The arguments of CreateCapacityProvider."""
    group = {"autoScalingGroupArn": change.after["auto_scaling_group_arn"], **group_provider(change)}
    return {
        "name": change.name,
        "autoScalingGroupProvider": group,
        "tags": ansible_dict_to_boto3_tag_list(change.after["tags"], "key", "value"),
    }


def expected(change: Change, current: Settings | None) -> Settings:
    """The capacity provider as it will be once the change is made."""
    return {**(current or {"arn": UNKNOWN, "name": change.name, "status": UNKNOWN}), **change.after}


def normalize_cluster(cluster: t.Mapping[str, t.Any]) -> Settings:
    """The capacity providers of a cluster, and its default strategy."""
    strategy = cluster.get("defaultCapacityProviderStrategy", [])
    return {
        "capacity_providers": sorted(cluster.get("capacityProviders", [])),
        "default_strategy": [{"weight": 0, "base": 0, **item} for item in strategy],
        "status": cluster.get("attachmentsStatus"),
        "tags": boto3_tag_list_to_ansible_dict(cluster.get("tags", [])),
    }


def plan_attachment(cluster: str, provider: str, current: Settings | None) -> Change:
    """Make the provider the cluster's default strategy; the cluster's other providers stay."""
    found = current or {"capacity_providers": [], "default_strategy": []}
    desired = {
        "capacity_providers": sorted({*found["capacity_providers"], provider}),
        "default_strategy": [{"capacityProvider": provider, "weight": 1, "base": 0}],
    }
    return plan_present(ATTACHMENT, cluster, found, desired)


def plan_detachment(cluster: str, provider: str, current: Settings | None) -> Change | None:
    """Take the provider out of the cluster; nothing is to be done if it is not in it."""
    if not current or provider not in current["capacity_providers"]:
        return None
    desired = {
        "capacity_providers": [name for name in current["capacity_providers"] if name != provider],
        "default_strategy": [item for item in current["default_strategy"] if item["capacityProvider"] != provider],
    }
    return plan_present(ATTACHMENT, cluster, current, desired)


def attachment_arguments(change: Change) -> Settings:
    """The arguments of PutClusterCapacityProviders."""
    return {
        "cluster": change.name,
        "capacityProviders": change.after["capacity_providers"],
        "defaultCapacityProviderStrategy": change.after["default_strategy"],
    }
