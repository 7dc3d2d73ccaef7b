"""The network as the Describe calls of EC2 show it, for `reach`."""

from __future__ import annotations

import time
from typing import Any

from local_aws.agent.aws import root
from local_aws.reach import Interface
from local_aws.reach import Network

KEEP_SECONDS = 1.0
_kept: tuple[float, Network] | None = None


def snapshot() -> Network:
    """The network as it is now, or was a second ago."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEEP_SECONDS:
        _kept = (time.monotonic(), _read())
    return _kept[1]


def interface(record: dict[str, Any]) -> Interface:
    """An interface from its EC2 description."""
    groups = record.get("Groups") or record.get("SecurityGroups") or []
    return Interface(
        record["SubnetId"], record["VpcId"], record["PrivateIpAddress"], tuple(group["GroupId"] for group in groups)
    )


def _read() -> Network:
    ec2 = root("ec2")
    vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    nats = ec2.describe_nat_gateways()["NatGateways"]
    return Network(
        route_tables=tuple(ec2.describe_route_tables()["RouteTables"]),
        endpoints=tuple(ec2.describe_vpc_endpoints()["VpcEndpoints"]),
        groups={group["GroupId"]: group for group in ec2.describe_security_groups()["SecurityGroups"]},
        interfaces={
            record["NetworkInterfaceId"]: interface(record)
            for record in ec2.describe_network_interfaces()["NetworkInterfaces"]
        },
        nat_gateways={nat["NatGatewayId"]: nat["State"] for nat in nats},
        vpcs_without_dns=frozenset(
            vpc
            for vpc in vpcs
            if not ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"]
        ),
    )
