"""What Session Manager preferences do to a session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from local_aws.layer.session_preferences import Opening
from local_aws.layer.session_preferences import opening


@dataclass
class Account:
    """An account in which these actions are refused, and one log group or bucket is encrypted."""

    refused: tuple[str, ...] = ()
    encrypted: bool = True

    def caller_lacks(self, action: str, resource: str) -> str:
        return f"caller: {action} on {resource}" if f"caller {action}" in self.refused else ""

    def role_lacks(self, action: str, resource: str) -> str:
        return f"role: {action} on {resource}" if action in self.refused else ""

    def key_arn(self, key: str) -> str:
        return f"arn:{key}"

    def group_arn(self, name: str) -> str:
        return f"arn:{name}"

    def bucket_is_encrypted(self, name: str) -> bool:
        return self.encrypted

    def group_has_key(self, name: str) -> bool:
        return self.encrypted


LOGS = {"cloudWatchLogGroupName": "/sessions", "cloudWatchEncryptionEnabled": True}
BUCKET = {"s3BucketName": "sessions", "s3EncryptionEnabled": True}
NO_LOG_ENCRYPTION = "encryption is not set up on the selected CloudWatch Logs log group"


@pytest.mark.parametrize(
    ("preferences", "account", "refusal"),
    [
        ({"kmsKeyId": "k"}, Account(("caller kms:GenerateDataKey",)), "caller: kms:GenerateDataKey on arn:k"),
        ({"kmsKeyId": "k"}, Account(("kms:Decrypt",)), "Fetching data key failed: .* role: kms:Decrypt on arn:k"),
        (LOGS, Account(encrypted=False), NO_LOG_ENCRYPTION),
        (LOGS, Account(("logs:DescribeLogGroups",)), NO_LOG_ENCRYPTION),
        (BUCKET, Account(encrypted=False), "encryption is not set up on the selected Amazon S3 bucket"),
        (
            BUCKET,
            Account(("s3:GetEncryptionConfiguration",)),
            "unable to validate encryption on Amazon S3 bucket. Error: AccessDenied: role: .* on arn:aws:s3:::sessions",
        ),
        ({"runAsEnabled": True}, Account(), "ERROR.*\nUnable to start command: please set the RunAs default user"),
        ({"runAsEnabled": True, "runAsDefaultUser": "root"}, Account(), "invalid uid and gid"),
        ({"runAsEnabled": True, "runAsDefaultUser": "bob"}, Account(), "RunAs user bob does not exist"),
    ],
)
def test_what_breaks_a_session(preferences, account, refusal):
    opens = opening(preferences, account)
    assert re.search(refusal, opens.refusal)
    assert opens == Opening(opens.refusal)


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        ({}, Opening()),
        ({"kmsKeyId": "k"}, Opening(message="This session is encrypted using AWS KMS.")),
        ({**LOGS, **BUCKET}, Opening()),
        ({**LOGS, "cloudWatchEncryptionEnabled": False}, Opening()),
        ({"runAsEnabled": True, "runAsDefaultUser": "ssm-user"}, Opening()),
        ({"runAsEnabled": False, "runAsDefaultUser": "bob"}, Opening()),
        ({"shellProfile": {"linux": " exec bash \n"}}, Opening(profile="exec bash")),
    ],
)
def test_what_does_not(preferences: dict[str, Any], expected: Opening):
    assert opening(preferences, Account()) == expected


def test_logging_without_encryption_asks_nobody():
    everything = Account(("s3:GetEncryptionConfiguration", "logs:DescribeLogGroups"), encrypted=False)
    assert opening({"s3BucketName": "a", "cloudWatchLogGroupName": "b"}, everything) == Opening()
