"""What a task reaches from inside its sandbox: its credentials and metadata, and AWS as far as there is a way to it."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from local_aws import endpoint_policy
from local_aws.agent import network
from local_aws.reach import Interface
from local_aws.relay import copy
from local_aws.settings import from_environment

REAL_CONNECT_SECONDS = 60
LONGEST_HEAD = 2**16
SIGNED = re.compile(r"Credential=(AKIA|ASIA)[A-Z0-9]+/\d+/[a-z0-9-]+/(?P<service>[a-z0-9-]+)/aws4_request")
logger = logging.getLogger("local_aws.agent")
Handler = Callable[["Request", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """The head of an HTTP/1.1 request."""

    line: bytes
    headers: list[tuple[bytes, bytes]]

    @property
    def path(self) -> str:
        """The path, without the query."""
        return self.line.split()[1].decode().partition("?")[0]

    @property
    def query(self) -> str:
        """The query, as it was written."""
        return self.line.split()[1].decode().partition("?")[2]

    def header(self, name: bytes) -> str:
        """A header's value, or nothing."""
        return next((value.decode() for key, value in self.headers if key.lower() == name), "")


def parse_head(head: bytes) -> Request:
    """Take a request's head apart."""
    line, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    pairs = [header.partition(b":") for header in lines]
    return Request(line, [(name, value.strip()) for name, _colon, value in pairs])


def service_of(path: str, authorization: str, query: str = "") -> str | None:
    """The endpoint service a request is meant for: the name signed in a header or the URL, or a finer one by its path.

    None for what is no call on AWS: unsigned, signed with the emulator's root key, or a page of the emulator itself.
    """
    signature = SIGNED.search(authorization) or SIGNED.search(unquote(query))
    if signature is None or path.startswith("/_"):
        return None
    signed = signature["service"]
    if signed == "bedrock":
        return "bedrock-runtime" if path.startswith(("/model/", "/guardrail/")) else "bedrock"
    return {"ecr": "ecr.api"}.get(signed, signed)


def credentials_handler(answers: Callable[[str], dict[str, Any] | None]) -> Handler:
    """What answers on 169.254.170.2: a JSON document by path, or 404."""

    async def handle(request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await asyncio.to_thread(answers, request.path)
        status = b"404 Not Found" if found is None else b"200 OK"
        body = json.dumps({"code": "NotFound", "message": "No such page"} if found is None else found).encode()
        writer.write(
            b"HTTP/1.1 " + status + b"\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )
        await writer.drain()

    return handle


def aws_handler(way: Callable[[str], bool], place: Callable[[], Interface], scale: Callable[[], float]) -> Handler:
    """What answers in place of AWS: passes on what has a way there, and lets everything else run into its timeout.

    What the policy of an S3 gateway endpoint does not let through is refused there.
    """

    async def handle(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        service = service_of(request.path, request.header(b"authorization"), request.query)
        if service is None or not await asyncio.to_thread(way, service):
            await asyncio.sleep(REAL_CONNECT_SECONDS * scale())
            writer.transport.abort()
            return
        denied = await asyncio.to_thread(_denied, place, request) if service == "s3" else ""
        if denied:
            logger.warning("%s", denied)
            await _forbid(writer, denied)
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", from_environment().port)
        kept = [(name, value) for name, value in request.headers if name.lower() != b"connection"]
        lines = [name + b": " + value for name, value in (*kept, (b"connection", b"close"))]
        there_writer.write(b"\r\n".join([request.line, *lines, b"", b""]))
        sending = asyncio.create_task(copy(reader, there_writer))
        await copy(there_reader, writer)
        sending.cancel()
        there_writer.close()

    return handle


def _denied(place: Callable[[], Interface], request: Request) -> str:
    eni = place()
    method = request.line.split()[0].decode()
    return endpoint_policy.refusal(eni, network.snapshot(eni), *endpoint_policy.call_of(method, request.path))


async def _forbid(writer: asyncio.StreamWriter, words: str) -> None:
    body = f"<Error><Code>AccessDenied</Code><Message>{escape(words)}</Message></Error>".encode()
    writer.write(
        b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/xml\r\nconnection: close\r\n"
        b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )
    await writer.drain()


async def listen(path: str, handler: Handler) -> asyncio.Server:
    """Answer on a unix socket, one request per connection."""
    running: set[asyncio.Task[None]] = set()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await handler(parse_head(head), reader, writer)
        except asyncio.IncompleteReadError:
            return  # nothing was asked
        except (OSError, ValueError, IndexError, asyncio.LimitOverrunError) as error:
            logger.warning("a connection from a task failed: %r", error)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        job = asyncio.get_running_loop().create_task(connection(reader, writer))
        running.add(job)
        job.add_done_callback(running.discard)

    return await asyncio.start_unix_server(accept, path, limit=LONGEST_HEAD)
