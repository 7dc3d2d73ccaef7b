"""The ASGI application: the emulator with what it lacks, a log of its calls, ordered failures and a control plane."""

from __future__ import annotations

import json
import math
import os
from typing import Any
from urllib.parse import parse_qs

from local_aws.settings import REGION
from local_aws.settings import from_environment

settings = from_environment()
# Read by the emulator while it is imported.
os.environ.update(
    AUTH="true", IOT_MTLS_ENABLED="0", SFTP_ENABLED="0", MINISTACK_REGION=REGION, GATEWAY_PORT=str(settings.port)
)

from ministack import app as ministack
from ministack.core import iam_actions
from ministack.core import iam_evaluator
from ministack.core.router import detect_service
from ministack.core.router import extract_access_key_id
from ministack.core.router import extract_region

from local_aws import layer
from local_aws.authorization.bedrock import called_model
from local_aws.credentials import RoleNotAssumableError
from local_aws.credentials import make_session
from local_aws.faults import STATUS
from local_aws.faults import Faults
from local_aws.faults import error_response
from local_aws.internet import outage
from local_aws.layer import enforcement
from local_aws.layer import session_channel
from local_aws.layer import sessions
from local_aws.layer.ssm import publish
from local_aws.lifecycle import lifecycle
from local_aws.requestlog import RequestLog
from local_aws.seed import seed

CONTROL = "/_local/"
log = RequestLog()
faults = Faults()
_dispatch = ministack._dispatch_service_request


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve the control plane, and hand everything else to the emulator."""
    if scope["type"] == "http" and scope["path"].startswith(CONTROL):
        await _control(scope, receive, send)
        return
    await ministack.app(scope, receive, send)


async def _serve(method: str, path: str, headers: dict, body: bytes, query: dict, request_id: str) -> tuple:
    """One AWS call: let happen what is due, fail if that was ordered, note how it ended."""
    lifecycle.settle()
    parameters = ministack._routing_params(method, path, headers, body, query)
    service = detect_service(method, path, headers, parameters)
    operation = _operation(service, method, path, headers, body, parameters)
    fault = faults.take(service, operation)
    if fault:
        status = STATUS.get(fault.code, 400)
        answer = error_response(service, fault.code, fault.message, headers, status)
    else:
        enforcement.expect(service, operation, extract_region(headers), path, parameters, body)
        answer = await _dispatch(method, path, headers, body, query, request_id)
    entry = {
        "service": service,
        "action": operation,
        "access_key": extract_access_key_id(headers, query),
        "principal_arn": iam_evaluator.request_caller_arn(headers, query),
        "status": answer[0],
        "error_code": _error_code(answer),
        "permissions": [] if fault else enforcement.asked(),
    }
    if service == "bedrock-runtime":
        entry["resource"] = called_model(path)
    log.add(**entry)
    return answer


def _operation(service: str, method: str, path: str, headers: dict, body: bytes, parameters: dict) -> str:
    action = iam_actions.extract_iam_action(service, method, path, headers, body, parameters)
    return action.split(":", 1)[1] if action else f"{method} {path}"


def _error_code(answer: tuple) -> str | None:
    status, headers, body = answer
    if status < 400:
        return None
    if "x-amzn-errortype" in headers:
        return headers["x-amzn-errortype"].split(":")[0]
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    if text.startswith("{"):
        return json.loads(text).get("__type", "").rsplit("#", 1)[-1] or None
    return text.split("<Code>")[1].split("</Code>")[0] if "<Code>" in text else None


async def _control(scope: dict[str, Any], receive: Any, send: Any) -> None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    query = parse_qs(scope["query_string"].decode())
    status, answer = await _answer(
        scope["method"], scope["path"].removeprefix(CONTROL), query, json.loads(body) if body else {}
    )
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


async def _answer(method: str, name: str, query: dict[str, list[str]], body: dict[str, Any]) -> tuple[int, Any]:
    match method, name:
        case "GET", "health":
            return 200, {"ready": True, "pid": os.getpid()}
        case "GET", "log":
            return 200, log.since(int(query.get("since", ["1"])[0]))
        case "POST", "reset":
            await reset()
        case "POST", "faults":
            faults.order(body)
        case "POST", "latency":
            lifecycle.set(**body)
        case "GET", "latency":
            return 200, lifecycle.settings()
        case "POST", "settle":
            lifecycle.settle(until=math.inf)
        case "POST", "internet":
            outage.order(settings, body["answer"])
        case "POST", "images":
            for parameter, image in body.items():
                publish(parameter, image)
        case "POST", "credentials":
            try:
                return 200, make_session(body["role_arn"], body["session_name"], body.get("service"))
            except RoleNotAssumableError as error:
                return 400, {"message": str(error)}
        case "POST", "sessions":
            opened, call = session_channel.open_channel(body["session_id"], body["token"])
            if call:
                log.add(**call)
            return 200, opened
        case "GET", "sessions":
            return 200, {"open": sessions.is_open(query["id"][0])}
        case "DELETE", "sessions":
            sessions.close(query["id"][0])
        case _:
            return 404, {"message": f"No such control: {method} {CONTROL}{name}"}
    return 200, {}


async def reset() -> None:
    """Empty the account and seed it again; the operator keeps the same access key."""
    lifecycle.clear()
    faults.clear()
    log.clear()
    outage.order(settings, None)
    ministack._reset_all_state()
    layer.reset()
    await seed(settings)


ministack._dispatch_service_request = _serve
layer.install()
