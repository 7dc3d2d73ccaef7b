"""VPC endpoints: they come and go with time, keep groups, policy and private DNS, and refuse what AWS refuses."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import ec2

from local_aws.layer import interfaces
from local_aws.layer.catalog import endpoint_service
from local_aws.layer.catalog import endpoint_services
from local_aws.layer.catalog import private_dns_name
from local_aws.layer.catalog import zones
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import now
from local_aws.layer.seam import replace
from local_aws.layer.seam import select
from local_aws.layer.seam import tag_on_create
from local_aws.layer.seam import tags_of
from local_aws.lifecycle import lifecycle

Endpoint = dict[str, Any]
OPEN_POLICY = {"Statement": [{"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}]}
FILTERS = {
    "vpc-endpoint-id": lambda endpoint: endpoint["VpcEndpointId"],
    "vpc-endpoint-state": lambda endpoint: endpoint["State"],
    "vpc-endpoint-type": lambda endpoint: endpoint["VpcEndpointType"],
    "vpc-id": lambda endpoint: endpoint["VpcId"],
    "service-name": lambda endpoint: endpoint["ServiceName"],
}
SERVICE_FILTERS = {
    "service-name": lambda service: service["ServiceName"],
    "service-type": lambda service: service["ServiceType"][0]["ServiceType"],
    "owner": lambda service: service["Owner"],
}


def create(request: dict[str, Any]) -> dict[str, Any]:
    """CreateVpcEndpoint."""
    vpc_id, service = request["VpcId"], request["ServiceName"]
    if vpc_id not in ec2._vpcs:
        raise AwsError("InvalidVpcId.NotFound", f"The Vpc Id {vpc_id} does not exist")
    kind = request.get("VpcEndpointType", "Gateway")
    _require_type(service, kind)
    endpoint_id = f"vpce-{secrets.token_hex(9)[:17]}"
    endpoint = {
        "VpcEndpointId": endpoint_id,
        "VpcEndpointType": kind,
        "VpcId": vpc_id,
        "ServiceName": service,
        "OwnerId": get_account_id(),
        "CreationTimestamp": now(),
        "RequesterManaged": False,
        "PolicyDocument": _policy(request.get("PolicyDocument")),
        "RouteTableIds": [],
        "SubnetIds": [],
        "Groups": [],
        "NetworkInterfaceIds": [],
        "PrivateDnsEnabled": False,
        "DnsEntries": [],
        "IpAddressType": "ipv4",
        "DnsOptions": {"DnsRecordIpType": "ipv4"},
    }
    if kind == "Gateway":
        _route(endpoint, request.get("RouteTableIds", []))
        step = "endpoint_gateway_create"
    else:
        _make_interface_endpoint(endpoint, request)
        step = "endpoint_interface_create"
    ec2._vpc_endpoints[endpoint_id] = endpoint
    tag_on_create(request, "vpc-endpoint", endpoint_id)
    _become_available(endpoint, step)
    return {"VpcEndpoint": _public(endpoint)}


def _require_type(service: str, kind: str) -> None:
    known = endpoint_service(service)
    if known is None:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    if known[1] != kind:
        raise AwsError(
            "InvalidParameter", f"Endpoint type ({kind}) does not match available service types ([{known[1]}])."
        )


def _make_interface_endpoint(endpoint: Endpoint, request: dict[str, Any]) -> None:
    vpc_id = endpoint["VpcId"]
    subnets = request.get("SubnetIds", [])
    group_ids = request.get("SecurityGroupIds") or [interfaces.default_group(vpc_id)]
    _require_subnets(endpoint, subnets)
    _require_groups(group_ids, vpc_id)
    private_dns = request.get("PrivateDnsEnabled", True)
    if private_dns:
        _require_private_dns(endpoint)
    endpoint["Groups"] = interfaces.groups(group_ids)
    endpoint["PrivateDnsEnabled"] = private_dns
    _add_subnets(endpoint, subnets)
    _name(endpoint)


def modify(request: dict[str, Any]) -> dict[str, Any]:
    """ModifyVpcEndpoint."""
    endpoint = _endpoint(request["VpcEndpointId"])
    more, less = request.get("AddSubnetIds", []), request.get("RemoveSubnetIds", [])
    add_groups, drop_groups = request.get("AddSecurityGroupIds", []), request.get("RemoveSecurityGroupIds", [])
    group_ids = [group["GroupId"] for group in endpoint["Groups"] if group["GroupId"] not in drop_groups]
    group_ids += [group for group in add_groups if group not in group_ids]
    _require_subnets(endpoint, more, leaving=less)
    _require_groups(add_groups, endpoint["VpcId"])
    private_dns = request.get("PrivateDnsEnabled", endpoint["PrivateDnsEnabled"])
    if private_dns and not endpoint["PrivateDnsEnabled"]:
        _require_private_dns(endpoint)
    if request.get("PolicyDocument") or request.get("ResetPolicy"):
        endpoint["PolicyDocument"] = _policy(request.get("PolicyDocument"))
    _unroute(endpoint, request.get("RemoveRouteTableIds", []))
    _route(endpoint, request.get("AddRouteTableIds", []))
    _set_groups(endpoint, group_ids)
    _remove_subnets(endpoint, less)
    _add_subnets(endpoint, more)
    endpoint["PrivateDnsEnabled"] = private_dns
    _name(endpoint)
    if more or less or "PrivateDnsEnabled" in request:
        _become_available(endpoint, "endpoint_modify")
    return {"Return": True}


def delete(request: dict[str, Any]) -> dict[str, Any]:
    """DeleteVpcEndpoints: those that exist go, the others are named."""
    failed = []
    for endpoint_id in request["VpcEndpointIds"]:
        endpoint = ec2._vpc_endpoints.get(endpoint_id)
        if endpoint is None or endpoint["State"] == "deleting":
            message = f"The VpcEndpoint Id '{endpoint_id}' does not exist"
            error = {"Code": "InvalidVpcEndpoint.NotFound", "Message": message}
            failed.append({"ResourceId": endpoint_id, "Error": error})
        else:
            endpoint["State"] = "deleting"
            _unroute(endpoint, endpoint["RouteTableIds"])
            lifecycle.after("endpoint_delete", lambda gone=endpoint: _forget(gone))
    return {"Unsuccessful": failed}


def _forget(endpoint: Endpoint) -> None:
    for eni_id in endpoint["NetworkInterfaceIds"]:
        interfaces.release(eni_id)
    ec2._vpc_endpoints.pop(endpoint["VpcEndpointId"], None)
    ec2._tags.pop(endpoint["VpcEndpointId"], None)


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeVpcEndpoints."""
    wanted = request.get("VpcEndpointIds", [])
    known = [_public(_endpoint(endpoint_id)) for endpoint_id in wanted] or [
        _public(endpoint) for endpoint in ec2._vpc_endpoints.values()
    ]
    return {"VpcEndpoints": select(request, known, FILTERS)}


