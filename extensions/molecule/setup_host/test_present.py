"""Host and bucket as AWS has them, and the file that the host has written."""

import base64
import json
import os
from pathlib import Path

import pytest

IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
HOST, BUCKET = "scenario-setup", "scenario-setup-000000000000-us-east-1"
MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"


@pytest.fixture(scope="module")
def host(aws, owner):
    tags = [{"Name": f"tag:{key}", "Values": [value]} for key, value in {"Name": HOST, **owner}.items()]
    [reservation] = aws("ec2").describe_instances(Filters=tags)["Reservations"]
    [found] = reservation["Instances"]
    return found


@pytest.fixture(scope="module")
def volume(aws, host):
    [device] = host["BlockDeviceMappings"]
    [found] = aws("ec2").describe_volumes(VolumeIds=[device["Ebs"]["VolumeId"]])["Volumes"]
    return found


@pytest.fixture(scope="module")
def folder(ground):
    """The gateway's folder, where the local AWS keeps it."""
    return Path(os.environ["LOCAL_AWS_DIR"]) / "efs" / ground.file_system / "openclaw"


@pytest.fixture(scope="module")
def config(folder):
    return folder / ".openclaw" / "openclaw.json"


def by_key(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


def attribute(aws, host, name):
    return aws("ec2").describe_instance_attribute(InstanceId=host["InstanceId"], Attribute=name)


def test_host_is_an_amazon_linux_that_runs(aws, host):
    assert host["State"]["Name"] == "running"
    assert host["ImageId"] == aws("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    assert host["InstanceType"] == "t4g.micro"


def test_host_is_reached_over_session_manager_alone(host, ground):
    [interface] = host["NetworkInterfaces"]
    assert "Association" not in interface
    assert not host.get("PublicIpAddress")
    assert not host.get("KeyName")
    assert interface["SubnetId"] == ground.subnets["a"]
    assert [group["GroupId"] for group in interface["Groups"]] == [ground.security_group]


def test_host_keeps_its_credentials_to_itself(host, ground):
    metadata = host["MetadataOptions"]
    assert (metadata["HttpTokens"], metadata["HttpPutResponseHopLimit"]) == ("required", 1)
    assert host["IamInstanceProfile"]["Arn"] == ground.instance_profile


def test_host_ends_itself(aws, host):
    behavior = attribute(aws, host, "instanceInitiatedShutdownBehavior")["InstanceInitiatedShutdownBehavior"]
    assert behavior == {"Value": "terminate"}
    script = base64.b64decode(attribute(aws, host, "userData")["UserData"]["Value"]).decode().splitlines()
    assert script[0] == "#!/bin/bash"
    assert next(line for line in script[1:] if not line.startswith("#")) == "shutdown -h +60"


def test_volume_is_encrypted_and_goes_with_the_host(host, volume):
    assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 16)
    assert host["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"] is True


def test_tags(aws, owner, host, volume):
    assert by_key(host["Tags"]) == {"Name": HOST, **owner}
    assert by_key(volume["Tags"]) == {"Name": HOST, **owner}
    assert by_key(aws("s3").get_bucket_tagging(Bucket=BUCKET)["TagSet"]) == {"Name": BUCKET, **owner}


def test_nothing_of_the_bucket_is_public(aws):
    block = aws("s3").get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )


def test_what_is_in_the_bucket_expires(aws):
    [rule] = aws("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert (rule["Status"], rule["Filter"].get("Prefix", "")) == ("Enabled", "")
    assert rule["Expiration"] == {"Days": 1}
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_files_went_through_the_bucket_and_are_gone(aws, log, host):
    sent = [entry for entry in log if (entry["service"], entry["action"]) == ("s3", "PutObject")]
    assert sent
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=BUCKET)


def test_host_was_refused_nothing(log):
    own = [entry for entry in log if ":assumed-role/scenario-us-east-1-setup/" in (entry["principal_arn"] or "")]
    assert [entry for entry in own if entry["error_code"]] == []


def test_config_belongs_to_the_gateway_alone(config):
    status = config.stat()
    assert (status.st_uid, status.st_gid, oct(status.st_mode & 0o777)) == (1000, 1000, "0o600")


def test_config_says_what_was_asked_for(config):
    written = json.loads(config.read_text())
    assert written["agents"]["defaults"]["model"]["primary"] == f"amazon-bedrock/{MODEL}"
    assert written["agents"]["defaults"]["memorySearch"]["provider"] == "bedrock"
    assert [model["id"] for model in written["models"]["providers"]["amazon-bedrock"]["models"]] == [MODEL]
    assert written["gateway"]["controlUi"]["allowedOrigins"] == ["http://localhost:18789"]


def test_nothing_is_in_the_folder_but_the_configuration(folder, config):
    assert [each.name for each in folder.iterdir()] == [".openclaw"]
    assert [each.name for each in config.parent.iterdir() if config.name not in each.name] == []
