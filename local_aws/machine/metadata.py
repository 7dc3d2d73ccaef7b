"""The instance metadata service, as version 2 has it: a token first, then the pages.

docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html and configuring-instance-metadata-service
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.agent.proxy import Handler
from local_aws.agent.proxy import Request
from local_aws.settings import ACCOUNT
from local_aws.settings import REGION

LONGEST_TOKEN_SECONDS = 21600
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed"}
META, DYNAMIC = "/latest/meta-data", "/latest/dynamic"


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int
    body: str = ""
    ttl: int | None = None


class Metadata:
    """The service of one machine; the record of the instance may change while it runs."""

    def __init__(
        self,
        machine: Callable[[], dict[str, Any]],
        credentials: Callable[[], tuple[str, dict[str, Any]] | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what gives the instance's record, and the name and credentials of its role."""
        self._machine, self._credentials, self._clock = machine, credentials, clock
        self._tokens: dict[str, float] = {}

    def answer(self, method: str, path: str, header: Callable[[bytes], str]) -> Reply:
        """One request."""
        options = self._machine()["MetadataOptions"]
        if options["HttpEndpoint"] != "enabled":
            return Reply(403)
        if path == "/latest/api/token":
            return self._token(header(b"x-aws-ec2-metadata-token-ttl-seconds")) if method == "PUT" else Reply(405)
        if method != "GET":
            return Reply(405)
        token = header(b"x-aws-ec2-metadata-token")
        if (token or options["HttpTokens"] == "required") and self._tokens.get(token, -math.inf) < self._clock():
            return Reply(401)
        return self._page(path)

    def _token(self, wanted: str) -> Reply:
        if not wanted.isdigit() or not 1 <= int(wanted) <= LONGEST_TOKEN_SECONDS:
            return Reply(400)
        token = secrets.token_urlsafe(40)
        self._tokens[token] = self._clock() + int(wanted)
        return Reply(200, token, int(wanted))

    def _page(self, path: str) -> Reply:
        machine = self._machine()
        found = pages(machine)
        if path.startswith(f"{META}/iam"):
            found |= self._role_pages(machine)
        if path.rstrip("/") == "/latest/user-data" and machine.get("UserData"):
            return Reply(200, base64.b64decode(machine["UserData"]).decode(errors="replace"))
        return read(found, path)

    def _role_pages(self, machine: dict[str, Any]) -> dict[str, str]:
        had = self._credentials()
        if had is None:
            return {}
        name, credentials = had
        info = {"Code": "Success", "InstanceProfileArn": machine["IamInstanceProfile"]["Arn"]}
        return {
            f"{META}/iam/info": json.dumps(info),
            f"{META}/iam/security-credentials/{name}": json.dumps({"Code": "Success", **credentials}),
        }


def pages(machine: dict[str, Any]) -> dict[str, str]:
    """The pages that need nothing but the instance's description."""
    zone = machine["Placement"]["AvailabilityZone"]
    document = {
        "accountId": ACCOUNT,
        "architecture": machine["Architecture"],
        "availabilityZone": zone,
        "imageId": machine["ImageId"],
        "instanceId": machine["InstanceId"],
        "instanceType": machine["InstanceType"],
        "pendingTime": machine["LaunchTime"],
        "privateIp": machine["PrivateIpAddress"],
        "region": REGION,
        "version": "2017-09-30",
    }
    return {
        f"{META}/ami-id": machine["ImageId"],
        f"{META}/hostname": machine["PrivateDnsName"],
        f"{META}/instance-id": machine["InstanceId"],
        f"{META}/instance-type": machine["InstanceType"],
        f"{META}/local-hostname": machine["PrivateDnsName"],
        f"{META}/local-ipv4": machine["PrivateIpAddress"],
        f"{META}/placement/availability-zone": zone,
        f"{META}/placement/region": REGION,
        f"{META}/services/domain": "amazonaws.com",
        f"{META}/services/partition": "aws",
        f"{DYNAMIC}/instance-identity/document": json.dumps(document),
    }


def read(known: dict[str, str], path: str) -> Reply:
    """A page, or the names below a path."""
    wanted = path.rstrip("/")
    if wanted in known:
        return Reply(200, known[wanted])
    below = [page.removeprefix(f"{wanted}/") for page in known if page.startswith(f"{wanted}/")]
    names = dict.fromkeys(rest.partition("/")[0] + ("/" if "/" in rest else "") for rest in below)
    return Reply(200, "\n".join(names)) if names else Reply(404)


def handler(service: Metadata) -> Handler:
    """What answers on 169.254.169.254."""

    async def handle(request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method = request.line.split()[0].decode()
        reply = await asyncio.to_thread(service.answer, method, request.path, request.header)
        body = reply.body.encode()
        lines = [f"HTTP/1.1 {reply.status} {REASONS[reply.status]}", "Content-Type: text/plain", "Connection: close"]
        lines += [f"Content-Length: {len(body)}", "Server: EC2ws"]
        if reply.ttl is not None:
            lines.append(f"X-Aws-Ec2-Metadata-Token-Ttl-Seconds: {reply.ttl}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return handle