def describe_services(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeVpcEndpointServices."""
    known = {detail["ServiceName"]: detail for detail in map(_service, endpoint_services())}
    for name in request.get("ServiceNames", []):
        if name not in known:
            raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    wanted = request.get("ServiceNames") or list(known)
    details = select(request, [known[name] for name in wanted], SERVICE_FILTERS)
    return {"ServiceNames": [detail["ServiceName"] for detail in details], "ServiceDetails": details}


def _service(entry: tuple[str, str]) -> dict[str, Any]:
    short, kind = entry
    region = get_region()
    name = f"com.amazonaws.{region}.{short}"
    detail = {
        "ServiceName": name,
        "ServiceId": f"vpce-svc-{hashlib.sha256(name.encode()).hexdigest()[:17]}",
        "ServiceType": [{"ServiceType": kind}],
        "AvailabilityZones": zones(short),
        "Owner": "amazon",
        "BaseEndpointDnsNames": [f"{short}.{region}.vpce.amazonaws.com"],
        "VpcEndpointPolicySupported": True,
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "SupportedIpAddressTypes": ["ipv4"],
        "Tags": [],
    }
    if kind == "Interface":
        dns = private_dns_name(short)
        detail |= {
            "PrivateDnsName": dns,
            "PrivateDnsNames": [{"PrivateDnsName": dns}],
            "PrivateDnsNameVerificationState": "verified",
        }
    return detail


def _public(endpoint: Endpoint) -> Endpoint:
    return {**endpoint, "Tags": tags_of(endpoint["VpcEndpointId"])}


def _endpoint(endpoint_id: str) -> Endpoint:
    if endpoint_id not in ec2._vpc_endpoints:
        raise AwsError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")
    return ec2._vpc_endpoints[endpoint_id]


def _policy(document: str | None) -> str:
    if document is None:
        return json.dumps(OPEN_POLICY)
    try:
        json.loads(document)
    except ValueError:
        raise AwsError("InvalidPolicyDocument", "The policy document is not valid JSON.") from None
    return document


def _become_available(endpoint: Endpoint, step: str) -> None:
    endpoint["State"] = "pending"

    def available() -> None:
        if endpoint["State"] == "pending":
            endpoint["State"] = "available"

    lifecycle.after(step, available)


# Texts of the refusals: docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
# API_CreateVpcEndpoint.html, and as users report them, e.g. github.com/hashicorp/terraform-provider-aws/issues/17535.
def _require_subnets(endpoint: Endpoint, subnet_ids: list[str], leaving: list[str] = ()) -> None:
    short = endpoint["ServiceName"].split(".", 3)[3]
    taken = {ec2._subnets[subnet]["AvailabilityZone"] for subnet in endpoint["SubnetIds"] if subnet not in leaving}
    for subnet_id in subnet_ids:
        subnet = ec2._subnets.get(subnet_id)
        if subnet is None:
            raise AwsError("InvalidSubnetId.NotFound", f"The subnet ID '{subnet_id}' does not exist")
        if subnet["VpcId"] != endpoint["VpcId"]:
            raise AwsError("InvalidParameter", f"Subnet {subnet_id} does not belong to VPC {endpoint['VpcId']}.")
        if subnet["AvailabilityZone"] not in zones(short):
            raise AwsError(
                "InvalidParameter",
                f"The VPC endpoint service {endpoint['ServiceName']} does not support the availability zone "
                f"of the subnet: {subnet_id}.",
            )
        if subnet["AvailabilityZone"] in taken:
            raise AwsError(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnet_id}",
            )
        taken.add(subnet["AvailabilityZone"])


def _require_groups(group_ids: list[str], vpc_id: str) -> None:
    for group_id in group_ids:
        if group_id not in ec2._security_groups:
            raise AwsError("InvalidSecurityGroupID.NotFound", f"The security group '{group_id}' does not exist")
        if ec2._security_groups[group_id]["VpcId"] != vpc_id:
            raise AwsError("InvalidParameter", f"Security group {group_id} does not belong to VPC {vpc_id}.")


def _require_private_dns(endpoint: Endpoint) -> None:
    vpc = ec2._vpcs[endpoint["VpcId"]]
    if not (vpc.get("EnableDnsSupport", True) and vpc.get("EnableDnsHostnames", False)):
        raise AwsError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set "
            f"to true for {endpoint['VpcId']}",
        )
    for other in ec2._vpc_endpoints.values():
        if (
            other is not endpoint
            and other["PrivateDnsEnabled"]
            and (other["VpcId"], other["ServiceName"]) == (endpoint["VpcId"], endpoint["ServiceName"])
        ):
            name = private_dns_name(endpoint["ServiceName"].split(".", 3)[3])
            raise AwsError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{name} in the VPC {endpoint['VpcId']}",
            )


def _add_subnets(endpoint: Endpoint, subnet_ids: list[str]) -> None:
    group_ids = [group["GroupId"] for group in endpoint["Groups"]]
    for subnet_id in subnet_ids:
        eni = interfaces.create(
            subnet_id,
            group_ids,
            f"VPC Endpoint Interface {endpoint['VpcEndpointId']}",
            kind="vpc_endpoint",
            requester="amazon-aws",
        )
        endpoint["SubnetIds"].append(subnet_id)
        endpoint["NetworkInterfaceIds"].append(eni["NetworkInterfaceId"])


def _remove_subnets(endpoint: Endpoint, subnet_ids: list[str]) -> None:
    for eni_id in list(endpoint["NetworkInterfaceIds"]):
        if ec2._network_interfaces[eni_id]["SubnetId"] in subnet_ids:
            interfaces.release(eni_id)
            endpoint["NetworkInterfaceIds"].remove(eni_id)
    endpoint["SubnetIds"] = [subnet for subnet in endpoint["SubnetIds"] if subnet not in subnet_ids]


def _set_groups(endpoint: Endpoint, group_ids: list[str]) -> None:
    if endpoint["VpcEndpointType"] == "Interface" and not group_ids:
        raise AwsError("InvalidParameter", "You must specify at least one security group for an interface endpoint.")
    endpoint["Groups"] = interfaces.groups(group_ids)
    for eni_id in endpoint["NetworkInterfaceIds"]:
        ec2._network_interfaces[eni_id]["Groups"] = endpoint["Groups"]


def _name(endpoint: Endpoint) -> None:
    if endpoint["VpcEndpointType"] == "Gateway":
        return
    short = endpoint["ServiceName"].split(".", 3)[3]
    names = [f"{endpoint['VpcEndpointId']}-local.{short}.{get_region()}.vpce.amazonaws.com"]
    names += [private_dns_name(short)] if endpoint["PrivateDnsEnabled"] else []
    endpoint["DnsEntries"] = [{"DnsName": name, "HostedZoneId": "Z7HUB22UULQXV"} for name in names]


def _prefix_list(endpoint: Endpoint) -> str:
    return ec2._aws_pl_id_from_name(endpoint["ServiceName"])


def _route(endpoint: Endpoint, table_ids: list[str]) -> None:
    prefix_list = _prefix_list(endpoint)
    for table_id in table_ids:
        table = ec2._route_tables.get(table_id)
        if table is None:
            raise AwsError("InvalidRouteTableId.NotFound", f"The routeTable ID '{table_id}' does not exist")
        if any(route.get("DestinationPrefixListId") == prefix_list for route in table["Routes"]):
            raise AwsError(
                "RouteAlreadyExists",
                f"route table {table_id} already has a route with destination-prefix-list-id {prefix_list}",
            )
    for table_id in table_ids:
        ec2._route_tables[table_id]["Routes"].append(
            {
                "DestinationPrefixListId": prefix_list,
                "GatewayId": endpoint["VpcEndpointId"],
                "State": "active",
                "Origin": "CreateRoute",
            }
        )
        endpoint["RouteTableIds"].append(table_id)


def _unroute(endpoint: Endpoint, table_ids: list[str]) -> None:
    for table_id in table_ids:
        table = ec2._route_tables.get(table_id)
        if table:
            table["Routes"] = [r for r in table["Routes"] if r.get("GatewayId") != endpoint["VpcEndpointId"]]
    endpoint["RouteTableIds"] = [table for table in endpoint["RouteTableIds"] if table not in table_ids]


def install() -> None:
    """Answer for endpoints in the emulator's place."""
    replace(
        "ec2",
        CreateVpcEndpoint=create,
        ModifyVpcEndpoint=modify,
        DeleteVpcEndpoints=delete,
        DescribeVpcEndpoints=describe,
        DescribeVpcEndpointServices=describe_services,
    )
