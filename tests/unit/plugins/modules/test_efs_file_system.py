# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""efs_file_system against the local AWS: create, repeat, drift, refusal, delete."""

from __future__ import annotations

import pytest

TAGS = {"Name": "box", "openclaw:deployment": "box", "openclaw:region": "us-east-1"}


@pytest.fixture
def network(local_aws):
    """Two subnets in different zones, and two security groups."""
    ec2 = local_aws.client("ec2")
    ids = local_aws.network()
    for name in ("one", "two"):
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=ids["vpc"])
        ids[name] = group["GroupId"]
    return ids


@pytest.fixture
def params(network):
    """A file system with one mount target."""
    return {"name": "box", "mount_targets": mount_targets(network, "a"), "tags": TAGS}


def mount_targets(network, *zones, group="one"):
    return [{"subnet_id": network[zone], "security_group_ids": [network[group]]} for zone in zones]


def outcome(result):
    return [(each["resource"], each["action"]) for each in result["actions"]]


def test_create_and_repeat(converge, params, network, local_aws):
    result = converge("efs_file_system", **params)
    assert outcome(result) == [("file system", "create"), ("mount target", "create")]
    assert result["available"] is True
    assert result["file_system"]["mount_targets"][0]["subnet_id"] == network["a"]
    assert result["file_system"]["dns_name"] == f"{result['file_system']['id']}.efs.us-east-1.amazonaws.com"

    efs = local_aws.client("efs")
    (found,) = efs.describe_file_systems(CreationToken="box")["FileSystems"]
    assert (found["Encrypted"], found["PerformanceMode"], found["ThroughputMode"]) == (
        True,
        "generalPurpose",
        "elastic",
    )
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == TAGS
    backup = efs.describe_backup_policy(FileSystemId=found["FileSystemId"])["BackupPolicy"]["Status"]
    assert backup in ("ENABLED", "ENABLING")


def test_a_repeat_reads_four_times(run_module, params, local_aws):
    run_module("efs_file_system", **params)
    start = local_aws.control("GET", "log")["next"]
    run_module("efs_file_system", **params)
    assert [entry["action"] for entry in local_aws.log(start)] == [
        "DescribeFileSystems",
        "DescribeBackupPolicy",
        "DescribeMountTargets",
        "DescribeMountTargetSecurityGroups",
    ]


def test_drift_is_mended(converge, run_module, params, network, local_aws):
    file_system_id = run_module("efs_file_system", **params)["file_system"]["id"]
    efs = local_aws.client("efs")
    (mount_target,) = efs.describe_mount_targets(FileSystemId=file_system_id)["MountTargets"]
    efs.modify_mount_target_security_groups(
        MountTargetId=mount_target["MountTargetId"], SecurityGroups=[network["two"]]
    )
    efs.put_backup_policy(FileSystemId=file_system_id, BackupPolicy={"Status": "DISABLED"})
    efs.update_file_system(FileSystemId=file_system_id, ThroughputMode="bursting")
    efs.untag_resource(ResourceId=file_system_id, TagKeys=["Name"])
    efs.tag_resource(ResourceId=file_system_id, Tags=[{"Key": "cost-center", "Value": "7"}])

    result = converge("efs_file_system", **params)
    assert result["actions"] == [
        {
            "resource": "file system",
            "name": "box",
            "action": "update",
            "settings": ["backup", "tags", "throughput_mode"],
        },
        {
            "resource": "mount target",
            "name": network["a"],
            "action": "update",
            "settings": ["security_group_ids"],
        },
    ]
    (found,) = efs.describe_file_systems(FileSystemId=file_system_id)["FileSystems"]
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {**TAGS, "cost-center": "7"}


def test_a_mount_target_deleted_behind_its_back_comes_back(converge, run_module, params, local_aws):
    file_system_id = run_module("efs_file_system", **params)["file_system"]["id"]
    efs = local_aws.client("efs")
    (mount_target,) = efs.describe_mount_targets(FileSystemId=file_system_id)["MountTargets"]
    efs.delete_mount_target(MountTargetId=mount_target["MountTargetId"])
    result = converge("efs_file_system", **params)
    assert outcome(result) == [("file system", "keep"), ("mount target", "create")]


