# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_service_linked_roles against the local AWS."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.modules.iam_service_linked_roles import create

ECS, SCALING = "ecs.amazonaws.com", "autoscaling.amazonaws.com"
PARAMS = {"services": [ECS, SCALING]}


def test_what_is_missing_is_made(converge, local_aws):
    iam = local_aws.client("iam")
    made = iam.create_service_linked_role(AWSServiceName=ECS)["Role"]
    result = converge("iam_service_linked_roles", **PARAMS)
    assert [action["action"] for action in result["actions"]] == ["keep", "create"]
    assert result["service_linked_roles"][ECS] == {"name": made["RoleName"], "arn": made["Arn"]}
    listed = {role["Arn"] for role in iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]}
    assert {role["arn"] for role in result["service_linked_roles"].values()} == listed


def test_a_repeat_is_one_call(run_module, calls_of):
    run_module("iam_service_linked_roles", **PARAMS)
    assert calls_of("iam_service_linked_roles", **PARAMS) == ["ListRoles"]


def test_check_mode_makes_none(run_module, local_aws):
    result = run_module("iam_service_linked_roles", check_mode=True, **PARAMS)
    assert result["service_linked_roles"][ECS]["arn"] == "(known after it is created)"
    assert local_aws.client("iam").list_roles(PathPrefix="/aws-service-role/")["Roles"] == []


def test_a_refusal_is_told_with_the_service(run_module, local_aws):
    fault = {"service": "iam", "action": "CreateServiceLinkedRole", "code": "AccessDenied", "message": "no", "times": 1}
    local_aws.control("POST", "faults", **fault)
    message = run_module("iam_service_linked_roles", **PARAMS)["msg"]
    assert f"Could not create the service-linked role of {ECS}" in message


def test_a_role_that_aws_made_in_between_is_found(stubbed):
    client, stubber = stubbed("iam")
    message = "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix."
    stubber.add_client_error("create_service_linked_role", "InvalidInput", message)
    arn = f"arn:aws:iam::123456789012:role/aws-service-role/{ECS}/AWSServiceRoleForECS"
    role = {"Path": f"/aws-service-role/{ECS}/", "RoleName": "AWSServiceRoleForECS", "RoleId": "A" * 16, "Arn": arn}
    stubber.add_response("list_roles", {"Roles": [{**role, "CreateDate": "2026-11-22"}], "IsTruncated": False})
    assert create(client, ECS) == {"name": "AWSServiceRoleForECS", "arn": arn}


def test_a_service_that_aws_does_not_know_is_refused(stubbed):
    client, stubber = stubbed("iam")
    stubber.add_client_error("create_service_linked_role", "InvalidInput", "Service is not supported")
    with pytest.raises(DeploymentError, match="service-linked role of nothing"):
        create(client, "nothing")
