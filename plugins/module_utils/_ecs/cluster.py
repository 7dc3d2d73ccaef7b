# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster is and is to be. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.ownership import wanted_tags
from .._aws.plan import UNKNOWN
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_present

RESOURCE = "cluster"
GONE = ("INACTIVE", "DEPROVISIONING")


def execution_logging(params: t.Mapping[str, t.Any]) -> Settings:
    """The C(executeCommandConfiguration) that is wanted: how sessions in containers are recorded."""
    wanted: Settings = {"logging": params["exec_logging"]}
    if params["exec_logging"] == "OVERRIDE":
        wanted["logConfiguration"] = {"cloudWatchLogGroupName": params["exec_log_group"]}
    if params["exec_kms_key_id"]:
        wanted["kmsKeyId"] = params["exec_kms_key_id"]
    return wanted


def without_empty(found: t.Mapping[str, t.Any]) -> Settings:
    """A configuration without what AWS answers for settings that were not made: false, empty, null."""
    kept = {key: without_empty(value) if isinstance(value, dict) else value for key, value in found.items()}
    return {key: value for key, value in kept.items() if value}


def normalize(cluster: t.Mapping[str, t.Any]) -> Settings:
    """A cluster of the API in this collection's terms."""
    settings = {setting["name"]: setting["value"] for setting in cluster.get("settings", [])}
    execution = without_empty(cluster.get("configuration", {}).get("executeCommandConfiguration", {}))
    return {
        "arn": cluster["clusterArn"],
        "name": cluster["clusterName"],
        "status": cluster["status"],
        "container_insights": settings.get("containerInsights", "disabled"),
        "execution_logging": execution or {"logging": "DEFAULT"},
        "registered_hosts": cluster.get("registeredContainerInstancesCount", 0),
        "running_tasks": cluster.get("runningTasksCount", 0),
        "active_services": cluster.get("activeServicesCount", 0),
        "tags": boto3_tag_list_to_ansible_dict(cluster.get("tags", [])),
    }


def plan(params: t.Mapping[str, t.Any], current: Settings | None) -> Change:
    """Create the cluster, or change what differs."""
    desired = {
        "container_insights": params["container_insights"],
        "execution_logging": execution_logging(params),
        "tags": wanted_tags(current["tags"] if current else {}, params["tags"]),
    }
    return plan_present(RESOURCE, params["name"], current, desired)


def request(change: Change) -> Settings:
    """The settings and the configuration of a plan, as CreateCluster and UpdateCluster take them."""
    return {
        "settings": [{"name": "containerInsights", "value": change.after["container_insights"]}],
        "configuration": {"executeCommandConfiguration": change.after["execution_logging"]},
    }


def creation_arguments(change: Change) -> Settings:
    """The arguments of CreateCluster."""
    tags = ansible_dict_to_boto3_tag_list(change.after["tags"], "key", "value")
    return {"clusterName": change.name, "tags": tags, **request(change)}


def expected(change: Change, current: Settings | None) -> Settings:
    """The cluster as it will be once the change is made."""
    unknown = {"arn": UNKNOWN, "status": UNKNOWN, "name": change.name}
    counts = {"registered_hosts": 0, "running_tasks": 0, "active_services": 0}
    return {**(current or {**unknown, **counts}), **change.after}
