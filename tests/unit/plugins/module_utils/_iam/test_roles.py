# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles: the plan, and the API functions with the requests they make."""

from __future__ import annotations

import json

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._iam import api
from ansible_collections.openclaw.ecs.plugins.module_utils._iam import roles
from ansible_collections.openclaw.ecs.plugins.module_utils._iam.roles import Member

OWNER = {"openclaw:deployment": "box", "openclaw:region": "eu-central-1"}
NAME = "box-task"
ARN = "arn:aws:iam::123456789012:role/box-task"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
INVOKE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": ["a", "b"]}],
}
INVOKE_IN_OTHER_WORDS = {
    "Version": "2012-10-17",
    "Statement": {"Resource": ["b", "a"], "Action": ["bedrock:InvokeModel"], "Effect": "Allow"},
}


def wanted(**changes):
    return {
        "name": NAME,
        "description": "the gateway",
        "service": "ecs-tasks.amazonaws.com",
        "trust_conditions": None,
        "managed_policies": [],
        "inline_policies": {"bedrock": INVOKE},
        "instance_profile": False,
        **changes,
    }


def role(**changes):
    return {
        "arn": ARN,
        "id": "AROA1",
        "description": "the gateway",
        "trust": roles.trust_policy("ecs-tasks.amazonaws.com", None),
        "managed_policies": [],
        "inline_policies": {"bedrock": INVOKE},
        "tags": {**OWNER, "Name": NAME},
        **changes,
    }


def profile(**changes):
    return {"arn": "arn:profile", "roles": [NAME], "tags": {**OWNER, "Name": NAME}, **changes}


def plan(want, found=None, found_profile=None):
    return roles.plan({"roles": [want], "tags": OWNER}, {NAME: Member(found, found_profile)})


ONCE = {"StringEquals": {"aws:SourceAccount": "123456789012"}}


@pytest.mark.parametrize(
    ("want", "found", "action", "settings"),
    [
        ({}, None, "create", None),
        ({}, role(), "keep", None),
        ({}, role(description="old"), "update", ["description"]),
        ({"service": "ec2.amazonaws.com"}, role(), "update", ["trust"]),
        ({"trust_conditions": ONCE}, role(), "update", ["trust"]),
        ({"managed_policies": [READ_ONLY]}, role(), "update", ["managed_policies"]),
        ({}, role(managed_policies=[READ_ONLY]), "update", ["managed_policies"]),
        ({}, role(inline_policies={}), "update", ["inline_policies"]),
        ({}, role(inline_policies={"bedrock": INVOKE, "more": INVOKE}), "update", ["inline_policies"]),
        ({}, role(inline_policies={"bedrock": INVOKE_IN_OTHER_WORDS}), "keep", None),
        ({"inline_policies": {}}, role(), "update", ["inline_policies"]),
        ({}, role(tags=OWNER), "update", ["tags"]),
        ({}, role(tags={**OWNER, "Name": NAME, "cost-center": "7"}), "keep", None),
    ],
)
def test_plan(want, found, action, settings):
    (change,) = plan(wanted(**want), found)
    assert change.action == action
    if settings:
        assert change.differences == settings


@pytest.mark.parametrize(
    ("found", "action", "settings"),
    [
        (None, "create", None),
        (profile(), "keep", None),
        (profile(roles=[]), "update", ["roles"]),
        (profile(roles=["another"]), "update", ["roles"]),
        (profile(tags=OWNER), "update", ["tags"]),
    ],
)
def test_plan_of_the_instance_profile(found, action, settings):
    kept, change = plan(wanted(instance_profile=True), role(), found)
    assert (kept.action, change.resource, change.action) == ("keep", "instance profile", action)
    if settings:
        assert change.differences == settings


@pytest.mark.parametrize(
    ("member", "what"),
    [(Member(role(tags={}), None), f"Role {NAME}"), (Member(None, profile(tags={})), f"Instance profile {NAME}")],
)
def test_what_belongs_to_others_is_refused(member, what):
    params = {"roles": [wanted()], "tags": OWNER}
    for planning in (roles.plan, roles.plan_removal):
        with pytest.raises(DeploymentError, match=what):
            planning(params, {NAME: member})


def test_removal_takes_the_profile_first():
    changes = roles.plan_removal({"tags": OWNER}, {NAME: Member(role(), profile()), "gone": Member(None, None)})
    assert [(change.resource, change.action) for change in changes] == [
        ("instance profile", "delete"),
        ("role", "delete"),
    ]


def test_the_trust_policy_holds_the_conditions():
    (statement,) = roles.trust_policy("ecs-tasks.amazonaws.com", ONCE)["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": ONCE,
    }


@pytest.mark.parametrize(
    ("operation", "call", "expected"),
    [
        ("get_role", api.get_role, None),
        ("get_instance_profile", api.get_instance_profile, None),
        ("list_attached_role_policies", api.list_attached_policies, []),
        ("list_role_policies", api.list_inline_policies, []),
        ("delete_role", api.delete_role, None),
        ("delete_instance_profile", api.delete_instance_profile, None),
    ],
)
def test_what_does_not_exist_is_no_error(stubbed, operation, call, expected):
    client, stubber = stubbed("iam")
    stubber.add_client_error(operation, "NoSuchEntity")
    assert call(client, NAME) == expected


def test_all_pages_of_policies_are_read(stubbed):
    client, stubber = stubbed("iam")
    stubber.add_response("list_role_policies", {"PolicyNames": ["b"], "IsTruncated": True, "Marker": "more"})
    stubber.add_response(
        "list_role_policies", {"PolicyNames": ["a"], "IsTruncated": False}, {"RoleName": NAME, "Marker": "more"}
    )
    assert api.list_inline_policies(client, NAME) == ["a", "b"]


def test_documents_are_sent_as_json(stubbed):
    client, stubber = stubbed("iam")
    request = {"RoleName": NAME, "PolicyName": "bedrock", "PolicyDocument": json.dumps(INVOKE)}
    stubber.add_response("put_role_policy", {}, request)
    stubber.add_response("update_assume_role_policy", {}, {"RoleName": NAME, "PolicyDocument": json.dumps(INVOKE)})
    api.put_inline_policy(client, NAME, "bedrock", INVOKE)
    api.update_trust(client, NAME, INVOKE)


def test_other_errors_say_what_was_tried(stubbed):
    client, stubber = stubbed("iam")
    stubber.add_client_error("delete_role", "DeleteConflict", "Must remove roles from instance profile first.")
    with pytest.raises(DeploymentError, match=f"Could not delete role {NAME}"):
        api.delete_role(client, NAME)
