"""Instances: launched only from what exists, with an interface in their subnet and a root volume."""

from __future__ import annotations

import secrets
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import ec2
from ministack.services import ssm

from local_aws.layer import instance_states as states
from local_aws.layer import interfaces
from local_aws.layer import launch_refusals as refusals
from local_aws.layer import templates
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import now
from local_aws.layer.seam import replace
from local_aws.layer.seam import select
from local_aws.layer.seam import tag_on_create
from local_aws.layer.seam import tags_of
from local_aws.layer.ssm import ECS_OPTIMIZED_ARM64

Instance = dict[str, Any]
METADATA = {
    "HttpTokens": "optional",
    "HttpPutResponseHopLimit": 1,
    "HttpEndpoint": "enabled",
    "HttpProtocolIpv6": "disabled",
    "InstanceMetadataTags": "disabled",
}
ROOT_DEVICE = "/dev/xvda"
FILTERS = {
    "instance-id": lambda instance: instance["InstanceId"],
    "instance-state-name": lambda instance: instance["State"]["Name"],
    "instance-state-code": lambda instance: instance["State"]["Code"],
    "instance-type": lambda instance: instance["InstanceType"],
    "image-id": lambda instance: instance["ImageId"],
    "vpc-id": lambda instance: instance["VpcId"],
    "subnet-id": lambda instance: instance["SubnetId"],
    "availability-zone": lambda instance: instance["Placement"]["AvailabilityZone"],
    "private-ip-address": lambda instance: instance["PrivateIpAddress"],
    "instance.group-id": lambda instance: [group["GroupId"] for group in instance["SecurityGroups"]],
    "iam-instance-profile.arn": lambda instance: (instance.get("IamInstanceProfile") or {}).get("Arn", ""),
    "client-token": lambda instance: instance["ClientToken"],
    "reservation-id": lambda instance: instance["_ReservationId"],
}
# What was asked for with a client token, and the instances it became.
_tokens: dict[str, tuple[dict[str, Any], list[str]]] = {}


def run(request: dict[str, Any]) -> dict[str, Any]:
    """RunInstances: the same client token with the same request makes nothing new."""
    refusals.check_parameters(request)
    token = request.get("ClientToken")
    if token in _tokens:
        asked, made = _tokens[token]
        if asked != request:
            raise AwsError(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
            )
        return _reservation([ec2._instances[instance_id] for instance_id in made])
    instances = _launch_all(_with_template(request))
    if token:
        _tokens[token] = (request, [instance["InstanceId"] for instance in instances])
    answer = _reservation(instances)
    for instance in instances:
        states.begin(instance)
    return answer


def _launch_all(request: dict[str, Any]) -> list[Instance]:
    network = (request.get("NetworkInterfaces") or [{}])[0]
    subnet_id = network.get("SubnetId") or request.get("SubnetId") or ec2._DEFAULT_SUBNET_ID
    subnet = interfaces.require_subnet(subnet_id)
    group_ids = network.get("Groups") or request.get("SecurityGroupIds") or [interfaces.default_group(subnet["VpcId"])]
    refusals.require_groups(group_ids, subnet)
    refusals.require_image(request.get("ImageId"))
    refusals.require_type(request.get("InstanceType", "t4g.micro"), subnet["AvailabilityZone"])
    refusals.check_volumes(request.get("BlockDeviceMappings", []))
    profile = refusals.require_profile(request.get("IamInstanceProfile"))
    refusals.require_role(profile)
    reservation = f"r-{secrets.token_hex(9)[:17]}"
    return [_launch(request, number, reservation, subnet, group_ids, profile) for number in range(request["MaxCount"])]


def _reservation(instances: list[Instance]) -> dict[str, Any]:
    return {
        "Instances": [public(instance) for instance in instances],
        "OwnerId": get_account_id(),
        "ReservationId": instances[0]["_ReservationId"],
    }


def _with_template(request: dict[str, Any]) -> dict[str, Any]:
    named = request.get("LaunchTemplate")
    if not named:
        return request
    data = templates.find_version(templates.find(named), named.get("Version"))["LaunchTemplateData"]
    tags = [*data.get("TagSpecifications", []), *request.get("TagSpecifications", [])]
    return {**data, **request, "TagSpecifications": tags}


