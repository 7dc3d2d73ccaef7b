"""What the process that runs machines is told of the instances, and what it says of them.

An instance of an ordinary image that no group started is a machine; container hosts are only played.
"""

from __future__ import annotations

import time
from typing import Any

from ministack.services import ec2

from local_aws.layer import ecs_seam
from local_aws.layer import groups_of_hosts
from local_aws.layer import instance_states

PATIENCE_SECONDS = 15  # a poll takes up to five
_asked_at = -PATIENCE_SECONDS


def work() -> dict[str, Any]:
    """Which machines shall run, and which have a disk still."""
    global _asked_at
    _asked_at = time.monotonic()
    known = [instance for instance in ec2._instances.values() if is_machine(instance)]
    return {
        "machines": [{**one, "Starts": one["_Starts"]} for one in known if one["State"]["Name"] == "running"],
        "disks": sorted(
            one["InstanceId"] for one in known if one["State"]["Name"] not in ("shutting-down", "terminated")
        ),
    }


def is_machine(instance: dict[str, Any]) -> bool:
    """Whether an instance has a sandbox."""
    return not instance["_IsContainerHost"] and groups_of_hosts.group_with(instance["InstanceId"]) is None


def is_up(instance: dict[str, Any]) -> bool:
    """Whether an instance's system runs; without a process that runs machines they are only played, and do."""
    nobody_runs_them = time.monotonic() - _asked_at > PATIENCE_SECONDS
    return nobody_runs_them or not is_machine(instance) or instance.get("_Up") == instance["_Starts"]


def happened(data: dict[str, Any]) -> dict[str, Any]:
    """LocalMachine: a machine is up, has powered itself off, or could not be started, the so many-th time."""
    instance = ec2._instances.get(data["InstanceId"])
    if instance is None or instance["_Starts"] != data["Starts"]:
        return {}
    if data["Event"] == "up":
        instance["_Up"] = instance["_Starts"]
    else:
        instance_states.power_off(instance, started=data["Event"] == "off")
    return {}


def install() -> None:
    """Let the process that runs machines report."""
    ecs_seam.replace("LocalMachine", happened)
