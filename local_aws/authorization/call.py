"""What a request asks for: service, operation and the parameters in the form boto3's user wrote them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from dataclasses import field
from functools import cache
from typing import Any
from urllib.parse import unquote

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
    pattern = _uri_pattern(model.operation_model(operation).http["requestUri"])
    matched = pattern.match(path)
    if matched:
        parameters |= {key: unquote(value) for key, value in matched.groupdict().items()}
    for key, value in query.items():
        parameters.setdefault(key, value[0] if isinstance(value, list) else value)
    return parameters


@cache
def _uri_pattern(uri: str) -> re.Pattern[str]:
    literal_and_names = re.split(r"\{(\w+)\+?\}", uri.partition("?")[0])
    parts = [f"(?P<{text}>.+?)" if number % 2 else re.escape(text) for number, text in enumerate(literal_and_names)]
    return re.compile("".join(parts) + "/?$")
