# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""File systems, mount targets and policies: the plans, and the API functions with the requests they make."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import api
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import file_system
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import file_system_policy

TAGS = {"Name": "box", "openclaw:deployment": "box"}
PARAMS = {
    "name": "box",
    "encrypted": True,
    "kms_key_id": None,
    "throughput_mode": "elastic",
    "backup": True,
    "tags": TAGS,
}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd"


def described(**changes):
    return {
        "OwnerId": "123456789012",
        "CreationToken": "box",
        "FileSystemId": "fs-1",
        "FileSystemArn": "arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-1",
        "CreationTime": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        "LifeCycleState": "available",
        "NumberOfMountTargets": 0,
        "SizeInBytes": {"Value": 6144},
        "PerformanceMode": "generalPurpose",
        "Encrypted": True,
        "KmsKeyId": KEY,
        "ThroughputMode": "elastic",
        "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()],
        **changes,
    }


def mount_target(subnet, groups=("sg-1",), **changes):
    return {
        "id": f"fsmt-{subnet}",
        "subnet_id": subnet,
        "az": f"zone-{subnet}",
        "state": "available",
        "ip_address": "10.0.0.5",
        "security_group_ids": list(groups),
        **changes,
    }


def wanted(*subnets, groups=("sg-1",)):
    return [{"subnet_id": subnet, "security_group_ids": list(groups)} for subnet in subnets]


@pytest.mark.parametrize(
    ("params", "found", "backup_status", "action", "differences"),
    [
        ({}, {}, "ENABLED", "keep", []),
        ({}, {}, "ENABLING", "keep", []),
        ({}, {}, "DISABLED", "update", ["backup"]),
        ({"backup": False}, {}, "DISABLING", "keep", []),
        ({"backup": False}, {}, "ENABLED", "update", ["backup"]),
        ({}, {"ThroughputMode": "bursting"}, "ENABLED", "update", ["throughput_mode"]),
        ({}, {"ThroughputMode": "provisioned"}, "ENABLED", "update", ["throughput_mode"]),
        ({}, {"Tags": [{"Key": "openclaw:deployment", "Value": "box"}]}, "ENABLED", "update", ["tags"]),
        ({}, {"LifeCycleState": "updating", "SizeInBytes": {"Value": 7}}, "ENABLED", "keep", []),
        ({"kms_key_id": "1234abcd"}, {}, "ENABLED", "keep", []),
        ({"kms_key_id": KEY}, {}, "ENABLED", "keep", []),
    ],
)
def test_plan(params, found, backup_status, action, differences):
    current = file_system.normalize(described(**found), backup_status)
    change = file_system.plan({**PARAMS, **params}, current)
    assert (change.action, change.differences) == (action, differences)


def test_what_is_missing_is_created_and_its_id_not_known_before():
    change = file_system.plan(PARAMS, None)
    assert change.action == "create"
    after = file_system.expected(change, None)
    assert (after["id"], after["throughput_mode"], after["backup"]) == (UNKNOWN, "elastic", True)
    assert file_system.creation_arguments({**PARAMS, "kms_key_id": KEY}) == {
        "CreationToken": "box",
        "PerformanceMode": "generalPurpose",
        "ThroughputMode": "elastic",
        "Encrypted": True,
        "Backup": True,
        "KmsKeyId": KEY,
    }
    assert "KmsKeyId" not in file_system.creation_arguments(PARAMS)


@pytest.mark.parametrize(
    ("params", "found", "expected"),
    [
        ({"encrypted": True}, {"Encrypted": False}, "encrypted False instead of True"),
        ({"kms_key_id": "other"}, {}, "kms_key '1234abcd' instead of 'other'"),
        ({}, {"PerformanceMode": "maxIO"}, "performance_mode 'maxIO' instead of 'generalPurpose'"),
    ],
)
def test_what_aws_cannot_change_is_refused_with_the_remedy(params, found, expected):
    with pytest.raises(DeploymentError, match=expected) as refused:
        file_system.plan({**PARAMS, **params}, file_system.normalize(described(**found), "ENABLED"))
    assert "fs-1" in refused.value.message
    assert "copy the data" in refused.value.message


