"""S3 of the local AWS: whose bucket it is, and what it takes to make one."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

TAGS = {"Tags": [{"Key": "openclaw:deployment", "Value": "x"}]}
ANOTHER_ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    ("owner", "refused"),
    [("000000000000", False), (ANOTHER_ACCOUNT, True)],
)
def test_a_bucket_has_the_owner_that_is_expected_or_is_refused(local_aws, owner, refused):
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket="box")
    if refused:
        with pytest.raises(ClientError, match="AccessDenied.*Access Denied"):
            s3.list_objects_v2(Bucket="box", ExpectedBucketOwner=owner)
    else:
        assert s3.list_objects_v2(Bucket="box", ExpectedBucketOwner=owner)["KeyCount"] == 0


def test_a_bucket_that_does_not_exist_has_no_owner(local_aws):
    with pytest.raises(ClientError, match="NoSuchBucket"):
        local_aws.client("s3").list_objects_v2(Bucket="box", ExpectedBucketOwner=ANOTHER_ACCOUNT)


@pytest.mark.parametrize(
    ("actions", "configuration", "missing"),
    [
        (["s3:CreateBucket"], {}, None),
        (["s3:CreateBucket"], {"CreateBucketConfiguration": TAGS}, "s3:TagResource on resource: arn:aws:s3:::box"),
        (["s3:TagResource"], {"CreateBucketConfiguration": TAGS}, "s3:CreateBucket on resource: arn:aws:s3:::box"),
        (["s3:CreateBucket", "s3:TagResource"], {"CreateBucketConfiguration": TAGS}, None),
    ],
)
def test_tags_in_the_creating_call_take_a_permission_of_their_own(local_aws, actions, configuration, missing):
    user = local_aws.user("maker", {"Action": actions, "Resource": "arn:aws:s3:::box"})
    s3 = local_aws.client("s3", as_=user)
    if missing:
        with pytest.raises(ClientError, match=missing):
            s3.create_bucket(Bucket="box", **configuration)
    else:
        s3.create_bucket(Bucket="box", **configuration)
    assert [bucket["Name"] for bucket in local_aws.client("s3").list_buckets()["Buckets"]] == (
        [] if missing else ["box"]
    )


@pytest.mark.parametrize(("value", "admitted"), [("x", True), ("y", False)])
def test_a_policy_can_ask_for_tags(local_aws, value, admitted):
    condition = {"StringEquals": {"aws:RequestTag/openclaw:deployment": value}}
    actions = ["s3:CreateBucket", "s3:TagResource"]
    user = local_aws.user("maker", {"Action": actions, "Resource": "*", "Condition": condition})
    s3 = local_aws.client("s3", as_=user)
    if admitted:
        s3.create_bucket(Bucket="box", CreateBucketConfiguration=TAGS)
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.create_bucket(Bucket="box", CreateBucketConfiguration=TAGS)
