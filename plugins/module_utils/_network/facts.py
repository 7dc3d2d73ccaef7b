# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a VPC is, in this collection's terms. Pure. Private to the collection."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

Facts = dict[str, t.Any]

EVERYWHERE = "0.0.0.0/0"
HTTPS = 443
ALL_PORTS = [0, 65535]


def service_name(region: str, service: str) -> str:
    """The full name of an endpoint service."""
    return f"com.amazonaws.{region}.{service}"


def short_service(region: str, name: str) -> str:
    """The name of an endpoint service without what all services of the region begin with."""
    return name.removeprefix(service_name(region, ""))


def normalize_vpc(vpc: Facts) -> Facts:
    """A VPC of the API."""
    cidrs = [
        association["CidrBlock"]
        for association in vpc.get("CidrBlockAssociationSet", [])
        if association["CidrBlockState"]["State"] == "associated"
    ]
    name = boto3_tag_list_to_ansible_dict(vpc.get("Tags", [])).get("Name", "")
    return {"id": vpc["VpcId"], "name": name, "cidr_blocks": cidrs or [vpc["CidrBlock"]]}


def matching_vpcs(vpcs: list[Facts], wanted: str) -> list[Facts]:
    """The VPCs of this ID or name, in the order of their IDs."""
    return sorted((vpc for vpc in vpcs if wanted in (vpc["id"], vpc["name"])), key=lambda vpc: vpc["id"])


def default_route(route_table: Facts) -> str:
    """Where a route table sends what is not for the VPC: none, nat, internet, transit or other."""
    for route in route_table.get("Routes", []):
        if route.get("DestinationCidrBlock") != EVERYWHERE or route.get("State") == "blackhole":
            continue
        if "NatGatewayId" in route:
            return "nat"
        if "TransitGatewayId" in route:
            return "transit"
        return "internet" if route.get("GatewayId", "").startswith("igw-") else "other"
    return "none"


# The members of a route that name its target: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
ROUTE_TARGETS = (
    "NatGatewayId",
    "TransitGatewayId",
    "GatewayId",
    "VpcPeeringConnectionId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
)


def normalize_routes(route_table: Facts) -> list[Facts]:
    """The IPv4 routes of a route table."""
    return [
        {
            "cidr": route["DestinationCidrBlock"],
            "target": next((route[key] for key in ROUTE_TARGETS if route.get(key)), ""),
            "blackhole": route.get("State") == "blackhole",
        }
        for route in route_table.get("Routes", [])
        if "DestinationCidrBlock" in route
    ]


def normalize_network_acls(acls: t.Sequence[Facts]) -> dict[str, Facts]:
    """For each subnet its network ACL, with the rules for IPv4."""
    found = {}
    for acl in acls:
        rules = [
            {
                "number": entry["RuleNumber"],
                "egress": entry["Egress"],
                "allow": entry["RuleAction"] == "allow",
                "protocol": entry["Protocol"],
                "cidr": entry["CidrBlock"],
                "ports": [entry["PortRange"]["From"], entry["PortRange"]["To"]] if "PortRange" in entry else ALL_PORTS,
            }
            for entry in acl["Entries"]
            if "CidrBlock" in entry
        ]
        for association in acl["Associations"]:
            found[association["SubnetId"]] = {"id": acl["NetworkAclId"], "rules": rules}
    return found


def normalize_nat_gateway(gateway: Facts) -> Facts:
    """A NAT gateway of the API."""
    return {
        "id": gateway["NatGatewayId"],
        "state": gateway["State"],
        "subnet_id": gateway.get("SubnetId", ""),
        "public": gateway.get("ConnectivityType", "public") == "public",
        "failure": gateway.get("FailureMessage", ""),
    }


def _route_tables_by_subnet(route_tables: list[Facts]) -> tuple[dict[str, Facts], Facts]:
    explicit, main = {}, {}
    for route_table in route_tables:
        for association in route_table.get("Associations", []):
            if association.get("Main"):
                main = route_table
            elif "SubnetId" in association:
                explicit[association["SubnetId"]] = route_table
    return explicit, main


