"""What a task reaches from inside its sandbox: its credentials and metadata, and AWS as far as there is a way to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local_aws.settings import from_environment

REAL_CONNECT_SECONDS = 60
HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"upgrade", b"proxy-connection"}
App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def service_of(path: str, authorization: str) -> str:
    """The endpoint service a signed request is meant for: the name signed, or a finer one by its path."""
    parts = authorization.split("Credential=", 1)[-1].split(",", 1)[0].split("/")
    signed = parts[3] if len(parts) > 4 else "unknown"
    if signed == "bedrock":
        return "bedrock-runtime" if path.startswith(("/model/", "/guardrail/")) else "bedrock"
    return {"ecr": "ecr.api"}.get(signed, signed)


def credentials_app(answers: Callable[[str], dict[str, Any] | None]) -> App:
    """What answers on 169.254.170.2: a JSON document by path, or 404."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        found = await asyncio.to_thread(answers, scope["path"])
        body = json.dumps(found if found is not None else {"code": "NotFound", "message": "No such page"}).encode()
        await _answer(send, 200 if found is not None else 404, [(b"content-type", b"application/json")], body)

    return app


def aws_app(way: Callable[[str], bool], scale: Callable[[], float]) -> App:
    """What answers in place of AWS: passes on what has a way there, and lets everything else run into its timeout."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        headers = dict(scope["headers"])
        service = service_of(scope["path"], headers.get(b"authorization", b"").decode())
        if not await asyncio.to_thread(way, service):
            await asyncio.sleep(REAL_CONNECT_SECONDS * scale())
            raise ConnectionAbortedError(f"no way to {service}")
        await _pass_on(scope, body, send)

    return app


async def _body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _pass_on(scope: dict[str, Any], body: bytes, send: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", from_environment().port)
    try:
        path = scope.get("raw_path") or scope["path"].encode()
        if scope["query_string"] and b"?" not in path:
            path += b"?" + scope["query_string"]
        headers = [(name, value) for name, value in scope["headers"]
                   if name.lower() not in HOP_BY_HOP | {b"content-length"}]
        headers += [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        writer.write(scope["method"].encode() + b" " + path + b" HTTP/1.1\r\n" + lines + b"\r\n" + body)
        await writer.drain()
        status, answer_headers = await _head(reader)
        kept = [header for header in answer_headers if header[0] not in HOP_BY_HOP]
        await send({"type": "http.response.start", "status": status, "headers": kept})
        await _copy(reader, answer_headers, send)
    finally:
        writer.close()


async def _head(reader: asyncio.StreamReader) -> tuple[int, list[tuple[bytes, bytes]]]:
    status = int((await reader.readline()).split()[1])
    headers = []
    while line := (await reader.readline()).rstrip(b"\r\n"):
        name, _, value = line.partition(b":")
        headers.append((name.lower(), value.strip()))
    return status, headers


async def _copy(reader: asyncio.StreamReader, headers: list[tuple[bytes, bytes]], send: Any) -> None:
    chunked = (b"transfer-encoding", b"chunked") in headers
    while True:
        if chunked:
            size = int((await reader.readline()).split(b";")[0] or b"0", 16)
            data = await reader.readexactly(size)
            await reader.readline()
        else:
            data = await reader.read(65536)
        if not data:
            break
        await send({"type": "http.response.body", "body": data, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _answer(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve_on(path: str, app: App, ended: asyncio.Event) -> None:
    """Serve an application on a unix socket until told to end."""
    config = Config()
    config.bind = [f"unix:{path}"]
    config.loglevel = "CRITICAL"
    config.graceful_timeout = 0.2
    config.keep_alive_timeout = 120
    await serve(app, config, shutdown_trigger=ended.wait)
