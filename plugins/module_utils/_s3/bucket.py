# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bucket that files pass through: what is wanted of it, and the plan. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.errors import DeploymentError
from .._aws.ownership import wanted_tags
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_present

RESOURCE = "bucket"

# What a new bucket has by itself, and so is not asked for: SSE-S3 encryption of every object, since January 2023
# (docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html), and BucketOwnerEnforced, that is no ACLs,
# since April 2023 (docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html); 2026-11-22.
NOTHING_PUBLIC = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
# The one region that AWS does not accept as a location: it is meant when none is named.
# docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
REGION_WITHOUT_LOCATION = "us-east-1"
EVERYTHING = {"Prefix": ""}


def lifecycle(days: int) -> list[Settings]:
    """The rules that leave nothing behind, not even the old versions if somebody has switched versioning on."""
    return [
        {
            "ID": "expire",
            "Status": "Enabled",
            "Filter": EVERYTHING,
            "Expiration": {"Days": days},
            "NoncurrentVersionExpiration": {"NoncurrentDays": days},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days},
        }
    ]


def normalize(tags: t.Mapping[str, str], public_access_block: Settings, rules: list[Settings]) -> Settings:
    """A bucket of the API. An empty filter is the one that admits everything."""
    return {
        "tags": dict(tags),
        "public_access_block": public_access_block,
        "lifecycle": [{**rule, "Filter": rule.get("Filter") or EVERYTHING} for rule in rules],
    }


def plan(params: t.Mapping[str, t.Any], current: Settings | None) -> Change:
    """Create the bucket, or bring it back to what it is to be."""
    if params["expire_days"] < 1:
        raise DeploymentError(
            message=f"expire_days is {params['expire_days']}. S3 counts whole days, from 1 on. Nothing was changed."
        )
    desired = {
        "tags": wanted_tags(current["tags"] if current else {}, params["tags"]),
        "public_access_block": NOTHING_PUBLIC,
        "lifecycle": lifecycle(params["expire_days"]),
    }
    return plan_present(RESOURCE, params["name"], current, desired)


def configuration(region: str, tags: list[dict[str, str]]) -> Settings:
    """What a bucket is created with."""
    location = {} if region == REGION_WITHOUT_LOCATION else {"LocationConstraint": region}
    return {**location, "Tags": tags}


def describe(name: str, partition: str, region: str) -> Settings:
    """The bucket as the module returns it."""
    return {"name": name, "arn": f"arn:{partition}:s3:::{name}", "region": region}


def refusal(name: str, refused: t.Sequence[t.Mapping[str, str]]) -> str:
    """What to tell when objects could not be deleted: all of them counted, the first one named."""
    first = refused[0]
    return (
        f"Could not empty bucket {name}: AWS refused to delete {len(refused)} of its objects, the first of them"
        f" {first['Key']} ({first['Code']}: {first['Message']}). The bucket is still there. Delete it by hand, or run"
        " this again once that is mended"
    )
