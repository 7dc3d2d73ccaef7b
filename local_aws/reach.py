"""Whether a network interface in a VPC reaches a service of AWS, a mount target or the internet, and if not, why.

Pure functions on what the Describe calls of EC2 answer. Not looked at: network ACLs, IPv6.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

GATEWAY_SERVICES = ("s3", "dynamodb")
HTTPS = 443
NFS = 2049


@dataclass(frozen=True)
class Interface:
    """A network interface: where it is and which security groups are on it."""

    subnet: str
    vpc: str
    address: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """What the Describe calls answer, by id; `dns` says which VPCs resolve names, `cidrs` what is inside a VPC."""

    region: str = "us-east-1"
    route_tables: tuple[dict[str, Any], ...] = ()
    endpoints: tuple[dict[str, Any], ...] = ()
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    nat_gateways: dict[str, str] = field(default_factory=dict)  # id -> state
    vpcs_without_dns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reach:
    """The way there (`endpoint`, `gateway`, `nat`, `vpc`), or the reason why there is none."""

    way: str | None
    reason: str = ""

    def __bool__(self) -> bool:
        """Whether there is a way."""
        return self.way is not None


def interface(record: dict[str, Any]) -> Interface:
    """An interface from its EC2 description, or an instance's from that of the instance."""
    groups = record.get("Groups") or record.get("SecurityGroups") or []
    return Interface(
        record["SubnetId"], record["VpcId"], record["PrivateIpAddress"], tuple(group["GroupId"] for group in groups)
    )


def network_from(describe: Callable[..., dict[str, Any]]) -> Network:
    """The network as the calls of EC2 show it; `describe` makes one of them by its name."""
    nats = describe("DescribeNatGateways")["NatGateways"]
    return Network(
        route_tables=tuple(describe("DescribeRouteTables")["RouteTables"]),
        endpoints=tuple(describe("DescribeVpcEndpoints")["VpcEndpoints"]),
        groups={group["GroupId"]: group for group in describe("DescribeSecurityGroups")["SecurityGroups"]},
        interfaces={
            record["NetworkInterfaceId"]: interface(record)
            for record in describe("DescribeNetworkInterfaces")["NetworkInterfaces"]
        },
        nat_gateways={nat["NatGatewayId"]: nat["State"] for nat in nats},
        vpcs_without_dns=frozenset(
            vpc["VpcId"]
            for vpc in describe("DescribeVpcs")["Vpcs"]
            if not describe("DescribeVpcAttribute", VpcId=vpc["VpcId"], Attribute="enableDnsSupport")[
                "EnableDnsSupport"
            ]["Value"]
        ),
    )


def reach(eni: Interface, service: str, network: Network, port: int = HTTPS) -> Reach:
    """Whether an interface reaches an AWS service by its ordinary name; `internet` is any public host."""
    if eni.vpc in network.vpcs_without_dns:
        return Reach(None, f"the VPC {eni.vpc} resolves no names: enableDnsSupport is off")
    private = _interface_endpoint(eni, service, network)
    if private:
        return _to_endpoint(eni, private, network, port)
    if service in GATEWAY_SERVICES and gateway_endpoint(eni, service, network):
        if not _lets_out(eni, None, network, port):
            return Reach(None, f"no security group of {eni.address} lets port {port} out to {service}")
        return Reach("gateway")
    return _to_internet(eni, service, network, port)


def reach_interface(eni: Interface, other: Interface, network: Network, port: int) -> Reach:
    """Whether an interface reaches another one in its VPC."""
    if eni.vpc != other.vpc:
        return Reach(None, f"{other.address} is in another VPC")
    if not _lets_out(eni, other, network, port):
        return Reach(None, f"no security group of {eni.address} lets port {port} out to {other.address}")
    if not any(
        _admits(permission, port, eni.address, eni.groups)
        for permission in _permissions(other.groups, "IpPermissions", network)
    ):
        return Reach(None, f"no security group of {other.address} admits port {port} from {eni.address}")
    return Reach("vpc")


