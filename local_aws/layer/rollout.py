"""Services at work: a scheduler that never runs more tasks than it may, and a circuit breaker."""

from __future__ import annotations

import secrets
import time
from typing import Any

from ministack.services import ecs

from local_aws import control_loop
from local_aws import scheduling
from local_aws.layer import tasks
from local_aws.layer.ecs_seam import call
from local_aws.lifecycle import lifecycle

# API_DeploymentConfiguration: without a health check a task counts healthy after 40 seconds
SECONDS_TO_SETTLE, LEAST_TO_SETTLE = 40, 1.0
LEAST_PAUSE = 0.5
KEPT_EVENTS = 100
MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."


def install() -> None:
    """Let services be scheduled."""
    ecs._reconcile_service_tasks = lambda *_arguments: control_loop.soon()
    ecs._refresh_service_state = lambda *_arguments: None
    ecs._record_service_task_failure = lambda *_arguments, **_named: None
    control_loop.every_round(schedule)


def deploy(service: dict[str, Any]) -> None:
    """Start a deployment of what the service says now; with no tasks wanted it is complete at once."""
    now = time.time()
    for deployment in service["deployments"]:
        deployment["status"] = "ACTIVE"
    number = f"ecs-svc/{secrets.randbelow(10**19):019d}"
    empty = service["desiredCount"] == 0
    service["deployments"].insert(
        0,
        {
            "id": number,
            "status": "PRIMARY",
            "taskDefinition": service["taskDefinition"],
            "desiredCount": service["desiredCount"],
            "runningCount": 0,
            "pendingCount": 0,
            "failedTasks": 0,
            "launchType": service.get("launchType"),
            "capacityProviderStrategy": service.get("capacityProviderStrategy"),
            "networkConfiguration": service["networkConfiguration"],
            "createdAt": now,
            "updatedAt": now,
            "rolloutState": "COMPLETED" if empty else "IN_PROGRESS",
            "rolloutStateReason": f"ECS deployment {number} {'completed' if empty else 'in progress'}.",
        },
    )
    service["_failures"] = 0


def primary_of(service: dict[str, Any]) -> dict[str, Any]:
    """The deployment a service is going to."""
    return next(deployment for deployment in service["deployments"] if deployment["status"] == "PRIMARY")


def event(service: dict[str, Any], message: str) -> None:
    """Write a service event, the newest first."""
    service["events"].insert(
        0,
        {
            "id": secrets.token_hex(16),
            "createdAt": time.time(),
            "message": f"(service {service['serviceName']}) {message}",
        },
    )
    del service["events"][KEPT_EVENTS:]


def end_task(task: dict[str, Any], reason: str, code: str) -> None:
    """Ask for a task's end: at once if nothing runs yet, else when the agent has ended its processes."""
    if task["desiredStatus"] == "STOPPED":
        return
    task.update(desiredStatus="STOPPED", stoppingAt=time.time(), stoppedReason=reason, stopCode=code)
    if task["lastStatus"] == "PROVISIONING":
        tasks.task_stopped(task)


def service_of(task: dict[str, Any]) -> dict[str, Any] | None:
    """The service a task belongs to, if it is one's."""
    cluster = task["clusterArn"].rsplit("/", 1)[-1]
    return ecs._services.get(f"{cluster}/{task['group'].removeprefix('service:')}")


def tasks_of(service: dict[str, Any]) -> list[dict[str, Any]]:
    """The tasks of a service that are not over."""
    group = f"service:{service['serviceName']}"
    return [
        task
        for task in ecs._tasks.values()
        if task["group"] == group and task["clusterArn"] == service["clusterArn"] and task["lastStatus"] != "STOPPED"
    ]


