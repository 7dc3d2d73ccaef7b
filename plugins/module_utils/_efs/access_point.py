# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an access point is and is to be. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.errors import DeploymentError
from .._aws.ownership import wanted_tags
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_present

IMMUTABLE = ("path", "uid", "gid", "permissions")


def normalize(access_point: t.Mapping[str, t.Any]) -> Settings:
    """An access point of the API in this collection's terms."""
    user = access_point.get("PosixUser", {})
    root = access_point.get("RootDirectory", {})
    return {
        "id": access_point["AccessPointId"],
        "arn": access_point["AccessPointArn"],
        "name": access_point["ClientToken"],
        "state": access_point["LifeCycleState"],
        "path": root.get("Path", "/"),
        "uid": user.get("Uid"),
        "gid": user.get("Gid"),
        "permissions": root.get("CreationInfo", {}).get("Permissions"),
        "tags": boto3_tag_list_to_ansible_dict(access_point.get("Tags", [])),
    }


def find(access_points: t.Iterable[t.Mapping[str, t.Any]], name: str) -> Settings | None:
    """The access point that was created under C(name) and is not on its way out."""
    for access_point in map(normalize, access_points):
        if access_point["name"] == name and access_point["state"] not in ("deleting", "deleted"):
            return access_point
    return None


def plan(params: t.Mapping[str, t.Any], current: Settings | None) -> Change:
    """Create the access point, or update its tags; anything else about it can't be changed in AWS."""
    desired = {key: params[key] for key in IMMUTABLE}
    desired["tags"] = wanted_tags(current["tags"] if current else {}, params["tags"])
    change = plan_present("access point", params["name"], current, desired)
    stuck = [key for key in change.differences if key in IMMUTABLE] if change.action == "update" else []
    if stuck:
        found = ", ".join(f"{key} {change.before[key]!r} instead of {desired[key]!r}" for key in stuck)
        raise DeploymentError(
            message=(
                f"Access point {params['name']} ({current['id']}) has {found}. AWS can't change this, and a new access"
                " point could show another folder to the gateway, so nothing was done. Put the variables back, or"
                " delete the access point (its files stay on the file system) and run again."
            )
        )
    return change


def creation_arguments(params: t.Mapping[str, t.Any]) -> Settings:
    """The arguments of CreateAccessPoint."""
    return {
        "ClientToken": params["name"],
        "FileSystemId": params["file_system_id"],
        "PosixUser": {"Uid": params["uid"], "Gid": params["gid"]},
        "RootDirectory": {
            "Path": params["path"],
            "CreationInfo": {
                "OwnerUid": params["uid"],
                "OwnerGid": params["gid"],
                "Permissions": params["permissions"],
            },
        },
    }
