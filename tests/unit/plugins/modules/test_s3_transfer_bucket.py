# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""s3_transfer_bucket against the local AWS: the bucket, its drift, and its end."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

NAME = "box-setup-000000000000-us-east-1"
OWNER = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
TAGS = {**OWNER, "Name": NAME}
PARAMS = {"name": NAME, "tags": TAGS}
BLOCKED = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}
ABORTED = "A conflicting conditional operation is currently in progress against this resource. Please try again."


@pytest.fixture
def s3(local_aws):
    return local_aws.client("s3")


def tags(s3):
    return {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=NAME)["TagSet"]}


def state(s3):
    """What the bucket is like."""
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    block = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
    return {
        "tags": tags(s3),
        "days": rule["Expiration"]["Days"],
        "upload_days": rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"],
        "blocked": {setting for setting, is_on in block.items() if is_on},
    }


AS_WANTED = {"tags": TAGS, "days": 1, "upload_days": 1, "blocked": BLOCKED}


def buckets(s3):
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def calls(local_aws, since):
    return [(entry["action"], entry["status"]) for entry in local_aws.log(since)]


def test_created_private_and_short_lived(converge, s3):
    result = converge("s3_transfer_bucket", **PARAMS)
    assert result["actions"] == [{"resource": "bucket", "name": NAME, "action": "create"}]
    assert result["bucket"] == {"name": NAME, "arn": f"arn:aws:s3:::{NAME}", "region": "us-east-1"}
    assert state(s3) == AS_WANTED
    assert "Status" not in s3.get_bucket_versioning(Bucket=NAME)
    encryption = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_created_where_the_run_is(converge, s3):
    converge("s3_transfer_bucket", region="eu-central-1", **PARAMS)
    assert s3.head_bucket(Bucket=NAME)["BucketRegion"] == "eu-central-1"
    assert tags(s3) == TAGS


def test_it_has_its_owner_from_the_creating_call_on(local_aws, run_module, s3):
    local_aws.control(
        "POST", "faults", service="s3", action="PutBucketPublicAccessBlock", code="AccessDenied", message="no", times=1
    )
    assert "block public access" in run_module("s3_transfer_bucket", **PARAMS)["msg"]
    assert tags(s3) == TAGS
    result = run_module("s3_transfer_bucket", **PARAMS)
    assert result["actions"] == [{"resource": "bucket", "name": NAME, "action": "update", "settings": ["lifecycle"]}]
    assert state(s3) == AS_WANTED


def test_a_repeat_reads_and_no_more(run_module, calls_of):
    run_module("s3_transfer_bucket", **PARAMS)
    assert calls_of("s3_transfer_bucket", **PARAMS) == [
        "GetCallerIdentity",
        "GetBucketTagging",
        "GetBucketPublicAccessBlock",
        "GetLifecycleConfiguration",
    ]


def keep_for_ever(s3):
    s3.delete_bucket_lifecycle(Bucket=NAME)


def keep_longer(s3):
    rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "kept/"}, "Expiration": {"Days": 365}}
    s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [rule]})


def open_wide(s3):
    s3.delete_public_access_block(Bucket=NAME)


def open_a_bit(s3):
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True}
    s3.put_public_access_block(Bucket=NAME, PublicAccessBlockConfiguration=block)


def rename(s3):
    changed = [{"Key": key, "Value": value} for key, value in {**TAGS, "Name": "changed"}.items()]
    s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": changed})


@pytest.mark.parametrize(
    ("drift", "settings"),
    [
        (keep_for_ever, ["lifecycle"]),
        (keep_longer, ["lifecycle"]),
        (open_wide, ["public_access_block"]),
        (open_a_bit, ["public_access_block"]),
        (rename, ["tags"]),
    ],
)
def test_a_change_behind_its_back_is_mended(converge, s3, drift, settings):
    converge("s3_transfer_bucket", **PARAMS)
    drift(s3)
    (action,) = converge("s3_transfer_bucket", **PARAMS)["actions"]
    assert action["settings"] == settings
    assert state(s3) == AS_WANTED


