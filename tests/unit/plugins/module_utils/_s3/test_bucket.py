# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transfer bucket: the plan, and the API functions with the requests they make."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._s3 import api
from ansible_collections.openclaw.ecs.plugins.module_utils._s3 import bucket

NAME = "box-setup-123456789012-eu-central-1"
OWNER = {"openclaw:deployment": "box", "openclaw:region": "eu-central-1"}
PARAMS = {"name": NAME, "expire_days": 1, "tags": OWNER}
WHERE = {"Bucket": NAME, "ExpectedBucketOwner": "123456789012"}
(RULE,) = bucket.lifecycle(1)
TAG_LIST = [{"Key": "team", "Value": "home"}]


def found(tags=OWNER, block=bucket.NOTHING_PUBLIC, rules=(RULE,)):
    return bucket.normalize(tags, block, list(rules))


@pytest.mark.parametrize(
    ("current", "action", "settings"),
    [
        (None, "create", ["lifecycle", "public_access_block", "tags"]),
        (found(), "keep", []),
        (found(tags={**OWNER, "of": "others"}), "keep", []),
        (found(tags={}), "update", ["tags"]),
        (found(block=None), "update", ["public_access_block"]),
        (found(block={**bucket.NOTHING_PUBLIC, "BlockPublicPolicy": False}), "update", ["public_access_block"]),
        (found(rules=[]), "update", ["lifecycle"]),
        (found(rules=bucket.lifecycle(2)), "update", ["lifecycle"]),
        (found(rules=[{**RULE, "Status": "Disabled"}]), "update", ["lifecycle"]),
        (found(rules=[{**RULE, "Filter": {"Prefix": "only/"}}]), "update", ["lifecycle"]),
        (found(rules=[RULE, {**RULE, "ID": "theirs"}]), "update", ["lifecycle"]),
        (found(rules=[{**RULE, "Filter": {}}]), "keep", []),
    ],
)
def test_plan(current, action, settings):
    change = bucket.plan(PARAMS, current)
    assert (change.action, change.differences) == (action, settings)


def test_tags_of_others_are_put_again_with_ours():
    change = bucket.plan(PARAMS, found(tags={"of": "others"}))
    assert change.after["tags"] == {**OWNER, "of": "others"}


@pytest.mark.parametrize("days", [0, -1])
def test_whole_days_from_one_on(days):
    with pytest.raises(DeploymentError, match=f"expire_days is {days}"):
        bucket.plan({**PARAMS, "expire_days": days}, None)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", {"Tags": TAG_LIST}),
        ("eu-central-1", {"LocationConstraint": "eu-central-1", "Tags": TAG_LIST}),
    ],
)
def test_the_first_region_is_not_named(region, expected):
    assert bucket.configuration(region, TAG_LIST) == expected


def test_arn_of_another_partition():
    assert bucket.describe("b", "aws-cn", "cn-north-1") == {
        "name": "b",
        "arn": "arn:aws-cn:s3:::b",
        "region": "cn-north-1",
    }


def test_refused_deletions_are_counted_and_the_first_is_named():
    refused = [{"Key": key, "Code": "AccessDenied", "Message": "Access Denied"} for key in ("a", "b")]
    text = bucket.refusal(NAME, refused)
    assert f"Could not empty bucket {NAME}" in text
    assert "refused to delete 2 of its objects, the first of them a (AccessDenied: Access Denied)" in text


@pytest.mark.parametrize(
    ("code", "expected"),
    [("NoSuchBucket", None), ("NoSuchTagSet", {})],
)
def test_no_bucket_and_no_tags_are_told_apart(stubbed, code, expected):
    client, stubber = stubbed("s3")
    stubber.add_client_error("get_bucket_tagging", code, expected_params=WHERE)
    assert api.get_tags(client, **WHERE) == expected


@pytest.mark.parametrize(
    ("call", "operation", "code", "expected"),
    [
        (api.get_public_access_block, "get_public_access_block", "NoSuchPublicAccessBlockConfiguration", None),
        (api.get_lifecycle, "get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration", []),
        (api.list_uploads, "list_multipart_uploads", "NoSuchBucket", []),
        (api.list_versions, "list_object_versions", "NoSuchBucket", []),
        (api.delete_bucket, "delete_bucket", "NoSuchBucket", None),
    ],
)
def test_what_is_not_there_is_no_error(stubbed, call, operation, code, expected):
    client, stubber = stubbed("s3")
    stubber.add_client_error(operation, code, expected_params=WHERE)
    assert call(client, **WHERE) == expected