def _interface_endpoint(eni: Interface, service: str, network: Network) -> dict[str, Any] | None:
    name = f"com.amazonaws.{network.region}.{service}"
    return next(
        (
            endpoint
            for endpoint in network.endpoints
            if endpoint["VpcId"] == eni.vpc
            and endpoint["ServiceName"] == name
            and endpoint["VpcEndpointType"] == "Interface"
            and endpoint["State"].lower() == "available"
            and endpoint.get("PrivateDnsEnabled")
        ),
        None,
    )


def _to_endpoint(eni: Interface, endpoint: dict[str, Any], network: Network, port: int) -> Reach:
    """One of the endpoint's interfaces is enough; private DNS leaves no other way, even with a NAT gateway."""
    reasons = []
    for number in endpoint["NetworkInterfaceIds"]:
        there = reach_interface(eni, network.interfaces[number], network, port)
        if there:
            return Reach("endpoint")
        reasons.append(there.reason)
    return Reach(None, f"endpoint {endpoint['VpcEndpointId']}: {'; '.join(reasons) or 'it has no interface'}")


def gateway_endpoint(eni: Interface, service: str, network: Network) -> dict[str, Any] | None:
    """The gateway endpoint that an interface's subnet has a route to."""
    table = route_table_of(eni, network)
    name = f"com.amazonaws.{network.region}.{service}"
    return next(
        (
            endpoint
            for endpoint in network.endpoints
            if endpoint["ServiceName"] == name
            and endpoint["VpcEndpointType"] == "Gateway"
            and endpoint["State"].lower() == "available"
            and table is not None
            and table["RouteTableId"] in endpoint.get("RouteTableIds", [])
        ),
        None,
    )


def _to_internet(eni: Interface, service: str, network: Network, port: int) -> Reach:
    table = route_table_of(eni, network)
    routes = [route for route in (table or {}).get("Routes", []) if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
    if not any(network.nat_gateways.get(route.get("NatGatewayId", "")) == "available" for route in routes):
        wanted = "the internet" if service == "internet" else f"an interface endpoint for {service}"
        return Reach(
            None,
            f"subnet {eni.subnet} has neither a route to a NAT gateway nor {wanted}"
            if service != "internet"
            else f"subnet {eni.subnet} has no route to a NAT gateway",
        )
    if not _lets_out(eni, None, network, port):
        return Reach(None, f"no security group of {eni.address} lets port {port} out to 0.0.0.0/0")
    return Reach("nat")


def route_table_of(eni: Interface, network: Network) -> dict[str, Any] | None:
    """The route table of an interface's subnet: its own, or the VPC's main one."""
    main = None
    for table in network.route_tables:
        for association in table.get("Associations", []):
            if association.get("SubnetId") == eni.subnet:
                return table
            if association.get("Main") and table["VpcId"] == eni.vpc:
                main = table
    return main


def _lets_out(eni: Interface, other: Interface | None, network: Network, port: int) -> bool:
    """Whether a group of an interface lets traffic out: to another interface, or to the world (None)."""
    permissions = list(_permissions(eni.groups, "IpPermissionsEgress", network))
    if other is None:
        return any(
            _has_port(permission, port)
            and (
                permission.get("PrefixListIds")
                or "0.0.0.0/0" in [block["CidrIp"] for block in permission.get("IpRanges", [])]
            )
            for permission in permissions
        )
    return any(_admits(permission, port, other.address, other.groups) for permission in permissions)


def _permissions(groups: Iterable[str], direction: str, network: Network) -> Iterable[dict[str, Any]]:
    for group in groups:
        yield from network.groups.get(group, {}).get(direction, [])


def _admits(permission: dict[str, Any], port: int, address: str, groups: Iterable[str]) -> bool:
    if not _has_port(permission, port):
        return False
    if any(pair["GroupId"] in groups for pair in permission.get("UserIdGroupPairs", [])):
        return True
    return any(
        ipaddress.ip_address(address) in ipaddress.ip_network(block["CidrIp"], strict=False)
        for block in permission.get("IpRanges", [])
    )


def _has_port(permission: dict[str, Any], port: int) -> bool:
    protocol = str(permission["IpProtocol"])
    if protocol == "-1":
        return True
    return protocol in ("tcp", "6") and int(permission["FromPort"]) <= port <= int(permission["ToPort"])
