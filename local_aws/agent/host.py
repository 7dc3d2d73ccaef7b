"""The part of the agent that makes a machine a container instance."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
from typing import Any

from local_aws import scheduling
from local_aws.agent import aws
from local_aws.agent import network
from local_aws.credentials import RoleNotAssumableError
from local_aws.reach import interface
from local_aws.reach import reach

SERVICES = ("ecs", "ecs-agent", "ecs-telemetry")
AGENT_VERSION = "1.107.0"
CLUSTER = re.compile(r"^\s*(?:echo\s+[\"']?)?ECS_CLUSTER=[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
logger = logging.getLogger("local_aws.agent")


def cluster_from(user_data: str) -> str:
    """The cluster that user data puts into /etc/ecs/ecs.config; without one it is `default`."""
    try:
        text = base64.b64decode(user_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = user_data
    found = CLUSTER.search(text)
    return found.group(1) if found else "default"


def role_of(machine: dict[str, Any]) -> str | None:
    """The role in a machine's instance profile."""
    profile = machine.get("IamInstanceProfile")
    if not profile:
        return None
    name = profile["Arn"].rsplit("/", 1)[-1]
    roles = aws.root("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
    return roles[0]["Arn"] if roles else None


def why_not(machine: dict[str, Any]) -> str | None:
    """Why a machine can't become a container instance, or None when it has become one."""
    role = role_of(machine)
    if role is None:
        return "no instance profile with a role: the agent finds no credentials"
    for service in SERVICES:
        way = reach(interface(machine), service, network.snapshot())
        if not way:
            return (
                "Unable to register as a container instance with ECS: RequestError: send request failed caused by: "
                f'Post "https://{service}.us-east-1.amazonaws.com/": dial tcp: i/o timeout ({way.reason})'
            )
    try:
        credentials = aws.role_credentials(role, machine["InstanceId"], aws.EC2)
        cluster = cluster_from(machine.get("UserData") or "")
        for action in ("Poll", "StartTelemetrySession"):
            aws.ecs(action, credentials, cluster=cluster)
        _register(machine, cluster, credentials)
    except (aws.RefusedError, RoleNotAssumableError) as error:
        return f"Unable to register as a container instance with ECS: {error}"
    return None


def _register(machine: dict[str, Any], cluster: str, credentials: dict[str, Any]) -> None:
    size = machine["InstanceType"]
    resources = {"CPU": scheduling.CPU_UNITS, "MEMORY": scheduling.MEMORY_MIB.get(size, 3791)}
    attributes = {
        "ecs.availability-zone": machine["Placement"]["AvailabilityZone"],
        "ecs.instance-type": size,
        "ecs.ami-id": machine["ImageId"],
        "ecs.os-type": "linux",
        "ecs.cpu-architecture": "arm64",
        "ecs.subnet-id": machine["SubnetId"],
        "ecs.vpc-id": machine["VpcId"],
        "com.amazonaws.ecs.capability.task-eni": "",
        "ecs.capability.efsAuth": "",
        "ecs.capability.execute-command": "",
    }
    aws.ecs(
        "RegisterContainerInstance",
        credentials,
        cluster=cluster,
        instanceIdentityDocument=json.dumps({"instanceId": machine["InstanceId"]}),
        totalResources=[
            {"name": name, "type": "INTEGER", "integerValue": value, "doubleValue": 0.0, "longValue": 0}
            for name, value in resources.items()
        ],
        versionInfo={"agentVersion": AGENT_VERSION, "agentHash": "local", "dockerVersion": "25.0.16"},
        attributes=[{"name": name, **({"value": value} if value else {})} for name, value in attributes.items()],
    )
    logger.info("machine %s is a container instance of %s", machine["InstanceId"], cluster)
