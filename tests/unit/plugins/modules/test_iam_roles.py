# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_roles against the local AWS: roles with policies and profiles, their drift, and their end."""

from __future__ import annotations

import json

import pytest

OWNER = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
UNKNOWN = "(known after it is created)"
ECS_FOR_EC2 = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
INVOKE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["bedrock:InvokeModel"], "Resource": "*"}],
}
TASK, HOST = "box-us-east-1-task", "box-us-east-1-instance"
ROLES = [
    {
        "name": TASK,
        "description": "the gateway",
        "service": "ecs-tasks.amazonaws.com",
        "trust_conditions": {"StringEquals": {"aws:SourceAccount": "000000000000"}},
        "inline_policies": {"bedrock": INVOKE},
    },
    {"name": HOST, "service": "ec2.amazonaws.com", "managed_policies": [ECS_FOR_EC2], "instance_profile": True},
]
PARAMS = {"roles": ROLES, "tags": OWNER}


@pytest.fixture
def iam(local_aws):
    return local_aws.client("iam")


def names(iam):
    """The roles and instance profiles there are."""
    return {role["RoleName"] for role in iam.list_roles()["Roles"]} | {
        profile["InstanceProfileName"] for profile in iam.list_instance_profiles()["InstanceProfiles"]
    }


def changed(result):
    return [action for action in result["actions"] if action["action"] != "keep"]


def test_created_with_policies_and_profile(converge, iam):
    result = converge("iam_roles", **PARAMS)
    assert [(action["resource"], action["name"], action["action"]) for action in result["actions"]] == [
        ("role", TASK, "create"),
        ("role", HOST, "create"),
        ("instance profile", HOST, "create"),
    ]
    task = iam.get_role(RoleName=TASK)["Role"]
    assert result["roles"][TASK] == {"arn": task["Arn"], "id": task["RoleId"]}
    assert task["Description"] == "the gateway"
    (statement,) = task["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert statement["Condition"] == ROLES[0]["trust_conditions"]
    assert {tag["Key"]: tag["Value"] for tag in task["Tags"]} == {**OWNER, "Name": TASK}
    assert iam.get_role_policy(RoleName=TASK, PolicyName="bedrock")["PolicyDocument"] == INVOKE
    attached = iam.list_attached_role_policies(RoleName=HOST)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [ECS_FOR_EC2]
    profile = iam.get_instance_profile(InstanceProfileName=HOST)["InstanceProfile"]
    assert result["instance_profiles"] == {HOST: profile["Arn"]}
    assert [role["RoleName"] for role in profile["Roles"]] == [HOST]
    assert {tag["Key"]: tag["Value"] for tag in profile["Tags"]} == {**OWNER, "Name": HOST}


def open_trust(iam):
    trust = iam.get_role(RoleName=TASK)["Role"]["AssumeRolePolicyDocument"]
    del trust["Statement"][0]["Condition"]
    iam.update_assume_role_policy(RoleName=TASK, PolicyDocument=json.dumps(trust))


def widen_policy(iam):
    document = {**INVOKE, "Statement": [{**INVOKE["Statement"][0], "Action": "*"}]}
    iam.put_role_policy(RoleName=TASK, PolicyName="bedrock", PolicyDocument=json.dumps(document))


def add_policy(iam):
    iam.put_role_policy(RoleName=TASK, PolicyName="more", PolicyDocument=json.dumps(INVOKE))


def drop_policy(iam):
    iam.delete_role_policy(RoleName=TASK, PolicyName="bedrock")


def attach(iam):
    iam.attach_role_policy(RoleName=TASK, PolicyArn=READ_ONLY)


def detach(iam):
    iam.detach_role_policy(RoleName=HOST, PolicyArn=ECS_FOR_EC2)


def describe(iam):
    iam.update_role(RoleName=TASK, Description="changed")


def rename(iam):
    iam.tag_role(RoleName=TASK, Tags=[{"Key": "Name", "Value": "changed"}])


def empty_profile(iam):
    iam.remove_role_from_instance_profile(InstanceProfileName=HOST, RoleName=HOST)


def swap_role(iam):
    empty_profile(iam)
    iam.add_role_to_instance_profile(InstanceProfileName=HOST, RoleName=TASK)


def rename_profile(iam):
    iam.tag_instance_profile(InstanceProfileName=HOST, Tags=[{"Key": "Name", "Value": "changed"}])


def drop_profile(iam):
    empty_profile(iam)
    iam.delete_instance_profile(InstanceProfileName=HOST)


@pytest.mark.parametrize(
    ("drift", "expected"),
    [
        (open_trust, ("role", TASK, ["trust"])),
        (widen_policy, ("role", TASK, ["inline_policies"])),
        (add_policy, ("role", TASK, ["inline_policies"])),
        (drop_policy, ("role", TASK, ["inline_policies"])),
        (attach, ("role", TASK, ["managed_policies"])),
        (detach, ("role", HOST, ["managed_policies"])),
        (describe, ("role", TASK, ["description"])),
        (rename, ("role", TASK, ["tags"])),
        (empty_profile, ("instance profile", HOST, ["roles"])),
        (swap_role, ("instance profile", HOST, ["roles"])),
        (rename_profile, ("instance profile", HOST, ["tags"])),
        (drop_profile, ("instance profile", HOST, None)),
    ],
)
def test_a_change_behind_its_back_is_mended(converge, iam, drift, expected):
    converge("iam_roles", **PARAMS)
    drift(iam)
    (action,) = changed(converge("iam_roles", **PARAMS))
    assert (action["resource"], action["name"], action.get("settings")) == expected


def test_the_same_said_in_other_words_is_no_change(run_module, iam):
    run_module("iam_roles", **PARAMS)
    document = {"Statement": {"Resource": ["*"], "Action": "bedrock:InvokeModel", "Effect": "Allow"}}
    document["Version"] = "2012-10-17"
    iam.put_role_policy(RoleName=TASK, PolicyName="bedrock", PolicyDocument=json.dumps(document))
    assert not run_module("iam_roles", **PARAMS)["changed"]


def test_a_repeat_reads_and_no_more(run_module, calls_of):
    run_module("iam_roles", **PARAMS)
    read = ["GetRole", "ListAttachedRolePolicies", "ListRolePolicies"]
    assert sorted(calls_of("iam_roles", **PARAMS)) == sorted([*read, *read, "GetInstanceProfile", "GetRolePolicy"])


def test_arns_are_unknown_before_creation(run_module, iam):
    before = names(iam)
    result = run_module("iam_roles", check_mode=True, **PARAMS)
    assert result["roles"][TASK] == {"arn": UNKNOWN, "id": UNKNOWN}
    assert result["instance_profiles"] == {HOST: UNKNOWN}
    assert names(iam) == before


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_role_of_others_stops_everything(run_module, iam, state):
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_role(RoleName=HOST, AssumeRolePolicyDocument=json.dumps(trust))
    before = names(iam)
    for check_mode in (True, False):
        result = run_module("iam_roles", check_mode=check_mode, state=state, **PARAMS)
        assert "do not say that it belongs to this deployment" in result["msg"]
    assert names(iam) == before


def test_deleted_with_all_that_was_attached_meanwhile(converge, iam):
    before = names(iam)
    converge("iam_roles", **PARAMS)
    add_policy(iam)
    attach(iam)
    swap_role(iam)
    result = converge("iam_roles", state="absent", **PARAMS)
    assert {action["action"] for action in result["actions"]} == {"delete"}
    assert names(iam) == before
