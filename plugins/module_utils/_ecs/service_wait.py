# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for a deployment of a service, task by task, since no waiter of AWS tells why it takes so long.

Private to the collection.
"""

from __future__ import annotations

import time
import typing as t

from .._aws.errors import DeploymentError
from .._aws.plan import Settings
from .._logs import api as logs_api
from . import api_service
from . import service
from . import stop_reasons
from . import task_definition_api
from . import tasks

PAUSE = 3
SHOWN_EVENTS = 5
SHOWN_LOG_LINES = 20
LONGEST_LOG_LINE = 500

Clients = t.Callable[[str], t.Any]


class RolloutError(DeploymentError):
    """A deployment that failed, or did not get ready in time."""


class Rollout(t.NamedTuple):
    """The deployment to wait for, and for how long and how many failed tasks."""

    cluster: str
    service: str
    deployment: str
    timeout: int
    failed_tasks_limit: int


def read_tasks(client: t.Any, cluster: str, name: str) -> list[Settings]:
    """The tasks of a service: running, on their way, and stopped in the last hour."""
    arns = [arn for status in ("RUNNING", "STOPPED") for arn in api_service.list_tasks(client, cluster, name, status)]
    return [tasks.normalize(each) for each in api_service.describe_tasks(client, cluster, arns)]


def living(seen: t.Iterable[Settings]) -> list[Settings]:
    """Those of the tasks that have not stopped."""
    return [task for task in seen if task["status"] != "STOPPED"]


def read_living_tasks(client: t.Any, cluster: str, name: str) -> list[Settings]:
    """The tasks of a service that have not stopped."""
    return living(read_tasks(client, cluster, name))


def await_deployment(
    clients: Clients, rollout: Rollout, is_new: bool, warn: t.Callable[[str], None]
) -> tuple[Settings, list[Settings]]:
    """Wait until the tasks of a deployment are healthy, or with a desired count of zero until none is left.

    Tasks of a deployment that C(is_new) count as failed from its beginning; otherwise those that fail from now on do.
    Gives the service and its living tasks.
    """
    client = clients("ecs")
    failed: dict[str, Settings] = {}
    earlier: set[str] | None = set() if is_new else None
    for attempt in range(rollout.timeout // PAUSE + 1):
        if attempt:
            time.sleep(PAUSE)
        described = api_service.describe_service(client, rollout.cluster, rollout.service)
        if not described or described["status"] != "ACTIVE":
            raise RolloutError(message=f"Service {rollout.service} was deleted by somebody while it was waited for.")
        found = service.normalize(described)
        seen = read_tasks(client, rollout.cluster, rollout.service)
        stopped = {each["arn"]: each for each in seen if _failed_in(each, rollout.deployment)}
        if earlier is None:
            earlier = set(stopped)
        for arn in stopped.keys() - failed.keys() - earlier:
            failed[arn] = stopped[arn]
            warn(tasks.describe_stop(stopped[arn]))
        verdict = tasks.judge(found, seen, rollout.deployment, len(failed), rollout.failed_tasks_limit)
        if verdict.state == "ready":
            return found, living(seen)
        if verdict.state == "failed":
            raise RolloutError(message=_report(clients, found, verdict.why, list(stopped.values())))
    why = f"after {rollout.timeout} seconds {verdict.why}"
    raise RolloutError(message=_report(clients, found, why, list(stopped.values())))


def _failed_in(task: Settings, deployment: str) -> bool:
    return task["deployment"] == deployment and tasks.has_failed(task)


def _report(clients: Clients, found: Settings, why: str, stopped: list[Settings]) -> str:
    """All that helps to find the cause, and what is known to help against it."""
    lines = [f"Service {found['name']} did not get ready: {why.rstrip('.')}."]
    definitions = {
        arn: task_definition_api.describe_task_definition(clients("ecs"), arn)
        for arn in sorted({each["task_definition"] for each in stopped})
    }
    last_streams: list[tasks.LogStream] = []
    for task in sorted(stopped, key=lambda each: each["stopped_at"]):
        definition = (definitions[task["task_definition"]] or {}).get("taskDefinition")
        streams = tasks.log_streams(definition, task)
        last_streams = streams or last_streams
        lines.append(f"- {tasks.describe_stop(task, streams)}")
    for stream in last_streams:
        lines += _log_lines(clients("logs"), stream)
    events = found["events"][:SHOWN_EVENTS]
    lines += [f"- Service event: {event}" for event in events]
    advice = stop_reasons.advice([*map(tasks.describe_stop, stopped), *events])
    return "\n".join(lines + [f"What to do: {each}" for each in advice])


def _log_lines(client: t.Any, stream: tasks.LogStream) -> list[str]:
    """The last lines of a task's log; why not, if they can't be read: that is not what failed."""
    try:
        messages = logs_api.last_messages(client, stream.group, stream.name, SHOWN_LOG_LINES)
    except DeploymentError as error:
        return [f"- {error}"]
    if not messages:
        return [f"- The log ({stream}) is empty."]
    lines = [line.rstrip() for message in messages for line in message.splitlines()][-SHOWN_LOG_LINES:]
    return [f"- Last lines of the log ({stream}):", *(f"    {line[:LONGEST_LOG_LINE]}" for line in lines)]