def normalize_subnets(subnets: list[Facts], route_tables: list[Facts], acls: t.Sequence[Facts] = ()) -> list[Facts]:
    """The subnets of the API with their network ACL and route table: the one associated, else the VPC's main one.

    Those without IPv4 addresses are left out: a host, a gateway and a mount target there would not reach each other.
    """
    explicit, main = _route_tables_by_subnet(route_tables)
    acl_of = normalize_network_acls(acls)
    found = []
    with_ipv4 = [subnet for subnet in subnets if not subnet.get("Ipv6Native")]
    for subnet in sorted(with_ipv4, key=lambda each: (each["AvailabilityZone"], each["SubnetId"])):
        route_table = explicit.get(subnet["SubnetId"], main)
        found.append(
            {
                "id": subnet["SubnetId"],
                "name": boto3_tag_list_to_ansible_dict(subnet.get("Tags", [])).get("Name", ""),
                "az": subnet["AvailabilityZone"],
                "az_id": subnet.get("AvailabilityZoneId", ""),
                "cidr": subnet["CidrBlock"],
                "available_ips": subnet.get("AvailableIpAddressCount"),
                "map_public_ip": subnet.get("MapPublicIpOnLaunch", False),
                "route_table_id": route_table.get("RouteTableId"),
                "default_route": default_route(route_table),
                "routes": normalize_routes(route_table),
                "network_acl": acl_of.get(subnet["SubnetId"]),
            }
        )
    return found


def normalize_endpoint(region: str, endpoint: Facts) -> Facts:
    """An endpoint of the API."""
    policy = endpoint.get("PolicyDocument")
    return {
        "id": endpoint["VpcEndpointId"],
        "service": short_service(region, endpoint["ServiceName"]),
        "type": endpoint["VpcEndpointType"].lower(),
        "state": endpoint["State"].lower(),
        "private_dns": endpoint.get("PrivateDnsEnabled", False),
        "subnet_ids": sorted(endpoint.get("SubnetIds", [])),
        "security_group_ids": sorted(group["GroupId"] for group in endpoint.get("Groups", [])),
        "route_table_ids": sorted(endpoint.get("RouteTableIds", [])),
        "policy": json.loads(policy) if policy else None,
        "tags": boto3_tag_list_to_ansible_dict(endpoint.get("Tags", [])),
    }


def _admits_https(permission: Facts) -> bool:
    if permission["IpProtocol"] == "-1":
        return True
    return permission["IpProtocol"] == "tcp" and permission["FromPort"] <= HTTPS <= permission["ToPort"]


def https_sources(group: Facts) -> Facts:
    """Who may reach port 443 of what is in a security group: address ranges and other groups."""
    permissions = [permission for permission in group.get("IpPermissions", []) if _admits_https(permission)]
    return {
        "id": group["GroupId"],
        "name": group["GroupName"],
        "https_cidrs": sorted({each["CidrIp"] for one in permissions for each in one.get("IpRanges", [])}),
        "https_groups": sorted({each["GroupId"] for one in permissions for each in one.get("UserIdGroupPairs", [])}),
    }


def complete_endpoints(endpoints: list[Facts], subnets: list[Facts], groups: list[Facts]) -> list[Facts]:
    """Endpoints with the zones they are in, and with whom their groups admit instead of the groups' IDs."""
    zones = {subnet["id"]: subnet["az"] for subnet in subnets}
    sources = {group["GroupId"]: https_sources(group) for group in groups}
    completed = []
    for endpoint in sorted(endpoints, key=lambda each: (each["service"], each["id"])):
        known = {key: value for key, value in endpoint.items() if key != "security_group_ids"}
        known["zones"] = sorted({zones[subnet] for subnet in endpoint["subnet_ids"] if subnet in zones})
        known["security_groups"] = [sources[group] for group in endpoint["security_group_ids"] if group in sources]
        completed.append(known)
    return completed


def endpoint_zones(region: str, services: list[Facts]) -> dict[str, list[str]]:
    """The zones in which each service can have an interface endpoint."""
    return {
        short_service(region, service["ServiceName"]): sorted(service.get("AvailabilityZones", []))
        for service in services
        if any(kind["ServiceType"] == "Interface" for kind in service["ServiceType"])
    }
