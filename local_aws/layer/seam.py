"""How a seam replaces an action of the emulator: a plain function from request to answer, and errors in AWS's words."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from collections.abc import Iterable
from datetime import UTC
from datetime import datetime
from typing import Any

from ministack.services import autoscaling
from ministack.services import ec2

from local_aws.wire import parse_request
from local_aws.wire import render_answer

Handler = Callable[[dict[str, Any]], dict[str, Any]]
MODULES = {"ec2": ec2, "autoscaling": autoscaling}


class AwsError(Exception):
    """What AWS answers instead: an error code and its text."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Take the code and the text of the real service."""
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def replace(service: str, **handlers: Handler) -> None:
    """Let these functions answer the actions they are named after (services of the query protocols)."""
    for operation, handler in handlers.items():
        MODULES[service]._ACTION_MAP[operation] = _adapt(service, operation, handler)


def _adapt(service: str, operation: str, handler: Handler) -> Callable[[dict[str, Any]], tuple]:
    def answer(params: dict[str, Any]) -> tuple:
        try:
            request = parse_request(service, operation, params)
            if request.get("DryRun"):
                raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
            body = render_answer(service, operation, handler(request))
        except AwsError as error:
            return MODULES[service]._error(error.code, error.message, error.status)
        return 200, {"Content-Type": "text/xml"}, body

    return answer


def guard(service: str, operation: str, check: Callable[[dict[str, Any]], None]) -> None:
    """Let the emulator answer as before, unless `check` raises what AWS would say."""
    original = MODULES[service]._ACTION_MAP[operation]

    def answer(params: dict[str, Any]) -> tuple:
        try:
            check(parse_request(service, operation, params))
        except AwsError as error:
            return MODULES[service]._error(error.code, error.message, error.status)
        return original(params)

    MODULES[service]._ACTION_MAP[operation] = answer


def now() -> str:
    """The time as EC2 writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def tags_of(resource_id: str) -> list[dict[str, str]]:
    """The tags of an EC2 resource."""
    return list(ec2._tags.get(resource_id, []))


def tag_on_create(request: dict[str, Any], resource_type: str, resource_id: str) -> None:
    """Put on the tags that a create call brought for its resource."""
    tags = [
        tag
        for spec in request.get("TagSpecifications", [])
        if spec.get("ResourceType") == resource_type
        for tag in spec.get("Tags", [])
    ]
    if tags:
        ec2._tags[resource_id] = [{"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in tags]


def select(
    request: dict[str, Any], resources: Iterable[dict[str, Any]], fields: dict[str, Callable[[dict], Any]]
) -> list[dict[str, Any]]:
    """The resources that all Filters of a Describe call admit; a filter that is not in `fields` is refused."""
    found = list(resources)
    for wanted in request.get("Filters", []):
        name, patterns = wanted["Name"], wanted.get("Values", [])
        found = [resource for resource in found if _admits(_field_values(name, resource, fields), patterns)]
    return found


def _field_values(name: str, resource: dict[str, Any], fields: dict[str, Callable[[dict], Any]]) -> list[str]:
    tags = resource.get("Tags", [])
    if name.startswith("tag:"):
        return [tag["Value"] for tag in tags if tag["Key"] == name[4:]]
    if name == "tag-key":
        return [tag["Key"] for tag in tags]
    if name not in fields:
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    value = fields[name](resource)
    return [_written(entry) for entry in (value if isinstance(value, (list, set, tuple)) else [value])]


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _admits(values: list[str], patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for value in values for pattern in patterns)
