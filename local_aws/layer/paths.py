"""What lies on the way of traffic: network ACLs of subnets, NAT gateways that fail, routes to what is gone."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any

from ministack.services import ec2

from local_aws.layer.seam import MODULES
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import guard
from local_aws.layer.seam import replace
from local_aws.layer.seam import select
from local_aws.layer.seam import tags_of

# Every network ACL ends with it: https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
LAST = {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}
WITH_PORTS = ("6", "17")
ACL_FILTERS = {
    "vpc-id": lambda acl: acl["VpcId"],
    "network-acl-id": lambda acl: acl["NetworkAclId"],
    "default": lambda acl: acl["IsDefault"],
    "association.subnet-id": lambda acl: [each["SubnetId"] for each in acl["Associations"]],
}
NAT_FILTERS = {
    "vpc-id": lambda nat: nat["VpcId"],
    "subnet-id": lambda nat: nat["SubnetId"],
    "nat-gateway-id": lambda nat: nat["NatGatewayId"],
    "state": lambda nat: nat["State"],
}

# By subnet the id of its association and the network ACL; a subnet that is not in it has the VPC's default one.
_associations: dict[str, tuple[str, str]] = {}


def reset() -> None:
    """Forget all associations."""
    _associations.clear()


def describe_acls(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeNetworkAcls."""
    for acl_id in request.get("NetworkAclIds", []):
        _acl(acl_id)
    known = [_public(acl) for acl in ec2._network_acls.values()]
    wanted = request.get("NetworkAclIds") or [acl["NetworkAclId"] for acl in known]
    return {"NetworkAcls": select(request, [acl for acl in known if acl["NetworkAclId"] in wanted], ACL_FILTERS)}


def create_entry(request: dict[str, Any]) -> dict[str, Any]:
    """CreateNetworkAclEntry."""
    entries = _acl(request["NetworkAclId"])["Entries"]
    if _same(entries, request):
        raise AwsError(
            "NetworkAclEntryAlreadyExists",
            f"The network acl entry identified by {request['RuleNumber']} already exists.",
        )
    entries.append(_entry(request))
    return {}


def replace_entry(request: dict[str, Any]) -> dict[str, Any]:
    """ReplaceNetworkAclEntry."""
    entries = _acl(request["NetworkAclId"])["Entries"]
    found = _same(entries, request)
    if not found:
        raise AwsError(
            "InvalidNetworkAclEntry.NotFound",
            f"The network acl entry identified by {request['RuleNumber']} does not exist.",
        )
    entries[entries.index(found[0])] = _entry(request)
    return {}


def replace_association(request: dict[str, Any]) -> dict[str, Any]:
    """ReplaceNetworkAclAssociation."""
    acl, wanted = _acl(request["NetworkAclId"]), request["AssociationId"]
    for subnet_id in ec2._subnets:
        if _association(subnet_id)[0] == wanted:
            _associations[subnet_id] = (f"aclassoc-{secrets.token_hex(9)[:17]}", acl["NetworkAclId"])
            return {"NewAssociationId": _associations[subnet_id][0]}
    raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{wanted}' does not exist")


