"""What Session Manager preferences do to a session, as the SSM agent does it: pure decisions, in the agent's words.

Source: github.com/aws/amazon-ssm-agent, agent/session (shell.go: validate; shell_unix.go: StartCommandExecutor;
sessionplugin.go: Execute), and what users report: amazon-ssm-agent#198, #246, #272, amazon.aws#2647.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Protocol

LOGIN = "ssm-user"
FAILED = "\n----------ERROR-------\n"
NOT_ENCRYPTED = (
    "We couldn't start the session because encryption is not set up on the selected {what}. Either encrypt the "
    "{short} or choose an option to enable logging without encryption."
)


@dataclass(frozen=True)
class Opening:
    """How a session opens: the reason it doesn't, or what is said first and typed first."""

    refusal: str = ""
    message: str = ""
    profile: str = ""


class Account(Protocol):
    """What the decisions must know of the account."""

    def caller_lacks(self, action: str, resource: str) -> str:
        """The refusal that who started the session would get; empty if allowed."""

    def role_lacks(self, action: str, resource: str) -> str:
        """The refusal that the instance's role would get; empty if allowed."""

    def key_arn(self, key: str) -> str:
        """The ARN of a KMS key by its id, alias or ARN."""

    def group_arn(self, name: str) -> str:
        """The ARN of a log group."""

    def bucket_is_encrypted(self, name: str) -> bool:
        """Whether a bucket has default encryption."""

    def group_has_key(self, name: str) -> bool:
        """Whether a log group is encrypted with a key of KMS."""


def opening(preferences: dict[str, Any], account: Account) -> Opening:
    """How a session opens with these preferences (the `inputs` of a session document)."""
    for judge in (_encryption, _log_group, _bucket, _run_as):
        refusal = judge(preferences, account)
        if refusal:
            return Opening(refusal)
    return Opening(
        message="This session is encrypted using AWS KMS." if preferences.get("kmsKeyId") else "",
        profile=((preferences.get("shellProfile") or {}).get("linux") or "").strip(),
    )


def _encryption(preferences: dict[str, Any], account: Account) -> str:
    if not preferences.get("kmsKeyId"):
        return ""
    key, begin = account.key_arn(preferences["kmsKeyId"]), f"{FAILED}Encountered error while initiating handshake. "
    refusal = account.caller_lacks("kms:GenerateDataKey", key)
    if refusal:
        return (
            f"{begin}KMSEncryption failed on client with status 2 error: Failed to process action KMSEncryption: "
            f"Error calling KMS GenerateDataKey API: AccessDeniedException: {refusal}"
        )
    refusal = account.role_lacks("kms:Decrypt", key)
    if refusal:
        return (
            f"{begin}Fetching data key failed: Unable to retrieve data key, Error when decrypting data key "
            f"AccessDeniedException: {refusal}"
        )
    return ""


def _log_group(preferences: dict[str, Any], account: Account) -> str:
    name = preferences.get("cloudWatchLogGroupName")
    if not name or not preferences.get("cloudWatchEncryptionEnabled"):
        return ""
    # An agent that may not look takes the group for one without encryption.
    if account.role_lacks("logs:DescribeLogGroups", account.group_arn("")) or not account.group_has_key(name):
        return NOT_ENCRYPTED.format(what="CloudWatch Logs log group", short="log group")
    return ""


def _bucket(preferences: dict[str, Any], account: Account) -> str:
    name = preferences.get("s3BucketName")
    if not name or not preferences.get("s3EncryptionEnabled"):
        return ""
    refusal = account.role_lacks("s3:GetEncryptionConfiguration", f"arn:aws:s3:::{name}")
    if refusal:
        return (
            "Couldn't start the session because we are unable to validate encryption on Amazon S3 bucket. Error: "
            f"AccessDenied: {refusal}"
        )
    if not account.bucket_is_encrypted(name):
        return NOT_ENCRYPTED.format(what="Amazon S3 bucket", short="bucket")
    return ""


def _run_as(preferences: dict[str, Any], account: Account) -> str:
    if not preferences.get("runAsEnabled"):
        return ""
    user = (preferences.get("runAsDefaultUser") or "").strip()
    reasons = {"": "please set the RunAs default user", "root": "invalid uid and gid", LOGIN: ""}
    reason = reasons.get(user, f"failed to start pty since RunAs user {user} does not exist")
    return f"{FAILED}Unable to start command: {reason}\n" if reason else ""
