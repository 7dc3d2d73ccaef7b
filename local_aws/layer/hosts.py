"""Hosts for tasks: container instances that an agent registers, and what the agent says of both.

The agent is a process of its own (local_aws.agent). It asks with LocalPoll what is to be done, an action that the real
ECS does not have (its agent holds a websocket), and answers with RegisterContainerInstance and SubmitTaskStateChange.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from ministack.services import ec2
from ministack.services import ecs
from ministack.services import efs

from local_aws import control_loop
from local_aws import scheduling
from local_aws.layer import ecs_seam
from local_aws.layer import groups_of_hosts
from local_aws.layer import machines
from local_aws.layer import permissions
from local_aws.layer.seam import AwsError
from local_aws.layer.tasks import definition_of
from local_aws.layer.tasks import task_stopped
from local_aws.layer.tasks import tasks_on
from local_aws.lifecycle import lifecycle
from local_aws.settings import ACCOUNT
from local_aws.settings import REGION

POLL_SECONDS = 5
container_instances: dict[str, dict[str, Any]] = {}


def install() -> None:
    """Let the agent's actions answer and the hosts come and go."""
    for operation, handler in HANDLERS.items():
        ecs_seam.replace(operation, handler)
    ecs._ACTION_MAP["LocalPoll"] = poll
    groups_of_hosts.install()
    machines.install()
    control_loop.every_round(forget_gone_hosts)


def forget_gone_hosts() -> None:
    """Container instances whose machine has ended leave the cluster, and their tasks end."""
    for arn, host in list(container_instances.items()):
        machine = ec2._instances.get(host["ec2InstanceId"])
        if machine is host["_machine"] and machine["State"]["Name"] not in ("shutting-down", "terminated"):
            continue
        del container_instances[arn]
        for task in tasks_on(arn):
            task.update(
                stoppedReason=f"Host EC2 (instance {host['ec2InstanceId']}) terminated.", stopCode="TerminationNotice"
            )
            task_stopped(task)


def instances_of(cluster_arn: str, provider: str | None = None) -> list[dict[str, Any]]:
    """The container instances of a cluster, or of one of its capacity providers, that take tasks."""
    return [
        host
        for host in container_instances.values()
        if host["clusterArn"] == cluster_arn
        and host["status"] == "ACTIVE"
        and provider in (None, host.get("capacityProviderName"))
    ]


def zone_of(host: dict[str, Any]) -> str:
    """The zone a container instance is in."""
    return ec2._subnets[host["_machine"]["SubnetId"]]["AvailabilityZone"]


def room_on(host: dict[str, Any]) -> scheduling.Room:
    """What is free on a container instance."""
    tasks = tasks_on(host["containerInstanceArn"])
    total = {item["name"]: item["integerValue"] for item in host["registeredResources"] if item["type"] == "INTEGER"}
    return scheduling.Room(
        host["containerInstanceArn"],
        total["MEMORY"] - sum(task["_memory"] for task in tasks),
        total["CPU"] - sum(task["_cpu"] for task in tasks),
        scheduling.ENIS.get(host["_machine"]["InstanceType"], 3) - 1 - sum(bool(task["_network"]) for task in tasks),
    )


def poll(data: dict[str, Any]) -> ecs_seam.Answer:
    """LocalPoll: what the agent has to do, as soon as it differs from what it knows."""
    deadline = time.monotonic() + POLL_SECONDS
    with control_loop.changed:
        while True:
            work = _work()
            known = json.dumps(work, sort_keys=True, default=str)
            if known != data.get("known") or time.monotonic() >= deadline:
                return 200, {"Content-Type": "application/json"}, json.dumps({"known": known, **work}).encode()
            control_loop.changed.wait(0.5)


def _work() -> dict[str, Any]:
    tasks = [
        {
            "task": ecs._sanitize(task),
            "definition": definition_of(task),
            "machine": container_instances[task["containerInstanceArn"]]["ec2InstanceId"],
        }
        for task in ecs._tasks.values()
        if task["lastStatus"] not in ("PROVISIONING", "STOPPED") and task["containerInstanceArn"]
    ]
    registered = {host["ec2InstanceId"] for host in container_instances.values()}
    booted = [ecs._sanitize(machine) for machine in groups_of_hosts.booted()]
    return {
        "scale": lifecycle.scale,
        "tasks": [_plain(task) for task in tasks],
        "machines": [_plain(machine) for machine in booted],
        "registered": sorted(registered),
        "file_systems": sorted(efs._file_systems.keys()),
        "minute": lifecycle.minute,
        "instances": _plain(ecs._sanitize(machines.work())),
    }


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def register(data: dict[str, Any]) -> dict[str, Any]:
    """RegisterContainerInstance."""
    cluster = ecs_seam.active_cluster(data.get("cluster"))
    machine_id = json.loads(data["instanceIdentityDocument"])["instanceId"]
    machine = ec2._instances[machine_id]
    group = groups_of_hosts.group_with(machine_id)
    provider = next(
        (
            provider["name"]
            for provider in ecs._capacity_providers.values()
            if group is not None
            and groups_of_hosts.group_of(provider["autoScalingGroupProvider"]) is group
            and provider["name"] in cluster["capacityProviders"]
        ),
        None,
    )
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:container-instance/{cluster['clusterName']}/{secrets.token_hex(16)}"
    container_instances[arn] = {
        "containerInstanceArn": arn,
        "ec2InstanceId": machine_id,
        "clusterArn": cluster["clusterArn"],
        "capacityProviderName": provider,
        "status": "ACTIVE",
        "agentConnected": True,
        "version": 1,
        "registeredAt": time.time(),
        "registeredResources": data["totalResources"],
        "versionInfo": data.get("versionInfo", {}),
        "attributes": data.get("attributes", []),
        "_machine": machine,
    }
    return {"containerInstance": _public(container_instances[arn])}


