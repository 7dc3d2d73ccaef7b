"""Tasks from the API's side: what they are made of, where they may go, and what becomes of them at their end."""

from __future__ import annotations

import secrets
import time
from typing import Any

from ministack.services import ec2
from ministack.services import ecs

from local_aws.layer import interfaces
from local_aws.layer.seam import AwsError

EXEC_AGENT = "ExecuteCommandAgent"


def check_network(network: dict[str, Any]) -> None:
    """Refuse subnets and security groups that aren't there, or are in different networks."""
    for subnet in network.get("subnets", []):
        if subnet not in ec2._subnets:
            raise AwsError(
                "InvalidParameterException",
                f"Error retrieving subnet information for [{subnet}]: The "
                f"subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
            )
    networks = {ec2._subnets[subnet]["VpcId"] for subnet in network["subnets"]}
    if len(networks) > 1:
        raise AwsError("InvalidParameterException", "Subnets must be in the same VPC.")
    for group in network.get("securityGroups", []):
        record = ec2._security_groups.get(group)
        if record is None or record["VpcId"] not in networks:
            raise AwsError(
                "InvalidParameterException",
                f"Error retrieving security group information for [{group}]: "
                f"The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)",
            )


def prepare_task(task: dict[str, Any], network: dict[str, Any]) -> None:
    """Complete a new task: no host yet, and an interface that is still to be made."""
    definition = definition_of(task)
    vpc = (network or {}).get("awsvpcConfiguration") if definition["networkMode"] == "awsvpc" else None
    memory = sum(
        container.get("memoryReservation") or container.get("memory") or 0
        for container in definition["containerDefinitions"]
    )
    task.update(
        containerInstanceArn=None,
        availabilityZone=None,
        _created=time.time(),
        createdAt=time.time(),
        _network=vpc,
        _memory=int(definition.get("memory") or memory),
        _cpu=int(definition.get("cpu") or 0),
        connectivity=None,
        connectivityAt=None,
        memory=str(definition.get("memory") or memory),
        cpu=str(definition.get("cpu") or 0),
        _health_checked=any(container.get("healthCheck") for container in definition["containerDefinitions"]),
        stopCode=None,
        stoppedReason=None,
        ephemeralStorage=None,
    )
    if vpc:
        task["attachments"] = [
            {"id": secrets.token_hex(16), "type": "ElasticNetworkInterface", "status": "PRECREATED", "details": []}
        ]
    for container in task["containers"]:
        if task["enableExecuteCommand"]:
            container["managedAgents"] = [{"name": EXEC_AGENT, "lastStatus": "PENDING"}]


def definition_of(task: dict[str, Any]) -> dict[str, Any]:
    """The task definition of a task."""
    return ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])]


def tasks_on(arn: str) -> list[dict[str, Any]]:
    """The tasks on a container instance that are not over."""
    return [
        task for task in ecs._tasks.values() if task["containerInstanceArn"] == arn and task["lastStatus"] != "STOPPED"
    ]


def task_stopped(task: dict[str, Any]) -> None:
    """A task has ended: its interface goes, and its service may start another."""
    now = time.time()
    ecs._bump_task_version(task)
    task.update(
        lastStatus="STOPPED",
        desiredStatus="STOPPED",
        stoppedAt=now,
        executionStoppedAt=now,
        stoppingAt=task["stoppingAt"] or now,
        connectivity=None,
    )
    for container in task["containers"]:
        container["lastStatus"] = "STOPPED"
        for agent in container.get("managedAgents", []):
            agent["lastStatus"] = "STOPPED"
    if eni := task.pop("_eni", None):
        interfaces.release(eni["NetworkInterfaceId"])
        task["attachments"][0]["status"] = "DELETED"
