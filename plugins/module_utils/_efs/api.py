# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per EFS API call. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.errors import api_call
from .._aws.waiting import WaiterFactory
from .._aws.waiting import on_error
from .._aws.waiting import on_path
from .._aws.waiting import waiter

MISSING = ("AccessPointNotFound", "FileSystemNotFound", "MountTargetNotFound", "PolicyNotFound")

WAITERS = WaiterFactory(
    {
        "access_point_available": waiter(
            "DescribeAccessPoints",
            on_path("success", "pathAll", "AccessPoints[].LifeCycleState", "available"),
            on_path("failure", "pathAny", "AccessPoints[].LifeCycleState", "error"),
            on_error("failure", "AccessPointNotFound"),
        ),
    }
)


@api_call("describe the access points of file system {file_system_id}", missing=MISSING, default=[])
def describe_access_points(client: t.Any, file_system_id: str) -> list[dict[str, t.Any]]:
    """All access points of a file system; none if the file system does not exist."""
    paginator = client.get_paginator("describe_access_points")
    return paginator.paginate(FileSystemId=file_system_id).build_full_result()["AccessPoints"]


@api_call("create access point {ClientToken}", retry_on=["IncorrectFileSystemLifeCycleState"])
def create_access_point(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Create an access point; waits out a file system that is still being created."""
    return client.create_access_point(**arguments)


@api_call("tag EFS resource {resource_id}")
def tag_resource(client: t.Any, resource_id: str, tags: list[dict[str, str]]) -> None:
    """Add or overwrite tags."""
    client.tag_resource(ResourceId=resource_id, Tags=tags)


@api_call("delete access point {access_point_id}", missing=MISSING)
def delete_access_point(client: t.Any, access_point_id: str) -> None:
    """Delete an access point. The files behind it stay."""
    client.delete_access_point(AccessPointId=access_point_id)


@api_call("see access point {access_point_id} become available")
def wait_for_access_point(client: t.Any, access_point_id: str, timeout: int) -> None:
    """Wait until an access point can be mounted."""
    WAITERS.wait(client, "access_point_available", timeout, delay=2, AccessPointId=access_point_id)