def _public(host: dict[str, Any]) -> dict[str, Any]:
    room = room_on(host)
    left = {"MEMORY": room.memory, "CPU": room.cpu}
    tasks = tasks_on(host["containerInstanceArn"])
    remaining = [
        {**item, "integerValue": left.get(item["name"], item.get("integerValue", 0))}
        for item in host["registeredResources"]
    ]
    return {
        **ecs._sanitize(host),
        "remainingResources": remaining,
        "runningTasksCount": sum(task["lastStatus"] == "RUNNING" for task in tasks),
        "pendingTasksCount": sum(task["lastStatus"] in ("PENDING", "ACTIVATING") for task in tasks),
    }


def deregister(data: dict[str, Any]) -> dict[str, Any]:
    """DeregisterContainerInstance: refused while tasks run on it, unless forced."""
    host = _named(data)
    tasks = tasks_on(host["containerInstanceArn"])
    if tasks and not data.get("force"):
        raise AwsError("InvalidParameterException", "Found running tasks on the instance.")
    del container_instances[host["containerInstanceArn"]]
    host["_machine"]["_deregistered"] = True
    for task in tasks:
        task.update(stoppedReason="Container instance deregistered forcibly by user.", stopCode="UserInitiated")
        task_stopped(task)
    return {"containerInstance": {**ecs._sanitize(host), "status": "INACTIVE"}}


def _named(data: dict[str, Any]) -> dict[str, Any]:
    reference = data["containerInstance"].rsplit("/", 1)[-1]
    for arn, host in container_instances.items():
        if arn.endswith(f"/{reference}"):
            return host
    raise AwsError("InvalidParameterException", "The referenced container instance was not found.")


def list_instances(data: dict[str, Any]) -> dict[str, Any]:
    """ListContainerInstances."""
    cluster = ecs_seam.active_cluster(data.get("cluster"))
    status = data.get("status")
    return {
        "containerInstanceArns": [
            arn
            for arn, host in container_instances.items()
            if host["clusterArn"] == cluster["clusterArn"] and status in (None, host["status"])
        ]
    }


def describe_instances(data: dict[str, Any]) -> dict[str, Any]:
    """DescribeContainerInstances."""
    found, failures = [], []
    for reference in data["containerInstances"]:
        try:
            found.append(_public(_named({"containerInstance": reference})))
        except AwsError:
            failures.append({"arn": reference, "reason": "MISSING"})
    return {"containerInstances": found, "failures": failures}


def update_state(data: dict[str, Any]) -> dict[str, Any]:
    """UpdateContainerInstancesState: ACTIVE, or DRAINING which moves the tasks of services away."""
    changed = [_named({"containerInstance": reference}) for reference in data["containerInstances"]]
    for host in changed:
        host["status"] = data["status"]
        if data["status"] == "DRAINING":
            for task in tasks_on(host["containerInstanceArn"]):
                task.update(
                    desiredStatus="STOPPED",
                    stoppedReason="Container instance is in DRAINING state.",
                    stopCode="ServiceSchedulerInitiated",
                    stoppingAt=time.time(),
                )
    return {"containerInstances": [_public(host) for host in changed], "failures": []}


def submit(data: dict[str, Any]) -> dict[str, Any]:
    """SubmitTaskStateChange; the agent's health reports, which AWS gets on another way, come along with it."""
    task = ecs._tasks.get(data["task"])
    if task is None or task["lastStatus"] == "STOPPED":
        return {"acknowledgment": "IGNORE"}
    for change in data.get("containers", []):
        container = next(item for item in task["containers"] if item["name"] == change["containerName"])
        container.update(
            {
                key: change[key]
                for key in ("exitCode", "reason", "runtimeId", "imageDigest", "healthStatus")
                if key in change
            }
        )
        container["lastStatus"] = change.get("status", container["lastStatus"])
    for change in data.get("managedAgents", []):
        container = next(item for item in task["containers"] if item["name"] == change["containerName"])
        agent = container["managedAgents"][0]
        agent.update({"lastStatus": change["status"], "lastStartedAt": agent.get("lastStartedAt") or time.time()})
        agent["reason"] = change.get("reason")
    states = {container["healthStatus"] for container in task["containers"]}
    task["healthStatus"] = next((state for state in ("UNHEALTHY", "UNKNOWN", "HEALTHY") if state in states), "UNKNOWN")
    status = data.get("status")
    if status == "ACTIVATING":
        task.update(lastStatus=status, pullStartedAt=time.time())
    elif status == "RUNNING" and task["lastStatus"] != "RUNNING":
        ecs._bump_task_version(task)
        task.update(lastStatus=status, startedAt=time.time(), pullStoppedAt=task["pullStoppedAt"] or time.time())
    elif status == "STOPPED":
        if task["desiredStatus"] != "STOPPED":
            task.update(
                stoppedReason=data.get("reason"),
                stopCode=("EssentialContainerExited" if task.get("startedAt") else "TaskFailedToStart"),
            )
        task_stopped(task)
    return {"acknowledgment": "ACCEPT"}


HANDLERS = {
    "RegisterContainerInstance": register,
    "DeregisterContainerInstance": deregister,
    "ListContainerInstances": list_instances,
    "DescribeContainerInstances": describe_instances,
    "UpdateContainerInstancesState": update_state,
    "SubmitTaskStateChange": submit,
    "LocalAllowed": permissions.allowed,
    # Refused or not by IAM before it comes here; what they answer nobody reads.
    "Poll": lambda _data: {},
    "StartTelemetrySession": lambda _data: {},
}
