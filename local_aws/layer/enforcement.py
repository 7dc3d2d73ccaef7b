"""IAM as AWS enforces it: every resource of a call, tags in create calls, dependent actions, roles that are passed."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id

from local_aws.authorization.account import EmulatedAccount
from local_aws.authorization.bedrock import called_model
from local_aws.authorization.bedrock import invocation_checks
from local_aws.authorization.call import Call
from local_aws.authorization.call import read_parameters
from local_aws.authorization.checks import Check
from local_aws.authorization.checks import checks_for

EC2_PREAMBLE = "You are not authorized to perform this operation. "
_enforce = iam_evaluator.enforce
_denied_response = iam_actions.access_denied_response
_checks: ContextVar[list[Check] | None] = ContextVar("checks", default=None)
_asked: ContextVar[list[Check]] = ContextVar("asked", default=[])  # noqa: B039 - replaced for every request
_refused: ContextVar[Check | None] = ContextVar("refused", default=None)


def expect(service: str, operation: str, region: str, path: str, query: dict[str, Any], body: bytes) -> None:
    """Work out the checks of the request that is about to be authorized."""
    _asked.set([])
    _refused.set(None)
    model_id = called_model(path) if service == "bedrock-runtime" else None
    if not model_id and (service == "dynamodb" or service not in iam_actions.SERVICE_TO_IAM_NAMESPACE):
        _checks.set(None)
        return
    call = Call(service, operation, region, get_account_id(), read_parameters(service, operation, path, query, body))
    _checks.set(invocation_checks(call, model_id) if model_id else checks_for(call, EmulatedAccount()))


def asked() -> list[list[Any]]:
    """The permissions that the request took, as [action, resource, condition keys]."""
    return [[check.action, check.resource, check.keys] for check in _asked.get()]


def enforce(
    access_key_id: str,
    iam_action: str,
    service: str,
    region: str,
    resource_arn: str = "*",
    service_context: dict[str, Any] | None = None,
) -> Any:
    """Make every check of the call; the first that fails is the answer."""
    checks = _checks.get()
    for check in [Check(iam_action, resource_arn, service_context or {})] if checks is None else checks:
        _asked.get().append(check)
        prefix = check.action.split(":")[0]
        denied = _enforce(access_key_id, check.action, prefix, check.region or region, check.resource, check.keys)
        if denied:
            _refused.set(check)
            return denied
    return None


def denied_response(service: str, action: str, principal_arn: str, request_id: str, **details: Any) -> tuple:
    """Name the action and the resource that were refused, which need not be those of the call."""
    check = _refused.get()
    if check is None or details.get("error_code") or details.get("message"):
        return _denied_response(service, action, principal_arn, request_id, **details)
    message = denial(service, check, principal_arn, bool(details.get("explicit_deny")))
    code = {"ssm": "AccessDeniedException", "logs": "AccessDeniedException"}.get(service, "")
    return _denied_response(
        service, check.action, principal_arn, request_id, **{**details, "message": message, "error_code": code}
    )


def denial(service: str, check: Check, principal_arn: str, explicit: bool) -> str:
    """The text of a refusal. docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    reason = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else f"because no identity-based policy allows the {check.action} action"
    )
    on_resource = "" if service == "ec2" and check.resource == "*" else f" on resource: {check.resource}"
    text = f"User: {principal_arn} is not authorized to perform: {check.action}{on_resource} {reason}"
    return EC2_PREAMBLE + text if service == "ec2" else text


def install() -> None:
    """Put these in the place of the emulator's functions, which it imports anew for every request."""
    iam_evaluator.enforce = enforce
    iam_actions.access_denied_response = denied_response
