"""S3 lifecycle rules that expire objects: what they match is deleted when its days are over.

On AWS the days end at the next midnight UTC, and the deletion may come later:
docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html. Not looked at: tags and sizes in filters,
old versions, uploads that were never completed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ministack.services import s3

from local_aws.lifecycle import lifecycle

_handle_request = s3.handle_request


async def handle_request(method: str, path: str, headers: dict, body: bytes, query_params: dict, **more: Any) -> tuple:
    """As the emulator does it; what is put, or meets a new rule, gets its time."""
    answer = await _handle_request(method, path, headers, body, query_params, **more)
    bucket, key = s3._parse_bucket_key(path, headers)
    if answer[0] < 300 and method in ("PUT", "POST"):
        if key:
            _schedule(bucket, [key])
        elif "lifecycle" in query_params:
            _schedule(bucket, list(s3._buckets[bucket]["objects"]))
    return answer


def _schedule(bucket: str, keys: list[str]) -> None:
    for key in keys:
        written = _object(bucket, key)
        for days in {rule["Expiration"]["Days"] for rule in _rules(bucket, key)}:
            lifecycle.after("object_expiry_day", partial(_expire, bucket, key, written, days), times=days)


def _expire(bucket: str, key: str, written: Any, days: int) -> None:
    still_matched = any(rule["Expiration"]["Days"] <= days for rule in _rules(bucket, key))
    if still_matched and written is not None and _object(bucket, key) is written:
        s3._delete_object(bucket, key)


def _object(bucket: str, key: str) -> Any:
    return s3._buckets.get(bucket, {}).get("objects", {}).get(key)


def _rules(bucket: str, key: str) -> list[dict[str, Any]]:
    """The rules that expire an object after a number of days."""
    rules = s3._bucket_lifecycle.get(bucket) or []
    return [
        rule
        for rule in rules
        if rule["Status"] == "Enabled"
        and rule.get("Expiration", {}).get("Days")
        and key.startswith(rule.get("Filter", {}).get("Prefix", rule.get("Prefix", "")))
    ]


def install() -> None:
    """Look at what has been put."""
    s3.handle_request = handle_request
