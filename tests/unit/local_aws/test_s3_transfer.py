"""S3 as an aws_ssm connection and its bucket use it: presigned URLs, names, expiry, and what the log says of it."""

from __future__ import annotations

import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conftest import LocalAws

ABORTED = "A conflicting conditional operation is currently in progress against this resource. Please try again."


@pytest.fixture
def box(local_aws: LocalAws) -> Any:
    """Root's client, with a bucket `box` that has an object `folder/one`."""
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket="box")
    s3.put_object(Bucket="box", Key="folder/one", Body=b"1")
    return s3


def presigned(local_aws: LocalAws, key: dict[str, str], method: str = "get_object", seconds: int = 60) -> str:
    """A presigned URL of folder/one, made as the connection plugin makes it."""
    client = boto3.client(
        "s3",
        endpoint_url=local_aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    return client.generate_presigned_url(method, Params={"Bucket": "box", "Key": "folder/one"}, ExpiresIn=seconds)


def refusal(request: str | Request) -> str:
    """How a request without credentials of its own is refused."""
    with pytest.raises(HTTPError) as error:
        urlopen(request, timeout=5)
    return error.value.read().decode()


def test_presigned_urls_do_what_their_maker_may(local_aws, box):
    reader = local_aws.user("reader", {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::box/folder/*"})
    url = presigned(local_aws, reader)
    since = local_aws.log()[-1]["n"] + 1
    with urlopen(url, timeout=5) as answer:
        assert answer.read() == b"1"
    [entry] = local_aws.log(since)
    assert (entry["service"], entry["action"], entry["status"]) == ("s3", "GetObject", 200)
    assert entry["access_key"] == reader["AccessKeyId"]
    assert [check[:2] for check in entry["permissions"]] == [["s3:GetObject", "arn:aws:s3:::box/folder/one"]]
    put = Request(presigned(local_aws, reader, "put_object"), data=b"2", method="PUT")
    assert "<Code>AccessDenied</Code>" in refusal(put)
    assert "s3:PutObject" in refusal(put)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"), "SignatureDoesNotMatch"),
        (lambda url: url.replace("folder/one", "folder/two"), "SignatureDoesNotMatch"),
        (lambda url: url.split("?")[0], "AccessDenied"),
    ],
)
def test_a_changed_url_is_worth_nothing(local_aws, box, change, code):
    user = local_aws.user("all", {"Action": "s3:*", "Resource": "*"})
    assert f"<Code>{code}</Code>" in refusal(change(presigned(local_aws, user)))


def test_a_url_has_its_time(local_aws, box):
    user = local_aws.user("all", {"Action": "s3:*", "Resource": "*"})
    url = presigned(local_aws, user, seconds=1)
    time.sleep(2.1)
    assert "Request has expired" in refusal(url)


def test_names_of_buckets_are_common_to_all_accounts(local_aws, box):
    other = boto3.client(
        "s3",
        endpoint_url=local_aws.endpoint,
        region_name="eu-central-1",
        aws_access_key_id="111122223333",
        aws_secret_access_key="test",
    )
    with pytest.raises(ClientError, match="BucketAlreadyExists"):
        other.create_bucket(Bucket="box", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})


def test_what_a_bucket_says_and_refuses(local_aws, box):
    headers = box.head_bucket(Bucket="box")["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-bucket-region"] == "us-east-1"
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        box.delete_bucket(Bucket="box")
    local_aws.control(
        "POST", "faults", service="s3", action="CreateBucket", code="OperationAborted", message=ABORTED, times=1
    )
    with pytest.raises(ClientError, match="OperationAborted.*conflicting conditional operation"):
        box.create_bucket(Bucket="another")
    box.create_bucket(Bucket="another")


def rule(days: int, prefix: str = "", status: str = "Enabled") -> dict[str, Any]:
    """A lifecycle configuration with one rule."""
    return {
        "Rules": [{"ID": "x", "Status": status, "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}],
    }


@pytest.mark.parametrize(
    ("configuration", "left"),
    [
        (rule(1), []),
        (rule(1, "folder/"), ["two"]),
        (rule(1, status="Disabled"), ["folder/one", "two"]),
    ],
)
def test_objects_expire(local_aws, box, configuration, left):
    box.put_bucket_lifecycle_configuration(Bucket="box", LifecycleConfiguration=configuration)
    box.put_object(Bucket="box", Key="two", Body=b"2")
    assert box.list_objects_v2(Bucket="box")["KeyCount"] == 2
    local_aws.control("POST", "settle")
    assert [entry["Key"] for entry in box.list_objects_v2(Bucket="box").get("Contents", [])] == left


def test_what_is_written_anew_has_its_own_time(local_aws, box):
    local_aws.control("POST", "latency", steps={"object_expiry_day": 0.5})
    box.put_bucket_lifecycle_configuration(Bucket="box", LifecycleConfiguration=rule(4))
    time.sleep(1.2)
    box.put_object(Bucket="box", Key="folder/one", Body=b"new")
    time.sleep(1.2)
    assert box.get_object(Bucket="box", Key="folder/one")["Body"].read() == b"new"


def test_a_rule_that_is_taken_away_expires_nothing(local_aws, box):
    box.put_bucket_lifecycle_configuration(Bucket="box", LifecycleConfiguration=rule(1))
    box.delete_bucket_lifecycle(Bucket="box")
    local_aws.control("POST", "settle")
    assert box.list_objects_v2(Bucket="box")["KeyCount"] == 1
