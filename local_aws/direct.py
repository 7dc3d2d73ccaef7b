"""Call the emulator's services from inside its own process, past authentication and IAM, as AWS itself would."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from urllib.parse import urlencode

import botocore.session
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from ministack import app as ministack
from ministack.core.responses import request_scope

from local_aws.settings import ACCOUNT
from local_aws.settings import REGION


class CallError(Exception):
    """The emulator refused a call that the local AWS made on its own behalf."""


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service by the name boto3 knows it under."""
    return botocore.session.get_session().get_service_model(service)


async def call_async(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """Make one call, e.g. call_async("ec2", "CreateVpc", CidrBlock="10.0.0.0/16"), and return its parsed answer."""
    model = service_model(service)
    protocol = model.resolved_protocol
    operation_model = model.operation_model(operation)
    request = create_serializer(protocol, False).serialize_to_request(parameters, operation_model)
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    if isinstance(body, str):
        body = body.encode()
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    path, _, in_path = request["url_path"].partition("?")
    query = parse_qs(in_path) | {name: [str(value)] for name, value in dict(request["query_string"] or {}).items()}
    handler = ministack.SERVICE_HANDLERS[_emulator_name(service)]
    status, answer_headers, answer = await handler(request["method"], path, headers, bytes(body), query)
    answer = answer.encode() if isinstance(answer, str) else answer
    parsed = create_parser(protocol).parse(
        {"status_code": status, "headers": answer_headers, "body": answer}, operation_model.output_shape
    )
    if status >= 300:
        raise CallError(f"{service} {operation}: {parsed.get('Error')}")
    return parsed


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """The same, before the emulator serves requests or from a thread of its process."""
    with request_scope(ACCOUNT, REGION):
        return asyncio.run(call_async(service, operation, **parameters))


def _emulator_name(service: str) -> str:
    return {"efs": "elasticfilesystem"}.get(service, service)
