# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network is read as it is; what cannot be read is a problem with a remedy, and no failure."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._network.choice import choose_network

ASKED = {"instance_type": "t4g.small", "endpoint_services": ["logs", "ssmmessages", "s3", "no-such-service"]}
ACTIONS = [
    "DescribeInstanceTypeOfferings",
    "DescribeNatGateways",
    "DescribeNetworkAcls",
    "DescribeRouteTables",
    "DescribeSubnets",
    "DescribeVpcAttribute",
    "DescribeVpcAttribute",
    "DescribeVpcEndpointServices",
    "DescribeVpcEndpoints",
    "DescribeVpcs",
    "GetCallerIdentity",
]


def read(run_module, vpc="home", **params):
    found = run_module("vpc_network_info", vpc=vpc, **{**ASKED, **params})
    assert not found.get("failed"), found["msg"]
    assert not found["changed"]
    return found


def test_a_network_with_a_way_out(run_module, local_aws):
    found = read(run_module)
    assert found["problems"] == []
    assert found["account_id"] == "000000000000"
    assert found["caller_arn"] == "arn:aws:iam::000000000000:user/operator"
    assert (found["partition"], found["region"]) == ("aws", "us-east-1")
    (vpc,) = found["vpcs"]
    assert vpc == {
        "id": local_aws.network()["vpc"],
        "name": "home",
        "cidr_blocks": ["10.20.0.0/16"],
        "dns_support": True,
        "dns_hostnames": True,
    }
    assert {subnet["name"]: (subnet["az"], subnet["default_route"]) for subnet in found["subnets"]} == {
        "home-private-a": ("us-east-1a", "nat"),
        "home-private-b": ("us-east-1b", "nat"),
        "home-private-c": ("us-east-1c", "nat"),
        "home-public-a": ("us-east-1a", "internet"),
    }
    assert set(found["endpoint_zones"]) == {"logs", "ssmmessages"}
    assert "us-east-1a" in found["instance_type_zones"]


def test_a_network_without_a_way_out(run_module):
    assert {subnet["default_route"] for subnet in read(run_module, "isolated")["subnets"]} == {"none"}


def test_few_calls(calls_of):
    assert sorted(calls_of("vpc_network_info", vpc="home", **ASKED)) == ACTIONS


@pytest.mark.parametrize(
    ("vpc", "mode", "services"), [("home", "nat", ["s3"]), ("isolated", "endpoints", ["logs", "s3"])]
)
def test_the_choice_is_made_from_what_was_read(run_module, local_aws, vpc, mode, services):
    s3 = {"service": "s3", "type": "gateway"}
    wanted = {
        "vpc": vpc,
        "name": "box",
        "mode": "auto",
        "zones": 2,
        "subnet_ids": [],
        "instance_type": "t4g.small",
        "endpoints": [{"service": "logs", "type": "interface"}, s3],
        "nat_endpoints": [s3],
        "extra_endpoints": [],
        "image": "x",
        "image_needs_internet": False,
    }
    choice = choose_network(read(run_module, vpc), wanted)
    network = local_aws.network(vpc)
    assert choice["problems"] == []
    assert choice["mode"] == mode
    assert [subnet["id"] for subnet in choice["subnets"]] == [network["a"], network["b"]]
    assert [endpoint["service"] for endpoint in choice["endpoints"]] == services


def test_a_vpc_is_found_by_its_id(run_module, local_aws):
    vpc_id = local_aws.network("isolated")["vpc"]
    assert [vpc["name"] for vpc in read(run_module, vpc_id)["vpcs"]] == ["isolated"]


def test_a_subnet_without_a_route_table_of_its_own_has_the_main_one(run_module, local_aws):
    ec2 = local_aws.client("ec2")
    vpc_id = local_aws.network("isolated")["vpc"]
    made = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.30.200.0/24", AvailabilityZone="us-east-1a")["Subnet"]
    main = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"][0]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    ec2.create_route(RouteTableId=main["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    found = {subnet["id"]: subnet for subnet in read(run_module, "isolated")["subnets"]}
    assert found[made["SubnetId"]]["route_table_id"] == main["RouteTableId"]
    assert found[made["SubnetId"]]["default_route"] == "internet"


