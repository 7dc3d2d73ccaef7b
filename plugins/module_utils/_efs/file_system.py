# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file system and its mount targets are and are to be. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.errors import DeploymentError
from .._aws.ownership import wanted_tags
from .._aws.plan import UNKNOWN
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_absent
from .._aws.plan import plan_present

FILE_SYSTEM = "file system"
MOUNT_TARGET = "mount target"
PERFORMANCE_MODE = "generalPurpose"
IMMUTABLE = ("encrypted", "kms_key", "performance_mode")
LEAVING = ("deleting", "deleted")

DNS_SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}


def find(file_systems: t.Iterable[t.Mapping[str, t.Any]], leaving: bool = False) -> t.Mapping[str, t.Any] | None:
    """The first file system that is there to stay, or that is on its way out."""
    return next((each for each in file_systems if (each["LifeCycleState"] in LEAVING) == leaving), None)


def key_id(kms_key: str | None) -> str | None:
    """The bare ID of a KMS key that is given by ID or ARN."""
    return kms_key.rsplit("/", 1)[-1] if kms_key else None


def normalize(file_system: t.Mapping[str, t.Any], backup_status: str) -> Settings:
    """A file system of the API in this collection's terms."""
    arn = file_system["FileSystemArn"]
    _arn, partition, _service, region, _rest = arn.split(":", 4)
    return {
        "id": file_system["FileSystemId"],
        "arn": arn,
        "dns_name": f"{file_system['FileSystemId']}.efs.{region}.{DNS_SUFFIXES.get(partition, 'amazonaws.com')}",
        "name": file_system["CreationToken"],
        "state": file_system["LifeCycleState"],
        "encrypted": file_system.get("Encrypted", False),
        "kms_key": key_id(file_system.get("KmsKeyId")),
        "performance_mode": file_system["PerformanceMode"],
        "throughput_mode": file_system.get("ThroughputMode", "bursting"),
        "backup": backup_status in ("ENABLED", "ENABLING"),
        "size_bytes": file_system.get("SizeInBytes", {}).get("Value", 0),
        "tags": boto3_tag_list_to_ansible_dict(file_system.get("Tags", [])),
    }


def normalize_mount_target(mount_target: t.Mapping[str, t.Any], group_ids: t.Iterable[str]) -> Settings:
    """A mount target of the API in this collection's terms."""
    return {
        "id": mount_target["MountTargetId"],
        "subnet_id": mount_target["SubnetId"],
        "az": mount_target.get("AvailabilityZoneName"),
        "state": mount_target["LifeCycleState"],
        "ip_address": mount_target.get("IpAddress"),
        "security_group_ids": sorted(group_ids),
    }


def plan(params: t.Mapping[str, t.Any], current: Settings | None) -> Change:
    """Create the file system or change what can be changed; refuse what can't."""
    desired = {
        "encrypted": params["encrypted"],
        "performance_mode": PERFORMANCE_MODE,
        "throughput_mode": params["throughput_mode"],
        "backup": params["backup"],
        "tags": wanted_tags(current["tags"] if current else {}, params["tags"]),
    }
    if params["kms_key_id"]:
        desired["kms_key"] = key_id(params["kms_key_id"])
    change = plan_present(FILE_SYSTEM, params["name"], current, desired)
    stuck = [key for key in change.differences if key in IMMUTABLE] if change.action == "update" else []
    if stuck:
        found = ", ".join(f"{key} {change.before[key]!r} instead of {desired[key]!r}" for key in stuck)
        raise DeploymentError(
            message=(
                f"File system {params['name']} ({current['id']}) has {found}. AWS can't change this afterwards, and a"
                " new file system would be empty, so nothing was done. Put the variables back; or copy the data,"
                " delete the file system and run again."
            )
        )
    return change


def plan_absence(name: str, current: Settings | None, keep: bool) -> Change | None:
    """Delete the file system if there is one, or keep it as it is."""
    return Change(FILE_SYSTEM, name, "keep") if current and keep else plan_absent(FILE_SYSTEM, name, current)


def in_place(
    wanted: t.Iterable[t.Mapping[str, t.Any]], current: t.Iterable[Settings], zones: t.Mapping[str, str]
) -> list[Settings]:
    """The wanted mount targets, each in the subnet where its zone has one already; C(zones) are those of subnets.

    A mount target serves all subnets of its zone, and AWS allows no second one there:
    https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html
    """
    by_zone = {each["az"]: each["subnet_id"] for each in current}
    return [{**each, "subnet_id": by_zone.get(zones.get(each["subnet_id"]), each["subnet_id"])} for each in wanted]


def plan_mount_targets(
    wanted: t.Iterable[t.Mapping[str, t.Any]], current: t.Iterable[Settings], purge: bool
) -> list[Change]:
    """One change for each subnet: those to go first, since AWS allows a single mount target in a zone."""
    by_subnet = {mount_target["subnet_id"]: mount_target for mount_target in current}
    desired = {
        each["subnet_id"]: {"subnet_id": each["subnet_id"], "security_group_ids": sorted(each["security_group_ids"])}
        for each in wanted
    }
    extra = [mount_target for subnet, mount_target in by_subnet.items() if subnet not in desired]
    return [plan_absent(MOUNT_TARGET, each["subnet_id"], each) for each in extra if purge] + [
        plan_present(MOUNT_TARGET, subnet, by_subnet.get(subnet), settings) for subnet, settings in desired.items()
    ]


def creation_arguments(params: t.Mapping[str, t.Any]) -> Settings:
    """The arguments of CreateFileSystem."""
    arguments = {
        "CreationToken": params["name"],
        "PerformanceMode": PERFORMANCE_MODE,
        "ThroughputMode": params["throughput_mode"],
        "Encrypted": params["encrypted"],
        "Backup": params["backup"],
    }
    return {**arguments, "KmsKeyId": params["kms_key_id"]} if params["kms_key_id"] else arguments


def expected(change: Change, current: Settings | None) -> Settings:
    """The file system as it will be once the change is made: what only AWS knows is said to be unknown."""
    unknown = dict.fromkeys(("id", "arn", "dns_name", "state"), UNKNOWN)
    return {**(current or {**unknown, "name": change.name, "kms_key": None, "size_bytes": 0}), **change.after}


def expected_mount_targets(changes: t.Iterable[Change], current: t.Iterable[Settings]) -> list[Settings]:
    """The mount targets as they will be."""
    unknown = dict.fromkeys(("id", "az", "state", "ip_address"), UNKNOWN)
    by_subnet = {each["subnet_id"]: each for each in current}
    for change in changes:
        if change.action == "delete":
            del by_subnet[change.name]
        else:
            by_subnet[change.name] = {**by_subnet.get(change.name, unknown), **change.after}
    return list(by_subnet.values())


def is_available(file_system: Settings, mount_targets: t.Sequence[Settings]) -> bool:
    """Whether the file system can be mounted through every one of its mount targets."""
    return all(each["state"] == "available" for each in [file_system, *mount_targets])
