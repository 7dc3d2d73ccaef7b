# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vpc_endpoints against the local AWS: the set, its drift, endpoints of others, and its end."""

from __future__ import annotations

import json
import time

import pytest

OWNER = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
UNKNOWN = "(known after it is created)"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
}


@pytest.fixture
def ec2(local_aws):
    return local_aws.client("ec2")


@pytest.fixture
def network(local_aws, ec2):
    """The network without a way out, with a security group and the private subnets' route table."""
    network = local_aws.network("isolated")
    tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [network["a"]]}])
    group = ec2.create_security_group(GroupName="box-endpoints", Description="x", VpcId=network["vpc"])["GroupId"]
    return {**network, "route_table": tables["RouteTables"][0]["RouteTableId"], "group": group}


@pytest.fixture
def params(network):
    return {
        "vpc_id": network["vpc"],
        "endpoints": [
            {"service": "logs", "subnet_ids": [network["a"]]},
            {"service": "ecr.api", "subnet_ids": [network["a"], network["b"]]},
            {"service": "s3", "type": "gateway", "policy": POLICY},
        ],
        "security_group_ids": [network["group"]],
        "route_table_ids": [network["route_table"]],
        "name_prefix": "box",
        "tags": OWNER,
    }


@pytest.fixture
def found(ec2, network):
    """The endpoints of the VPC as they are, by the last part of the service's name."""

    def describe():
        filters = [{"Name": "vpc-id", "Values": [network["vpc"]]}]
        listed = ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
        return {each["ServiceName"].removeprefix("com.amazonaws.us-east-1."): each for each in listed}

    return describe


def actions(result):
    return {action["name"]: action["action"] for action in result["actions"]}


def changed(result):
    return [action for action in result["actions"] if action["action"] != "keep"]


def test_created_as_listed(converge, params, found, network):
    result = converge("vpc_endpoints", wait=True, **params)
    assert actions(result) == {"box-logs": "create", "box-ecr.api": "create", "box-s3": "create"}
    assert result["available"]
    assert [(each["service"], each["type"], each["owned"]) for each in result["endpoints"]] == [
        ("logs", "interface", True),
        ("ecr.api", "interface", True),
        ("s3", "gateway", True),
    ]
    endpoints = found()
    assert {each["id"] for each in result["endpoints"]} == {each["VpcEndpointId"] for each in endpoints.values()}
    assert endpoints["logs"]["PrivateDnsEnabled"]
    assert [group["GroupId"] for group in endpoints["logs"]["Groups"]] == [network["group"]]
    assert set(endpoints["ecr.api"]["SubnetIds"]) == {network["a"], network["b"]}
    assert endpoints["s3"]["RouteTableIds"] == [network["route_table"]]
    assert json.loads(endpoints["s3"]["PolicyDocument"]) == POLICY
    assert {tag["Key"]: tag["Value"] for tag in endpoints["logs"]["Tags"]} == {**OWNER, "Name": "box-logs"}


def test_requested_first_and_awaited_together(run_module, calls_of, params, local_aws, monkeypatch):
    sleep = time.sleep
    monkeypatch.setattr("time.sleep", lambda seconds: sleep(seconds / 20))
    local_aws.control("POST", "latency", scale=0.01)
    requested = run_module("vpc_endpoints", **params)
    assert not requested["available"]
    assert {each["state"] for each in requested["endpoints"]} == {"pending"}
    calls = calls_of("vpc_endpoints", wait=True, **params)
    assert len(calls) > 2
    assert set(calls) == {"DescribeVpcEndpoints"}
    assert run_module("vpc_endpoints", **params)["available"]


def test_a_repeat_is_one_call(run_module, calls_of, params):
    run_module("vpc_endpoints", wait=True, **params)
    assert calls_of("vpc_endpoints", wait=True, **params) == ["DescribeVpcEndpoints"]


def test_every_change_behind_its_back_is_mended(converge, params, ec2, found, network):
    converge("vpc_endpoints", wait=True, **params)
    before = found()
    other = ec2.create_security_group(GroupName="other", Description="x", VpcId=network["vpc"])["GroupId"]
    logs = before["logs"]["VpcEndpointId"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=logs,
        AddSubnetIds=[network["c"]],
        RemoveSubnetIds=[network["a"]],
        AddSecurityGroupIds=[other],
        PrivateDnsEnabled=False,
        PolicyDocument=json.dumps(POLICY),
    )
    ec2.delete_tags(Resources=[logs], Tags=[{"Key": "Name"}])
    ec2.modify_vpc_endpoint(
        VpcEndpointId=before["s3"]["VpcEndpointId"],
        RemoveRouteTableIds=[network["route_table"]],
        ResetPolicy=True,
    )
    result = converge("vpc_endpoints", wait=True, **params)
    assert {action["name"]: action.get("settings") for action in changed(result)} == {
        "box-logs": ["policy", "private_dns", "security_group_ids", "subnet_ids", "tags"],
        "box-s3": ["policy", "route_table_ids"],
    }
    after = found()
    for key in ("Groups", "PrivateDnsEnabled", "SubnetIds", "RouteTableIds", "PolicyDocument"):
        assert after["logs"][key] == before["logs"][key]
        assert after["s3"][key] == before["s3"][key]


