# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access points: the plan, and the API functions with the requests they make."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import access_point
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import api

PARAMS = {
    "name": "box-gateway",
    "file_system_id": "fs-1",
    "path": "/openclaw",
    "uid": 1000,
    "gid": 1000,
    "permissions": "755",
    "tags": {"Name": "box-gateway", "openclaw:deployment": "box"},
}


def described(**changes):
    return {
        "AccessPointId": "fsap-1",
        "AccessPointArn": "arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-1",
        "ClientToken": "box-gateway",
        "LifeCycleState": "available",
        "PosixUser": {"Uid": 1000, "Gid": 1000},
        "RootDirectory": {
            "Path": "/openclaw",
            "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "755"},
        },
        "Tags": [{"Key": "Name", "Value": "box-gateway"}, {"Key": "openclaw:deployment", "Value": "box"}],
        **changes,
    }


@pytest.mark.parametrize(
    ("found", "action"),
    [
        ([], "create"),
        ([described()], "keep"),
        ([described(ClientToken="another")], "create"),
        ([described(LifeCycleState="deleting")], "create"),
        ([described(Tags=[{"Key": "openclaw:deployment", "Value": "box"}])], "update"),
        ([described(ClientToken="another"), described()], "keep"),
    ],
)
def test_plan(found, action):
    assert access_point.plan(PARAMS, access_point.find(found, "box-gateway")).action == action


def test_tags_of_others_are_kept():
    current = access_point.normalize(described(Tags=[{"Key": "cost-center", "Value": "7"}]))
    assert access_point.plan(PARAMS, current).after["tags"]["cost-center"] == "7"


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"path": "/other"}, "path '/openclaw' instead of '/other'"), ({"uid": 0}, "uid 1000 instead of 0")],
)
def test_what_aws_cannot_change_is_refused_with_the_remedy(change, expected):
    with pytest.raises(DeploymentError, match=expected) as refused:
        access_point.plan({**PARAMS, **change}, access_point.normalize(described()))
    assert "its files stay" in refused.value.message


def test_all_pages_are_read(stubbed):
    client, stubber = stubbed("efs")
    stubber.add_response(
        "describe_access_points", {"AccessPoints": [described()], "NextToken": "more"}, {"FileSystemId": "fs-1"}
    )
    stubber.add_response(
        "describe_access_points",
        {"AccessPoints": [described(AccessPointId="fsap-2")]},
        {"FileSystemId": "fs-1", "NextToken": "more"},
    )
    assert [each["AccessPointId"] for each in api.describe_access_points(client, "fs-1")] == ["fsap-1", "fsap-2"]


def test_a_file_system_that_does_not_exist_has_no_access_points(stubbed):
    client, stubber = stubbed("efs")
    stubber.add_client_error("describe_access_points", "FileSystemNotFound")
    assert api.describe_access_points(client, "fs-1") == []


def test_creation_waits_out_a_file_system_in_creation(stubbed, no_delay):
    client, stubber = stubbed("efs")
    arguments = access_point.creation_arguments(PARAMS)
    stubber.add_client_error("create_access_point", "IncorrectFileSystemLifeCycleState", expected_params=arguments)
    stubber.add_response("create_access_point", described(LifeCycleState="creating"), arguments)
    assert api.create_access_point(client, **arguments)["AccessPointId"] == "fsap-1"
    assert len(no_delay) == 1


def test_the_wait_ends_when_available(stubbed, no_delay):
    client, stubber = stubbed("efs")
    for state in ("creating", "creating", "available"):
        stubber.add_response(
            "describe_access_points",
            {"AccessPoints": [described(LifeCycleState=state)]},
            {"AccessPointId": "fsap-1"},
        )
    api.wait_for_access_point(client, "fsap-1", timeout=60)
    assert no_delay == [2, 2]


@pytest.mark.parametrize(("answers", "timeout"), [(["creating"] * 4, 6), (["creating", "error"], 60)])
def test_the_wait_gives_up_at_its_limit_and_on_failure(stubbed, no_delay, answers, timeout):
    client, stubber = stubbed("efs")
    for state in answers:
        stubber.add_response("describe_access_points", {"AccessPoints": [described(LifeCycleState=state)]})
    with pytest.raises(DeploymentError, match="Gave up waiting to see access point fsap-1 become available"):
        api.wait_for_access_point(client, "fsap-1", timeout=timeout)
