"""Systems Manager: the public parameters that name Amazon's machine images, and names that rest after a deletion."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.core.responses import json_response
from ministack.core.router import extract_access_key_id
from ministack.services import ssm

from local_aws.layer.permissions import Caller
from local_aws.layer.permissions import caller_of
from local_aws.layer.seam import AwsError
from local_aws.lifecycle import lifecycle

Handler = Callable[[dict[str, Any], Caller], dict[str, Any]]

ECS_OPTIMIZED_ARM64 = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
AL2023_ARM64 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
PUBLIC_IMAGES = {ECS_OPTIMIZED_ARM64: "ami-0ec5a64202311220a", AL2023_ARM64: "ami-0a12023a64202311a"}
images = set(PUBLIC_IMAGES.values())
_resting: set[str] = set()
_handlers: dict[str, Handler] = {}
_handle_request = ssm.handle_request


def replace(**handlers: Handler) -> None:
    """Let these functions answer the actions they are named after: from the request and who made it."""
    _handlers.update(handlers)


def publish(name: str, image_id: str) -> None:
    """Let a public parameter name another image, as Amazon does every other week; the old image stays."""
    ssm._PUBLIC_AMI_PARAMETERS[name] = image_id
    images.add(image_id)


async def handle_request(method: str, path: str, headers: dict, body: bytes, query: dict) -> tuple:
    """As the emulator does it, but a deleted name can't be used again at once.

    "After deleting a parameter, wait for at least 30 seconds to create a parameter with the same name."
    docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html (which error one gets before that
    isn't documented; this one is the documented one that comes nearest.)
    """
    operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    request: dict[str, Any] = json.loads(body) if body[:1] == b"{" else {}
    if operation in _handlers:
        return _answer(_handlers[operation], request, headers, query)
    if operation == "PutParameter" and request.get("Name") in _resting:
        message = "There are concurrent updates for a resource you updated. Try again later."
        return (
            400,
            {"Content-Type": "application/x-amz-json-1.1"},
            json.dumps({"__type": "TooManyUpdates", "message": message}).encode(),
        )
    answer = await _handle_request(method, path, headers, body, query)
    if answer[0] < 300 and operation in ("DeleteParameter", "DeleteParameters"):
        for name in request.get("Names", [request.get("Name")]):
            _resting.add(name)
            lifecycle.after("parameter_name_reuse", lambda rested=name: _resting.discard(rested))
    return answer


def _answer(handler: Handler, request: dict[str, Any], headers: dict, query: dict) -> tuple:
    try:
        return json_response(handler(request, caller_of(extract_access_key_id(headers, query))))
    except AwsError as error:
        return error_response_json(error.code, error.message, error.status)


def reset() -> None:
    """As in a new account."""
    _resting.clear()
    images.clear()
    images.update(PUBLIC_IMAGES.values())
    ssm._PUBLIC_AMI_PARAMETERS.update(PUBLIC_IMAGES)


def install() -> None:
    """Publish the parameters a real account can read."""
    ssm._PUBLIC_AMI_PARAMETERS.update(PUBLIC_IMAGES)
    ssm.handle_request = handle_request
