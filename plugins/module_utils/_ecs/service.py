# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service is and is to be. Pure. Private to the collection."""

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

# The field of CreateService and UpdateService that carries a setting.
# Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html, read in 2026-11.
FIELDS = {
    "task_definition": "taskDefinition",
    "desired_count": "desiredCount",
    "capacity_providers": "capacityProviderStrategy",
    "subnet_ids": "networkConfiguration",
    "security_group_ids": "networkConfiguration",
    "assign_public_ip": "networkConfiguration",
    "exec": "enableExecuteCommand",
    "minimum_healthy_percent": "deploymentConfiguration",
    "maximum_percent": "deploymentConfiguration",
    "circuit_breaker": "deploymentConfiguration",
    "availability_zone_rebalancing": "availabilityZoneRebalancing",
    "propagate_tags": "propagateTags",
    "managed_tags": "enableECSManagedTags",
    "new_deployment": "forceNewDeployment",
}

# Settings that reach only tasks which start after the change. AWS starts new ones by itself for some of them only.
REPLACES_TASKS = {
    "task_definition",
    "capacity_providers",
    "subnet_ids",
    "security_group_ids",
    "assign_public_ip",
    "exec",
}


# Options that may be left out for a service that exists, and keep what it has.
NEEDED_TO_CREATE = ("task_definition", "capacity_provider", "subnet_ids", "security_group_ids")


def normalize_deployment(deployment: t.Mapping[str, t.Any]) -> Settings:
    """A deployment of a service in this collection's terms."""
    return {
        "id": deployment["id"],
        "status": deployment["status"],
        "task_definition": deployment["taskDefinition"],
        "rollout_state": deployment.get("rolloutState", ""),
        "rollout_state_reason": deployment.get("rolloutStateReason", ""),
        "desired_count": deployment.get("desiredCount", 0),
        "running_count": deployment.get("runningCount", 0),
        "failed_tasks": deployment.get("failedTasks", 0),
    }


def normalize(service: t.Mapping[str, t.Any]) -> Settings:
    """A service of the API in this collection's terms."""
    network = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    rollout = service.get("deploymentConfiguration", {})
    breaker = rollout.get("deploymentCircuitBreaker", {})
    return {
        "arn": service["serviceArn"],
        "name": service["serviceName"],
        "status": service["status"],
        "running_count": service.get("runningCount", 0),
        "pending_count": service.get("pendingCount", 0),
        "deployments": [normalize_deployment(each) for each in service.get("deployments", [])],
        "events": [each["message"] for each in service.get("events", [])],
        "scheduling_strategy": service.get("schedulingStrategy", "REPLICA"),
        "deployment_controller": service.get("deploymentController", {}).get("type", "ECS"),
        "task_definition": service["taskDefinition"],
        "desired_count": service["desiredCount"],
        "capacity_providers": sorted(each["capacityProvider"] for each in service.get("capacityProviderStrategy", [])),
        "subnet_ids": sorted(network.get("subnets", [])),
        "security_group_ids": sorted(network.get("securityGroups", [])),
        "assign_public_ip": network.get("assignPublicIp", "DISABLED"),
        "exec": service.get("enableExecuteCommand", False),
        "minimum_healthy_percent": rollout.get("minimumHealthyPercent"),
        "maximum_percent": rollout.get("maximumPercent"),
        "circuit_breaker": {key: breaker.get(key, False) for key in ("enable", "rollback")},
        "availability_zone_rebalancing": service.get("availabilityZoneRebalancing", "DISABLED"),
        "propagate_tags": service.get("propagateTags", "NONE"),
        "managed_tags": service.get("enableECSManagedTags", False),
        "tags": boto3_tag_list_to_ansible_dict(service.get("tags", [])),
    }


def primary(service: Settings) -> Settings | None:
    """The deployment whose tasks the service is to run."""
    return next((each for each in service["deployments"] if each["status"] == "PRIMARY"), None)


def has_tasks(service: Settings) -> bool:
    """Whether the service is to have tasks, or still has some."""
    return any(service[key] for key in ("desired_count", "running_count", "pending_count"))


def refuse_an_incomplete_start(params: t.Mapping[str, t.Any]) -> None:
    """Fail where a service is to be made of options that were left out for one that exists."""
    missing = [name for name in NEEDED_TO_CREATE if not params[name]]
    if missing:
        raise DeploymentError(
            message=(
                f"There is no service {params['name']} in cluster {params['cluster']}, and it can't be made without"
                f" {', '.join(missing)}. Nothing was done. Deploy first: deploy.yml makes the service."
            )
        )


def refuse_what_cannot_change(current: Settings) -> None:
    """Fail on a service of another kind, which AWS can't turn into this one."""
    kinds = (("scheduling_strategy", "REPLICA"), ("deployment_controller", "ECS"))
    wrong = [f"{key} {current[key]!r} instead of {kind!r}" for key, kind in kinds if current[key] != kind]
    if wrong:
        raise DeploymentError(
            message=(
                f"Service {current['arn']} has {' and '.join(wrong)}. AWS can't change this on a service that exists,"
                " so nothing was done. Delete the service and run again; what the gateway keeps is on the file system."
            )
        )


