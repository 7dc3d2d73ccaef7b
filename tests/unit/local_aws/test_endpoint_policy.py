"""What the policy of an S3 gateway endpoint lets through."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from local_aws import endpoint_policy
from local_aws.reach import Network
from tests.unit.local_aws.test_reach import TASK
from tests.unit.local_aws.test_reach import gateway_endpoint

READ = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
}
ALL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
NOT_C = {"Effect": "Deny", "Principal": "*", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::c/*"}


@pytest.mark.parametrize(
    ("statements", "action", "resource", "allowed"),
    [
        ([READ], "s3:GetObject", "arn:aws:s3:::a/k", True),
        ([READ], "s3:GetObject", "arn:aws:s3:::b/x/y", True),
        ([READ], "s3:GetObject", "arn:aws:s3:::c/k", False),
        ([READ], "s3:PutObject", "arn:aws:s3:::a/k", False),
        ([READ], "s3:ListBucket", "arn:aws:s3:::a", False),
        (ALL, "s3:PutObject", "arn:aws:s3:::a/k", True),
        ([ALL, NOT_C], "s3:GetObject", "arn:aws:s3:::c/k", False),
        ([ALL, NOT_C], "s3:PutObject", "arn:aws:s3:::c/k", True),
        ([], "s3:GetObject", "arn:aws:s3:::a/k", False),
    ],
)
def test_a_statement_allows_and_none_denies(statements: object, action: str, resource: str, allowed: bool) -> None:
    assert endpoint_policy.allows(json.dumps({"Statement": statements}), action, resource) is allowed


@pytest.mark.parametrize(
    ("method", "path", "call"),
    [
        ("GET", "/bucket/a/b%20c", ("s3:GetObject", "arn:aws:s3:::bucket/a/b c")),
        ("HEAD", "/bucket/k", ("s3:GetObject", "arn:aws:s3:::bucket/k")),
        ("PUT", "/bucket/k", ("s3:PutObject", "arn:aws:s3:::bucket/k")),
        ("GET", "/bucket", ("s3:ListBucket", "arn:aws:s3:::bucket")),
        ("GET", "/bucket/", ("s3:ListBucket", "arn:aws:s3:::bucket")),
    ],
)
def test_action_and_resource_of_a_request(method: str, path: str, call: tuple[str, str]) -> None:
    assert endpoint_policy.call_of(method, path) == call


def through(table: str, *statements: object) -> Network:
    """A network with an s3 endpoint of that policy in a route table."""
    base = gateway_endpoint(table)
    logs, s3 = base.endpoints
    return replace(base, endpoints=(logs, {**s3, "PolicyDocument": json.dumps({"Statement": statements})}))


def test_the_endpoint_of_the_route_table_decides() -> None:
    call = ("s3:PutObject", "arn:aws:s3:::a/k")
    assert endpoint_policy.refusal(TASK, through("rtb-1", ALL), *call) == ""
    assert endpoint_policy.refusal(TASK, through("rtb-2", READ), *call) == ""
    words = endpoint_policy.refusal(TASK, through("rtb-1", READ), *call)
    assert words.endswith("because no VPC endpoint policy allows the s3:PutObject action")
    assert "arn:aws:s3:::a/k" in words
