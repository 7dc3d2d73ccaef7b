"""The file system and its access point are left, and nothing reaches them any more."""

import json


def test_file_system_is_left(aws, owner):
    [file_system] = aws("efs").describe_file_systems()["FileSystems"]
    assert {tag["Key"]: tag["Value"] for tag in file_system["Tags"]} == {"Name": "scenario", **owner}
    assert file_system["NumberOfMountTargets"] == 0


def test_access_point_and_policy_are_left(aws):
    [access_point] = aws("efs").describe_access_points()["AccessPoints"]
    policy = aws("efs").describe_file_system_policy(FileSystemId=access_point["FileSystemId"])["Policy"]
    conditions = [statement["Condition"] for statement in json.loads(policy)["Statement"]]
    arn = {"elasticfilesystem:AccessPointArn": access_point["AccessPointArn"]}
    assert {"StringNotEquals": arn} in conditions


def test_backups_go_on(aws):
    [file_system] = aws("efs").describe_file_systems()["FileSystems"]
    backup = aws("efs").describe_backup_policy(FileSystemId=file_system["FileSystemId"])["BackupPolicy"]
    assert backup["Status"] == "ENABLED"
