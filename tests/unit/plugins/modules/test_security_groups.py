# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""security_groups against the local AWS: a set that refers to itself, its drift, and its end."""

from __future__ import annotations

import pytest

OWNER = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
UNKNOWN = "(known after it is created)"
GROUPS = [
    {
        "name": "box-gateway",
        "description": "gateway",
        "ingress": [{"from_port": 18789, "to_port": 18789, "cidr_blocks": ["10.0.0.0/8"], "description": "home"}],
        "egress": [{"from_port": 2049, "to_port": 2049, "source_groups": ["box-efs"]}],
    },
    {
        "name": "box-efs",
        "description": "file system",
        "ingress": [{"from_port": 2049, "to_port": 2049, "source_groups": ["box-gateway", "box-host"]}],
    },
    {"name": "box-host", "description": "host"},
]


@pytest.fixture
def params(local_aws):
    return {"vpc_id": local_aws.network()["vpc"], "groups": GROUPS, "tags": OWNER}


@pytest.fixture
def ec2(local_aws):
    return local_aws.client("ec2")


@pytest.fixture
def found(ec2, params):
    """The groups of the VPC as they are, by name."""

    def describe():
        filters = [{"Name": "vpc-id", "Values": [params["vpc_id"]]}]
        return {group["GroupName"]: group for group in ec2.describe_security_groups(Filters=filters)["SecurityGroups"]}

    return describe


def actions(result):
    return {action["name"]: action["action"] for action in result["actions"]}


def test_created_with_rules_tags_and_each_other(converge, params, found):
    result = converge("security_groups", **params)
    assert actions(result) == dict.fromkeys(["box-gateway", "box-efs", "box-host"], "create")
    groups = found()
    assert {name: group["id"] for name, group in result["groups"].items()} == {
        name: groups[name]["GroupId"] for name in result["groups"]
    }
    gateway, efs = groups["box-gateway"], groups["box-efs"]
    assert {tag["Key"]: tag["Value"] for tag in gateway["Tags"]} == {**OWNER, "Name": "box-gateway"}
    assert gateway["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8", "Description": "home"}]
    assert [pair["GroupId"] for pair in gateway["IpPermissionsEgress"][0]["UserIdGroupPairs"]] == [efs["GroupId"]]
    admitted = {pair["GroupId"] for each in efs["IpPermissions"] for pair in each["UserIdGroupPairs"]}
    assert admitted == {gateway["GroupId"], groups["box-host"]["GroupId"]}
    assert groups["box-host"]["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]


def drop_rule(ec2, group):
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])


def open_ssh(ec2, group):
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )


def rename_rule(ec2, group):
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": "changed"}]
    permission = {"IpProtocol": "tcp", "FromPort": 18789, "ToPort": 18789, "IpRanges": ranges}
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group["GroupId"], IpPermissions=[permission])


def open_egress(ec2, group):
    permission = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_egress(GroupId=group["GroupId"], IpPermissions=[permission])


def drop_name(ec2, group):
    ec2.delete_tags(Resources=[group["GroupId"]], Tags=[{"Key": "Name"}])


@pytest.mark.parametrize(
    ("drift", "setting"),
    [
        (drop_rule, "ingress"),
        (open_ssh, "ingress"),
        (rename_rule, "ingress"),
        (open_egress, "egress"),
        (drop_name, "tags"),
    ],
)
def test_a_change_behind_its_back_is_mended(converge, params, ec2, found, drift, setting):
    converge("security_groups", **params)
    before = found()["box-gateway"]
    drift(ec2, before)
    result = converge("security_groups", **params)
    changed = [action for action in result["actions"] if action["action"] != "keep"]
    assert changed == [{"resource": "security group", "name": "box-gateway", "action": "update", "settings": [setting]}]
    after = found()["box-gateway"]
    assert after["IpPermissions"] == before["IpPermissions"]
    assert after["IpPermissionsEgress"] == before["IpPermissionsEgress"]


def test_a_changed_input_is_applied(converge, params, found):
    converge("security_groups", **params)
    narrowed = {**GROUPS[0], "ingress": [{**GROUPS[0]["ingress"][0], "cidr_blocks": ["10.20.0.0/16"]}]}
    converge("security_groups", **{**params, "groups": [narrowed, *GROUPS[1:]]})
    assert [each["CidrIp"] for each in found()["box-gateway"]["IpPermissions"][0]["IpRanges"]] == ["10.20.0.0/16"]


def test_a_deleted_group_is_made_again_and_named_again(converge, params, ec2, found):
    converge("security_groups", **params)
    groups = found()
    drop_rule(ec2, groups["box-efs"])
    ec2.delete_security_group(GroupId=groups["box-host"]["GroupId"])
    result = converge("security_groups", **params)
    assert actions(result) == {"box-gateway": "keep", "box-efs": "update", "box-host": "create"}


def test_a_repeat_is_one_call(run_module, calls_of, params):
    run_module("security_groups", **params)
    assert calls_of("security_groups", **params) == ["DescribeSecurityGroups"]


def test_check_mode_without_a_vpc(run_module, calls_of, params):
    without_vpc = {**params, "vpc_id": UNKNOWN, "check_mode": True}
    result = run_module("security_groups", **without_vpc)
    assert set(actions(result).values()) == {"create"}
    assert result["groups"]["box-host"] == {"id": UNKNOWN, "name": "box-host"}
    assert calls_of("security_groups", **without_vpc) == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_group_of_others_is_left_alone(run_module, params, ec2, found, state):
    ec2.create_security_group(GroupName="box-host", Description="mine", VpcId=params["vpc_id"])
    before = found()
    for check_mode in (True, False):
        result = run_module("security_groups", check_mode=check_mode, state=state, **params)
        assert result["failed"]
        assert "do not say that it belongs to this deployment" in result["msg"]
    assert found() == before


def test_deleted_and_nothing_left(converge, params, found):
    before = found()
    converge("security_groups", **params)
    result = converge("security_groups", state="absent", **params)
    assert actions(result) == dict.fromkeys(["box-gateway", "box-efs", "box-host"], "delete")
    assert found() == before


def test_a_group_in_use_names_its_user(run_module, params, ec2, no_delay, local_aws):
    result = run_module("security_groups", **params)
    ec2.create_network_interface(
        SubnetId=local_aws.network()["a"], Groups=[result["groups"]["box-host"]["id"]], Description="a task's"
    )
    result = run_module("security_groups", state="absent", wait_timeout=6, **params)
    assert "is still in use after 6 seconds" in result["msg"]
    assert "(a task's)" in result["msg"]
    assert sum(no_delay) == 6


def test_ports_are_required_where_there_are_any(run_module, params):
    result = run_module("security_groups", **{**params, "groups": [{"name": "x", "ingress": [{"from_port": 1}]}]})
    assert "to_port" in result["msg"]
