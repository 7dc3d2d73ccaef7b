"""The calls on ECS services and tasks, and their refusals; what follows from them is `rollout`."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import ecs

from local_aws.layer import hosts
from local_aws.layer import rollout
from local_aws.layer import tasks
from local_aws.layer.ecs_seam import active_cluster
from local_aws.layer.ecs_seam import call
from local_aws.layer.ecs_seam import require_linked_role
from local_aws.layer.seam import AwsError
from local_aws.lifecycle import lifecycle

# API_UpdateService: "This parameter triggers a new service deployment."
REDEPLOYS = (
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
CHANGEABLE = (
    *REDEPLOYS[1:],
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "desiredCount",
)


def create_service(data: dict[str, Any]) -> dict[str, Any]:
    """CreateService."""
    require_linked_role(data)
    cluster = active_cluster(data.get("cluster"))
    known = ecs._services.get(f"{cluster['clusterName']}/{data['serviceName']}")
    if known and known["status"] == "DRAINING":
        raise AwsError("InvalidParameterException", "Unable to Start a service that is still Draining.")
    if known and known["status"] == "ACTIVE":
        raise AwsError("InvalidParameterException", "Creation of service was not idempotent.")
    configuration = {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        **data.get("deploymentConfiguration", {}),
    }
    configuration.setdefault("deploymentCircuitBreaker", {"enable": False, "rollback": False})
    rebalancing = data.get("availabilityZoneRebalancing", "ENABLED")
    check_service(data, cluster, configuration, rebalancing)
    desired = data.get("desiredCount", 0)
    call(_original_create_service, {**data, "desiredCount": desired, "deploymentConfiguration": configuration})
    service = ecs._services[f"{cluster['clusterName']}/{data['serviceName']}"]
    now = time.time()
    service.update(
        events=[],
        deployments=[],
        createdAt=now,
        availabilityZoneRebalancing=rebalancing,
        placementConstraints=data.get("placementConstraints", []),
        placementStrategy=data.get("placementStrategy", []),
    )
    rollout.deploy(service)
    return {"service": ecs._sanitize(service)}


def check_service(
    service: dict[str, Any], cluster: dict[str, Any], configuration: dict[str, Any], rebalancing: str
) -> None:
    """Refuse settings that don't go together."""
    if rebalancing == "ENABLED" and configuration["maximumPercent"] <= 100:
        raise AwsError(
            "InvalidParameterException",
            "The service cannot use availability zone rebalancing with a "
            "maximumPercent of 100 or less. Increase maximumPercent or disable availability zone "
            "rebalancing.",
        )
    key = ecs._resolve_td_key(service["taskDefinition"])
    definition = ecs._task_defs.get(key)
    if definition is None or definition["status"] != "ACTIVE":
        raise AwsError(
            "ClientException" if definition is None else "InvalidParameterException",
            "Unable to find task definition: " + service["taskDefinition"]
            if definition is None
            else "TaskDefinition is inactive",
        )
    network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if definition["networkMode"] == "awsvpc" and not network:
        raise AwsError(
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        )
    for item in service.get("capacityProviderStrategy") or []:
        name = ecs._resolve_capacity_provider_name(item["capacityProvider"])
        if name not in cluster["capacityProviders"]:
            raise AwsError(
                "InvalidParameterException",
                f"The specified capacity provider strategy cannot contain a "
                f"capacity provider that is not associated with the cluster: {name}.",
            )
    if network:
        tasks.check_network(network)


def update_service(data: dict[str, Any]) -> dict[str, Any]:
    """UpdateService: some parameters start a deployment, the others only hold for what comes."""
    cluster = active_cluster(data.get("cluster"))
    service = named_service(cluster, data["service"])
    if service["status"] != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    new = {name: data[name] for name in CHANGEABLE if name in data}
    if "taskDefinition" in data:
        key = ecs._resolve_td_key(data["taskDefinition"])
        new["taskDefinition"] = ecs._task_defs.get(key, {}).get("taskDefinitionArn", data["taskDefinition"])
    if "deploymentConfiguration" in new:
        new["deploymentConfiguration"] = {**service["deploymentConfiguration"], **new["deploymentConfiguration"]}
    if "capacityProviderStrategy" in new:
        strategy = new["capacityProviderStrategy"] or None
        new.update(capacityProviderStrategy=strategy, launchType=None if strategy else "EC2")
    merged = {**service, **new}
    check_service(merged, cluster, merged["deploymentConfiguration"], merged["availabilityZoneRebalancing"])
    redeploys = data.get("forceNewDeployment") or any(
        name in new and new[name] != service.get(name) for name in REDEPLOYS
    )
    service.update(new)
    if redeploys:
        rollout.deploy(service)
    else:
        rollout.primary_of(service).update(desiredCount=service["desiredCount"], updatedAt=time.time())
    return {"service": ecs._sanitize(service)}


def delete_service(data: dict[str, Any]) -> dict[str, Any]:
    """DeleteService: DRAINING until its tasks are gone, then INACTIVE."""
    cluster = active_cluster(data.get("cluster"))
    service = named_service(cluster, data["service"])
    if service["status"] == "INACTIVE":
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service["desiredCount"] > 0 and not data.get("force"):
        raise AwsError("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    service.update(status="DRAINING", desiredCount=0)
    for deployment in service["deployments"]:
        deployment["desiredCount"] = 0
    service["_drained_at"] = time.time() + lifecycle.seconds("service_drain")
    return {"service": ecs._sanitize(service)}


def stop_task(data: dict[str, Any]) -> dict[str, Any]:
    """StopTask: the task is STOPPED only when its processes have ended."""
    cluster = active_cluster(data.get("cluster"))
    task = ecs._resolve_task(data["task"], cluster["clusterName"])
    if task is None:
        raise AwsError("InvalidParameterException", "The referenced task was not found.")
    rollout.end_task(task, data.get("reason", "Task stopped by user"), "UserInitiated")
    return {"task": ecs._sanitize(task)}


def run_task(data: dict[str, Any]) -> dict[str, Any]:
    """RunTask: waits for a host if a capacity provider may bring one, else needs one now."""
    cluster = active_cluster(data.get("cluster"))
    network = data.get("networkConfiguration") or {}
    if network.get("awsvpcConfiguration"):
        tasks.check_network(network["awsvpcConfiguration"])
    strategy = data.get("capacityProviderStrategy") or cluster["defaultCapacityProviderStrategy"]
    if (data.get("launchType") or not strategy) and not hosts.instances_of(cluster["clusterArn"]):
        raise AwsError("InvalidParameterException", "No Container Instances were found in your cluster.")
    made = call(_original_run_task, data)["tasks"]
    for task in made:
        tasks.prepare_task(ecs._tasks[task["taskArn"]], network)
    return {"tasks": [ecs._sanitize(ecs._tasks[task["taskArn"]]) for task in made], "failures": []}


def named_service(cluster: dict[str, Any], reference: str) -> dict[str, Any]:
    """The service of a cluster, or AWS's refusal."""
    resolved = ecs._resolve_service_ref(reference)
    service = ecs._services.get(f"{cluster['clusterName']}/{resolved[0]}") if resolved else None
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    return service


_original_create_service = ecs._ACTION_MAP["CreateService"]
_original_run_task = ecs._ACTION_MAP["RunTask"]

HANDLERS = {
    "CreateService": create_service,
    "UpdateService": update_service,
    "DeleteService": delete_service,
    "StopTask": stop_task,
    "RunTask": run_task,
}
