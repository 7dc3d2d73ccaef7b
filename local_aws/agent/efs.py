"""Whether AWS lets somebody mount a file system, and which folder here is behind it: for tasks and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from enum import auto
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_aws.agent import aws
from local_aws.agent import network
from local_aws.reach import NFS
from local_aws.reach import Interface
from local_aws.reach import reach_interface
from local_aws.sandbox import Folder
from local_aws.settings import ACCOUNT
from local_aws.settings import REGION

MOUNT, WRITE = "elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"


class Refusal(Enum):
    """Where a mount ends: the name does not resolve, nothing answers, or the server says no."""

    NO_NAME = auto()
    NO_ANSWER = auto()
    DENIED = auto()


class MountError(Exception):
    """A mount that AWS refuses."""

    def __init__(self, refusal: Refusal) -> None:
        """Take where it ended."""
        super().__init__(refusal.name)
        self.refusal = refusal


@dataclass(frozen=True)
class Client:
    """Who mounts: its interface, its zone, and the role it shows (None without IAM)."""

    interface: Interface
    zone: str
    role: str | None
    tls: bool


@dataclass(frozen=True)
class Volume:
    """What is mounted: a folder on this machine, whether it may be written, and the user an access point enforces."""

    folder: Folder
    may_write: bool
    user: tuple[int, int] | None = None


def dns_name(system: str) -> str:
    """The name of a file system's mount targets."""
    return f"{system}.efs.{REGION}.amazonaws.com"


def open_volume(system: str, point_id: str | None, path: str, client: Client, root: Path) -> Volume:
    """The folder of a file system below `root`, or of its access point, if the client may mount it."""
    target = _mount_target(system, client.zone)
    around = network.snapshot(client.interface)
    if target is None or client.interface.vpc in around.vpcs_without_dns:
        raise MountError(Refusal.NO_NAME)
    there = around.interfaces.get(target["NetworkInterfaceId"])
    if (
        target["LifeCycleState"] != "available"
        or there is None
        or not reach_interface(client.interface, there, around, NFS)
    ):
        raise MountError(Refusal.NO_ANSWER)
    point = _access_point(point_id, system)
    denied = _denied(system, point, client)
    if MOUNT in denied or (point_id and point is None):
        raise MountError(Refusal.DENIED)
    may_write = WRITE not in denied
    if point is None:
        return Volume(Folder(str(root / system / path.lstrip("/"))), may_write)
    directory, user = point["RootDirectory"], point.get("PosixUser")
    owner = directory.get("CreationInfo", {})
    folder = Folder(
        str(root / system / directory["Path"].lstrip("/")),
        int(owner.get("OwnerUid", 0)),
        int(owner.get("OwnerGid", 0)),
        int(owner.get("Permissions", "755"), 8),
    )
    return Volume(folder, may_write, (int(user["Uid"]), int(user["Gid"])) if user else None)


def _mount_target(system: str, zone: str) -> dict[str, Any] | None:
    try:
        targets = aws.root("efs").describe_mount_targets(FileSystemId=system)["MountTargets"]
    except ClientError:
        return None
    return next((target for target in targets if target["AvailabilityZoneName"] == zone), None)


def _access_point(number: str | None, system: str) -> dict[str, Any] | None:
    if number is None:
        return None
    points = aws.root("efs").describe_access_points(FileSystemId=system)["AccessPoints"]
    return next(
        (point for point in points if point["AccessPointId"] == number and point["LifeCycleState"] == "available"), None
    )


def _denied(system: str, point: dict[str, Any] | None, client: Client) -> list[str]:
    context = {"elasticfilesystem:AccessedViaMountTarget": "true"}
    if point:
        context["elasticfilesystem:AccessPointArn"] = point["AccessPointArn"]
    return aws.ecs(
        "LocalAllowed",
        Role=client.role,
        Actions=[MOUNT, WRITE],
        FileSystem=system,
        Context=context,
        Resource=f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/{system}",
        SecureTransport=client.tls,
    )["denied"]
