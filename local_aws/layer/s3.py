"""S3: the bucket owner condition, by which a caller makes sure whose bucket it is."""

from __future__ import annotations

from typing import Any

from ministack.services import s3

_handle_request = s3.handle_request


async def handle_request(method: str, path: str, headers: dict, body: bytes, query_params: dict, **more: Any) -> tuple:
    """As the emulator does it, but not on a bucket of another account than the one that is expected to own it.

    docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    expected = headers.get("x-amz-expected-bucket-owner")
    bucket, _key = s3._parse_bucket_key(path, headers)
    if expected and s3._bucket_owner_account(bucket) not in (None, expected):
        return s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}")
    return await _handle_request(method, path, headers, body, query_params, **more)


def install() -> None:
    """Ask for the owner before everything else."""
    s3.handle_request = handle_request
