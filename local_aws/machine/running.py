"""One machine from its start to its end, as the agent runs it: the sandbox, and what surrounds it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

from local_aws import endpoint_policy
from local_aws import sandbox
from local_aws.agent import aws
from local_aws.agent import efs
from local_aws.agent import host
from local_aws.agent import network
from local_aws.agent import proxy
from local_aws.credentials import RoleNotAssumableError
from local_aws.machine import directory_of
from local_aws.machine import disk
from local_aws.machine import metadata
from local_aws.processes import running
from local_aws.reach import interface
from local_aws.reach import reach
from local_aws.relay import copy
from local_aws.settings import ACCOUNT
from local_aws.settings import Settings

CREDENTIALS_SECONDS = 600
TICK_SECONDS = 0.1
END_SECONDS = 5
UP, OFF, FAILED = "up", "off", "failed"
logger = logging.getLogger("local_aws.agent")


class Machine:
    """Runs one instance's sandbox and says what becomes of it."""

    def __init__(
        self, record: dict[str, Any], settings: Settings, scale: Callable[[], float], minute: Callable[[], float]
    ) -> None:
        """Take the instance's description, and what tells how fast time goes."""
        self.record = record
        self.instance_id: str = record["InstanceId"]
        self._starts: int = record["Starts"]
        self._settings, self._scale, self._minute = settings, scale, minute
        self._directory = directory_of(settings, self.instance_id)
        self._doors: list[asyncio.Server] = []
        self._process: asyncio.subprocess.Process | None = None
        self._countdown: asyncio.Task[None] | None = None
        self._kept: tuple[float, str, dict[str, Any]] | None = None
        self._ended = False

    async def run(self) -> None:
        """Start it and wait for its end, which may come from inside."""
        event = FAILED
        try:
            process = await self._start()
            await self._report(UP)
            event = OFF
            await process.wait()
        except (sandbox.SandboxError, OSError) as error:
            logger.warning("machine %s could not start: %s", self.instance_id, error)
        finally:
            for door in self._doors:
                door.close()
            if self._countdown:
                self._countdown.cancel()
        logger.info("machine %s is off", self.instance_id)
        if not self._ended:
            await self._report(event)

    async def _start(self) -> asyncio.subprocess.Process:
        self._directory.mkdir(parents=True, exist_ok=True)
        disk.make_disk(self.record, self._directory)
        await self._open_doors()
        spec = disk.spec_for(self.record, self._directory, self._settings.port, self._settings.internet_port)
        with (self._directory / "console.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *sandbox.command(spec, self._directory),
                env=sandbox.environment(),
                cwd="/",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not sandbox.pid_file(self._directory).exists():
            if self._process.returncode is not None:
                raise sandbox.SandboxError(f"the sandbox could not be made (see {self._directory}/console.log)")
            await asyncio.sleep(0.02)
        logger.info("machine %s runs", self.instance_id)
        return self._process

    async def end(self) -> None:
        """End it from outside: as a machine that is told to power off, and hard if that takes too long."""
        self._ended = True
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), END_SECONDS)
            return
        pid = running(sandbox.pid_file(self._directory))
        if pid:
            os.kill(pid, signal.SIGKILL)

    async def _report(self, event: str) -> None:
        try:
            await asyncio.to_thread(
                aws.ecs, "LocalMachine", InstanceId=self.instance_id, Starts=self._starts, Event=event
            )
        except (aws.RefusedError, OSError) as error:
            logger.warning("machine %s: could not report %s: %s", self.instance_id, event, error)

    async def _open_doors(self) -> None:
        """Open what the machine reaches: its metadata, AWS, the internet, and what plays the hardware."""
        service = metadata.Metadata(lambda: self.record, self._credentials)
        for name, handler in (
            ("imds", metadata.handler(service)),
            ("aws", proxy.aws_handler(self._has_way, lambda: interface(self.record), self._scale)),
            ("host", self._host),
        ):
            path = self._directory / name
            path.unlink(missing_ok=True)
            self._doors.append(await proxy.listen(str(path), handler))
        (self._directory / "host").chmod(0o600)
        internet = self._directory / "internet"
        internet.unlink(missing_ok=True)
        self._doors.append(await asyncio.start_unix_server(self._to_internet, str(internet)))

    def _has_way(self, service: str) -> bool:
        return not self._no_way(service)

    def _no_way(self, service: str) -> str:
        eni = interface(self.record)
        way = reach(eni, service, network.snapshot(eni))
        if not way:
            logger.warning("machine %s can't reach %s: %s", self.instance_id, service, way.reason)
        return way.reason

    def _refusal(self, action: str, arn: str) -> str:
        eni = interface(self.record)
        return endpoint_policy.refusal(eni, network.snapshot(eni), action, arn)

    async def _to_internet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on, or let it run into its timeout."""
        try:
            if await asyncio.to_thread(self._has_way, "internet"):
                there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._settings.internet_port)
                await asyncio.gather(copy(reader, there_writer), copy(there_reader, writer))
                there_writer.close()
            else:
                await asyncio.sleep(proxy.REAL_CONNECT_SECONDS * self._scale())
                writer.transport.abort()
        except OSError as error:
            logger.warning("machine %s: the internet does not answer: %s", self.instance_id, error)
        finally:
            writer.close()

    def _credentials(self) -> tuple[str, dict[str, Any]] | None:
        """The name of the role in the machine's profile, and credentials for it."""
        if self._kept is None or time.monotonic() - self._kept[0] > CREDENTIALS_SECONDS:
            try:
                role = host.role_of(self.record)
                if role is None:
                    return None
                made = aws.role_credentials(role, self.instance_id, aws.EC2)
            except (RoleNotAssumableError, BotoCoreError, ClientError, OSError) as error:
                logger.warning("machine %s gets no credentials: %s", self.instance_id, error)
                return None
            shown = {
                "LastUpdated": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Type": "AWS-HMAC",
                "AccessKeyId": made["AccessKeyId"],
                "SecretAccessKey": made["SecretAccessKey"],
                "Token": made["SessionToken"],
                "Expiration": made["Expiration"],
            }
            self._kept = (time.monotonic(), role.rsplit("/", 1)[-1], shown)
        return self._kept[1], self._kept[2]

    async def _host(self, request: proxy.Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What the commands inside ask of the hardware: a way, a mount, the end."""
        length = int(request.header(b"content-length") or 0)
        asked = json.loads(await reader.readexactly(length) or b"{}")
        match request.path:
            case "/way":
                answer: dict[str, Any] = {"problem": await asyncio.to_thread(self._no_way, asked["service"])}
            case "/object":
                answer = {"refusal": await asyncio.to_thread(self._refusal, "s3:GetObject", asked["arn"])}
            case "/mount":
                answer = await asyncio.to_thread(self._mount, asked)
            case "/shutdown":
                answer = {}
                self._schedule(asked.get("minutes"))
            case _:
                answer = {"problem": f"no such request: {request.path}"}
        body = json.dumps(answer).encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    def _schedule(self, minutes: float | None) -> None:
        """Power off after so many of the machine's minutes; None takes that back."""
        if self._countdown:
            self._countdown.cancel()
        self._countdown = None if minutes is None else asyncio.create_task(self._power_off(minutes))

    async def _power_off(self, minutes: float) -> None:
        while minutes > 0:
            await asyncio.sleep(TICK_SECONDS)
            minutes -= TICK_SECONDS / max(self._minute(), 1e-6)
        logger.info("machine %s shuts itself down", self.instance_id)
        if self._process:
            self._process.terminate()

    def _mount(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Mount a file system inside, if AWS lets this client; the refusal is a name of efs.Refusal."""
        client = efs.Client(
            interface(self.record),
            self.record["Placement"]["AvailabilityZone"],
            _role(asked["credentials"]) if asked["iam"] else None,
            asked["tls"],
        )
        root = self._settings.directory / "efs"
        try:
            volume = efs.open_volume(asked["file_system"], asked["access_point"], asked["path"], client, root)
        except efs.MountError as error:
            return {"refusal": error.refusal.name, "wait": self._scale()}
        return self._attach(volume, asked["target"], write=volume.may_write and not asked["read_only"])

    def _attach(self, volume: efs.Volume, target: str, *, write: bool) -> dict[str, Any]:
        pid = running(sandbox.pid_file(self._directory))
        request = {
            "pid": pid,
            "folder": asdict(volume.folder),
            "user": volume.user,
            "target": target,
            "write": write,
            "workplace": str(self._directory / "mounting"),
        }
        spaces = ["--pid"] if os.geteuid() == 0 else ["--user", "--pid"]
        done = subprocess.run(
            ["nsenter", "--target", str(pid), *spaces, sys.executable, "-m", "local_aws.machine.attach"],
            input=json.dumps(request),
            env=sandbox.environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            return {"problem": f"mount.nfs4: {lines[-1]}"}
        if json.loads(done.stdout)["weaker"]:
            logger.warning(
                "machine %s: %s is mounted without FUSE or bindfs: files become the access point's user's only after "
                "they have been written",
                self.instance_id,
                target,
            )
        return {}


def _role(credentials: dict[str, Any]) -> str | None:
    """The role that credentials of the metadata service belong to; None if nobody knows them."""
    keys = {"SessionToken": credentials["Token"], **credentials}
    try:
        arn = aws.client("sts", keys).get_caller_identity()["Arn"]
    except (BotoCoreError, ClientError):
        return None
    return f"arn:aws:iam::{ACCOUNT}:role/{arn.split('/')[1]}" if ":assumed-role/" in arn else None
