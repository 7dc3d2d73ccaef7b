# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources of a deployment: how they are told, and what of them is billed."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._status import kinds
from ansible_collections.openclaw.ecs.plugins.module_utils._status.reader import Reader
from tests.unit.plugins.module_utils._ecs import answers

OWNER = {"openclaw:deployment": "box"}
FILE_SYSTEM = {
    "CreationToken": "box",
    "FileSystemId": "fs-1",
    "FileSystemArn": "arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-1",
    "LifeCycleState": "available",
    "SizeInBytes": {"Value": 6144},
    "OwnerId": "123456789012",
    "CreationTime": datetime.datetime(2026, 11, 22),
    "NumberOfMountTargets": 0,
    "PerformanceMode": "generalPurpose",
    "Tags": [{"Key": "openclaw:deployment", "Value": "box"}],
}


@pytest.mark.parametrize(
    ("kind", "found", "billed"),
    [
        ("endpoints", {"type": "interface"}, True),
        ("endpoints", {"type": "gateway"}, False),
        ("instances", {"type": "t4g.small"}, True),
        ("file_systems", {}, True),
        ("recovery_points", {}, True),
        ("clusters", {}, False),
        ("roles", {}, False),
    ],
)
def test_what_is_billed(kind, found, billed):
    assert kinds.is_billed(kind, found) is billed
    (told,) = kinds.remaining({kind: [{"name": "n", "id": "i", **found}]})
    assert told["billed"] is billed
    assert told["note"].startswith("billed" if billed else "free of charge")


def test_every_kind_is_told_once():
    assert not kinds.BILLED.keys() & kinds.FREE.keys()


def test_a_service_is_told_with_its_counts_and_its_last_five_events():
    events = [{"message": str(number)} for number in range(7)]
    told = kinds.ecs_service(answers.service(events=events, pendingCount=3))
    assert (told["desired_count"], told["running_count"], told["pending_count"]) == (1, 1, 3)
    assert told["events"] == ["0", "1", "2", "3", "4"]


def test_a_log_group_goes_by_the_arn_that_its_tags_are_found_by():
    found = {"logGroupName": "/a", "arn": "arn:aws:logs:eu-central-1:123456789012:log-group:/a:*", "storedBytes": 9}
    told = kinds.log_group(found, OWNER)
    assert (told["id"], told["stored_bytes"]) == ("arn:aws:logs:eu-central-1:123456789012:log-group:/a", 9)


@pytest.fixture
def efs_reader(stubbed):
    """A reader whose file system is there and has nothing; gives it and the stubber of AWS Backup."""
    (efs, efs_stubber), (backup, backup_stubber) = stubbed("efs"), stubbed("backup")
    efs_stubber.add_response("describe_file_systems", {"FileSystems": [FILE_SYSTEM]}, {"CreationToken": "box"})
    efs_stubber.add_response("describe_mount_targets", {"MountTargets": []}, {"FileSystemId": "fs-1"})
    efs_stubber.add_response("describe_access_points", {"AccessPoints": []}, {"FileSystemId": "fs-1"})
    clients = {"efs": efs, "backup": backup}
    return Reader(clients.__getitem__, "eu-central-1", {"file_system": "box"}, OWNER), backup_stubber


def test_backups_are_found_by_the_file_system(efs_reader):
    reader, backup = efs_reader
    point = {
        "RecoveryPointArn": "arn:aws:backup:eu-central-1:123456789012:recovery-point:1",
        "CreationDate": datetime.datetime(2026, 11, 21),
        "Status": "COMPLETED",
        "BackupVaultName": "aws/efs/automatic-backup-vault",
    }
    backup.add_response(
        "list_recovery_points_by_resource", {"RecoveryPoints": [point]}, {"ResourceArn": FILE_SYSTEM["FileSystemArn"]}
    )
    (told,) = reader._efs()["recovery_points"]
    assert (told["id"], told["vault"]) == (point["RecoveryPointArn"], "aws/efs/automatic-backup-vault")
    assert told["tags"] == OWNER


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_no_backups_are_no_problem(efs_reader, code):
    reader, backup = efs_reader
    backup.add_client_error("list_recovery_points_by_resource", code)
    assert reader._efs()["recovery_points"] == []


def test_another_error_is_one(efs_reader):
    reader, backup = efs_reader
    backup.add_client_error("list_recovery_points_by_resource", "ServiceUnavailableException")
    with pytest.raises(DeploymentError, match="Could not read the deployment by list_recovery_points_by_resource"):
        reader._efs()