def test_existing_endpoints_and_whom_they_admit(run_module, local_aws):
    ec2 = local_aws.client("ec2")
    network = local_aws.network()
    group = ec2.create_security_group(GroupName="foreign", Description="foreign", VpcId=network["vpc"])["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="10.20.0.0/16"
    )
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8")
    ec2.create_vpc_endpoint(
        VpcId=network["vpc"],
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[network["b"]],
        SecurityGroupIds=[group],
        PrivateDnsEnabled=True,
    )
    (endpoint,) = read(run_module)["vpc_endpoints"]
    assert (endpoint["service"], endpoint["type"], endpoint["private_dns"]) == ("logs", "interface", True)
    assert (endpoint["subnet_ids"], endpoint["zones"]) == ([network["b"]], ["us-east-1b"])
    assert endpoint["security_groups"] == [
        {"id": group, "name": "foreign", "https_cidrs": ["10.20.0.0/16"], "https_groups": []}
    ]


@pytest.mark.parametrize("vpc", ["nowhere", "twice"])
def test_none_or_several_vpcs_are_told_and_no_failure(run_module, local_aws, vpc):
    for cidr in ("10.40.0.0/16", "10.50.0.0/16"):
        local_aws.client("ec2").create_vpc(
            CidrBlock=cidr,
            TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "twice"}]}],
        )
    found = read(run_module, vpc)
    assert len(found["vpcs"]) == (2 if vpc == "twice" else 0)
    assert {"home", "isolated", "twice"} <= {each["name"] for each in found["available_vpcs"]}
    assert (found["subnets"], found["problems"]) == ([], [])


def test_every_action_that_is_not_allowed_is_named_at_once(run_module, local_aws, monkeypatch):
    key = local_aws.user("viewer", {"Action": ["ec2:DescribeVpcs", "ec2:DescribeSubnets"], "Resource": "*"})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    problems = read(run_module)["problems"]
    prefix = "arn:aws:iam::000000000000:user/viewer is not allowed ec2:"
    assert {problem["what"].removeprefix(prefix) for problem in problems} == {
        "DescribeInstanceTypeOfferings",
        "DescribeNatGateways",
        "DescribeNetworkAcls",
        "DescribeRouteTables",
        "DescribeVpcAttribute",
        "DescribeVpcEndpoints",
        "DescribeVpcEndpointServices",
    }


NO_KEY = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


@pytest.mark.parametrize(
    ("environment", "what"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAUNKNOWNUNKNOWN00"}, "AWS does not accept the credentials"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS does not accept the credentials"),
        (NO_KEY, "There are no AWS credentials"),
        ({"AWS_REGION": None, "AWS_DEFAULT_REGION": None}, "There is no AWS region"),
        (
            {"AWS_PROFILE": "nobody", "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
            "The AWS profile does not exist",
        ),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS cannot be reached from this machine"),
    ],
)
def test_what_keeps_everything_from_being_read_is_one_problem(run_module, monkeypatch, tmp_path, environment, what):
    no_file = str(tmp_path / "none")
    for name, value in {
        "AWS_CONFIG_FILE": no_file,
        "AWS_SHARED_CREDENTIALS_FILE": no_file,
        "AWS_EC2_METADATA_DISABLED": "true",
        **environment,
    }.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    found = read(run_module)
    assert [problem["what"] for problem in found["problems"]] == [what]
    assert found["problems"][0]["fix"]


def test_an_error_of_another_kind_is_a_failure(run_module, local_aws):
    local_aws.control("POST", "faults", service="ec2", action="DescribeVpcs", code="Strange", message="?", times=9)
    assert "Could not list the VPCs" in run_module("vpc_network_info", vpc="home", **ASKED)["msg"]
