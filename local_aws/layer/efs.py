"""EFS: states that take time, mount targets as network interfaces, tokens that are used once, the refusals of AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from ministack.services import ec2
from ministack.services import efs

from local_aws.layer import iam
from local_aws.layer import interfaces
from local_aws.lifecycle import lifecycle

Record = dict[str, Any]
_create_file_system = efs._create_file_system
_create_mount_target = efs._create_mount_target
_create_access_point = efs._create_access_point
_modify_groups = efs._modify_mount_target_security_groups
_describe_access_points = efs._describe_access_points
_handle_request = efs.handle_request
_fs_response = efs._fs_response
MAX_GROUPS = 5


# Texts: docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html and the pages of the other actions.
def create_file_system(body: Record) -> tuple:
    """CreateFileSystem: a creation token makes one file system, and AWS says so the second time."""
    token = body.get("CreationToken")
    for other in efs._file_systems.values():
        if other["CreationToken"] == token:
            message = f"File system '{other['FileSystemId']}' already exists with creation token '{token}'"
            return _error(409, "FileSystemAlreadyExists", message, FileSystemId=other["FileSystemId"])
    iam.ensure("elasticfilesystem.amazonaws.com")
    status, headers, answer = _create_file_system(body)
    record = efs._file_systems[json.loads(answer)["FileSystemId"]]
    if record["Encrypted"] and not record["KmsKeyId"]:
        record["KmsKeyId"] = f"arn:aws:kms:{efs.get_region()}:{efs.get_account_id()}:key/aws-elasticfilesystem"
    record["Tags"] = [dict(tag) for tag in body.get("Tags", [])]
    if body.get("Backup") or (body.get("AvailabilityZoneName") and "Backup" not in body):
        efs._backup_policies[record["FileSystemId"]] = {"Status": "ENABLED"}
    _begin(record, "file_system_create")
    return efs._json(201, efs._fs_response(record))


def delete_file_system(fs_id: str) -> tuple:
    """DeleteFileSystem: refused while mount targets or access points are there; takes a moment."""
    record = efs._file_systems.get(fs_id)
    if record is None or record["LifeCycleState"] == "deleting":
        return _error(404, "FileSystemNotFound", f"File system '{fs_id}' does not exist.")
    targets = [target for target in efs._mount_targets.values() if target["FileSystemId"] == fs_id]
    if targets:
        return _error(
            409,
            "FileSystemInUse",
            f"file system '{fs_id}' still has mount targets: {', '.join(t['MountTargetId'] for t in targets)}",
        )
    record["LifeCycleState"] = "deleting"
    lifecycle.after("file_system_delete", lambda: _forget_file_system(fs_id))
    return efs._json(204, {})


def _forget_file_system(fs_id: str) -> None:
    efs._file_systems.pop(fs_id, None)
    efs._backup_policies.pop(fs_id, None)
    for point_id in [key for key, point in efs._access_points.items() if point["FileSystemId"] == fs_id]:
        efs._access_points.pop(point_id)


def create_mount_target(body: Record) -> tuple:
    """CreateMountTarget: an interface in the subnet that is usable after a while."""
    if len(body.get("SecurityGroups") or []) > MAX_GROUPS:
        return _error(400, "SecurityGroupLimitExceeded", "You have exceeded the limit of security groups per target.")
    subnet_id = body.get("SubnetId", "")
    if subnet_id in ec2._subnets and not body.get("IpAddress"):
        body = {**body, "IpAddress": interfaces.free_address(subnet_id)}
    status, headers, answer = _create_mount_target(body)
    if status >= 300:
        return status, headers, answer
    record = efs._mount_targets[json.loads(answer)["MountTargetId"]]
    eni = interfaces.create(
        record["SubnetId"],
        record["SecurityGroups"],
        f"EFS mount target for {record['FileSystemId']} ({record['MountTargetId']})",
        kind="efs",
        requester="amazon-elasticfilesystem",
        address=record["IpAddress"],
    )
    record["NetworkInterfaceId"] = eni["NetworkInterfaceId"]
    _begin(record, "mount_target_create")
    return efs._json(200, efs._mt_response(record))


def delete_mount_target(target_id: str) -> tuple:
    """DeleteMountTarget: the interface, and with it the hold on its groups, goes after a while."""
    record = efs._mount_targets.get(target_id)
    if record is None or record["LifeCycleState"] == "deleting":
        return _error(404, "MountTargetNotFound", f"Mount target '{target_id}' does not exist.")
    record["LifeCycleState"] = "deleting"
    lifecycle.after("mount_target_delete", lambda: _forget_mount_target(record))
    return efs._json(204, {})


def _forget_mount_target(record: Record) -> None:
    interfaces.release(record["NetworkInterfaceId"])
    efs._mount_targets.pop(record["MountTargetId"], None)
    file_system = efs._file_systems.get(record["FileSystemId"])
    if file_system:
        file_system["NumberOfMountTargets"] -= 1


def modify_groups(target_id: str, body: Record) -> tuple:
    """ModifyMountTargetSecurityGroups: the interface follows; only a usable mount target can be changed."""
    record = efs._mount_targets.get(target_id)
    if record and record["LifeCycleState"] != "available":
        return _error(409, "IncorrectMountTargetState", f"Mount target '{target_id}' is not in the available state.")
    answer = _modify_groups(target_id, body)
    if answer[0] < 300:
        ec2._network_interfaces[record["NetworkInterfaceId"]]["Groups"] = interfaces.groups(record["SecurityGroups"])
    return answer


def describe_mount_targets(query: dict[str, str]) -> tuple:
    """DescribeMountTargets: by file system, mount target or access point; one of them must be named."""
    fs_id, target_id, point_id = (query.get(name) for name in ("FileSystemId", "MountTargetId", "AccessPointId"))
    if not (fs_id or target_id or point_id):
        return _error(400, "BadRequest", "One of FileSystemId, MountTargetId or AccessPointId must be specified.")
    if target_id and target_id not in efs._mount_targets:
        return _error(404, "MountTargetNotFound", f"Mount target '{target_id}' does not exist.")
    if point_id:
        if point_id not in efs._access_points:
            return _error(404, "AccessPointNotFound", f"Access point '{point_id}' does not exist.")
        fs_id = efs._access_points[point_id]["FileSystemId"]
    if fs_id and fs_id not in efs._file_systems:
        return _error(404, "FileSystemNotFound", f"File system '{fs_id}' does not exist.")
    found = [
        efs._mt_response(target)
        for target in efs._mount_targets.values()
        if target["MountTargetId"] == target_id or target["FileSystemId"] == fs_id
    ]
    return efs._json(200, {"MountTargets": found})


def create_access_point(body: Record) -> tuple:
    """CreateAccessPoint: its client token, and with it the access point, exists once."""
    file_system = efs._file_systems.get(body.get("FileSystemId"))
    token = body.get("ClientToken")
    for other in efs._access_points.values():
        if other["ClientToken"] == token:
            return _error(
                409,
                "AccessPointAlreadyExists",
                f"Access point '{other['AccessPointId']}' already exists with client token '{token}'",
                AccessPointId=other["AccessPointId"],
            )
    if file_system and file_system["LifeCycleState"] != "available":
        return _error(
            409,
            "IncorrectFileSystemLifeCycleState",
            f"File system '{file_system['FileSystemId']}' is not in the available state.",
        )
    status, headers, answer = _create_access_point(body)
    if status >= 300:
        return status, headers, answer
    record = efs._access_points[json.loads(answer)["AccessPointId"]]
    record["Tags"] = [dict(tag) for tag in body.get("Tags", [])]
    record["RootDirectory"] = {"Path": "/", **body.get("RootDirectory", {})}
    if not body.get("PosixUser"):
        record.pop("PosixUser", None)
    _begin(record, "access_point_create")
    return efs._json(200, record)


def describe_access_points(query: dict[str, str]) -> tuple:
    """DescribeAccessPoints: what is asked for by id must exist."""
    point_id, fs_id = query.get("AccessPointId"), query.get("FileSystemId")
    if point_id and point_id not in efs._access_points:
        return _error(404, "AccessPointNotFound", f"Access point '{point_id}' does not exist.")
    if fs_id and fs_id not in efs._file_systems:
        return _error(404, "FileSystemNotFound", f"File system '{fs_id}' does not exist.")
    status, headers, answer = _describe_access_points(query)
    return efs._json(status, {"AccessPoints": [_named(point) for point in json.loads(answer)["AccessPoints"]]})


def delete_access_point(point_id: str) -> tuple:
    """DeleteAccessPoint: takes a moment."""
    record = efs._access_points.get(point_id)
    if record is None or record["LifeCycleState"] == "deleting":
        return _error(404, "AccessPointNotFound", f"Access point '{point_id}' does not exist.")
    record["LifeCycleState"] = "deleting"
    lifecycle.after("access_point_delete", lambda: efs._access_points.pop(point_id, None))
    return efs._json(204, {})


async def handle_request(method: str, path: str, headers: dict, body: bytes, query: dict) -> tuple:
    """The tag actions of old, which community.aws.efs calls; everything else as the emulator does it."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if len(parts) == 3 and parts[1] in ("tags", "create-tags", "delete-tags"):
        fs_id = parts[2]
        if fs_id not in efs._file_systems:
            return _error(404, "FileSystemNotFound", f"File system '{fs_id}' does not exist.")
        request = json.loads(body) if body else {}
        if parts[1] == "create-tags":
            efs._tag_resource(fs_id, request)
        elif parts[1] == "delete-tags":
            efs._untag_resource(fs_id, request["TagKeys"])
        else:
            return efs._json(200, {"Tags": efs._file_systems[fs_id]["Tags"]})
        return efs._json(204, {})
    if method == "DELETE" and "resource-tags" in parts:
        keys = query.get("tagKeys", [])
        return efs._untag_resource("/".join(parts[2:]), keys if isinstance(keys, list) else [keys])
    return await _handle_request(method, path, headers, body, query)


