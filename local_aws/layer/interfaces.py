"""Network interfaces in EC2: who has one, in which subnet, with which address and security groups."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import ec2

from local_aws.layer.seam import AwsError
from local_aws.layer.seam import now
from local_aws.layer.seam import replace
from local_aws.layer.seam import select
from local_aws.layer.seam import tags_of

# The first four addresses of a subnet and the last one are Amazon's.
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
RESERVED = 4
FILTERS = {
    "network-interface-id": lambda eni: eni["NetworkInterfaceId"],
    "subnet-id": lambda eni: eni["SubnetId"],
    "vpc-id": lambda eni: eni["VpcId"],
    "availability-zone": lambda eni: eni["AvailabilityZone"],
    "group-id": lambda eni: [group["GroupId"] for group in eni["Groups"]],
    "group-name": lambda eni: [group["GroupName"] for group in eni["Groups"]],
    "private-ip-address": lambda eni: eni["PrivateIpAddress"],
    "addresses.private-ip-address": lambda eni: eni["PrivateIpAddress"],
    "description": lambda eni: eni["Description"],
    "interface-type": lambda eni: eni["InterfaceType"],
    "requester-managed": lambda eni: eni.get("RequesterManaged", False),
    "requester-id": lambda eni: eni.get("RequesterId", ""),
    "status": lambda eni: eni["Status"],
    "attachment.instance-id": lambda eni: (eni.get("Attachment") or {}).get("InstanceId", ""),
}


def create(
    subnet_id: str,
    group_ids: list[str],
    description: str,
    *,
    kind: str = "interface",
    requester: str | None = None,
    instance_id: str | None = None,
    address: str | None = None,
) -> dict[str, Any]:
    """Put an interface into a subnet. `requester` is the service that keeps it; with `instance_id` it is attached."""
    subnet = ec2._subnets[subnet_id]
    eni_id = f"eni-{secrets.token_hex(9)[:17]}"
    record = {
        "NetworkInterfaceId": eni_id,
        "SubnetId": subnet_id,
        "VpcId": subnet["VpcId"],
        "AvailabilityZone": subnet["AvailabilityZone"],
        "Description": description,
        "OwnerId": get_account_id(),
        "Status": "in-use" if requester or instance_id else "available",
        "PrivateIpAddress": address or free_address(subnet_id),
        "InterfaceType": kind,
        "RequesterManaged": requester is not None,
        "RequesterId": requester,
        "SourceDestCheck": True,
        "MacAddress": ":".join(["02", *(secrets.token_hex(1) for _ in range(5))]),
        "Groups": groups(group_ids),
        "Attachment": _attachment(instance_id) if instance_id else None,
    }
    ec2._network_interfaces[eni_id] = record
    return record


def _attachment(instance_id: str) -> dict[str, Any]:
    return {
        "AttachmentId": f"eni-attach-{secrets.token_hex(9)[:17]}",
        "InstanceId": instance_id,
        "DeviceIndex": 0,
        "Status": "attached",
        "AttachTime": now(),
    }


def release(eni_id: str) -> None:
    """Take an interface away."""
    ec2._network_interfaces.pop(eni_id, None)


def groups(group_ids: list[str]) -> list[dict[str, str]]:
    """Security groups as an interface names them."""
    return [{"GroupId": group, "GroupName": ec2._security_groups[group]["GroupName"]} for group in group_ids]


def using_group(group_id: str) -> list[str]:
    """The interfaces a security group is on."""
    return [
        eni["NetworkInterfaceId"]
        for eni in ec2._network_interfaces.values()
        if group_id in [group["GroupId"] for group in eni["Groups"]]
    ]


def free_address(subnet_id: str) -> str:
    """The first address of a subnet that no interface and no instance has."""
    used = {eni["PrivateIpAddress"] for eni in ec2._network_interfaces.values() if eni["SubnetId"] == subnet_id}
    used |= {
        instance["PrivateIpAddress"]
        for instance in ec2._instances.values()
        if instance["SubnetId"] == subnet_id and instance["State"]["Name"] != "terminated"
    }
    return first_free(ec2._subnets[subnet_id]["CidrBlock"], used)


def first_free(cidr: str, used: set[str]) -> str:
    """The first address of a block past Amazon's own that is not used."""
    network = ipaddress.ip_network(cidr)
    for number in range(RESERVED, network.num_addresses - 1):
        address = str(network[number])
        if address not in used:
            return address
    raise AwsError(
        "InsufficientFreeAddressesInSubnet", f"The specified subnet does not have enough free addresses: {cidr}"
    )


def require_groups(group_ids: list[str], vpc_id: str, code: str = "InvalidGroup.NotFound") -> None:
    """Refuse security groups that do not exist, or that belong to another VPC."""
    for group_id in group_ids:
        group = ec2._security_groups.get(group_id)
        if group is None:
            raise AwsError(code, f"The security group '{group_id}' does not exist")
        if group["VpcId"] != vpc_id:
            raise AwsError("InvalidParameter", f"Security group {group_id} and subnet belong to different networks.")


def require_subnet(subnet_id: str) -> dict[str, Any]:
    """The subnet, or AWS's refusal."""
    if subnet_id not in ec2._subnets:
        raise AwsError("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")
    return ec2._subnets[subnet_id]


def default_group(vpc_id: str) -> str:
    """The security group that a resource gets when its creator names none."""
    return next(
        group["GroupId"]
        for group in ec2._security_groups.values()
        if group["VpcId"] == vpc_id and group["GroupName"] == "default"
    )


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeNetworkInterfaces."""
    wanted = request.get("NetworkInterfaceIds", [])
    for eni_id in wanted:
        if eni_id not in ec2._network_interfaces:
            raise AwsError("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{eni_id}' does not exist")
    known = [
        _public(eni) for eni in ec2._network_interfaces.values() if not wanted or eni["NetworkInterfaceId"] in wanted
    ]
    return {"NetworkInterfaces": select(request, known, FILTERS)}


def _public(eni: dict[str, Any]) -> dict[str, Any]:
    tags = tags_of(eni["NetworkInterfaceId"])
    address = {"PrivateIpAddress": eni["PrivateIpAddress"], "Primary": True}
    return {**eni, "PrivateIpAddresses": [address], "TagSet": tags, "Tags": tags}


def delete(request: dict[str, Any]) -> dict[str, Any]:
    """DeleteNetworkInterface."""
    eni_id = request["NetworkInterfaceId"]
    eni = ec2._network_interfaces.get(eni_id)
    if eni is None:
        raise AwsError("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{eni_id}' does not exist")
    if eni.get("RequesterManaged"):
        raise AwsError(
            "OperationNotPermitted", f"You do not have permission to access the specified resource: {eni_id}"
        )
    if eni["Status"] == "in-use":
        raise AwsError("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")
    release(eni_id)
    return {}


def install() -> None:
    """Let EC2 answer with filters, and keep what belongs to a service."""
    replace("ec2", DescribeNetworkInterfaces=describe, DeleteNetworkInterface=delete)
