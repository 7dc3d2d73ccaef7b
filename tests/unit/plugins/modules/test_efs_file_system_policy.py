# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""efs_file_system_policy against the local AWS: put, repeat, drift, refusal, delete."""

from __future__ import annotations

import json

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN

TAGS = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "NoMountWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "elasticfilesystem:Client*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}


def made_file_system(local_aws, tags):
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return local_aws.client("efs").create_file_system(CreationToken="box", Tags=listed)["FileSystemId"]


@pytest.fixture
def params(local_aws):
    """A policy for a file system of the deployment."""
    return {"file_system_id": made_file_system(local_aws, TAGS), "policy": POLICY, "tags": TAGS}


def stored(local_aws, file_system_id):
    """The policy as it is stored, without the ID that EFS gives it."""
    policy = json.loads(local_aws.client("efs").describe_file_system_policy(FileSystemId=file_system_id)["Policy"])
    return {key: value for key, value in policy.items() if key != "Id"}


def test_put_and_repeat(converge, params, local_aws):
    result = converge("efs_file_system_policy", **params)
    assert [each["action"] for each in result["actions"]] == ["create"]
    assert stored(local_aws, params["file_system_id"]) == POLICY


def test_a_repeat_reads_once(run_module, params, local_aws):
    run_module("efs_file_system_policy", **params)
    start = local_aws.control("GET", "log")["next"]
    run_module("efs_file_system_policy", **params)
    assert [entry["action"] for entry in local_aws.log(start)] == ["DescribeFileSystemPolicy"]


def test_drift_is_mended(converge, params, local_aws):
    other = {**POLICY, "Statement": [{**POLICY["Statement"][0], "Effect": "Allow"}]}
    local_aws.client("efs").put_file_system_policy(FileSystemId=params["file_system_id"], Policy=json.dumps(other))
    result = converge("efs_file_system_policy", **params)
    assert [each["action"] for each in result["actions"]] == ["update"]
    assert stored(local_aws, params["file_system_id"]) == POLICY


def test_check_mode_before_there_is_a_file_system(run_module, params):
    planned = run_module("efs_file_system_policy", check_mode=True, **{**params, "file_system_id": UNKNOWN})
    assert [each["action"] for each in planned["actions"]] == ["create"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_policy_of_others_is_left_alone(run_module, params, local_aws, check_mode):
    refused = run_module(
        "efs_file_system_policy",
        check_mode=check_mode,
        **{**params, "tags": {"openclaw:deployment": "another"}},
    )
    assert refused["failed"]
    assert "left as it is" in refused["msg"]


def test_absent_and_absent_again(converge, run_module, params, local_aws):
    run_module("efs_file_system_policy", **params)
    result = converge("efs_file_system_policy", state="absent", **params)
    assert [each["action"] for each in result["actions"]] == ["delete"]
    efs = local_aws.client("efs")
    with pytest.raises(efs.exceptions.PolicyNotFound):
        stored(local_aws, params["file_system_id"])
