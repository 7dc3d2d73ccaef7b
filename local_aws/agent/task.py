"""One task from PENDING to STOPPED."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_aws import install
from local_aws import relay
from local_aws import sandbox
from local_aws.agent import aws
from local_aws.agent import container as containers
from local_aws.agent import health
from local_aws.agent import network
from local_aws.agent import prepare
from local_aws.agent import proxy
from local_aws.agent.logs import Shipper
from local_aws.credentials import RoleNotAssumableError
from local_aws.processes import running
from local_aws.reach import interface
from local_aws.reach import reach
from local_aws.settings import Settings

DEFAULT_STOP_SECONDS = 30
EXEC_CHECK_SECONDS = 5.0
CREDENTIALS_SECONDS = 600
EXEC_AGENT = "ExecuteCommandAgent"
ESSENTIAL_EXITED = "Essential container in task exited"
logger = logging.getLogger("local_aws.agent")


def tasks_directory(settings: Settings) -> Path:
    """Where the sandboxes of all tasks are kept."""
    return settings.directory / "t"


def directory_of(settings: Settings, task_id: str) -> Path:
    """Where the sandbox of a task is kept; short, for the sockets in it."""
    return tasks_directory(settings) / task_id.rsplit("/", 1)[-1].replace("-", "")[:12]


class TaskRun:
    """Runs a task's container, reports what happens to it, and ends it when told."""

    def __init__(
        self, work: dict[str, Any], machine: dict[str, Any], settings: Settings, scale: Callable[[], float]
    ) -> None:
        """Take what LocalPoll said of the task and its machine."""
        self.arn: str = work["task"]["taskArn"]
        self.task_id = self.arn.rsplit("/", 1)[-1]
        self._task, self._definition = work["task"], work["definition"]
        self._container = self._definition["containerDefinitions"][0]
        self._machine, self._settings, self._scale = machine, settings, scale
        self._directory = directory_of(settings, self.task_id)
        self._stop = asyncio.Event()
        self._doors: list[asyncio.Server] = []
        self._kept: tuple[float, dict[str, Any]] | None = None
        self._credentials_path = f"/v2/credentials/{secrets.token_hex(16)}"
        self._machine_role: dict[str, Any] | None = None

    def stop(self) -> None:
        """Ask for the end: SIGTERM, and SIGKILL when the stop timeout is over."""
        self._stop.set()

    async def report_lost(self, reason: str) -> None:
        """Report the end of a task that this agent doesn't run (any more)."""
        change = {"containerName": self._container["name"], "status": "STOPPED", "exitCode": 137}
        await self._submit(status="STOPPED", reason=reason, containers=[change])

    async def run(self) -> None:
        """Do it all; what goes wrong becomes the task's stopped reason."""
        code = None
        try:
            await self._submit(status="ACTIVATING")
            await self._wait_or_stop(aws.seconds("task_start") * self._scale())
            if self._stop.is_set():
                reason = ""
            else:
                code, reason = await self._live()
        except (prepare.StartError, containers.UserUnknownError, sandbox.SandboxError) as error:
            reason = str(error)
        except Exception as error:  # whatever it is, the task is over and somebody must hear of it
            logger.exception("task %s failed", self.task_id)
            reason = f"CannotStartContainerError: {error!r}"
        finally:
            for door in self._doors:
                door.close()
        logger.info("task %s ended: %s %s", self.task_id, code, reason)
        change = {"containerName": self._container["name"], "status": "STOPPED"}
        if code is not None:
            change["exitCode"] = code
        await self._submit(status="STOPPED", reason=reason, containers=[change])
        shutil.rmtree(self._directory, ignore_errors=True)

    async def _live(self) -> tuple[int, str]:
        if len(self._definition["containerDefinitions"]) > 1:
            raise prepare.StartError("CannotStartContainerError: the local AWS runs tasks with one container only")
        spec, shipper = await asyncio.to_thread(self._prepare)
        await self._open_doors()
        process = await asyncio.create_subprocess_exec(
            *sandbox.command(spec, self._directory),
            env=sandbox.environment(),
            cwd="/",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**18,
            start_new_session=True,
        )
        watching: list[asyncio.Task[None]] = []
        try:
            reading = asyncio.create_task(shipper.read(process.stdout))
            await self._until_started(process)
            watching = [asyncio.create_task(job) for job in (shipper.send_for_ever(), self._watch(spec))]
            await self._submit(
                status="RUNNING",
                containers=[
                    {"containerName": self._container["name"], "status": "RUNNING", "runtimeId": secrets.token_hex(32)}
                ],
            )
            return await self._until_end(process), ESSENTIAL_EXITED
        finally:
            for job in watching:
                job.cancel()
            await reading
            await shipper.send_all()
            await asyncio.gather(*watching, return_exceptions=True)

    def _prepare(self) -> tuple[sandbox.Spec, Shipper]:
        place = self._place
        execution = prepare.execution_credentials(self._definition, self.task_id)
        recipe = prepare.pull(self._container["image"], place, execution)
        folders, binds = prepare.mount(self._definition, self._container, place, self._settings.directory / "efs")
        values = prepare.fetch_secrets(self._container, place, execution)
        shipper = Shipper(prepare.open_log(self._container, self.task_id, place, execution))
        installed = install.install() if recipe["app"] else install.locate()
        around = containers.Surroundings(
            installed=installed,
            directory=self._directory,
            address=place.task.address,
            aws_port=self._settings.port,
            folders=folders,
            binds=binds,
            secrets=tuple(values.items()),
            credentials_path=self._credentials_path if self._definition.get("taskRoleArn") else None,
            metadata_path=f"/v4/{self.task_id}",
        )
        hostname = f"ip-{place.task.address.replace('.', '-')}.ec2.internal"
        return containers.build(self._container, recipe, around, hostname), shipper

    @functools.cached_property
    def _place(self) -> prepare.Place:
        machine = interface(self._machine)
        zone = self._task["availabilityZone"]
        details = {
            item["name"]: item["value"] for attachment in self._task["attachments"] for item in attachment["details"]
        }
        if not details:
            return prepare.Place(machine, machine, zone)
        record = aws.root("ec2").describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])[
            "NetworkInterfaces"
        ][0]
        return prepare.Place(machine, interface(record), zone)

    async def _open_doors(self) -> None:
        """Let the task reach AWS and its credentials, and the host reach the container's ports on its own loopback."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for name, handler in (
            ("credentials", proxy.credentials_handler(self._page)),
            ("aws", proxy.aws_handler(self._has_way, lambda: self._place.task, self._scale)),
        ):
            self._doors.append(await proxy.listen(str(self._directory / name), handler))
        for number, port in enumerate(containers.ports(self._container)):
            outside = int(os.environ.get("LOCAL_AWS_GATEWAY_PORT") or port) if number == 0 else port
            try:
                self._doors.append(
                    await relay.listen(
                        f"tcp:127.0.0.1:{outside}", f"unix:{containers.port_socket(self._directory, port)}"
                    )
                )
            except OSError as error:
                raise prepare.StartError(
                    f"CannotStartContainerError: Error response from daemon: Bind for 127.0.0.1:{outside} failed: port "
                    f"is already allocated. On this machine something else listens there (see: ss -ltnp 'sport = "
                    f":{outside}'); end it, or set LOCAL_AWS_GATEWAY_PORT before the local AWS is started."
                ) from error

    def _has_way(self, service: str) -> bool:
        way = reach(self._place.task, service, network.snapshot())
        if not way:
            logger.warning("task %s can't reach %s: %s", self.task_id, service, way.reason)
        return bool(way)

    def _page(self, path: str) -> dict[str, Any] | None:
        """What 169.254.170.2 shows: the task role's credentials and the task's metadata."""
        if path == self._credentials_path:
            return self._credentials()
        if path == f"/v4/{self.task_id}":
            return {"Name": self._container["name"], "Image": self._container["image"], "KnownStatus": "RUNNING"}
        if path == f"/v4/{self.task_id}/task":
            return {
                "Cluster": self._task["clusterArn"],
                "TaskARN": self.arn,
                "Family": self._definition["family"],
                "Revision": str(self._definition["revision"]),
                "DesiredStatus": "RUNNING",
                "KnownStatus": "RUNNING",
                "AvailabilityZone": self._task["availabilityZone"],
                "LaunchType": "EC2",
            }
        return None

    def _credentials(self) -> dict[str, Any] | None:
        role = self._definition["taskRoleArn"]
        if self._kept is None or time.monotonic() - self._kept[0] > CREDENTIALS_SECONDS:
            try:
                made = aws.role_credentials(role, self.task_id)
            except (RoleNotAssumableError, OSError) as error:
                logger.warning("task %s gets no credentials: %s", self.task_id, error)
                return None
            self._kept = (
                time.monotonic(),
                {
                    "RoleArn": role,
                    "AccessKeyId": made["AccessKeyId"],
                    "SecretAccessKey": made["SecretAccessKey"],
                    "Token": made["SessionToken"],
                    "Expiration": made["Expiration"],
                },
            )
        return self._kept[1]

    async def _watch(self, spec: sandbox.Spec) -> None:
        """Run the health check in its rhythm, and look after ECS Exec."""
        await asyncio.gather(self._check_health(spec), self._look_after_exec())

    async def _check_health(self, spec: sandbox.Spec) -> None:
        check = health.read_check(self._container.get("healthCheck"), self._scale())
        if check is None:
            return
        state, begin = health.Health(), time.monotonic()
        while True:
            await asyncio.sleep(check.interval)
            code = await self._enter(check.command, spec, check.timeout)
            new = health.after(state, code == 0, time.monotonic() - begin, check)
            if new.status != state.status:
                await self._submit(containers=[{"containerName": self._container["name"], "healthStatus": new.status}])
            state = new

    async def _enter(self, command: list[str], spec: sandbox.Spec, seconds: float) -> int | None:
        """Run a command in the sandbox as its user; its exit code, or None when it takes too long."""
        argv = sandbox.enter(self._directory, command, spec.env, uid=spec.uid, gid=spec.gid, cwd=spec.cwd)
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            return None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    async def _look_after_exec(self) -> None:
        if not self._task.get("enableExecuteCommand"):
            return
        told = None
        while True:
            problem = await asyncio.to_thread(lambda: prepare.exec_agent_problem(self._definition, self._place))
            report = {"status": "STOPPED" if problem else "RUNNING", "reason": problem}
            if report != told:
                await self._submit(
                    managedAgents=[{"containerName": self._container["name"], "managedAgentName": EXEC_AGENT, **report}]
                )
                told = report
            await asyncio.sleep(EXEC_CHECK_SECONDS)

    async def _until_started(self, process: asyncio.subprocess.Process) -> None:
        while not sandbox.pid_file(self._directory).exists():
            if process.returncode is not None:
                raise prepare.StartError(
                    "CannotStartContainerError: Error response from daemon: failed to create task "
                    f"for container: the sandbox could not be made (see {self._directory})"
                )
            await asyncio.sleep(0.02)

    async def _until_end(self, process: asyncio.subprocess.Process) -> int:
        ended = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not ended.done():
            process.terminate()
            done, _waiting = await asyncio.wait(
                [ended], timeout=self._container.get("stopTimeout", DEFAULT_STOP_SECONDS)
            )
            if not done:
                self.kill()
        return await ended

    def kill(self) -> None:
        """End the sandbox at once."""
        self._stop.set()
        pid = running(sandbox.pid_file(self._directory))
        if pid:
            os.kill(pid, signal.SIGKILL)

    async def _wait_or_stop(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _submit(self, **change: Any) -> None:
        """Report to ECS with the machine's credentials, as its agent does."""
        try:
            if self._machine_role is None:
                self._machine_role = await asyncio.to_thread(
                    aws.role_credentials, self._machine["_role"], self._machine["InstanceId"], aws.EC2
                )
            await asyncio.to_thread(
                lambda: aws.ecs(
                    "SubmitTaskStateChange",
                    self._machine_role,
                    task=self.arn,
                    cluster=self._task["clusterArn"],
                    **change,
                )
            )
        except (aws.RefusedError, RoleNotAssumableError, OSError) as error:
            logger.warning("task %s: could not report %s: %s", self.task_id, change.get("status"), error)
