# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks in this collection's terms, and whether those of a deployment do what they should. Pure. Private."""

from __future__ import annotations

import typing as t

from .._aws.plan import Settings
from .service import primary

EXEC_AGENT = "ExecuteCommandAgent"


def _interface(task: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The details of the task's network interface."""
    return {
        detail["name"]: detail["value"]
        for attachment in task.get("attachments", [])
        if attachment.get("type") == "ElasticNetworkInterface"
        for detail in attachment.get("details", [])
    }


def _container(container: t.Mapping[str, t.Any]) -> Settings:
    agents = {agent["name"]: agent for agent in container.get("managedAgents", [])}
    return {
        "name": container["name"],
        "status": container.get("lastStatus", ""),
        "health": container.get("healthStatus", "UNKNOWN"),
        "exit_code": container.get("exitCode"),
        "reason": container.get("reason", ""),
        "runtime_id": container.get("runtimeId", ""),
        "exec_agent": agents.get(EXEC_AGENT, {}).get("lastStatus", ""),
        "exec_agent_reason": agents.get(EXEC_AGENT, {}).get("reason", ""),
    }


def normalize(task: t.Mapping[str, t.Any]) -> Settings:
    """A task of the API in this collection's terms."""
    interface = _interface(task)
    return {
        "arn": task["taskArn"],
        "id": task["taskArn"].rsplit("/", 1)[-1],
        "task_definition": task["taskDefinitionArn"],
        "deployment": task.get("startedBy", ""),
        "status": task["lastStatus"],
        "desired_status": task.get("desiredStatus", ""),
        "health": task.get("healthStatus", "UNKNOWN"),
        "exec": task.get("enableExecuteCommand", False),
        "started_at": str(task.get("startedAt", "")),
        "stopped_at": str(task.get("stoppedAt", "")),
        "stop_code": task.get("stopCode", ""),
        "stopped_reason": task.get("stoppedReason", ""),
        "availability_zone": task.get("availabilityZone", ""),
        "private_ip": interface.get("privateIPv4Address", ""),
        "subnet_id": interface.get("subnetId", ""),
        "network_interface_id": interface.get("networkInterfaceId", ""),
        "containers": [_container(each) for each in task.get("containers", [])],
    }


def has_failed(task: Settings) -> bool:
    """Whether a task stopped for another reason than that somebody, or the scheduler making room, wanted it to."""
    return (
        task["status"] == "STOPPED"
        and task["stop_code"] != "UserInitiated"
        and not task["stopped_reason"].startswith("Scaling activity initiated by")
    )


def is_healthy(task: Settings) -> bool:
    """Whether a task runs, is to go on running, and says that it is healthy."""
    return (task["status"], task["desired_status"], task["health"]) == ("RUNNING", "RUNNING", "HEALTHY")


class LogStream(t.NamedTuple):
    """Where a container's output is in CloudWatch Logs."""

    group: str
    name: str

    def __str__(self) -> str:
        return f"group {self.group}, stream {self.name}"


def describe_stop(task: Settings, log_streams: t.Sequence[LogStream] = ()) -> str:
    """One stopped task for a person: why, what its containers say, and where to read on."""
    lines = [f"Task {task['id']} stopped: {task['stopped_reason'] or 'AWS gives no reason'} ({task['stop_code']})"]
    for container in task["containers"]:
        facts = [f"exit code {container['exit_code']}"] if container["exit_code"] is not None else []
        facts += [container["reason"]] if container["reason"] else []
        if facts:
            lines.append(f"container {container['name']}: {', '.join(facts)}")
    return "; ".join(lines + [f"log: {each}" for each in log_streams])


def log_streams(definition: t.Mapping[str, t.Any] | None, task: Settings) -> list[LogStream]:
    """Where the containers of a task that have run wrote with the awslogs driver.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    streams = []
    have_run = {each["name"] for each in task["containers"] if each["exit_code"] is not None}
    for container in (definition or {}).get("containerDefinitions", []):
        if container["name"] not in have_run:
            continue
        options = container.get("logConfiguration", {}).get("options", {})
        if "awslogs-group" in options and "awslogs-stream-prefix" in options:
            name = f"{options['awslogs-stream-prefix']}/{container['name']}/{task['id']}"
            streams.append(LogStream(options["awslogs-group"], name))
    return streams


class Verdict(t.NamedTuple):
    """Whether a deployment is C(ready), C(waiting) or C(failed), and why."""

    state: str
    why: str


def judge(service: Settings, tasks: t.Sequence[Settings], deployment: str, failed: int, limit: int) -> Verdict:
    """Judge a deployment by its service, its tasks and the number of its tasks that have failed so far."""
    current = primary(service)
    if current is None or current["id"] != deployment:
        replacement = current["id"] if current else "none"
        return Verdict("failed", f"the deployment was given up, and replaced by another ({replacement})")
    if current["rollout_state"] == "FAILED":
        return Verdict("failed", f"the deployment failed: {current['rollout_state_reason']}")
    alive = [task for task in tasks if task["status"] != "STOPPED"]
    if service["desired_count"] == 0:
        stopping = max(len(alive), service["running_count"] + service["pending_count"])
        return Verdict("waiting", f"{stopping} tasks still stop") if stopping else Verdict("ready", "no task runs")
    own = [task for task in alive if task["deployment"] == deployment]
    healthy = sum(map(is_healthy, own))
    if healthy >= service["desired_count"]:
        return Verdict("ready", f"{healthy} of {service['desired_count']} tasks are healthy")
    if failed >= limit:
        return Verdict("failed", f"{failed} of its tasks have failed")
    states = ", ".join(f"{task['id']} is {task['status']}, health {task['health']}" for task in own) or "none started"
    return Verdict("waiting", f"{healthy} of {service['desired_count']} tasks are healthy ({states})")
