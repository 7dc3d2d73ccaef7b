# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per call of the ECS API about services and tasks. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.errors import api_call
from .._aws.waiting import WaiterFactory
from .._aws.waiting import on_error
from .._aws.waiting import on_path
from .._aws.waiting import waiter

MISSING = ("ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException")
TASK_BATCH = 100

WAITERS = WaiterFactory(
    {
        "service_inactive": waiter(
            "DescribeServices",
            on_path("success", "path", "length(services[?status!='INACTIVE'])", 0),
            on_error("success", "ClusterNotFoundException"),
        ),
        "tasks_stopped": waiter(
            "DescribeTasks",
            on_path("success", "path", "length(tasks[?lastStatus!='STOPPED'])", 0),
            on_error("success", "ClusterNotFoundException"),
        ),
    }
)


@api_call("describe service {name} of cluster {cluster}", missing=MISSING)
def describe_service(client: t.Any, cluster: str, name: str) -> dict[str, t.Any] | None:
    """A service with its tags, in whatever status; none if AWS does not know it."""
    services = client.describe_services(cluster=cluster, services=[name], include=["TAGS"])["services"]
    return services[0] if services else None


@api_call("list the tasks of service {service} of cluster {cluster}", missing=MISSING, default=[])
def list_tasks(client: t.Any, cluster: str, service: str, desired_status: str) -> list[str]:
    """The ARNs of a service's tasks that are to run (C(RUNNING)), or are stopping or stopped of late (C(STOPPED))."""
    paginator = client.get_paginator("list_tasks")
    pages = paginator.paginate(cluster=cluster, serviceName=service, desiredStatus=desired_status)
    return [arn for page in pages for arn in page["taskArns"]]


@api_call("describe the tasks {arns} of cluster {cluster}", missing=MISSING, default=[])
def describe_tasks(client: t.Any, cluster: str, arns: list[str]) -> list[dict[str, t.Any]]:
    """Tasks, by the hundred; those that AWS has forgotten are left out."""
    return [
        task
        for start in range(0, len(arns), TASK_BATCH)
        for task in client.describe_tasks(cluster=cluster, tasks=arns[start : start + TASK_BATCH])["tasks"]
    ]


@api_call("create service {serviceName} in cluster {cluster}")
def create_service(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Create a service."""
    return client.create_service(**arguments)["service"]


@api_call("update service {service} of cluster {cluster}")
def update_service(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Change a service."""
    return client.update_service(**arguments)["service"]


@api_call("delete service {name} of cluster {cluster}", missing=MISSING)
def delete_service(client: t.Any, cluster: str, name: str) -> None:
    """Delete a service; its tasks are stopped."""
    client.delete_service(cluster=cluster, service=name, force=True)


@api_call("see service {name} of cluster {cluster} become inactive")
def wait_for_inactive(client: t.Any, cluster: str, name: str, timeout: int) -> None:
    """Wait until a deleted service has drained."""
    WAITERS.wait(client, "service_inactive", timeout, delay=3, cluster=cluster, services=[name])


@api_call("see the tasks {arns} of cluster {cluster} stop")
def wait_for_stopped(client: t.Any, cluster: str, arns: list[str], timeout: int) -> None:
    """Wait until tasks have stopped."""
    for start in range(0, len(arns), TASK_BATCH):
        batch = arns[start : start + TASK_BATCH]
        WAITERS.wait(client, "tasks_stopped", timeout, delay=3, cluster=cluster, tasks=batch)