def test_a_deleted_one_is_made_again_when_its_name_is_free(converge, params, ec2, found, local_aws):
    converge("vpc_endpoints", wait=True, **params)
    gone = found()["logs"]["VpcEndpointId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[gone])
    result = converge("vpc_endpoints", wait=True, **params)
    assert [action["name"] for action in changed(result)] == ["box-logs"]
    assert found()["logs"]["VpcEndpointId"] != gone


def test_what_is_not_listed_any_more_is_deleted_unless_told_otherwise(converge, params, found):
    converge("vpc_endpoints", **params)
    fewer = {**params, "endpoints": params["endpoints"][1:]}
    assert changed(converge("vpc_endpoints", purge=False, **fewer)) == []
    result = converge("vpc_endpoints", **fewer)
    assert actions(result) == {"box-ecr.api": "keep", "box-s3": "keep", "box-logs": "delete"}
    assert set(found()) == {"ecr.api", "s3"}


def foreign(ec2, network, **changes):
    return ec2.create_vpc_endpoint(
        VpcId=network["vpc"],
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[network["b"]],
        **changes,
    )["VpcEndpoint"]["VpcEndpointId"]


def test_a_usable_endpoint_of_others_is_used_and_survives(converge, params, ec2, found, network):
    theirs = foreign(ec2, network, PrivateDnsEnabled=True)
    before = found()["logs"]
    result = converge("vpc_endpoints", wait=True, **params)
    used = result["endpoints"][0]
    assert (used["id"], used["owned"], result["actions"][0]["action"]) == (theirs, False, "keep")
    converge("vpc_endpoints", state="absent", **params)
    assert found() == {"logs": before}


def test_a_gateway_endpoint_in_route_tables_of_others_is_not_in_the_way(converge, params, ec2, network):
    table = ec2.create_route_table(VpcId=network["vpc"])["RouteTable"]["RouteTableId"]
    theirs = ec2.create_vpc_endpoint(
        VpcId=network["vpc"], ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[table]
    )["VpcEndpoint"]["VpcEndpointId"]
    result = converge("vpc_endpoints", wait=True, **params)
    assert result["endpoints"][2]["owned"]
    converge("vpc_endpoints", state="absent", **params)
    (left,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert (left["VpcEndpointId"], left["RouteTableIds"]) == (theirs, [table])


def test_an_unusable_endpoint_of_others_stops_everything(run_module, params, ec2, found, network):
    theirs = foreign(ec2, network, PrivateDnsEnabled=False)
    for check_mode in (True, False):
        result = run_module("vpc_endpoints", check_mode=check_mode, **params)
        assert theirs in result["msg"]
        assert "private DNS is off" in result["msg"]
    assert set(found()) == {"logs"}


def test_check_mode_without_anything_known(run_module, calls_of, params):
    unknown = {
        **params,
        "vpc_id": UNKNOWN,
        "security_group_ids": [UNKNOWN],
        "route_table_ids": [UNKNOWN],
        "check_mode": True,
    }
    result = run_module("vpc_endpoints", wait=True, **unknown)
    assert set(actions(result).values()) == {"create"}
    assert result["endpoints"][0]["id"] == UNKNOWN
    assert not result["available"]
    assert calls_of("vpc_endpoints", **unknown) == []


def test_deleted_and_awaited(converge, params, found):
    converge("vpc_endpoints", **params)
    result = converge("vpc_endpoints", state="absent", wait=True, **params)
    assert set(actions(result).values()) == {"delete"}
    assert found() == {}


def test_what_aws_refuses_is_told_in_its_words(run_module, params, local_aws):
    text = "does not support the availability zone of the subnet"
    fault = {"service": "ec2", "action": "CreateVpcEndpoint", "code": "InvalidParameter", "message": text, "times": 1}
    local_aws.control("POST", "faults", **fault)
    message = run_module("vpc_endpoints", **params)["msg"]
    assert "create the endpoint for com.amazonaws.us-east-1.logs" in message
    assert text in message
