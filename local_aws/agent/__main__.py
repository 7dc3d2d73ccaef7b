"""`python -m local_aws.agent`: the ECS agent of every container host, and all other machines, until it is ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

from local_aws.agent import aws
from local_aws.agent import host
from local_aws.agent.task import ESSENTIAL_EXITED
from local_aws.agent.task import TaskRun
from local_aws.agent.task import tasks_directory
from local_aws.machine.keeper import Keeper
from local_aws.sandbox import user_namespace
from local_aws.settings import from_environment

RETRY_SECONDS = 1.0
BOOT_RETRY_SECONDS = 2.0
END_SECONDS = 4.0
logger = logging.getLogger("local_aws.agent")


class Agent:
    """Does what LocalPoll says is to be done."""

    def __init__(self) -> None:
        """Begin with nothing running."""
        self._settings = from_environment()
        self._scale = 0.02
        self._runs: dict[str, tuple[TaskRun, asyncio.Task[None]]] = {}
        self._boots: dict[str, asyncio.Task[None]] = {}
        self._machines: dict[str, dict[str, Any]] = {}
        self._file_systems: set[str] = set()
        self._keeper = Keeper(self._settings, lambda: self._scale)

    async def run(self, ended: asyncio.Event) -> None:
        """Poll until ended, then end what runs."""
        shutil.rmtree(tasks_directory(self._settings), ignore_errors=True)  # of an agent that was killed
        await self._keeper.forget_all()
        known = ""
        while not ended.is_set():
            polling = asyncio.create_task(asyncio.to_thread(aws.ecs, "LocalPoll", known=known))
            waiting = asyncio.create_task(ended.wait())
            await asyncio.wait([polling, waiting], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if ended.is_set():
                break
            try:
                work = await polling
            except (OSError, aws.RefusedError) as error:
                logger.warning("no answer from the local AWS: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            known = work["known"]
            self._scale = work["scale"]
            await self._do(work)
        await self._end_all()

    async def _end_all(self) -> None:
        await self._keeper.end_all()
        tasks = [task for _run, task in self._runs.values()]
        for end in (TaskRun.stop, TaskRun.kill):
            for run, _task in self._runs.values():
                end(run)
            if tasks:
                await asyncio.wait(tasks, timeout=END_SECONDS)

    async def _do(self, work: dict[str, Any]) -> None:
        self._machines = {machine["InstanceId"]: machine for machine in work["machines"]}
        for number in self._machines:
            if number not in work["registered"] and number not in self._boots:
                self._boots[number] = asyncio.create_task(self._boot(number))
        wanted = {item["task"]["taskArn"]: item for item in work["tasks"]}
        for arn, (run, task) in list(self._runs.items()):
            if task.done():
                del self._runs[arn]
            elif arn not in wanted:
                run.kill()
            elif wanted[arn]["task"]["desiredStatus"] == "STOPPED":
                run.stop()
        for arn, item in wanted.items():
            if arn not in self._runs:
                await self._begin(item)
        await self._keeper.follow(work["instances"], work["minute"])
        await self._forget_data(set(work["file_systems"]))

    async def _forget_data(self, there: set[str]) -> None:
        """Remove what was in file systems that have been deleted since the last time."""
        gone = [str(self._settings.directory / "efs" / number) for number in self._file_systems - there]
        self._file_systems = there
        if gone:
            await (await asyncio.create_subprocess_exec(*user_namespace(), "rm", "-rf", *gone)).wait()

    async def _begin(self, item: dict[str, Any]) -> None:
        machine = self._machines.get(item["machine"])
        if machine is None:
            return
        machine["_role"] = await asyncio.to_thread(host.role_of, machine)
        run = TaskRun(item, machine, self._settings, lambda: self._scale)
        if item["task"]["lastStatus"] == "PENDING" and item["task"]["desiredStatus"] == "RUNNING":
            self._runs[run.arn] = (run, asyncio.create_task(run.run()))
        else:
            await run.report_lost(ESSENTIAL_EXITED)

    async def _boot(self, number: str) -> None:
        """Try to register a machine until it works or the machine is gone."""
        told = None
        while number in self._machines:
            try:
                problem = await asyncio.to_thread(host.why_not, self._machines[number])
            except (BotoCoreError, ClientError, OSError) as error:
                problem = str(error)
            if problem is None:
                break
            if problem != told:
                logger.warning("machine %s: %s", number, problem)
                told = problem
            await asyncio.sleep(BOOT_RETRY_SECONDS)
        del self._boots[number]


async def _main() -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await Agent().run(ended)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