@pytest.mark.parametrize(
    ("purge", "expected", "left"),
    [(True, ["keep", "delete", "create"], ["b"]), (False, ["keep", "create"], ["a", "b"])],
)
def test_moving_to_another_zone(converge, run_module, params, network, purge, expected, left):
    run_module("efs_file_system", **params)
    moved = {**params, "mount_targets": mount_targets(network, "b"), "purge_mount_targets": purge}
    result = converge("efs_file_system", **moved)
    assert [action for _resource, action in outcome(result)] == expected
    assert sorted(each["az"][-1] for each in result["file_system"]["mount_targets"]) == left


@pytest.mark.parametrize("purge", [True, False])
def test_moving_within_a_zone_keeps_the_mount_target(converge, run_module, params, network, local_aws, purge):
    made = run_module("efs_file_system", **params)["file_system"]
    ec2 = local_aws.client("ec2")
    zone = made["mount_targets"][0]["az"]
    subnet = ec2.create_subnet(VpcId=network["vpc"], CidrBlock="10.20.200.0/24", AvailabilityZone=zone)["Subnet"]
    elsewhere = [{"subnet_id": subnet["SubnetId"], "security_group_ids": [network["two"]]}]
    result = converge("efs_file_system", **{**params, "mount_targets": elsewhere, "purge_mount_targets": purge})
    assert outcome(result) == [("file system", "keep"), ("mount target", "update")]
    (kept,) = result["file_system"]["mount_targets"]
    assert (kept["id"], kept["security_group_ids"]) == (made["mount_targets"][0]["id"], [network["two"]])


def test_what_is_still_coming_is_said_and_awaited_by_the_next_run(run_module, params, local_aws):
    local_aws.control("POST", "latency", scale=0.02)
    started = run_module("efs_file_system", wait=False, **params)
    assert started["available"] is False
    awaited = run_module("efs_file_system", wait_timeout=5, **params)
    assert (awaited["changed"], awaited["available"]) == (False, True)


def test_encryption_that_differs_is_refused_in_check_mode_too(run_module, params):
    run_module("efs_file_system", **params)
    for check_mode in (True, False):
        refused = run_module("efs_file_system", check_mode=check_mode, **{**params, "encrypted": False})
        assert refused["failed"]
        assert "encrypted True instead of False" in refused["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_belongs_to_others_is_left_alone(run_module, params, local_aws, state):
    efs = local_aws.client("efs")
    foreign = efs.create_file_system(CreationToken="box", Encrypted=True)["FileSystemId"]
    refused = run_module("efs_file_system", state=state, **params)
    assert refused["failed"]
    assert "left as it is" in refused["msg"]
    assert efs.describe_file_systems(FileSystemId=foreign)["FileSystems"]


def test_absent_and_absent_again(converge, run_module, params, local_aws):
    run_module("efs_file_system", **params)
    result = converge("efs_file_system", state="absent", **params)
    assert outcome(result) == [("mount target", "delete"), ("file system", "delete")]
    assert result["file_system"] is None
    assert local_aws.client("efs").describe_file_systems()["FileSystems"] == []


def test_the_data_stay_when_only_the_mount_targets_go(converge, run_module, params, local_aws):
    made = run_module("efs_file_system", **params)["file_system"]
    efs = local_aws.client("efs")
    efs.put_backup_policy(FileSystemId=made["id"], BackupPolicy={"Status": "DISABLED"})
    result = converge("efs_file_system", state="absent", keep_file_system=True, **params)
    assert outcome(result) == [("mount target", "delete"), ("file system", "keep")]
    assert (result["file_system"]["id"], result["file_system"]["mount_targets"]) == (made["id"], [])
    assert efs.describe_mount_targets(FileSystemId=made["id"])["MountTargets"] == []
    assert efs.describe_backup_policy(FileSystemId=made["id"])["BackupPolicy"]["Status"] == "DISABLED"


def test_keeping_a_file_system_that_is_not_there_creates_none(run_module, params, local_aws):
    result = run_module("efs_file_system", state="absent", keep_file_system=True, **params)
    assert (result["changed"], result["actions"], result["file_system"]) == (False, [], None)
    assert local_aws.client("efs").describe_file_systems()["FileSystems"] == []


def test_a_name_is_free_again_after_a_deletion(run_module, params, local_aws):
    run_module("efs_file_system", **params)
    local_aws.control("POST", "latency", scale=0.02)
    run_module("efs_file_system", state="absent", wait=False, wait_timeout=5, **params)
    created = run_module("efs_file_system", wait=False, wait_timeout=5, **params)
    assert outcome(created) == [("file system", "create"), ("mount target", "create")]
