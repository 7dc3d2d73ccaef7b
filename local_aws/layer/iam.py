"""IAM: service-linked roles under their real names, made once, and not to be changed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import iam

# docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html, 2026-11-22
SERVICE_LINKED_ROLES = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "elasticfilesystem.amazonaws.com": "AWSServiceRoleForAmazonElasticFileSystem",
    "backup.amazonaws.com": "AWSServiceRoleForBackup",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
}
PATH = "/aws-service-role/"
VERSIONS = ("2012-10-17", "2008-10-17")
# Which parameter of an action is a policy, and whether it is a trust policy.
POLICIES = {
    "CreateRole": ("AssumeRolePolicyDocument", True),
    "UpdateAssumeRolePolicy": ("PolicyDocument", True),
    "PutRolePolicy": ("PolicyDocument", False),
    "PutUserPolicy": ("PolicyDocument", False),
    "CreatePolicy": ("PolicyDocument", False),
    "CreatePolicyVersion": ("PolicyDocument", False),
}
# How long policies may be, spaces not counted: all inline ones of a role or user together, or one managed policy.
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_LIMIT, USER_LIMIT, MANAGED_LIMIT = 10240, 2048, 6144
UNCHANGEABLE = (
    "PutRolePolicy",
    "DeleteRolePolicy",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "UpdateAssumeRolePolicy",
    "DeleteRole",
    "TagRole",
    "UntagRole",
)


def service_linked_role(service: str) -> str:
    """The ARN that a service's own role has, or would have."""
    return f"arn:aws:iam::{get_account_id()}:role{PATH}{service}/{SERVICE_LINKED_ROLES[service]}"


def exists(service: str) -> bool:
    """Whether the account has the service's own role already."""
    return SERVICE_LINKED_ROLES[service] in iam._roles


def ensure(service: str) -> str:
    """Make a service's own role if it is missing, as services do themselves; returns its ARN."""
    name = SERVICE_LINKED_ROLES[service]
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if not exists(service):
        iam._roles[name] = {
            "RoleName": name,
            "Arn": service_linked_role(service),
            "RoleId": iam._gen_id("AROA"),
            "CreateDate": iam._now(),
            "Path": f"{PATH}{service}/",
            "MaxSessionDuration": 3600,
            "Description": "",
            "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            "AttachedPolicies": [],
            "InlinePolicies": {},
            "Tags": [],
        }
    return iam._roles[name]["Arn"]


def create_service_linked_role(params: dict[str, Any]) -> tuple:
    """CreateServiceLinkedRole."""
    service = iam._p(params, "AWSServiceName")
    if service not in SERVICE_LINKED_ROLES:
        return iam._error(400, "InvalidInput", f"Invalid Service Principal: {service}", ns="iam")
    name = SERVICE_LINKED_ROLES[service]
    if exists(service):
        return iam._error(
            400,
            "InvalidInput",
            f"Service role name {name} has been taken in this account, please try a different suffix.",
            ns="iam",
        )
    ensure(service)
    role = iam._role_xml(name)
    return iam._xml(
        200,
        "CreateServiceLinkedRoleResponse",
        f"<CreateServiceLinkedRoleResult><Role>{role}</Role></CreateServiceLinkedRoleResult>",
        ns="iam",
    )


def _protected(handler: Callable[[dict[str, Any]], tuple]) -> Callable[[dict[str, Any]], tuple]:
    def answer(params: dict[str, Any]) -> tuple:
        name = iam._p(params, "RoleName")
        if name in SERVICE_LINKED_ROLES.values():
            return iam._error(
                400,
                "UnmodifiableEntity",
                f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS",
                ns="iam",
            )
        return handler(params)

    return answer


def policy_error(document: str, is_trust: bool) -> str | None:
    """What IAM says of a policy that it does not take; None for a good one.

    docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    try:
        policy = json.loads(document)
    except ValueError:
        return "This policy contains invalid Json"
    if not isinstance(policy, dict) or not policy.get("Statement"):
        return "Syntax errors in policy."
    if policy.get("Version", VERSIONS[0]) not in VERSIONS:
        return "Policy document must be version 2012-10-17 or greater."
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    return next(filter(None, (_statement_error(one, is_trust) for one in statements)), None)


def _statement_error(statement: Any, is_trust: bool) -> str | None:
    who, what = ("Principal", "NotPrincipal"), ("Resource", "NotResource")
    needed, prohibited = (who, what) if is_trust else (what, who)
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return "Syntax errors in policy."
    for field in prohibited:
        if field in statement:
            return f"Has prohibited field {field}" if is_trust else "Policy document should not specify a principal."
    for names in (("Action", "NotAction"), needed):
        if not any(name in statement for name in names):
            return f"Missing required field {names[0]}"
    return None


def _checked(operation: str, parameter: str, is_trust: bool) -> Callable[[dict], tuple]:
    handler = iam._IAM_HANDLERS[operation]

    def answer(params: dict[str, Any]) -> tuple:
        error = policy_error(iam._p(params, parameter), is_trust)
        if error:
            return iam._error(400, "MalformedPolicyDocument", error, ns="iam")
        error = None if is_trust else _too_long(operation, params)
        if error:
            return iam._error(409, "LimitExceeded", error, ns="iam")
        return handler(params)

    return answer


def _too_long(operation: str, params: dict[str, Any]) -> str | None:
    size = _size(iam._p(params, "PolicyDocument"))
    if operation.startswith("Create"):
        return f"Cannot exceed quota for PolicySize: {MANAGED_LIMIT}" if size > MANAGED_LIMIT else None
    is_role = operation == "PutRolePolicy"
    kind, limit = ("role", ROLE_LIMIT) if is_role else ("user", USER_LIMIT)
    name = iam._p(params, f"{kind.title()}Name")
    role = iam._roles.get(name) or {}
    others = role.get("InlinePolicies", {}) if is_role else iam._user_inline_policies.get(name, {})
    size += sum(_size(text) for other, text in others.items() if other != iam._p(params, "PolicyName"))
    return f"Maximum policy size of {limit} bytes exceeded for {kind} {name}" if size > limit else None


def _size(document: str | dict[str, Any]) -> int:
    text = document if isinstance(document, str) else json.dumps(document)
    return len("".join(text.split()))


def install() -> None:
    """Put these in the place of the emulator's handlers."""
    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = create_service_linked_role
    for operation in UNCHANGEABLE:
        iam._IAM_HANDLERS[operation] = _protected(iam._IAM_HANDLERS[operation])
    for operation, (parameter, is_trust) in POLICIES.items():
        iam._IAM_HANDLERS[operation] = _checked(operation, parameter, is_trust)
