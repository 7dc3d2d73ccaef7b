"""EFS of the local AWS."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

NAME = [{"Key": "Name", "Value": "x"}]


def file_system(local_aws) -> str:
    """A file system as the collection makes it."""
    return local_aws.client("efs").create_file_system(CreationToken="x", Encrypted=True, Backup=True, Tags=NAME)[
        "FileSystemId"
    ]


def group(local_aws, name: str, vpc: str) -> str:
    """A security group."""
    return local_aws.client("ec2").create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]


def access_point(local_aws, fs: str) -> dict:
    """The gateway's access point."""
    owner = {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "755"}
    return local_aws.client("efs").create_access_point(
        ClientToken="x-gateway",
        FileSystemId=fs,
        PosixUser={"Uid": 1000, "Gid": 1000},
        RootDirectory={"Path": "/openclaw", "CreationInfo": owner},
        Tags=NAME,
    )


def test_a_file_system_is_kept_as_asked_for(local_aws):
    efs, fs = local_aws.client("efs"), file_system(local_aws)
    shown = efs.describe_file_systems(CreationToken="x")["FileSystems"][0]
    assert (shown["FileSystemId"], shown["LifeCycleState"], shown["Name"]) == (fs, "available", "x")
    assert shown["KmsKeyId"].startswith("arn:aws:kms:")
    assert efs.describe_backup_policy(FileSystemId=fs)["BackupPolicy"]["Status"] == "ENABLED"
    efs.tag_resource(ResourceId=fs, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    efs.untag_resource(ResourceId=fs, TagKeys=["a", "b"])
    assert efs.list_tags_for_resource(ResourceId=fs)["Tags"] == NAME
    assert efs.describe_tags(FileSystemId=fs)["Tags"] == NAME
    with pytest.raises(ClientError, match="PolicyNotFound"):
        efs.describe_file_system_policy(FileSystemId=fs)


def test_tokens_are_used_once(local_aws):
    fs = file_system(local_aws)
    with pytest.raises(ClientError, match=f"FileSystemAlreadyExists.*'{fs}' already exists with creation token 'x'"):
        file_system(local_aws)
    point = access_point(local_aws, fs)
    with pytest.raises(ClientError, match=f"AccessPointAlreadyExists.*{point['AccessPointId']}"):
        access_point(local_aws, fs)


def test_a_mount_target_is_an_interface(local_aws):
    efs, ec2, network, fs = (
        local_aws.client("efs"),
        local_aws.client("ec2"),
        local_aws.network(),
        file_system(local_aws),
    )
    first, second = group(local_aws, "first", network["vpc"]), group(local_aws, "second", network["vpc"])
    target = efs.create_mount_target(FileSystemId=fs, SubnetId=network["a"], SecurityGroups=[first])
    eni = ec2.describe_network_interfaces(NetworkInterfaceIds=[target["NetworkInterfaceId"]])["NetworkInterfaces"][0]
    assert (eni["PrivateIpAddress"], eni["InterfaceType"]) == (target["IpAddress"], "efs")
    assert eni["RequesterManaged"] is True
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=first)
    efs.modify_mount_target_security_groups(MountTargetId=target["MountTargetId"], SecurityGroups=[second])
    ec2.delete_security_group(GroupId=first)
    assert efs.describe_mount_target_security_groups(MountTargetId=target["MountTargetId"])["SecurityGroups"] == [
        second
    ]
    with pytest.raises(ClientError, match="FileSystemInUse"):
        efs.delete_file_system(FileSystemId=fs)
    efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    efs.delete_file_system(FileSystemId=fs)
    with pytest.raises(ClientError, match="FileSystemNotFound"):
        efs.describe_file_systems(FileSystemId=fs)


def test_refusals_of_mount_targets(local_aws):
    efs, network, fs = local_aws.client("efs"), local_aws.network(), file_system(local_aws)
    efs.create_mount_target(FileSystemId=fs, SubnetId=network["a"])
    for refusal, more in (
        ("MountTargetConflict", {"SubnetId": network["a"]}),
        ("MountTargetConflict", {"SubnetId": local_aws.network("isolated")["b"]}),
        ("SubnetNotFound", {"SubnetId": "subnet-0123456789abcdef0"}),
        ("SecurityGroupNotFound", {"SubnetId": network["b"], "SecurityGroups": ["sg-0123456789abcdef0"]}),
    ):
        with pytest.raises(ClientError, match=refusal):
            efs.create_mount_target(FileSystemId=fs, **more)
    with pytest.raises(ClientError, match="BadRequest.*must be specified"):
        efs.describe_mount_targets()


def test_states_take_time(local_aws):
    local_aws.control("POST", "latency", scale=1)
    efs, network, fs = local_aws.client("efs"), local_aws.network(), file_system(local_aws)

    def state(kind: str) -> str:
        return getattr(efs, f"describe_{kind}")(FileSystemId=fs)[kind.title().replace("_", "")][0]["LifeCycleState"]

    assert state("file_systems") == "creating"
    with pytest.raises(ClientError, match="IncorrectFileSystemLifeCycleState"):
        efs.create_mount_target(FileSystemId=fs, SubnetId=network["a"])
    with pytest.raises(ClientError, match="IncorrectFileSystemLifeCycleState"):
        efs.put_file_system_policy(FileSystemId=fs, Policy="{}")
    local_aws.control("POST", "settle")
    assert state("file_systems") == "available"
    target = efs.create_mount_target(FileSystemId=fs, SubnetId=network["a"])
    assert target["LifeCycleState"] == "creating"
    point = access_point(local_aws, fs)
    assert (point["LifeCycleState"], state("access_points"), state("mount_targets")) == ("creating",) * 3
    local_aws.control("POST", "settle")
    efs.delete_access_point(AccessPointId=point["AccessPointId"])
    assert state("access_points") == "deleting"
    local_aws.control("POST", "settle")
    assert efs.describe_access_points(FileSystemId=fs)["AccessPoints"] == []
