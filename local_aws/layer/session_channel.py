"""The data channel of a session: whether it opens, and the shell that the stand-in for the plugin runs then."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope
from ministack.services import cloudwatch_logs
from ministack.services import s3

from local_aws import machine
from local_aws.layer import documents
from local_aws.layer.permissions import allowed
from local_aws.layer.permissions import may
from local_aws.layer.seam import AwsError
from local_aws.layer.session_preferences import opening
from local_aws.layer.sessions import Session
from local_aws.layer.sessions import instance_of
from local_aws.layer.sessions import sessions
from local_aws.sandbox import SandboxError
from local_aws.settings import ACCOUNT

OPEN = "ssmmessages:OpenDataChannel"
# A session's shell is sh, which is bash on Amazon Linux. What is around it: shell_unix.go of the SSM agent.
SHELL = ["/bin/bash", "-c", "exec -a sh bash"]
ENVIRONMENT = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Asked:
    """What the preferences ask of the account, for one session."""

    session: Session
    role: str

    def caller_lacks(self, action: str, resource: str) -> str:
        """The refusal that who started the session would get; empty if allowed."""
        return "" if may(self.session.caller, action, resource) else denial(self.session.caller.arn, action, resource)

    def role_lacks(self, action: str, resource: str) -> str:
        """The refusal that the instance's role would get; empty if allowed."""
        if not allowed({"Role": self.role, "Actions": [action], "Resource": resource})["denied"]:
            return ""
        name = self.role.rsplit("/", 1)[-1]
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{self.session.target}"
        return denial(arn, action, resource)

    def key_arn(self, key: str) -> str:
        """The ARN of a KMS key by its id, alias or ARN."""
        kind = "" if key.startswith("alias/") else "key/"
        return key if key.startswith("arn:") else f"arn:aws:kms:{get_region()}:{get_account_id()}:{kind}{key}"

    def group_arn(self, name: str) -> str:
        """The ARN of a log group."""
        return f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{name}:log-stream:"

    def bucket_is_encrypted(self, name: str) -> bool:
        """Whether a bucket has default encryption: every bucket has."""
        return name in s3._buckets

    def group_has_key(self, name: str) -> bool:
        """Whether a log group is encrypted with a key of KMS."""
        return bool((cloudwatch_logs._log_groups.get(name) or {}).get("kmsKeyId"))


def denial(arn: str, action: str, resource: str) -> str:
    """The text of a refusal."""
    return (
        f"User: {arn} is not authorized to perform: {action} on resource: {resource} because no identity-based "
        f"policy allows the {action} action"
    )


def open_channel(session_id: str, token: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the stand-in for the plugin gets for a session's token, and the call to note in the log.

    The caller must be allowed ssmmessages:OpenDataChannel on the session, as AWS's sample policies have it:
    docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html
    """
    found = sessions.get(session_id)
    if found is None or found.ended or not secrets.compare_digest(found.token.encode(), token.encode()):
        return {"timed_out": True}, None
    with request_scope(ACCOUNT, found.region):
        resource = f"arn:aws:ssm:{found.region}:{ACCOUNT}:session/{found.id}"
        call = {
            "service": "ssmmessages",
            "action": "OpenDataChannel",
            "access_key": found.caller.access_key,
            "principal_arn": found.caller.arn,
            "permissions": [[OPEN, resource, {}]],
        }
        if not may(found.caller, OPEN, resource):
            refusal = denial(found.caller.arn, OPEN, resource)
            return {"error": refusal}, {**call, "status": 403, "error_code": "AccessDeniedException"}
        return _shell(found), {**call, "status": 200, "error_code": None}


def _shell(session: Session) -> dict[str, Any]:
    if session.command:
        return {"command": session.command}
    try:
        instance = instance_of(session.target)
        command = machine.enter(session.target, SHELL, ENVIRONMENT)
    except (AwsError, SandboxError):
        return {"timed_out": True}
    opens = opening(documents.inputs(session.document), Asked(session, instance["role"] or "none"))
    if opens.refusal:
        session.ended = time.time()
        return {"closed": opens.refusal}
    return {"command": command, "message": opens.message, "profile": opens.profile}