def desired_settings(params: t.Mapping[str, t.Any], current: Settings | None) -> Settings:
    """The settings as they are to be, named as those of L(normalize)."""
    count = params["desired_count"]
    if count is None:
        count = current["desired_count"] if current else 0
    given = {
        "task_definition": params["task_definition"],
        "capacity_providers": params["capacity_provider"] and [params["capacity_provider"]],
        "subnet_ids": params["subnet_ids"] and sorted(params["subnet_ids"]),
        "security_group_ids": params["security_group_ids"] and sorted(params["security_group_ids"]),
    }
    return {
        **{key: value or (current or {}).get(key) for key, value in given.items()},
        "desired_count": count,
        "assign_public_ip": "DISABLED",
        "exec": params["exec"],
        "minimum_healthy_percent": params["minimum_healthy_percent"],
        "maximum_percent": params["maximum_percent"],
        "circuit_breaker": {"enable": params["circuit_breaker"], "rollback": params["circuit_breaker"]},
        "availability_zone_rebalancing": params["availability_zone_rebalancing"],
        "propagate_tags": "SERVICE",
        "managed_tags": True,
        "tags": wanted_tags(current["tags"] if current else {}, params["tags"]),
    }


def plan(params: t.Mapping[str, t.Any], current: Settings | None) -> Change:
    """Create the service, or update what differs.

    The setting C(new_deployment) says that tasks are started anew: because the count leaves zero (raising it alone
    starts no deployment, and what is no deployment no circuit breaker judges), because something changed that running
    tasks would not see, or because it was asked for.
    """
    if current is None:
        refuse_an_incomplete_start(params)
        return plan_present("service", params["name"], None, desired_settings(params, None))
    refuse_what_cannot_change(current)
    desired = desired_settings(params, current)
    change = plan_present("service", params["name"], current, desired)
    anew = desired["desired_count"] > 0 and (
        current["desired_count"] == 0
        or params["force_new_deployment"]
        or not REPLACES_TASKS.isdisjoint(change.differences)
    )
    return plan_present(
        "service", params["name"], {**current, "new_deployment": False}, {**desired, "new_deployment": anew}
    )


def _request(settings: Settings) -> Settings:
    """All settings as the API takes them."""
    return {
        "taskDefinition": settings["task_definition"],
        "desiredCount": settings["desired_count"],
        "capacityProviderStrategy": [
            {"capacityProvider": name, "weight": 1, "base": 0} for name in settings["capacity_providers"]
        ],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": settings["subnet_ids"],
                "securityGroups": settings["security_group_ids"],
                "assignPublicIp": settings["assign_public_ip"],
            }
        },
        "deploymentConfiguration": {
            "minimumHealthyPercent": settings["minimum_healthy_percent"],
            "maximumPercent": settings["maximum_percent"],
            "deploymentCircuitBreaker": settings["circuit_breaker"],
        },
        "availabilityZoneRebalancing": settings["availability_zone_rebalancing"],
        "enableExecuteCommand": settings["exec"],
        "propagateTags": settings["propagate_tags"],
        "enableECSManagedTags": settings["managed_tags"],
        "forceNewDeployment": settings.get("new_deployment", False),
    }


def creation_arguments(params: t.Mapping[str, t.Any], change: Change) -> Settings:
    """The arguments of CreateService."""
    arguments = _request(change.after)
    del arguments["forceNewDeployment"]
    return {
        **arguments,
        "cluster": params["cluster"],
        "serviceName": params["name"],
        "tags": ansible_dict_to_boto3_tag_list(change.after["tags"], "key", "value"),
    }


def _fields(settings: Settings, names: t.Iterable[str]) -> Settings:
    """Those of the settings as UpdateService takes them."""
    arguments = _request(settings)
    wanted = {FIELDS[name]: arguments[FIELDS[name]] for name in names if name in FIELDS}
    # AWS takes another strategy only together with a new deployment, even where there is no task to start:
    # github.com/pipe-cd/pipecd/pull/6385
    return {**wanted, "forceNewDeployment": True} if "capacityProviderStrategy" in wanted else wanted


def update_arguments(change: Change) -> Settings:
    """The arguments of UpdateService for what differs; none if only tags do."""
    return _fields(change.after, change.differences)


def restoring_arguments(change: Change, live: Settings) -> Settings:
    """The arguments of UpdateService that undo what of a change is still in force: a new service goes to zero tasks.

    The circuit breaker may have gone back to the earlier deployment by itself; then the tasks are not started anew.
    """
    before = {**live, "desired_count": 0} if change.action == "create" else change.before
    differing = [name for name in change.differences if name in live and live[name] != before[name]]
    anew = before["desired_count"] > 0 and not REPLACES_TASKS.isdisjoint(differing)
    return _fields({**before, "new_deployment": anew}, [*differing, "new_deployment"] if anew else differing)


def result(name: str, service: Settings, tasks: t.Sequence[str] = ()) -> Settings:
    """What the module returns about a service, as it is or as it would be."""
    facts = {"arn": UNKNOWN, "name": name, "status": UNKNOWN, "running_count": 0, "pending_count": 0, "deployments": []}
    facts.update({key: value for key, value in service.items() if key not in ("events", "new_deployment")})
    return {**facts, "tasks": list(tasks)}
