# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service-linked roles: those that are missing are made, whoever made the others."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._iam import api
from ansible_collections.openclaw.ecs.plugins.module_utils._iam import service_linked


def role(path, name="AWSServiceRoleForECS"):
    return {
        "Path": path,
        "RoleName": name,
        "RoleId": "AROAEXAMPLE0123456789",
        "Arn": f"arn:aws:iam::123456789012:role{path}{name}",
        "CreateDate": "2026-11-22T00:00:00Z",
    }


ECS = role("/aws-service-role/ecs.amazonaws.com/")


@pytest.mark.parametrize(
    ("roles", "actions"),
    [
        ([], ["create", "create"]),
        ([ECS], ["keep", "create"]),
        ([role("/aws-service-role/autoscaling.amazonaws.com/"), ECS], ["keep", "keep"]),
        ([role("/aws-service-role/ecs.application-autoscaling.amazonaws.com/")], ["create", "create"]),
    ],
)
def test_plan(roles, actions):
    services = ["ecs.amazonaws.com", "autoscaling.amazonaws.com"]
    changes = service_linked.plan(services, service_linked.by_service(roles))
    assert [change.action for change in changes] == actions


def test_only_service_linked_roles_are_listed_on_all_pages(stubbed):
    client, stubber = stubbed("iam")
    stubber.add_response(
        "list_roles", {"Roles": [ECS], "IsTruncated": True, "Marker": "more"}, {"PathPrefix": "/aws-service-role/"}
    )
    stubber.add_response(
        "list_roles",
        {"Roles": [ECS], "IsTruncated": False},
        {"PathPrefix": "/aws-service-role/", "Marker": "more"},
    )
    assert len(api.list_service_linked_roles(client)) == 2
