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
        "file_system_available": waiter(
            "DescribeFileSystems",
            on_path("success", "pathAll", "FileSystems[].LifeCycleState", "available"),
            on_path("failure", "pathAny", "FileSystems[].LifeCycleState", "error"),
            on_path("failure", "pathAny", "FileSystems[].LifeCycleState", "deleting"),
            on_error("failure", "FileSystemNotFound"),
        ),
        "file_system_deleted": waiter(
            "DescribeFileSystems",
            on_error("success", "FileSystemNotFound"),
            on_path("success", "path", "length(FileSystems)", 0),
            on_path("failure", "pathAny", "FileSystems[].LifeCycleState", "error"),
        ),
        "mount_targets_available": waiter(
            "DescribeMountTargets",
            on_path("success", "pathAll", "MountTargets[].LifeCycleState", "available"),
            on_path("failure", "pathAny", "MountTargets[].LifeCycleState", "error"),
            on_error("failure", "FileSystemNotFound"),
        ),
        "mount_target_deleted": waiter(
            "DescribeMountTargets",
            on_error("success", "MountTargetNotFound"),
            on_path("success", "path", "length(MountTargets)", 0),
            on_path("failure", "pathAny", "MountTargets[].LifeCycleState", "error"),
        ),
    }
)


@api_call("describe file system {name}", missing=MISSING, default=[])
def describe_file_systems(client: t.Any, name: str) -> list[dict[str, t.Any]]:
    """The file systems that were created under a name (their creation token): one, or none."""
    paginator = client.get_paginator("describe_file_systems")
    return paginator.paginate(CreationToken=name).build_full_result()["FileSystems"]


@api_call("describe file system {file_system_id}", missing=MISSING, default=[])
def describe_file_systems_by_id(client: t.Any, file_system_id: str) -> list[dict[str, t.Any]]:
    """The file system of an ID, or none."""
    return client.describe_file_systems(FileSystemId=file_system_id)["FileSystems"]


@api_call("create file system {CreationToken}")
def create_file_system(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Create a file system."""
    return client.create_file_system(**arguments)


@api_call(
    "set the throughput mode of file system {file_system_id} to {mode}", retry_on=["IncorrectFileSystemLifeCycleState"]
)
def update_throughput_mode(client: t.Any, file_system_id: str, mode: str) -> None:
    """Change how throughput is granted. AWS allows this once a day."""
    client.update_file_system(FileSystemId=file_system_id, ThroughputMode=mode)


@api_call("delete file system {file_system_id}", missing=MISSING, retry_on=["FileSystemInUse"])
def delete_file_system(client: t.Any, file_system_id: str) -> None:
    """Delete a file system and all that is stored in it."""
    client.delete_file_system(FileSystemId=file_system_id)


@api_call("describe the automatic backups of file system {file_system_id}", missing=MISSING, default="DISABLED")
def describe_backup_status(client: t.Any, file_system_id: str) -> str:
    """C(ENABLED), C(ENABLING), C(DISABLED) or C(DISABLING)."""
    return client.describe_backup_policy(FileSystemId=file_system_id)["BackupPolicy"]["Status"]


@api_call(
    "switch the automatic backups of file system {file_system_id}: {status}",
    retry_on=["IncorrectFileSystemLifeCycleState"],
)
def put_backup_status(client: t.Any, file_system_id: str, status: str) -> None:
    """Switch automatic backups."""
    client.put_backup_policy(FileSystemId=file_system_id, BackupPolicy={"Status": status})


@api_call("describe the mount targets of file system {file_system_id}", missing=MISSING, default=[])
def describe_mount_targets(client: t.Any, file_system_id: str) -> list[dict[str, t.Any]]:
    """All mount targets of a file system."""
    paginator = client.get_paginator("describe_mount_targets")
    return paginator.paginate(FileSystemId=file_system_id).build_full_result()["MountTargets"]


@api_call("describe the security groups of mount target {mount_target_id}", missing=MISSING, default=[])
def describe_mount_target_groups(client: t.Any, mount_target_id: str) -> list[str]:
    """The security groups of a mount target."""
    return client.describe_mount_target_security_groups(MountTargetId=mount_target_id)["SecurityGroups"]


@api_call(
    "create a mount target of file system {FileSystemId} in subnet {SubnetId}",
    retry_on=["IncorrectFileSystemLifeCycleState"],
)
def create_mount_target(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Request a mount target; it becomes available a minute or two later."""
    return client.create_mount_target(**arguments)


@api_call("set the security groups of mount target {mount_target_id}", retry_on=["IncorrectMountTargetState"])
def modify_mount_target_groups(client: t.Any, mount_target_id: str, group_ids: list[str]) -> None:
    """Replace the security groups of a mount target."""
    client.modify_mount_target_security_groups(MountTargetId=mount_target_id, SecurityGroups=group_ids)


@api_call("delete mount target {mount_target_id}", missing=MISSING)
def delete_mount_target(client: t.Any, mount_target_id: str) -> None:
    """Delete a mount target. What is not yet written by those who have it mounted may be lost."""
    client.delete_mount_target(MountTargetId=mount_target_id)


@api_call("describe the policy of file system {file_system_id}", missing=MISSING)
def describe_file_system_policy(client: t.Any, file_system_id: str) -> str | None:
    """The resource policy of a file system, as JSON text."""
    return client.describe_file_system_policy(FileSystemId=file_system_id)["Policy"]


@api_call("put the policy of file system {file_system_id}", retry_on=["IncorrectFileSystemLifeCycleState"])
def put_file_system_policy(client: t.Any, file_system_id: str, policy: str) -> None:
    """Replace the resource policy of a file system."""
    client.put_file_system_policy(FileSystemId=file_system_id, Policy=policy)


@api_call("delete the policy of file system {file_system_id}", missing=MISSING)
def delete_file_system_policy(client: t.Any, file_system_id: str) -> None:
    """Delete the resource policy of a file system: then everybody who reaches a mount target may do everything."""
    client.delete_file_system_policy(FileSystemId=file_system_id)


@api_call("see file system {file_system_id} become available")
def wait_for_file_system(client: t.Any, file_system_id: str, timeout: int) -> None:
    """Wait until mount targets can be created."""
    WAITERS.wait(client, "file_system_available", timeout, delay=2, FileSystemId=file_system_id)


@api_call("see file system {file_system_id} gone")
def wait_for_file_system_deletion(client: t.Any, file_system_id: str, timeout: int) -> None:
    """Wait until the file system, and with it its name, is free."""
    WAITERS.wait(client, "file_system_deleted", timeout, delay=2, FileSystemId=file_system_id)


@api_call("see the mount targets of file system {file_system_id} become available")
def wait_for_mount_targets(client: t.Any, file_system_id: str, timeout: int) -> None:
    """Wait until all mount targets of the file system can be used."""
    WAITERS.wait(client, "mount_targets_available", timeout, FileSystemId=file_system_id)


@api_call("see mount target {mount_target_id} gone")
def wait_for_mount_target_deletion(client: t.Any, mount_target_id: str, timeout: int) -> None:
    """Wait until a mount target, its network interface with it, is gone."""
    WAITERS.wait(client, "mount_target_deleted", timeout, MountTargetId=mount_target_id)


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
