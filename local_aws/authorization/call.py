"""What a request asks for: service, operation and the parameters in the form boto3's user wrote them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from dataclasses import field
from functools import cache
from typing import Any
from urllib.parse import unquote

from botocore.model import StructureShape
from botocore.parsers import ResponseParserError
from botocore.parsers import create_parser

from local_aws.direct import service_model
from local_aws.wire import parse_request

# The emulator's name of a service, where boto3 has another one.
BOTO3_NAMES = {"elasticfilesystem": "efs"}
QUERY_PROTOCOLS = ("ec2", "query")


@dataclass(frozen=True)
class Call:
    """One call to one service."""

    service: str
    operation: str
    region: str
    account: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """The IAM action that bears the operation's name."""
        return f"{self.service}:{self.operation}"

    def value(self, path: str) -> Any:
        """A parameter, or a member of one by a dotted path; None if not given."""
        found: Any = self.parameters
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found


def read_parameters(service: str, operation: str, path: str, query: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The parameters of a request, from wherever the service's protocol carries them."""
    name = BOTO3_NAMES.get(service, service)
    model = service_model(name)
    if operation not in model.operation_names:
        return {}
    if model.resolved_protocol in QUERY_PROTOCOLS:
        return parse_request(name, operation, query)
    try:
        parameters = json.loads(body) if body[:1] == b"{" else {}
    except ValueError:
        parameters = {}
    if model.resolved_protocol == "rest-xml":
        parameters |= _read_xml(model.operation_model(operation).input_shape, body)
    pattern = _uri_pattern(model.operation_model(operation).http["requestUri"])
    matched = pattern.match(path)
    if matched:
        parameters |= {key: unquote(value) for key, value in matched.groupdict().items()}
    for key, value in query.items():
        parameters.setdefault(key, value[0] if isinstance(value, list) else value)
    return parameters


def _read_xml(shape: StructureShape | None, body: bytes) -> dict[str, Any]:
    """The one parameter that a request carries as XML, if it does: botocore reads it as it reads an answer."""
    payload = shape.serialization.get("payload") if shape else None
    if not payload or shape.members[payload].type_name != "structure":
        return {}
    try:
        answer = create_parser("rest-xml").parse({"status_code": 200, "headers": {}, "body": body}, shape)
    except ResponseParserError:
        return {}
    return {payload: answer[payload]} if answer.get(payload) else {}


@cache
def _uri_pattern(uri: str) -> re.Pattern[str]:
    literal_and_names = re.split(r"\{(\w+)\+?\}", uri.partition("?")[0])
    parts = [f"(?P<{text}>.+?)" if number % 2 else re.escape(text) for number, text in enumerate(literal_and_names)]
    return re.compile("".join(parts) + "/?$")