def test_tags_of_others_stay(converge, s3):
    converge("s3_transfer_bucket", **PARAMS)
    theirs = [{"Key": key, "Value": value} for key, value in {**OWNER, "cost": "home"}.items()]
    s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": theirs})
    converge("s3_transfer_bucket", **PARAMS)
    assert tags(s3) == {**TAGS, "cost": "home"}


def test_another_number_of_days(converge, s3):
    converge("s3_transfer_bucket", **PARAMS)
    converge("s3_transfer_bucket", expire_days=3, **PARAMS)
    assert state(s3) == {**AS_WANTED, "days": 3, "upload_days": 3}


def test_no_day_at_all_is_refused_before_anything_is_made(run_module, s3):
    assert "expire_days is 0" in run_module("s3_transfer_bucket", expire_days=0, **PARAMS)["msg"]
    assert buckets(s3) == []


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("wanted", ["present", "absent"])
def test_a_bucket_without_our_tags_is_left_alone(run_module, s3, wanted, check_mode):
    s3.create_bucket(Bucket=NAME)
    s3.put_object(Bucket=NAME, Key="theirs", Body=b"theirs")
    result = run_module("s3_transfer_bucket", state=wanted, check_mode=check_mode, **PARAMS)
    assert f"Bucket {NAME} exists" in result["msg"]
    assert s3.get_object(Bucket=NAME, Key="theirs")["Body"].read() == b"theirs"


@pytest.mark.parametrize(
    ("action", "code", "said"),
    [
        ("GetBucketTagging", "AccessDenied", "Either a bucket of another AWS account has this name"),
        ("CreateBucket", "BucketAlreadyExists", "The name belongs to a bucket of another AWS account"),
    ],
)
def test_a_name_that_another_account_has(local_aws, run_module, s3, action, code, said):
    local_aws.control("POST", "faults", service="s3", action=action, code=code, message="no", times=1)
    result = run_module("s3_transfer_bucket", **PARAMS)
    assert result["failed"]
    assert said in result["msg"]
    assert buckets(s3) == []


def test_a_name_that_is_not_free_yet_is_outlasted(local_aws, run_module, no_delay, s3):
    local_aws.control(
        "POST", "faults", service="s3", action="CreateBucket", code="OperationAborted", message=ABORTED, times=3
    )
    assert run_module("s3_transfer_bucket", **PARAMS)["changed"]
    assert no_delay == [3, 3, 3]
    assert state(s3) == AS_WANTED


def test_a_name_that_does_not_become_free(local_aws, run_module, no_delay, s3):
    local_aws.control(
        "POST", "faults", service="s3", action="CreateBucket", code="OperationAborted", message=ABORTED, times=99
    )
    result = run_module("s3_transfer_bucket", wait_timeout=9, **PARAMS)
    assert "AWS is still busy with a bucket of this name" in result["msg"]
    assert ABORTED in result["msg"]
    assert no_delay == [3, 3, 3]


def fill(s3):
    """Objects, old versions, a delete marker and an upload that was never completed."""
    s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    for text in (b"old", b"new"):
        s3.put_object(Bucket=NAME, Key="a b/ä", Body=text)
    s3.put_object(Bucket=NAME, Key="gone", Body=b"gone")
    s3.delete_object(Bucket=NAME, Key="gone")
    s3.create_multipart_upload(Bucket=NAME, Key="half")


def test_deleted_with_everything_in_it(converge, s3):
    s3.create_bucket(Bucket=f"{NAME}-2")
    converge("s3_transfer_bucket", **PARAMS)
    fill(s3)
    result = converge("s3_transfer_bucket", state="absent", name=NAME, tags=OWNER)
    assert result["actions"] == [{"resource": "bucket", "name": NAME, "action": "delete"}]
    assert result["bucket"] is None
    assert buckets(s3) == [f"{NAME}-2"]


