"""Host and bucket are gone, those of a killed run too; the configuration and what belongs to somebody else are left."""

import os
from pathlib import Path


def test_only_the_host_of_somebody_else_is_left(aws, ground):
    living = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
    found = aws("ec2").describe_instances(Filters=[living])["Reservations"]
    assert [host["InstanceId"] for each in found for host in each["Instances"]] == [ground.others["host"]]


def test_three_hosts_there_were(aws):
    found = aws("ec2").describe_instances()["Reservations"]
    assert len([host for each in found for host in each["Instances"]]) == 3


def test_only_the_bucket_of_somebody_else_is_left(aws, ground):
    assert [bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]] == [ground.others["bucket"]]


def test_config_is_left(ground):
    folder = Path(os.environ["LOCAL_AWS_DIR"]) / "efs" / ground.file_system / "openclaw"
    assert (folder / ".openclaw" / "openclaw.json").stat().st_size > 0


def test_what_was_there_is_left(aws, ground):
    profiles = aws("iam").list_instance_profiles()["InstanceProfiles"]
    assert [each["Arn"] for each in profiles] == [ground.instance_profile]
    [access_point] = aws("efs").describe_access_points(AccessPointId=ground.access_point)["AccessPoints"]
    assert access_point["FileSystemId"] == ground.file_system
    assert len(aws("ec2").describe_security_groups(GroupIds=[ground.security_group])["SecurityGroups"]) == 1
