# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why AWS could not be read, as a problem with its remedy. Pure. Private to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._aws.errors import DeploymentError
from .._aws.errors import error_code
from .._config.problems import Problem
from .._config.problems import problem

DENIED_CODES = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


@dataclass(frozen=True)
class Reason:
    """A kind of failure: the error codes of AWS and the exceptions of botocore it is known by, and what to do."""

    known_by: tuple[str, ...]
    what: str
    why: str
    fix: str


# Codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html; exceptions: botocore.exceptions. 2026-11-22.
REASONS = (
    Reason(
        ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "NoAuthTokenError"),
        "There are no AWS credentials",
        "Nothing can be looked up or created without them.",
        "Log in (aws sso login, or aws configure), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,"
        " in the shell that runs ansible-playbook. `aws sts get-caller-identity` shows whether it worked.",
    ),
    Reason(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "UnauthorizedSSOTokenError",
            "SSOTokenLoadError",
            "TokenRetrievalError",
        ),
        "The AWS credentials have expired",
        "AWS refuses every request made with them.",
        "Log in again (aws sso login, or get new session credentials) and run again. If they are new, compare the"
        " clock of this machine: AWS refuses requests from a clock that is more than five minutes off.",
    ),
    Reason(
        (
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "AuthFailure",
            "SignatureDoesNotMatch",
            "InvalidAccessKeyId",
            "MissingAuthenticationToken",
        ),
        "AWS does not accept the credentials",
        "The access key is unknown, deactivated or deleted, its secret is wrong, or the region is an opt-in region"
        " that this account has not enabled.",
        "Compare the access key with the IAM console, and the region with `aws account list-regions`.",
    ),
    Reason(
        ("NoRegionError", "InvalidRegionError"),
        "There is no AWS region",
        "Each region is a separate place with its own VPCs.",
        "Set openclaw_region, or AWS_REGION, or a region in the AWS profile, for example us-east-1.",
    ),
    Reason(
        ("ProfileNotFound",),
        "The AWS profile does not exist",
        "There is nothing to take credentials from.",
        "Compare AWS_PROFILE with `aws configure list-profiles`.",
    ),
    Reason(
        (
            "EndpointConnectionError",
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "ConnectionClosedError",
            "ProxyConnectionError",
            "SSLError",
        ),
        "AWS cannot be reached from this machine",
        "Either there is no way to the internet, or a proxy or firewall is in between, or the region does not exist.",
        "Compare the region's spelling, HTTPS_PROXY and, where it is set, AWS_ENDPOINT_URL; then try"
        " `aws sts get-caller-identity`.",
    ),
)


def is_denied(error: DeploymentError) -> bool:
    """Whether an error only means that one action is not allowed, so that others may be tried."""
    return error_code(error.exception) in DENIED_CODES


def denied_action(exception: t.Any) -> str:
    """The IAM action that a call needed."""
    operation = exception.operation_name
    return f"{'sts' if operation == 'GetCallerIdentity' else 'ec2'}:{operation}"


def reading_problem(error: DeploymentError, caller_arn: str | None, region: str | None) -> Problem | None:
    """The problem that an error is; nothing if the error is of a kind that is not known here."""
    exception = error.exception
    if is_denied(error):
        action = denied_action(exception)
        return problem(
            f"{caller_arn or 'The caller'} is not allowed {action}",
            f"IAM, region {region}",
            f"{error.message}: {exception}",
            f"Allow {action} to that user or role; docs/permissions.md lists all that is needed.",
        )
    names = {error_code(exception), *(kind.__name__ for kind in type(exception).__mro__)}
    for reason in REASONS:
        if names.intersection(reason.known_by):
            where = f"credentials and region ({region or 'none'}) of this run"
            return problem(reason.what, where, f"{reason.why} ({exception})", reason.fix)
    return None