def describe_nat_gateways(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeNatGateways; this call names its filters `Filter`."""
    wanted = request.get("NatGatewayIds") or list(ec2._nat_gateways)
    for nat_id in wanted:
        if nat_id not in ec2._nat_gateways:
            raise AwsError("NatGatewayNotFound", f"The Nat Gateway {nat_id} was not found")
    fields = ("NatGatewayId", "SubnetId", "VpcId", "State", "ConnectivityType", "FailureCode", "FailureMessage")
    known = [
        {**{key: nat[key] for key in fields if nat.get(key)}, "Tags": tags_of(nat_id)}
        for nat_id, nat in ec2._nat_gateways.items()
        if nat_id in wanted
    ]
    return {"NatGateways": select({"Filters": request.get("Filter", [])}, known, NAT_FILTERS)}


def fail_without_internet_gateway() -> None:
    """A public NAT gateway in a VPC that has no internet gateway fails a moment after it was made.

    Code and text: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html
    """
    open_vpcs = {each["VpcId"] for gateway in ec2._internet_gateways.values() for each in gateway["Attachments"]}
    for nat in ec2._nat_gateways.values():
        if nat["State"] == "available" and nat["ConnectivityType"] == "public" and nat["VpcId"] not in open_vpcs:
            nat["State"] = "failed"
            nat["FailureCode"] = "Gateway.NotAttached"
            nat["FailureMessage"] = f"Network {nat['VpcId']} has no Internet gateway attached"


def note_free_addresses(_request: dict[str, Any]) -> None:
    """AWS keeps five addresses of a subnet, and each network interface takes one.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    for subnet in ec2._subnets.values():
        size = ipaddress.IPv4Network(subnet["CidrBlock"]).num_addresses
        taken = [eni for eni in ec2._network_interfaces.values() if eni["SubnetId"] == subnet["SubnetId"]]
        subnet["AvailableIpAddressCount"] = size - 5 - len(taken)


def note_blackholes(_request: dict[str, Any]) -> None:
    """Routes to a NAT gateway that was deleted stay, and lead nowhere."""
    for table in ec2._route_tables.values():
        for route in table["Routes"]:
            nat = ec2._nat_gateways.get(route.get("NatGatewayId", ""))
            if nat:
                route["State"] = "blackhole" if nat["State"] == "deleted" else "active"


def _public(acl: dict[str, Any]) -> dict[str, Any]:
    associations = [
        {"NetworkAclAssociationId": number, "NetworkAclId": acl["NetworkAclId"], "SubnetId": subnet_id}
        for subnet_id, (number, acl_id) in ((each, _association(each)) for each in list(ec2._subnets))
        if acl_id == acl["NetworkAclId"]
    ]
    own = [entry for entry in acl["Entries"] if entry["RuleNumber"] != LAST["RuleNumber"]]
    last = [{**LAST, "Egress": egress} for egress in (False, True)]
    return {**acl, "Entries": own + last, "Associations": associations, "Tags": tags_of(acl["NetworkAclId"])}


def _association(subnet_id: str) -> tuple[str, str]:
    if subnet_id not in _associations:
        vpc_id = ec2._subnets[subnet_id]["VpcId"]
        default = next(acl for acl in ec2._network_acls.values() if acl["VpcId"] == vpc_id and acl["IsDefault"])
        _associations[subnet_id] = (f"aclassoc-{secrets.token_hex(9)[:17]}", default["NetworkAclId"])
    return _associations[subnet_id]


def _acl(acl_id: str) -> dict[str, Any]:
    if acl_id not in ec2._network_acls:
        raise AwsError("InvalidNetworkAclID.NotFound", f"The networkAcl ID '{acl_id}' does not exist")
    return ec2._network_acls[acl_id]


def _same(entries: list[dict[str, Any]], request: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = (request["RuleNumber"], request["Egress"])
    return [entry for entry in entries if (entry["RuleNumber"], entry["Egress"]) == wanted]


def _entry(request: dict[str, Any]) -> dict[str, Any]:
    if request["Protocol"] in WITH_PORTS and "PortRange" not in request:
        raise AwsError("MissingParameter", "The request must contain the parameter PortRange")
    return {key: value for key, value in request.items() if key not in ("NetworkAclId", "DryRun")}


def install() -> None:
    """Answer the calls about network ACLs and NAT gateways, and keep routes as they are."""
    replace(
        "ec2",
        DescribeNetworkAcls=describe_acls,
        CreateNetworkAclEntry=create_entry,
        ReplaceNetworkAclEntry=replace_entry,
        ReplaceNetworkAclAssociation=replace_association,
        DescribeNatGateways=describe_nat_gateways,
    )
    guard("ec2", "DescribeSubnets", note_free_addresses)
    guard("ec2", "DescribeRouteTables", note_blackholes)
    made = MODULES["ec2"]._ACTION_MAP["CreateNatGateway"]

    def create_nat_gateway(params: dict[str, Any]) -> tuple:
        answer = made(params)
        fail_without_internet_gateway()
        return answer

    MODULES["ec2"]._ACTION_MAP["CreateNatGateway"] = create_nat_gateway