def schedule() -> None:
    """One round over all services."""
    for key, service in list(ecs._services.items()):
        if service["status"] == "INACTIVE":
            continue
        count_failures(service)
        live = tasks_of(service)
        primary = primary_of(service)
        view = scheduling.Service(
            desired=service["desiredCount"],
            primary=primary["id"],
            minimum_percent=service["deploymentConfiguration"]["minimumHealthyPercent"],
            maximum_percent=service["deploymentConfiguration"]["maximumPercent"],
            may_start=service["status"] == "ACTIVE"
            and primary["rolloutState"] != "FAILED"
            and time.time() >= service.get("_not_before", 0),
        )
        views = [view_of(task) for task in live]
        plan = scheduling.plan(view, views)
        for arn, reason in plan.stop:
            stop_for_service(service, ecs._tasks[arn], reason)
        if plan.start:
            start_tasks(service, key.split("/")[0], primary, plan.start)
        if service["status"] == "ACTIVE":
            settle(service, primary, view, views)
        elif not live and time.time() >= service["_drained_at"]:
            service["status"] = "INACTIVE"
            service["deployments"] = service["deployments"][:1]
        count(service)


def view_of(task: dict[str, Any]) -> scheduling.Task:
    """A task as the scheduler looks at it."""
    running = task["lastStatus"] == "RUNNING" and task["desiredStatus"] == "RUNNING"
    if task.get("_health_checked"):
        settled = running and task["healthStatus"] == "HEALTHY"
    else:
        settled = running and time.time() - task["startedAt"] >= max(
            SECONDS_TO_SETTLE * lifecycle.scale, LEAST_TO_SETTLE
        )
    task["_settled"] = task.get("_settled", False) or settled
    return scheduling.Task(
        task["taskArn"],
        task["_deployment_id"],
        task["lastStatus"],
        task["desiredStatus"],
        task["healthStatus"],
        settled,
        task["_created"],
    )


def start_tasks(service: dict[str, Any], cluster_name: str, deployment: dict[str, Any], number: int) -> None:
    """Make tasks for a deployment; they wait for a place in PROVISIONING."""
    made = call(
        ecs._run_task,
        {
            "cluster": cluster_name,
            "taskDefinition": deployment["taskDefinition"],
            "count": number,
            "group": f"service:{service['serviceName']}",
            "startedBy": deployment["id"],
            "launchType": service.get("launchType"),
            "capacityProviderStrategy": service.get("capacityProviderStrategy"),
            "networkConfiguration": service["networkConfiguration"],
            "enableExecuteCommand": service.get("enableExecuteCommand", False),
            "_deploymentId": deployment["id"],
            "tags": service_tags(service),
        },
    )["tasks"]
    for task in made:
        tasks.prepare_task(ecs._tasks[task["taskArn"]], service["networkConfiguration"])


def service_tags(service: dict[str, Any]) -> list[dict[str, str]]:
    """The tags that tasks get from their service or task definition."""
    source = {"SERVICE": service["serviceArn"], "TASK_DEFINITION": service["taskDefinition"]}.get(
        service.get("propagateTags") or "NONE"
    )
    tags = list(ecs._tags.get(source, [])) if source else []
    if service.get("enableECSManagedTags"):
        tags += [
            {"key": "aws:ecs:clusterName", "value": service["clusterArn"].rsplit("/", 1)[-1]},
            {"key": "aws:ecs:serviceName", "value": service["serviceName"]},
        ]
    return tags


def stop_for_service(service: dict[str, Any], task: dict[str, Any], reason: str) -> None:
    """Stop a task because its service doesn't want it any more."""
    number = task["taskArn"].rsplit("/", 1)[-1]
    if reason == scheduling.HEALTH_CHECK_FAILED:
        event(service, f"(task {number}) failed container health checks.")
    else:
        reason += f" (deployment {task['_deployment_id']})"
    event(service, f"has stopped 1 running tasks: (task {number}).")
    end_task(task, reason, "ServiceSchedulerInitiated")


def count_failures(service: dict[str, Any]) -> None:
    """Look at the tasks that have ended since the last round; trip the breaker when it is time."""
    group = f"service:{service['serviceName']}"
    for task in ecs._tasks.values():
        if (
            task["group"] != group
            or task["clusterArn"] != service["clusterArn"]
            or task["lastStatus"] != "STOPPED"
            or task.get("_counted")
        ):
            continue
        task["_counted"] = True
        failed = (
            task["stopCode"] in ("TaskFailedToStart", "EssentialContainerExited")
            or task["stoppedReason"] == scheduling.HEALTH_CHECK_FAILED
        )
        if task.get("_settled"):
            service["_failures"] = 0
        if failed and not task.get("_settled"):
            note_failure(service, task)


