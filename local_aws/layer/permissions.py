"""Whether a role may do something that no HTTP call shows: mount a file system, open an Exec channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import efs

from local_aws.settings import ACCOUNT
from local_aws.settings import REGION


@dataclass(frozen=True)
class Caller:
    """Who made a request: the access key, and the ARN, name and unique id (aws:userid) of its user or role session."""

    access_key: str
    arn: str
    name: str
    user_id: str


def caller_of(access_key: str) -> Caller:
    """Who an access key belongs to; the key has been checked before."""
    found = iam_evaluator.resolve_credential(access_key, ACCOUNT)
    name = found.principal_arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
    return Caller(access_key, found.principal_arn, name, found.principal_id)


def may(caller: Caller, action: str, resource: str) -> bool:
    """Whether a caller is allowed an action on a resource."""
    principal = iam_evaluator.resolve_principal(caller.access_key, ACCOUNT)
    if isinstance(principal, iam_evaluator.AuthError):
        return False
    if principal.policies is None:
        return True
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=ACCOUNT,
        action=action,
        resource_arn=resource,
        region=REGION,
        source_ip="127.0.0.1",
        secure_transport=True,
        principal_keys=principal.keys,
    )
    return iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision == "Allow"


def allowed(data: dict[str, Any]) -> dict[str, Any]:
    """LocalAllowed: the decision on Actions, with Role, Resource, Context, and the policy of FileSystem if named.

    Without an identity (Role is null) only the resource's policy speaks. A file system without a policy lets
    everybody in: docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
    """
    policy = efs._file_systems[data["FileSystem"]].get("FileSystemPolicy") if data.get("FileSystem") else None
    denied = [action for action in data["Actions"] if not _one(data, action, policy)]
    return {"denied": denied}


def _one(data: dict[str, Any], action: str, policy: str | None) -> bool:
    if data.get("FileSystem") and policy is None:
        return True
    role = data.get("Role")
    name = role.rsplit("/", 1)[-1] if role else "anonymous"
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/task" if role else "*",
        principal_type="AssumedRole" if role else "Anonymous",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=data["Resource"],
        region=REGION,
        source_ip="10.0.0.1",
        secure_transport=bool(data.get("SecureTransport", True)),
        service_context={key.lower(): value for key, value in data.get("Context", {}).items()},
    )
    policies = iam_evaluator._gather_role_policies(name, ACCOUNT) if role else []
    identity = iam_evaluator.evaluate(context, policies)
    if policy is None:
        return identity.decision == "Allow"
    return iam_evaluator.combine_resource_policy(identity, context, policy, ACCOUNT).decision == "Allow"
