"""Which way there is from a network interface to a service, and what is in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from local_aws.reach import Interface
from local_aws.reach import Network
from local_aws.reach import reach
from local_aws.reach import reach_interface

TASK = Interface("subnet-a", "vpc-1", "10.0.0.5", ("sg-task",))
DOOR = Interface("subnet-a", "vpc-1", "10.0.0.9", ("sg-door",))
ALL_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
LOCAL_ROUTE = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}
NAT_ROUTE = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}


def rule(port: int, *, cidr: str | None = None, group: str | None = None) -> dict:
    """One permission for a TCP port."""
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": cidr}] if cidr else [],
        "UserIdGroupPairs": [{"GroupId": group}] if group else [],
    }


def network(
    *, ingress: list | None = None, egress: list | None = None, routes: list | None = None, **endpoint: object
) -> Network:
    """A VPC with one subnet, an endpoint for logs (changed by keywords) and an S3 gateway endpoint elsewhere."""
    logs = {
        "VpcEndpointId": "vpce-1",
        "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.us-east-1.logs",
        "VpcEndpointType": "Interface",
        "State": "available",
        "PrivateDnsEnabled": True,
        "NetworkInterfaceIds": ["eni-door"],
        **endpoint,
    }
    return Network(
        route_tables=(
            {
                "RouteTableId": "rtb-1",
                "VpcId": "vpc-1",
                "Associations": [{"SubnetId": "subnet-a"}],
                "Routes": [LOCAL_ROUTE, *(routes or [])],
            },
        ),
        endpoints=(logs,),
        groups={
            "sg-task": {"IpPermissionsEgress": [ALL_OUT] if egress is None else egress, "IpPermissions": []},
            "sg-door": {
                "IpPermissionsEgress": [],
                "IpPermissions": [rule(443, cidr="10.0.0.0/16")] if ingress is None else ingress,
            },
        },
        interfaces={"eni-door": DOOR},
        nat_gateways={"nat-1": "available"},
    )


def gateway_endpoint(table: str) -> Network:
    """The same with a gateway endpoint for s3 in a route table."""
    base = network()
    s3 = {
        "VpcEndpointId": "vpce-2",
        "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.us-east-1.s3",
        "VpcEndpointType": "Gateway",
        "State": "available",
        "RouteTableIds": [table],
    }
    return replace(base, endpoints=(*base.endpoints, s3))


@pytest.mark.parametrize(
    ("service", "net", "way"),
    [
        ("logs", network(), "endpoint"),
        ("logs", network(State="pending"), None),
        ("logs", network(PrivateDnsEnabled=False), None),
        ("logs", network(PrivateDnsEnabled=False, routes=[NAT_ROUTE]), "nat"),
        ("logs", network(VpcId="vpc-2"), None),
        ("logs", network(ingress=[]), None),
        # Private DNS leads to the endpoint even when there is another way out.
        ("logs", network(ingress=[], routes=[NAT_ROUTE]), None),
        ("logs", network(ingress=[rule(443, group="sg-task")]), "endpoint"),
        ("logs", network(ingress=[rule(443, group="sg-other")]), None),
        ("logs", network(ingress=[rule(80, cidr="0.0.0.0/0")]), None),
        ("logs", network(egress=[]), None),
        ("logs", network(egress=[rule(443, group="sg-door")]), "endpoint"),
        ("ecs", network(), None),
        ("ecs", network(routes=[NAT_ROUTE]), "nat"),
        ("ecs", network(routes=[NAT_ROUTE], egress=[rule(443, cidr="10.0.0.0/16")]), None),
        ("ecs", network(routes=[{**NAT_ROUTE, "NatGatewayId": "nat-gone"}]), None),
        ("internet", network(), None),
        ("internet", network(routes=[NAT_ROUTE]), "nat"),
        ("s3", network(), None),
        ("s3", gateway_endpoint("rtb-1"), "gateway"),
        ("s3", gateway_endpoint("rtb-other"), None),
        ("logs", replace(network(), vpcs_without_dns=frozenset({"vpc-1"})), None),
    ],
)
def test_way_to_a_service(service: str, net: Network, way: str | None) -> None:
    found = reach(TASK, service, net)
    assert found.way == way
    assert bool(found.reason) == (way is None)


def test_the_reason_names_what_is_in_the_way() -> None:
    blocked = reach(TASK, "logs", network(ingress=[]))
    assert blocked.reason == "endpoint vpce-1: no security group of 10.0.0.9 admits port 443 from 10.0.0.5"
    assert (
        "subnet-a has neither a route to a NAT gateway nor an interface endpoint for ecs"
        in reach(TASK, "ecs", network()).reason
    )


def test_main_route_table_serves_subnets_without_one() -> None:
    main = {"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": [NAT_ROUTE]}
    assert reach(TASK, "internet", replace(network(), route_tables=(main,))).way == "nat"


@pytest.mark.parametrize(
    ("ingress", "way"),
    [
        ([rule(2049, group="sg-task")], "vpc"),
        ([rule(2049, cidr="10.0.0.5/32")], "vpc"),
        ([rule(2049, cidr="10.0.1.0/24")], None),
        ([rule(443, group="sg-task")], None),
        ([ALL_OUT], "vpc"),
    ],
)
def test_way_to_a_mount_target(ingress: list, way: str | None) -> None:
    assert reach_interface(TASK, DOOR, network(ingress=ingress), 2049).way == way