def test_an_upload_that_ended_meanwhile_is_no_error(stubbed):
    client, stubber = stubbed("s3")
    upload = {"Key": "half", "UploadId": "1"}
    stubber.add_client_error("abort_multipart_upload", "NoSuchUpload", expected_params={**upload, **WHERE})
    api.abort_upload(client, **upload, **WHERE)


@pytest.mark.parametrize(
    ("call", "operation", "code", "said"),
    [
        (api.get_tags, "get_bucket_tagging", "AccessDenied", api.NOT_READABLE),
        (api.create_bucket, "create_bucket", "BucketAlreadyExists", api.TAKEN),
        (api.create_bucket, "create_bucket", "OperationAborted", api.STILL_DELETING),
        (api.create_bucket, "create_bucket", "AccessDenied", None),
    ],
)
def test_what_a_code_means_is_said_with_it(stubbed, call, operation, code, said):
    client, stubber = stubbed("s3")
    stubber.add_client_error(operation, code)
    with pytest.raises(DeploymentError) as raised:
        call(client, Bucket=NAME)
    assert raised.value.exception.response["Error"]["Code"] == code
    assert raised.value.message.startswith("Could not ")
    assert raised.value.message.partition(f"bucket {NAME}")[2] == (f". {said}" if said else "")


def test_a_bucket_that_the_account_has_by_now_is_not_made_anew(stubbed):
    client, stubber = stubbed("s3")
    stubber.add_client_error("create_bucket", "BucketAlreadyOwnedByYou")
    assert api.create_bucket(client, Bucket=NAME) is False


@pytest.mark.parametrize("code", ["NoSuchBucket", "OperationAborted"])
@pytest.mark.parametrize(
    ("call", "operation", "value", "request_value"),
    [
        (api.put_tags, "put_bucket_tagging", {"team": "home"}, {"Tagging": {"TagSet": TAG_LIST}}),
        (
            api.put_public_access_block,
            "put_public_access_block",
            bucket.NOTHING_PUBLIC,
            {"PublicAccessBlockConfiguration": bucket.NOTHING_PUBLIC},
        ),
        (
            api.put_lifecycle,
            "put_bucket_lifecycle_configuration",
            [RULE],
            {"LifecycleConfiguration": {"Rules": [RULE]}},
        ),
    ],
)
def test_a_bucket_that_settles_is_outlasted(stubbed, no_delay, code, call, operation, value, request_value):
    client, stubber = stubbed("s3")
    stubber.add_client_error(operation, code)
    stubber.add_response(operation, {}, {**request_value, **WHERE})
    call(client, value, **WHERE)
    assert len(no_delay) == 1


def test_versions_and_delete_markers_of_all_pages(stubbed):
    client, stubber = stubbed("s3")
    first = {"Versions": [{"Key": "a", "VersionId": "null"}], "IsTruncated": True}
    last = {"DeleteMarkers": [{"Key": "b", "VersionId": "2"}], "IsTruncated": False}
    stubber.add_response("list_object_versions", {**first, "NextKeyMarker": "a", "NextVersionIdMarker": "null"}, WHERE)
    stubber.add_response("list_object_versions", last, {**WHERE, "KeyMarker": "a", "VersionIdMarker": "null"})
    assert api.list_versions(client, **WHERE) == [
        {"Key": "a", "VersionId": "null"},
        {"Key": "b", "VersionId": "2"},
    ]


def test_what_aws_refuses_to_delete_is_given_back(stubbed):
    client, stubber = stubbed("s3")
    versions = [{"Key": "a", "VersionId": "null"}]
    errors = [{"Key": "a", "Code": "AccessDenied", "Message": "Access Denied"}]
    expected = {"Delete": {"Objects": versions, "Quiet": True}, **WHERE}
    stubber.add_response("delete_objects", {"Errors": errors}, expected)
    stubber.add_response("delete_objects", {}, expected)
    assert api.delete_versions(client, versions, **WHERE) == errors
    assert api.delete_versions(client, versions, **WHERE) == []


def test_the_end_is_waited_for(stubbed, no_delay):
    client, stubber = stubbed("s3")
    stubber.add_response("head_bucket", {}, WHERE)
    stubber.add_client_error("head_bucket", "404", expected_params=WHERE)
    api.wait_for_deletion(client, timeout=10, **WHERE)
    assert len(no_delay) == 1


def test_the_end_that_does_not_come(stubbed, no_delay):
    client, stubber = stubbed("s3")
    for _attempt in range(4):
        stubber.add_response("head_bucket", {}, WHERE)
    with pytest.raises(DeploymentError, match=f"Gave up waiting to see bucket {NAME} gone"):
        api.wait_for_deletion(client, timeout=6, **WHERE)
