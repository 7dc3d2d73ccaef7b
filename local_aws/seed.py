"""What is in the account before anybody deploys: the operator, a home network with a way out, and one without."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import iam

from local_aws.direct import call_async
from local_aws.settings import ACCOUNT
from local_aws.settings import OPERATOR
from local_aws.settings import REGION
from local_aws.settings import Settings

ZONES = ("a", "b", "c")


@dataclass(frozen=True)
class Network:
    """A VPC to be made: three private subnets, and a NAT gateway in a public one if it has a way out."""

    name: str
    prefix: str
    has_way_out: bool


NETWORKS = (Network("home", "10.20", True), Network("isolated", "10.30", False))


async def seed(settings: Settings) -> None:
    """Put the operator and the networks into an empty account."""
    with request_scope(ACCOUNT, REGION):
        await _operator(settings)
        for network in NETWORKS:
            await _network(network)


def operator_key(settings: Settings) -> dict[str, str]:
    """The operator's access key: made once for a state directory, the same after every reset."""
    if not settings.operator_file.exists():
        settings.directory.mkdir(parents=True, exist_ok=True)
        key = {"AccessKeyId": "AKIA" + secrets.token_hex(8).upper(), "SecretAccessKey": secrets.token_hex(20)}
        settings.operator_file.touch(mode=0o600)
        settings.operator_file.write_text(json.dumps(key))
    return json.loads(settings.operator_file.read_text())


async def _operator(settings: Settings) -> None:
    await call_async("iam", "CreateUser", UserName=OPERATOR)
    for name, document in settings.operator_policies.items():
        made = await call_async("iam", "CreatePolicy", PolicyName=name, PolicyDocument=document)
        await call_async("iam", "AttachUserPolicy", UserName=OPERATOR, PolicyArn=made["Policy"]["Arn"])
    made = (await call_async("iam", "CreateAccessKey", UserName=OPERATOR))["AccessKey"]
    record = iam._access_keys[made["AccessKeyId"]]
    del iam._access_keys[made["AccessKeyId"]]
    key = operator_key(settings)
    iam._access_keys[key["AccessKeyId"]] = {**record, **key}


async def _network(network: Network) -> None:
    vpc = (await _ec2("CreateVpc", "vpc", network.name, CidrBlock=f"{network.prefix}.0.0/16"))["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        await call_async("ec2", "ModifyVpcAttribute", VpcId=vpc, **{attribute: {"Value": True}})
    private = await _route_table(vpc, f"{network.name}-private")
    for number, zone in enumerate(ZONES):
        subnet = await _subnet(vpc, f"{network.name}-private-{zone}", f"{network.prefix}.{number}.0/24", zone)
        await call_async("ec2", "AssociateRouteTable", RouteTableId=private, SubnetId=subnet)
    if network.has_way_out:
        await _way_out(network, vpc, private)


async def _way_out(network: Network, vpc: str, private: str) -> None:
    internet = (await _ec2("CreateInternetGateway", "internet-gateway", network.name))["InternetGateway"]
    gateway = internet["InternetGatewayId"]
    await call_async("ec2", "AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    public = await _route_table(vpc, f"{network.name}-public")
    subnet = await _subnet(vpc, f"{network.name}-public-a", f"{network.prefix}.100.0/24", "a")
    await call_async("ec2", "AssociateRouteTable", RouteTableId=public, SubnetId=subnet)
    await _default_route(public, GatewayId=gateway)
    address = await call_async("ec2", "AllocateAddress", Domain="vpc")
    nat = await _ec2(
        "CreateNatGateway", "natgateway", network.name, SubnetId=subnet, AllocationId=address["AllocationId"]
    )
    await _default_route(private, NatGatewayId=nat["NatGateway"]["NatGatewayId"])


async def _route_table(vpc: str, name: str) -> str:
    return (await _ec2("CreateRouteTable", "route-table", name, VpcId=vpc))["RouteTable"]["RouteTableId"]


async def _subnet(vpc: str, name: str, cidr: str, zone: str) -> str:
    made = await _ec2("CreateSubnet", "subnet", name, VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}")
    return made["Subnet"]["SubnetId"]


async def _default_route(route_table: str, **target: str) -> None:
    await call_async("ec2", "CreateRoute", RouteTableId=route_table, DestinationCidrBlock="0.0.0.0/0", **target)


async def _ec2(operation: str, resource_type: str, name: str, **parameters: Any) -> dict[str, Any]:
    tags = [{"ResourceType": resource_type, "Tags": [{"Key": "Name", "Value": name}]}]
    return await call_async("ec2", operation, TagSpecifications=tags, **parameters)
