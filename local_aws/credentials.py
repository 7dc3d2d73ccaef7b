"""Temporary credentials of a role, as AWS gives them to a task or an instance: the role's policies hold for them."""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC
from datetime import datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request
from urllib.request import urlopen

from local_aws.settings import from_environment

SECONDS = 3600


class RoleNotAssumableError(Exception):
    """The role is missing, or does not trust the service that wants to use it."""


def mint(role_arn: str, session_name: str, service: str | None = None) -> dict[str, Any]:
    """Credentials for a role from the running local AWS: AccessKeyId, SecretAccessKey, SessionToken, Expiration.

    With `service` (say ecs-tasks.amazonaws.com) only if the role's trust policy admits that service.
    """
    body = json.dumps({"role_arn": role_arn, "session_name": session_name, "service": service}).encode()
    request = Request(f"{from_environment().endpoint}/_local/credentials", data=body, method="POST")
    try:
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise RoleNotAssumableError(json.load(error)["message"]) from None


def make_session(role_arn: str, session_name: str, service: str | None) -> dict[str, Any]:
    """Make the credentials; runs inside the emulator's process."""
    from ministack.services import iam
    from ministack.services import sts

    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account, None, name)
    if role is None or (service and not trusts(role["AssumeRolePolicyDocument"], service)):
        raise RoleNotAssumableError(
            f"Unable to assume the role '{role_arn}'. Please verify that the role being passed has the proper trust "
            "relationship and permissions and that your IAM user has permissions to pass this role."
        )
    expires = time.time() + SECONDS
    made = {
        "AccessKeyId": "ASIA" + secrets.token_hex(8).upper(),
        "SecretAccessKey": secrets.token_hex(20),
        "SessionToken": secrets.token_hex(64),
    }
    sts.register_session(
        made["AccessKeyId"],
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
            "UserId": f"{role['RoleId']}:{session_name}",
            "SecretAccessKey": made["SecretAccessKey"],
            "SessionToken": made["SessionToken"],
            "Expiration": expires,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )
    return {**made, "Expiration": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def trusts(document: str | dict[str, Any], service: str) -> bool:
    """Whether a trust policy lets this service assume the role."""
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow" and service in ([services] if isinstance(services, str) else services):
            return True
    return False
