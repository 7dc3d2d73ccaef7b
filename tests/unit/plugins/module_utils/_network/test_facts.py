# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network of the API in the collection's terms, and the errors that keep it from being read."""

from __future__ import annotations

import pytest
from botocore import exceptions as botocore

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._network import facts
from ansible_collections.openclaw.ecs.plugins.module_utils._network.reading import reading_problem

LOCAL = {"DestinationCidrBlock": "10.20.0.0/16", "GatewayId": "local", "State": "active"}


def default(**target):
    return {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **target}


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([], "none"),
        ([LOCAL], "none"),
        ([LOCAL, {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"}], "none"),
        ([LOCAL, default(NatGatewayId="nat-1")], "nat"),
        ([default(NatGatewayId="nat-1", State="blackhole")], "none"),
        ([default(GatewayId="igw-1")], "internet"),
        ([default(TransitGatewayId="tgw-1")], "transit"),
        ([default(NetworkInterfaceId="eni-1", InstanceId="i-1")], "other"),
        ([default(GatewayId="vgw-1")], "other"),
        ([{"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"}], "none"),
    ],
)
def test_default_route(routes, expected):
    assert facts.default_route({"Routes": routes}) == expected


@pytest.mark.parametrize(
    ("permission", "admitted"),
    [
        ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}, True),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}, True),
        ({"IpProtocol": "-1"}, True),
        ({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 442}, False),
        ({"IpProtocol": "udp", "FromPort": 443, "ToPort": 443}, False),
    ],
)
def test_https_sources(permission, admitted):
    permission = {**permission, "IpRanges": [{"CidrIp": "10.0.0.0/8"}], "UserIdGroupPairs": [{"GroupId": "sg-2"}]}
    found = facts.https_sources({"GroupId": "sg-1", "GroupName": "one", "IpPermissions": [permission]})
    assert (found["https_cidrs"], found["https_groups"]) == ((["10.0.0.0/8"], ["sg-2"]) if admitted else ([], []))


def test_subnets_without_ipv4_are_left_out():
    subnet = {"AvailabilityZone": "eu-central-1a", "SubnetId": "subnet-4", "CidrBlock": "10.20.1.0/24"}
    only_ipv6 = {"AvailabilityZone": "eu-central-1a", "SubnetId": "subnet-6", "Ipv6Native": True}
    main = {"RouteTableId": "rtb-1", "Associations": [{"Main": True}], "Routes": [LOCAL]}
    assert [each["id"] for each in facts.normalize_subnets([only_ipv6, subnet], [main])] == ["subnet-4"]


def test_a_vpc_has_the_ranges_that_are_associated():
    states = {"10.20.0.0/16": "associated", "10.21.0.0/16": "associated", "10.22.0.0/16": "disassociated"}
    associations = [{"CidrBlock": cidr, "CidrBlockState": {"State": state}} for cidr, state in states.items()]
    vpc = facts.normalize_vpc(
        {"VpcId": "vpc-1", "CidrBlock": "10.20.0.0/16", "CidrBlockAssociationSet": associations, "Tags": []}
    )
    assert vpc == {"id": "vpc-1", "name": "", "cidr_blocks": ["10.20.0.0/16", "10.21.0.0/16"]}


def test_services_of_gateway_endpoints_have_no_zones_for_interfaces():
    def service(name, kind):
        return {
            "ServiceName": f"com.amazonaws.eu-central-1.{name}",
            "ServiceType": [{"ServiceType": kind}],
            "AvailabilityZones": ["b", "a"],
        }

    services = [service("s3", "Gateway"), service("ecr.api", "Interface")]
    assert facts.endpoint_zones("eu-central-1", services) == {"ecr.api": ["a", "b"]}


def refused(code):
    return botocore.ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeVpcs")


@pytest.mark.parametrize(
    ("exception", "what"),
    [
        (botocore.NoCredentialsError(), "There are no AWS credentials"),
        (botocore.PartialCredentialsError(provider="env", cred_var="x"), "There are no AWS credentials"),
        (refused("ExpiredToken"), "The AWS credentials have expired"),
        (refused("RequestExpired"), "The AWS credentials have expired"),
        (botocore.UnauthorizedSSOTokenError(), "The AWS credentials have expired"),
        (refused("AuthFailure"), "AWS does not accept the credentials"),
        (refused("InvalidClientTokenId"), "AWS does not accept the credentials"),
        (botocore.NoRegionError(), "There is no AWS region"),
        (botocore.ProfileNotFound(profile="x"), "The AWS profile does not exist"),
        (botocore.ConnectTimeoutError(endpoint_url="x"), "AWS cannot be reached from this machine"),
        (refused("UnauthorizedOperation"), "me is not allowed ec2:DescribeVpcs"),
    ],
)
def test_reading_problem(exception, what):
    problem = reading_problem(DeploymentError(message="Could not", exception=exception), "me", "eu-central-1")
    assert problem["what"] == what
    assert str(exception) in problem["why"]


def test_an_error_of_an_unknown_kind_is_no_problem_of_reading():
    assert reading_problem(DeploymentError(message="x", exception=refused("InternalError")), "me", "x") is None