def when_available(function: Callable[..., tuple]) -> Callable[..., tuple]:
    """An action on a file system that AWS refuses until the file system is available."""

    def answer(fs_id: str, body: Record) -> tuple:
        record = efs._file_systems.get(fs_id)
        if record and record["LifeCycleState"] != "available":
            return _error(
                409, "IncorrectFileSystemLifeCycleState", f"File system '{fs_id}' is not in the available state."
            )
        return function(fs_id, body)

    return answer


def _named(record: Record) -> Record:
    return {**record, "Name": next((tag["Value"] for tag in record["Tags"] if tag["Key"] == "Name"), "")}


def _begin(record: Record, step: str) -> None:
    record["LifeCycleState"] = "creating"

    def available() -> None:
        if record["LifeCycleState"] == "creating":
            record["LifeCycleState"] = "available"

    lifecycle.after(step, available)


def _error(status: int, code: str, message: str, **more: str) -> tuple:
    body = json.dumps({"ErrorCode": code, "Message": message, **more}).encode()
    return status, {"Content-Type": "application/json", "x-amzn-errortype": code}, body


def install() -> None:
    """Put these in the place of the emulator's functions, which it looks up by name for every request."""
    efs._create_file_system = create_file_system
    efs._delete_file_system = delete_file_system
    efs._create_mount_target = create_mount_target
    efs._delete_mount_target = delete_mount_target
    efs._describe_mount_targets = describe_mount_targets
    efs._modify_mount_target_security_groups = modify_groups
    efs._create_access_point = create_access_point
    efs._describe_access_points = describe_access_points
    efs._delete_access_point = delete_access_point
    for name in ("_put_file_system_policy", "_put_backup_policy", "_update_file_system"):
        setattr(efs, name, when_available(getattr(efs, name)))
    efs._fs_response = lambda record: _named(_fs_response(record))
    efs.handle_request = handle_request
