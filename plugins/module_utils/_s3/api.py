# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per S3 API call. Private to the collection.

Each takes the bucket and the account that is to own it (C(Bucket), C(ExpectedBucketOwner)) as AWS names them: a bucket
of somebody else who has taken the name is then never read or written, whatever its policy admits.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.errors import DeploymentError
from .._aws.errors import api_call
from .._aws.errors import error_code
from .._aws.waiting import WaiterFactory
from .._aws.waiting import on_error
from .._aws.waiting import passing
from .._aws.waiting import waiter

Answer = dict[str, t.Any]

MISSING = ("NoSuchBucket",)
# A bucket that was made a moment ago is not known everywhere at once, and changes one thing at a time.
SETTLING = ("NoSuchBucket", "OperationAborted")
IN_PROGRESS = passing("OperationAborted")
NOT_EMPTY = passing("BucketNotEmpty")
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
MOST_AT_ONCE = 1000

WAITERS = WaiterFactory({"bucket_gone": waiter("HeadBucket", on_error("success", "404"))})

TAKEN = (
    "The name belongs to a bucket of another AWS account: names of buckets are common to all accounts."
    " Nothing was created. Choose another openclaw_name"
)
NOT_READABLE = (
    "Either a bucket of another AWS account has this name, for names of buckets are common to all accounts: then choose"
    " another openclaw_name. Or these credentials lack the permission s3:GetBucketTagging. Nothing was changed"
)
STILL_DELETING = (
    "AWS is still busy with a bucket of this name that was deleted or created before, which may take longer than this"
    " run has waited. Nothing is wrong: run it again later"
)


def explained(**reasons: str) -> t.Callable[[t.Callable[..., t.Any]], t.Callable[..., t.Any]]:
    """Decorate an API function: say what AWS means by these error codes."""

    def decorate(function: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        @functools.wraps(function)
        def call(*args: t.Any, **kwargs: t.Any) -> t.Any:
            try:
                return function(*args, **kwargs)
            except DeploymentError as error:
                reason = reasons.get(error_code(error.exception))
                if reason is None:
                    raise
                raise DeploymentError(message=f"{error.message}. {reason}", exception=error.exception) from error

        return call

    return decorate


@explained(AccessDenied=NOT_READABLE)
@api_call("read the tags of bucket {Bucket}", missing=MISSING)
def get_tags(client: t.Any, **arguments: t.Any) -> dict[str, str] | None:
    """The tags of a bucket; nothing if there is no such bucket."""
    try:
        return boto3_tag_list_to_ansible_dict(client.get_bucket_tagging(**arguments)["TagSet"])
    except is_boto3_error_code("NoSuchTagSet"):
        return {}


@explained(BucketAlreadyExists=TAKEN, OperationAborted=STILL_DELETING)
@api_call("create bucket {Bucket}", missing=["BucketAlreadyOwnedByYou"], default=False)
def create_bucket(client: t.Any, **arguments: t.Any) -> bool:
    """Create a bucket. False, with the bucket as it was, if the account has come to have it meanwhile."""
    client.create_bucket(**arguments)
    return True


@api_call("read what bucket {Bucket} blocks of public access", missing=["NoSuchPublicAccessBlockConfiguration"])
def get_public_access_block(client: t.Any, **arguments: t.Any) -> dict[str, bool] | None:
    """The four settings that block public access; nothing if none is set."""
    return client.get_public_access_block(**arguments)["PublicAccessBlockConfiguration"]


@api_call("read the lifecycle of bucket {Bucket}", missing=["NoSuchLifecycleConfiguration"], default=[])
def get_lifecycle(client: t.Any, **arguments: t.Any) -> list[Answer]:
    """The rules by which S3 deletes objects."""
    return client.get_bucket_lifecycle_configuration(**arguments)["Rules"]


@api_call("tag bucket {Bucket}", retry_on=SETTLING)
def put_tags(client: t.Any, tags: dict[str, str], **arguments: t.Any) -> None:
    """Replace the tags of a bucket, all of them."""
    client.put_bucket_tagging(Tagging={"TagSet": ansible_dict_to_boto3_tag_list(tags)}, **arguments)


@api_call("block public access to bucket {Bucket}", retry_on=SETTLING)
def put_public_access_block(client: t.Any, settings: dict[str, bool], **arguments: t.Any) -> None:
    """Replace the four settings that block public access."""
    client.put_public_access_block(PublicAccessBlockConfiguration=settings, **arguments)


@api_call("set the lifecycle of bucket {Bucket}", retry_on=SETTLING)
def put_lifecycle(client: t.Any, rules: list[Answer], **arguments: t.Any) -> None:
    """Replace the rules by which S3 deletes objects."""
    client.put_bucket_lifecycle_configuration(LifecycleConfiguration={"Rules": rules}, **arguments)


@api_call("list the incomplete uploads of bucket {Bucket}", missing=MISSING, default=[])
def list_uploads(client: t.Any, **arguments: t.Any) -> list[Answer]:
    """Key and ID of every upload in parts that was begun and not completed."""
    pages = client.get_paginator("list_multipart_uploads").paginate(**arguments)
    uploads = pages.build_full_result().get("Uploads", [])
    return [{"Key": each["Key"], "UploadId": each["UploadId"]} for each in uploads]


@api_call("abort the upload of {Key} to bucket {Bucket}", missing=[*MISSING, "NoSuchUpload"])
def abort_upload(client: t.Any, **arguments: t.Any) -> None:
    """Delete the parts of an upload that was not completed."""
    client.abort_multipart_upload(**arguments)


@api_call("list what is in bucket {Bucket}", missing=MISSING, default=[])
def list_versions(client: t.Any, **arguments: t.Any) -> list[Answer]:
    """Key and version of every object, old version and delete marker."""
    found = client.get_paginator("list_object_versions").paginate(**arguments).build_full_result()
    versions = [*found.get("Versions", []), *found.get("DeleteMarkers", [])]
    return [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]


@api_call("delete what is in bucket {Bucket}", missing=MISSING, default=[])
def delete_versions(client: t.Any, versions: list[Answer], **arguments: t.Any) -> list[Answer]:
    """Delete at most L(MOST_AT_ONCE) versions; gives those that AWS has refused to delete, with its reasons."""
    return client.delete_objects(Delete={"Objects": versions, "Quiet": True}, **arguments).get("Errors", [])


@api_call("delete bucket {Bucket}", missing=MISSING)
def delete_bucket(client: t.Any, **arguments: t.Any) -> None:
    """Delete a bucket that is empty."""
    client.delete_bucket(**arguments)


@api_call("see bucket {Bucket} gone")
def wait_for_deletion(client: t.Any, timeout: int, **arguments: t.Any) -> None:
    """Wait until S3 says that there is no such bucket."""
    WAITERS.wait(client, "bucket_gone", timeout, delay=2, **arguments)