def test_nothing_there_is_nothing_to_delete(calls_of):
    assert calls_of("s3_transfer_bucket", state="absent", **PARAMS) == ["GetCallerIdentity", "GetBucketTagging"]


def test_more_than_one_batch(local_aws, run_module, s3):
    run_module("s3_transfer_bucket", **PARAMS)
    for number in range(1001):
        s3.put_object(Bucket=NAME, Key=str(number), Body=b"")
    since = local_aws.control("GET", "log")["next"]
    assert run_module("s3_transfer_bucket", state="absent", **PARAMS)["changed"]
    assert calls(local_aws, since).count(("DeleteObject", 200)) == 2
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=NAME)


def test_what_arrives_while_it_is_emptied_goes_too(local_aws, run_module, no_delay, s3):
    run_module("s3_transfer_bucket", **PARAMS)
    local_aws.control(
        "POST", "faults", service="s3", action="DeleteBucket", code="BucketNotEmpty", message="not empty", times=2
    )
    assert run_module("s3_transfer_bucket", state="absent", **PARAMS)["changed"]
    assert no_delay == [3, 3]
    assert buckets(s3) == []


def arrive_meanwhile(local_aws, **tags):
    """A bucket that the account has, but that the module's first look does not see."""
    s3 = local_aws.client("s3", region="eu-central-1")
    tag_list = [{"Key": key, "Value": value} for key, value in tags.items()]
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-central-1", "Tags": tag_list})
    local_aws.control(
        "POST", "faults", service="s3", action="GetBucketTagging", code="NoSuchBucket", message="none", times=1
    )


def test_a_creating_call_that_is_made_twice(local_aws, run_module, s3):
    arrive_meanwhile(local_aws, **TAGS)
    assert run_module("s3_transfer_bucket", region="eu-central-1", **PARAMS)["changed"]
    assert state(s3) == AS_WANTED


def test_a_bucket_of_somebody_else_that_comes_to_be_meanwhile(local_aws, run_module, s3):
    arrive_meanwhile(local_aws, team="theirs")
    assert f"Bucket {NAME} exists" in run_module("s3_transfer_bucket", region="eu-central-1", **PARAMS)["msg"]
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=NAME)


def test_objects_that_can_not_be_deleted(local_aws, run_module, s3):
    s3.create_bucket(Bucket=NAME, ObjectLockEnabledForBucket=True)
    tag_list = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": tag_list})
    s3.put_object(Bucket=NAME, Key="locked", Body=b"", ObjectLockLegalHoldStatus="ON")
    result = run_module("s3_transfer_bucket", state="absent", **PARAMS)
    assert "refused to delete 1 of its objects, the first of them locked" in result["msg"]
    assert buckets(s3) == [NAME]


@pytest.mark.parametrize("wanted", ["present", "absent"])
def test_a_trap_in_another_account_is_not_walked_into(local_aws, run_module, wanted):
    """A bucket of the name that somebody else has made beforehand, with our tags, open to everybody."""
    theirs = local_aws.client("s3", as_={"AccessKeyId": "111122223333", "SecretAccessKey": "test"})
    tag_list = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    theirs.create_bucket(Bucket=NAME, CreateBucketConfiguration={"Tags": tag_list})
    theirs.delete_public_access_block(Bucket=NAME)
    resources = [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"]
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": resources}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    theirs.put_bucket_policy(Bucket=NAME, Policy=json.dumps(policy))
    assert {tag["Key"] for tag in local_aws.client("s3").get_bucket_tagging(Bucket=NAME)["TagSet"]} == set(TAGS)
    result = run_module("s3_transfer_bucket", state=wanted, **PARAMS)
    assert "Either a bucket of another AWS account has this name" in result["msg"]
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        theirs.get_bucket_lifecycle_configuration(Bucket=NAME)
