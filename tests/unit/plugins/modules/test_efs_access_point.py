# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""efs_access_point against the local AWS: create, repeat, drift, refusal, delete."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN

TAGS = {"Name": "box-gateway", "openclaw:deployment": "box", "openclaw:region": "us-east-1"}


@pytest.fixture
def params(local_aws):
    """The gateway's access point on a new file system."""
    file_system = local_aws.client("efs").create_file_system(CreationToken="box")
    return {
        "name": "box-gateway",
        "file_system_id": file_system["FileSystemId"],
        "path": "/openclaw",
        "tags": TAGS,
    }


def found(local_aws, params):
    return local_aws.client("efs").describe_access_points(FileSystemId=params["file_system_id"])["AccessPoints"]


def test_create_and_repeat(converge, params, local_aws):
    result = converge("efs_access_point", **params)
    assert [each["action"] for each in result["actions"]] == ["create"]
    (access_point,) = found(local_aws, params)
    assert result["access_point"]["id"] == access_point["AccessPointId"]
    assert result["access_point"]["state"] == "available"
    assert access_point["PosixUser"] == {"Uid": 1000, "Gid": 1000}
    assert access_point["RootDirectory"]["CreationInfo"]["Permissions"] == "755"
    assert {tag["Key"]: tag["Value"] for tag in access_point["Tags"]} == TAGS


def test_a_repeat_reads_once(run_module, params, local_aws):
    run_module("efs_access_point", **params)
    start = local_aws.control("GET", "log")["next"]
    run_module("efs_access_point", **params)
    assert [entry["action"] for entry in local_aws.log(start)] == ["DescribeAccessPoints"]


def test_it_is_awaited(run_module, params, local_aws):
    local_aws.control("POST", "latency", scale=0.02)
    assert run_module("efs_access_point", wait=False, **params)["access_point"]["state"] == "creating"
    assert run_module("efs_access_point", **params)["access_point"]["state"] == "available"


def test_missing_tags_come_back_and_those_of_others_stay(converge, run_module, params, local_aws):
    access_point_id = run_module("efs_access_point", **params)["access_point"]["id"]
    efs = local_aws.client("efs")
    efs.untag_resource(ResourceId=access_point_id, TagKeys=["Name"])
    efs.tag_resource(ResourceId=access_point_id, Tags=[{"Key": "cost-center", "Value": "7"}])
    result = converge("efs_access_point", **params)
    assert result["actions"][0]["settings"] == ["tags"]
    assert {tag["Key"]: tag["Value"] for tag in found(local_aws, params)[0]["Tags"]} == {**TAGS, "cost-center": "7"}


def test_deleted_behind_its_back_it_comes_back(converge, run_module, params, local_aws):
    access_point_id = run_module("efs_access_point", **params)["access_point"]["id"]
    local_aws.client("efs").delete_access_point(AccessPointId=access_point_id)
    assert [each["action"] for each in converge("efs_access_point", **params)["actions"]] == ["create"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_another_path_is_refused(run_module, params, check_mode):
    run_module("efs_access_point", **params)
    refused = run_module("efs_access_point", check_mode=check_mode, **{**params, "path": "/other"})
    assert refused["failed"]
    assert "path '/openclaw' instead of '/other'" in refused["msg"]


def test_check_mode_before_there_is_a_file_system(run_module, params):
    planned = run_module("efs_access_point", check_mode=True, **{**params, "file_system_id": UNKNOWN})
    assert [each["action"] for each in planned["actions"]] == ["create"]
    assert planned["access_point"]["id"] == UNKNOWN


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_belongs_to_others_is_left_alone(run_module, params, local_aws, state):
    run_module("efs_access_point", **params)
    others = {**params, "tags": {"openclaw:deployment": "another"}}
    refused = run_module("efs_access_point", state=state, **others)
    assert refused["failed"]
    assert "left as it is" in refused["msg"]
    assert len(found(local_aws, params)) == 1


def test_absent_and_absent_again(converge, run_module, params, local_aws):
    run_module("efs_access_point", **params)
    result = converge("efs_access_point", state="absent", **params)
    assert [each["action"] for each in result["actions"]] == ["delete"]
    assert found(local_aws, params) == []