def note_failure(service: dict[str, Any], task: dict[str, Any]) -> None:
    """Count a task that ended before it was any good."""
    service["_failures"] += 1
    pause = scheduling.restart_delay(service["_failures"] - 1)
    service["_not_before"] = time.time() + (max(pause * lifecycle.scale, LEAST_PAUSE) if pause else 0)
    primary = primary_of(service)
    if task["_deployment_id"] != primary["id"]:
        return
    primary["failedTasks"] += 1
    breaker = service["deploymentConfiguration"].get("deploymentCircuitBreaker", {})
    limit = scheduling.breaker_threshold(service["desiredCount"], breaker.get("thresholdConfiguration"))
    if primary["rolloutState"] == "IN_PROGRESS" and breaker.get("enable") and primary["failedTasks"] >= limit:
        trip(service, primary, bool(breaker.get("rollback")))
    elif service["_failures"] == limit:
        event(service, f"is unable to consistently start tasks successfully. {MORE}")


def trip(service: dict[str, Any], primary: dict[str, Any], rollback: bool) -> None:
    """The circuit breaker: the deployment has failed; go back to the last one that was completed, if there is one."""
    primary.update(
        rolloutState="FAILED",
        updatedAt=time.time(),
        rolloutStateReason="ECS deployment circuit breaker: tasks failed to start.",
    )
    event(service, f"(deployment {primary['id']}) deployment failed: tasks failed to start.")
    last_good = next(
        (deployment for deployment in service["deployments"][1:] if deployment["rolloutState"] == "COMPLETED"), None
    )
    if not rollback or last_good is None or primary.get("_is_rollback"):
        return
    service.update(taskDefinition=last_good["taskDefinition"], networkConfiguration=last_good["networkConfiguration"])
    deploy(service)
    primary_of(service)["_is_rollback"] = True
    event(service, f"(deployment {primary['id']}) rolling back to deployment {last_good['id']}.")
    primary["desiredCount"] = 0


def settle(
    service: dict[str, Any], primary: dict[str, Any], view: scheduling.Service, views: list[scheduling.Task]
) -> None:
    """Complete the deployment when it is done, and forget the ones that are over."""
    if primary["rolloutState"] == "IN_PROGRESS" and scheduling.completed(view, views):
        primary.update(
            rolloutState="COMPLETED",
            updatedAt=time.time(),
            failedTasks=0,
            rolloutStateReason=f"ECS deployment {primary['id']} completed.",
        )
        event(service, f"(deployment {primary['id']}) deployment completed.")
        event(service, "has reached a steady state.")
    busy = {task.deployment for task in views}
    if primary["rolloutState"] == "COMPLETED":
        service["deployments"] = [
            deployment for deployment in service["deployments"] if deployment is primary or deployment["id"] in busy
        ]


def count(service: dict[str, Any]) -> None:
    """Count the tasks of a service and of its deployments."""
    live = tasks_of(service)
    running = [task for task in live if task["lastStatus"] == "RUNNING"]
    waiting = [task for task in live if task["lastStatus"] in ("PROVISIONING", "PENDING", "ACTIVATING")]
    service.update(runningCount=len(running), pendingCount=len(waiting))
    for deployment in service["deployments"]:
        deployment.update(
            runningCount=sum(task["_deployment_id"] == deployment["id"] for task in running),
            pendingCount=sum(task["_deployment_id"] == deployment["id"] for task in waiting),
        )


def providers_in_use(cluster_arn: str) -> set[str]:
    """The capacity providers that services or tasks of a cluster use."""
    used = {
        item["capacityProvider"]
        for service in ecs._services.values()
        if service["clusterArn"] == cluster_arn and service["status"] != "INACTIVE"
        for item in service.get("capacityProviderStrategy") or []
    }
    used |= {
        task["capacityProviderName"]
        for task in ecs._tasks.values()
        if task["clusterArn"] == cluster_arn and task["lastStatus"] != "STOPPED" and task["capacityProviderName"]
    }
    return used


def uses_task_definition(arn: str) -> bool:
    """Whether a service or a task that is not over refers to a task definition."""
    return any(
        service["status"] != "INACTIVE" and service["taskDefinition"] == arn for service in ecs._services.values()
    ) or any(task["lastStatus"] != "STOPPED" and task["taskDefinitionArn"] == arn for task in ecs._tasks.values())