@pytest.mark.parametrize(
    ("arn_start", "name"),
    [
        ("arn:aws:elasticfilesystem:eu-central-1", "fs-1.efs.eu-central-1.amazonaws.com"),
        ("arn:aws-cn:elasticfilesystem:cn-north-1", "fs-1.efs.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_dns_name(arn_start, name):
    found = described(FileSystemArn=f"{arn_start}:123456789012:file-system/fs-1")
    assert file_system.normalize(found, "ENABLED")["dns_name"] == name


@pytest.mark.parametrize(
    ("states", "staying", "leaving"),
    [([], None, None), (["deleting"], None, 0), (["deleting", "creating"], 1, 0), (["available"], 0, None)],
)
def test_what_is_being_deleted_is_told_from_what_stays(states, staying, leaving):
    found = [described(FileSystemId=f"fs-{number}", LifeCycleState=state) for number, state in enumerate(states)]
    assert file_system.find(found) == (None if staying is None else found[staying])
    assert file_system.find(found, leaving=True) == (None if leaving is None else found[leaving])


@pytest.mark.parametrize(
    ("found", "keep", "action"),
    [(True, False, "delete"), (True, True, "keep"), (False, False, None), (False, True, None)],
)
def test_plan_of_the_absence(found, keep, action):
    current = file_system.normalize(described(), "ENABLED") if found else None
    change = file_system.plan_absence("box", current, keep)
    assert (change.action if change else None) == action


@pytest.mark.parametrize(
    ("subnets", "current", "purge", "expected"),
    [
        ("a", [], True, [("a", "create")]),
        ("ab", [mount_target("a")], True, [("a", "keep"), ("b", "create")]),
        ("b", [mount_target("a")], True, [("a", "delete"), ("b", "create")]),
        ("b", [mount_target("a")], False, [("b", "create")]),
        ("a", [mount_target("a", groups=["sg-2"])], True, [("a", "update")]),
        ("", [mount_target("a")], True, [("a", "delete")]),
    ],
)
def test_plan_of_mount_targets(subnets, current, purge, expected):
    changes = file_system.plan_mount_targets(wanted(*subnets), current, purge)
    assert [(change.name, change.action) for change in changes] == expected


@pytest.mark.parametrize(
    ("subnet", "zone", "place"),
    [("other", "zone-a", "a"), ("other", "zone-c", "other"), ("b", None, "b")],
)
def test_a_zone_keeps_its_mount_target(subnet, zone, place):
    current = [{**mount_target(each), "az": f"zone-{each}"} for each in "ab"]
    (found,) = file_system.in_place(wanted(subnet), current, {subnet: zone} if zone else {})
    assert found == {**wanted(subnet)[0], "subnet_id": place}


def test_order_of_groups_does_not_matter():
    current = [mount_target("a", groups=["sg-1", "sg-2"])]
    (change,) = file_system.plan_mount_targets(wanted("a", groups=["sg-2", "sg-1"]), current, True)
    assert change.action == "keep"


def test_mount_targets_as_they_will_be():
    current = [mount_target("a"), mount_target("b")]
    changes = file_system.plan_mount_targets(wanted("b", "c", groups=["sg-2"]), current, True)
    after = {each["subnet_id"]: each for each in file_system.expected_mount_targets(changes, current)}
    assert {subnet: each["id"] for subnet, each in after.items()} == {"b": "fsmt-b", "c": UNKNOWN}
    assert after["b"]["security_group_ids"] == ["sg-2"]


@pytest.mark.parametrize(
    ("state", "mount_states", "available"),
    [("available", [], True), ("available", ["creating"], False), ("creating", ["available"], False)],
)
def test_available(state, mount_states, available):
    mount_targets = [mount_target(str(number), state=each) for number, each in enumerate(mount_states)]
    assert file_system.is_available({"state": state}, mount_targets) is available


DENY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": ["elasticfilesystem:ClientMount"], "Resource": "*"},
    ],
}
SAME = (
    '{"Statement": {"Resource": ["*"], "Action": "elasticfilesystem:ClientMount", "Principal": {"AWS": "*"},'
    ' "Effect": "Deny"}, "Version": "2012-10-17"}'
)
OTHER = SAME.replace("ClientMount", "ClientWrite")


@pytest.mark.parametrize(
    ("state", "current", "action"),
    [
        ("present", None, "create"),
        ("present", SAME, "keep"),
        ("present", SAME.replace('{"Statement"', '{"Id": "1", "Statement"'), "keep"),
        ("present", OTHER, "update"),
        ("absent", OTHER, "delete"),
        ("absent", None, None),
    ],
)
def test_plan_of_a_policy(state, current, action):
    change = file_system_policy.plan("fs-1", state, DENY, current)
    assert (change.action if change else None) == action


def mount_target_answer(mount_target_id="fsmt-11111111", state="available"):
    return {
        "MountTargetId": mount_target_id,
        "FileSystemId": "fs-11111111",
        "SubnetId": "subnet-11111111",
        "LifeCycleState": state,
    }


def mount_target_answers(stubber, *answers):
    for states in answers:
        found = [mount_target_answer(state=state) for state in states]
        stubber.add_response("describe_mount_targets", {"MountTargets": found})


def test_mount_targets_are_read_page_by_page(stubbed):
    client, stubber = stubbed("efs")
    first = {"MountTargets": [mount_target_answer()], "NextMarker": "more"}
    stubber.add_response("describe_mount_targets", first, {"FileSystemId": "fs-1"})
    last = {"MountTargets": [mount_target_answer("fsmt-22222222")]}
    stubber.add_response("describe_mount_targets", last, {"FileSystemId": "fs-1", "Marker": "more"})
    found = api.describe_mount_targets(client, "fs-1")
    assert [each["MountTargetId"] for each in found] == ["fsmt-11111111", "fsmt-22222222"]


def test_without_a_backup_policy_there_are_no_backups(stubbed):
    client, stubber = stubbed("efs")
    stubber.add_client_error("describe_backup_policy", "PolicyNotFound")
    assert api.describe_backup_status(client, "fs-1") == "DISABLED"


def test_a_mount_target_waits_out_a_file_system_in_creation(stubbed, no_delay):
    client, stubber = stubbed("efs")
    arguments = {"FileSystemId": "fs-11111111", "SubnetId": "subnet-11111111", "SecurityGroups": ["sg-11111111"]}
    stubber.add_client_error("create_mount_target", "IncorrectFileSystemLifeCycleState", expected_params=arguments)
    stubber.add_response("create_mount_target", mount_target_answer(state="creating"), arguments)
    assert api.create_mount_target(client, **arguments)["LifeCycleState"] == "creating"
    assert len(no_delay) == 1


def file_system_answers(stubber, *states):
    for state in states:
        found = [described(LifeCycleState=state)] if state != "none" else []
        stubber.add_response("describe_file_systems", {"FileSystems": found}, {"FileSystemId": "fs-1"})


def test_the_wait_for_a_file_system_ends_when_it_is_available(stubbed, no_delay):
    client, stubber = stubbed("efs")
    file_system_answers(stubber, "creating", "available")
    api.wait_for_file_system(client, "fs-1", timeout=60)
    assert no_delay == [2]


@pytest.mark.parametrize(("states", "timeout"), [(["error"], 60), (["deleting"], 60), (["creating"] * 4, 6)])
def test_the_wait_for_a_file_system_gives_up(stubbed, no_delay, states, timeout):
    client, stubber = stubbed("efs")
    file_system_answers(stubber, *states)
    with pytest.raises(DeploymentError, match="see file system fs-1 become available"):
        api.wait_for_file_system(client, "fs-1", timeout=timeout)


@pytest.mark.parametrize("gone_by", ["error", "empty"])
def test_the_wait_for_a_deletion_ends_when_the_file_system_is_gone(stubbed, no_delay, gone_by):
    client, stubber = stubbed("efs")
    file_system_answers(stubber, "deleting")
    if gone_by == "error":
        stubber.add_client_error("describe_file_systems", "FileSystemNotFound")
    else:
        file_system_answers(stubber, "none")
    api.wait_for_file_system_deletion(client, "fs-1", timeout=60)
    assert no_delay == [2]


def test_all_mount_targets_are_waited_for(stubbed, no_delay):
    client, stubber = stubbed("efs")
    mount_target_answers(stubber, ["creating", "creating"], ["available", "creating"], ["available", "available"])
    api.wait_for_mount_targets(client, "fs-1", timeout=60)
    assert no_delay == [5, 5]


def test_a_failed_mount_target_ends_the_wait(stubbed, no_delay):
    client, stubber = stubbed("efs")
    mount_target_answers(stubber, ["available", "error"])
    with pytest.raises(DeploymentError, match="see the mount targets of file system fs-1 become available"):
        api.wait_for_mount_targets(client, "fs-1", timeout=60)


def test_the_wait_for_a_mount_targets_deletion(stubbed, no_delay):
    client, stubber = stubbed("efs")
    mount_target_answers(stubber, ["deleting"])
    stubber.add_client_error("describe_mount_targets", "MountTargetNotFound")
    api.wait_for_mount_target_deletion(client, "fsmt-11111111", timeout=60)
    assert no_delay == [5]