def _launch(
    request: dict[str, Any], number: int, reservation: str, subnet: dict, group_ids: list[str], profile: Any
) -> Instance:
    instance_id = f"i-{secrets.token_hex(9)[:17]}"
    eni = interfaces.create(subnet["SubnetId"], group_ids, "", instance_id=instance_id)
    volume_id = _root_volume(request, instance_id, subnet["AvailabilityZone"])
    address = eni["PrivateIpAddress"]
    attached = ec2._volumes[volume_id]["Attachments"][0]
    instance = {
        "InstanceId": instance_id,
        "ImageId": request["ImageId"],
        "AmiLaunchIndex": number,
        "LaunchTime": now(),
        "InstanceType": request.get("InstanceType", "t4g.micro"),
        "KeyName": request.get("KeyName"),
        "ClientToken": request.get("ClientToken", ""),
        "State": states.state("pending"),
        "StateTransitionReason": "",
        "SubnetId": subnet["SubnetId"],
        "VpcId": subnet["VpcId"],
        "PrivateIpAddress": address,
        "PrivateDnsName": f"ip-{address.replace('.', '-')}.ec2.internal",
        "PublicIpAddress": "",
        "PublicDnsName": "",
        "SourceDestCheck": True,
        "SecurityGroups": eni["Groups"],
        "Architecture": refusals.ARCHITECTURE,
        "RootDeviceType": "ebs",
        "RootDeviceName": ROOT_DEVICE,
        "Hypervisor": "xen",
        "Virtualization": "hvm",
        "VirtualizationType": "hvm",
        "EbsOptimized": request.get("EbsOptimized", False),
        "Placement": {"AvailabilityZone": subnet["AvailabilityZone"], "Tenancy": "default"},
        "Monitoring": {"State": "disabled"},
        "UserData": request.get("UserData", ""),
        "IamInstanceProfile": profile,
        "BlockDeviceMappings": [
            {
                "DeviceName": ROOT_DEVICE,
                "Ebs": {
                    "VolumeId": volume_id,
                    "Status": "attached",
                    "AttachTime": attached["AttachTime"],
                    "DeleteOnTermination": attached["DeleteOnTermination"],
                },
            }
        ],
        "MetadataOptions": {**METADATA, **_given(request.get("MetadataOptions", {})), "State": "applied"},
        "_InterfaceId": eni["NetworkInterfaceId"],
        "_ReservationId": reservation,
        "_ShutdownBehavior": request.get("InstanceInitiatedShutdownBehavior", "stop"),
        "_Protected": bool(request.get("DisableApiTermination")),
        "_IsContainerHost": request["ImageId"] == ssm._PUBLIC_AMI_PARAMETERS[ECS_OPTIMIZED_ARM64],
    }
    ec2._instances[instance_id] = instance
    tag_on_create(request, "instance", instance_id)
    tag_on_create(request, "network-interface", eni["NetworkInterfaceId"])
    tag_on_create(request, "volume", volume_id)
    return instance


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _root_volume(request: dict[str, Any], instance_id: str, zone: str) -> str:
    """The root volume as the request wants it, or as the image has it."""
    mappings = {mapping["DeviceName"]: mapping.get("Ebs", {}) for mapping in request.get("BlockDeviceMappings", [])}
    wanted = mappings.get(ROOT_DEVICE, {})
    kind = wanted.get("VolumeType", "gp3")
    volume_id = f"vol-{secrets.token_hex(9)[:17]}"
    attachment = {
        "VolumeId": volume_id,
        "InstanceId": instance_id,
        "Device": ROOT_DEVICE,
        "State": "attached",
        "AttachTime": now(),
        "DeleteOnTermination": wanted.get("DeleteOnTermination", True),
    }
    ec2._volumes[volume_id] = {
        "VolumeId": volume_id,
        "Size": wanted.get("VolumeSize", refusals.SMALLEST_ROOT_GIB),
        "AvailabilityZone": zone,
        "State": "in-use",
        "VolumeType": kind,
        "SnapshotId": refusals.SNAPSHOT,
        "Iops": wanted.get("Iops") or (3000 if kind == "gp3" else 100),
        "Encrypted": bool(wanted.get("Encrypted")),
        "CreateTime": now(),
        "Attachments": [attachment],
        "MultiAttachEnabled": False,
        "Throughput": wanted.get("Throughput") or 125,
    }
    return volume_id


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeInstances."""
    wanted = [states.find(instance_id) for instance_id in request.get("InstanceIds", [])]
    known = [public(instance) for instance in wanted or ec2._instances.values()]
    return {
        "Reservations": [
            {
                "ReservationId": instance["_ReservationId"],
                "OwnerId": get_account_id(),
                "Groups": [],
                "Instances": [instance],
            }
            for instance in select(request, known, FILTERS)
        ]
    }


def public(instance: Instance) -> Instance:
    """An instance as it is described: with its tags and its interface, as long as it has one."""
    eni = ec2._network_interfaces.get(instance["_InterfaceId"])
    shown = (
        []
        if eni is None
        else [{**eni, "PrivateIpAddresses": [{"PrivateIpAddress": eni["PrivateIpAddress"], "Primary": True}]}]
    )
    return {**instance, "Tags": tags_of(instance["InstanceId"]), "NetworkInterfaces": shown}


def reset() -> None:
    """Forget the client tokens."""
    _tokens.clear()


def install() -> None:
    """Answer for instances in the emulator's place."""
    replace("ec2", RunInstances=run, DescribeInstances=describe)
    states.install()
