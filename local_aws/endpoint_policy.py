"""What the policy of an S3 gateway endpoint lets through. Pure.

docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html. Not looked at: principals and conditions.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from local_aws.reach import Interface
from local_aws.reach import Network
from local_aws.reach import gateway_endpoint

ACTIONS = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject", "POST": "PutObject"}


def refusal(eni: Interface, network: Network, action: str, resource: str) -> str:
    """Why a call of S3 does not get through the endpoint it takes, in AWS's words; empty if it does, or takes none."""
    endpoint = gateway_endpoint(eni, "s3", network)
    if endpoint is None or allows(endpoint["PolicyDocument"], action, resource):
        return ""
    return (
        f'User is not authorized to perform: {action} on resource: "{resource}" because no VPC endpoint policy allows '
        f"the {action} action"
    )


def call_of(method: str, path: str) -> tuple[str, str]:
    """Action and resource of a request to S3 whose bucket is in the path."""
    bucket, _slash, key = unquote(path).lstrip("/").partition("/")
    if not key:
        return "s3:ListBucket", f"arn:aws:s3:::{bucket}"
    return f"s3:{ACTIONS.get(method, '*')}", f"arn:aws:s3:::{bucket}/{key}"


def allows(document: str, action: str, resource: str) -> bool:
    """Whether a statement allows it and none denies it."""
    effects = {
        statement["Effect"]
        for statement in _list(json.loads(document)["Statement"])
        if any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _list(statement.get("Action", [])))
        and any(fnmatchcase(resource, pattern) for pattern in _list(statement.get("Resource", [])))
    }
    return effects == {"Allow"}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
