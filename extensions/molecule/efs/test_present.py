"""The file system, its mount targets and its access point, and whom its policy refuses."""

import json

import pytest

ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def file_system(aws):
    [found] = aws("efs").describe_file_systems()["FileSystems"]
    return found


@pytest.fixture(scope="module")
def access_point(aws):
    [found] = aws("efs").describe_access_points()["AccessPoints"]
    return found


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource["Tags"]}


def test_file_system(file_system, owner):
    assert file_system["CreationToken"] == "scenario"
    assert file_system["Encrypted"] is True
    assert file_system["PerformanceMode"] == "generalPurpose"
    assert file_system["ThroughputMode"] == "elastic"
    assert tags(file_system) == {"Name": "scenario", **owner}


def test_backups(aws, file_system):
    policy = aws("efs").describe_backup_policy(FileSystemId=file_system["FileSystemId"])["BackupPolicy"]
    assert policy["Status"] == "ENABLED"


def test_mount_targets(aws, file_system, ground):
    efs = aws("efs")
    found = efs.describe_mount_targets(FileSystemId=file_system["FileSystemId"])["MountTargets"]
    assert {each["SubnetId"] for each in found} == {ground.subnets["a"], ground.subnets["b"]}
    assert {each["LifeCycleState"] for each in found} == {"available"}
    for each in found:
        groups = efs.describe_mount_target_security_groups(MountTargetId=each["MountTargetId"])["SecurityGroups"]
        assert groups == [ground.security_group]


def test_access_point(access_point, file_system, owner):
    assert access_point["FileSystemId"] == file_system["FileSystemId"]
    assert access_point["PosixUser"] == {"Uid": 1000, "Gid": 1000}
    assert access_point["RootDirectory"] == {
        "Path": "/openclaw",
        "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "755"},
    }
    assert tags(access_point) == {"Name": "scenario-gateway", **owner}


@pytest.fixture(scope="module")
def almighty(aws):
    """A role that may do anything, so that only the file system's policy can refuse it."""
    iam = aws("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="almighty", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]
    iam.put_role_policy(RoleName="almighty", PolicyName="anything", PolicyDocument=json.dumps(ANYTHING))
    yield role["Arn"]
    iam.delete_role_policy(RoleName="almighty", PolicyName="anything")
    iam.delete_role(RoleName="almighty")


@pytest.mark.parametrize(
    ("other_access_point", "tls", "refused"), [(False, True, False), (True, True, True), (False, False, True)]
)
def test_policy_refuses(denied_mount, file_system, access_point, almighty, other_access_point, tls, refused):
    arn = access_point["AccessPointArn"] + ("0" if other_access_point else "")
    assert bool(denied_mount(file_system, almighty, arn, tls)) is refused


def test_policy_allows_nobody_anything(aws, file_system):
    policy = json.loads(aws("efs").describe_file_system_policy(FileSystemId=file_system["FileSystemId"])["Policy"])
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Deny"}
