# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a launch template is and is to be: how a host is started. Pure. Private to the collection."""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.ownership import wanted_tags
from .._aws.plan import UNKNOWN
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_present

RESOURCE = "launch template"
# The root device of the ECS-optimized and of the standard Amazon Linux 2023 AMIs.
ROOT_DEVICE = "/dev/xvda"
# What the group does not tag: it tags its instances.
TAGGED = ("volume", "network-interface")

# How every host is started, whatever the parameters say.
FIXED = {
    "tokens": "required",
    "hop_limit": 1,
    "public_ip": False,
    "encrypted": True,
    "root_device": ROOT_DEVICE,
    "other_settings": [],
}
KNOWN = (
    "BlockDeviceMappings",
    "IamInstanceProfile",
    "ImageId",
    "InstanceType",
    "MetadataOptions",
    "NetworkInterfaces",
    "TagSpecifications",
    "UserData",
)


def normalize(data: t.Mapping[str, t.Any]) -> Settings:
    """The data of a launch template version in this collection's terms."""
    volume = next(iter(data.get("BlockDeviceMappings", [])), {})
    interface = next(iter(data.get("NetworkInterfaces", [])), {})
    metadata = data.get("MetadataOptions", {})
    tagged = {each["ResourceType"]: each["Tags"] for each in data.get("TagSpecifications", [])}
    return {
        "image_id": data.get("ImageId"),
        "instance_type": data.get("InstanceType"),
        "instance_profile_arn": data.get("IamInstanceProfile", {}).get("Arn"),
        "user_data": base64.b64decode(data.get("UserData", "")).decode(errors="replace"),
        "security_group_ids": sorted(interface.get("Groups", [])),
        "public_ip": interface.get("AssociatePublicIpAddress"),
        "root_device": volume.get("DeviceName"),
        "volume_size": volume.get("Ebs", {}).get("VolumeSize"),
        "volume_type": volume.get("Ebs", {}).get("VolumeType"),
        "encrypted": volume.get("Ebs", {}).get("Encrypted"),
        "tokens": metadata.get("HttpTokens"),
        "hop_limit": metadata.get("HttpPutResponseHopLimit"),
        "host_tags": {name: boto3_tag_list_to_ansible_dict(tags) for name, tags in tagged.items()},
        "other_settings": sorted(set(data) - set(KNOWN)),
    }


def desired(params: t.Mapping[str, t.Any], image_id: str) -> Settings:
    """The settings that the parameters ask for."""
    return {
        **FIXED,
        "image_id": image_id,
        "instance_type": params["instance_type"],
        "instance_profile_arn": params["instance_profile_arn"],
        "user_data": params["user_data"],
        "security_group_ids": sorted(params["security_group_ids"]),
        "volume_size": params["volume_size"],
        "volume_type": params["volume_type"],
        "host_tags": dict.fromkeys(TAGGED, dict(params["tags"])),
    }


def launch_template_data(settings: Settings) -> Settings:
    """The settings as C(LaunchTemplateData) of the API."""
    return {
        "ImageId": settings["image_id"],
        "InstanceType": settings["instance_type"],
        "IamInstanceProfile": {"Arn": settings["instance_profile_arn"]},
        "UserData": base64.b64encode(settings["user_data"].encode()).decode(),
        "NetworkInterfaces": [
            {
                "DeviceIndex": 0,
                "AssociatePublicIpAddress": settings["public_ip"],
                "DeleteOnTermination": True,
                "Groups": settings["security_group_ids"],
            }
        ],
        "BlockDeviceMappings": [
            {
                "DeviceName": settings["root_device"],
                "Ebs": {
                    "DeleteOnTermination": True,
                    "Encrypted": settings["encrypted"],
                    "VolumeSize": settings["volume_size"],
                    "VolumeType": settings["volume_type"],
                },
            }
        ],
        "MetadataOptions": {
            "HttpEndpoint": "enabled",
            "HttpTokens": settings["tokens"],
            "HttpPutResponseHopLimit": settings["hop_limit"],
        },
        "TagSpecifications": [
            {"ResourceType": name, "Tags": ansible_dict_to_boto3_tag_list(tags)}
            for name, tags in settings["host_tags"].items()
        ],
    }


def current_settings(template: t.Mapping[str, t.Any] | None, version: t.Mapping[str, t.Any] | None) -> Settings | None:
    """A launch template and the version that counts, in this collection's terms."""
    if template is None or version is None:
        return None
    return {
        **normalize(version["LaunchTemplateData"]),
        "tags": boto3_tag_list_to_ansible_dict(template.get("Tags", [])),
        "id": template["LaunchTemplateId"],
        "version": str(version["VersionNumber"]),
    }


def plan(params: t.Mapping[str, t.Any], image_id: str, current: Settings | None) -> Change:
    """Create the template, or say what differs."""
    tags = wanted_tags(current["tags"] if current else {}, params["tags"])
    return plan_present(RESOURCE, params["name"], current, {**desired(params, image_id), "tags": tags})


def needs_version(change: Change) -> bool:
    """Whether a new version has to be made; the template's own tags are changed without."""
    return change.action == "create" or bool(set(change.differences) - {"tags"})


def creation_arguments(change: Change) -> Settings:
    """The arguments of CreateLaunchTemplate."""
    tags = ansible_dict_to_boto3_tag_list(change.after["tags"])
    return {
        "LaunchTemplateName": change.name,
        "LaunchTemplateData": launch_template_data(change.after),
        "TagSpecifications": [{"ResourceType": "launch-template", "Tags": tags}],
    }


def identity(change: Change, current: Settings | None) -> dict[str, str]:
    """ID and version of the template after the change, as far as they are known before it."""
    return {
        "id": current["id"] if current else UNKNOWN,
        "version": UNKNOWN if needs_version(change) else current["version"],
    }
