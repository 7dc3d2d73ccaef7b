"""Keeps as many machines running as there are running instances."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from local_aws.machine import directory_of
from local_aws.machine import disk
from local_aws.machine import machines_directory
from local_aws.machine.running import Machine
from local_aws.settings import Settings


class Keeper:
    """Does what LocalPoll says of instances."""

    def __init__(self, settings: Settings, scale: Callable[[], float]) -> None:
        """Begin with none."""
        self._settings, self._scale = settings, scale
        self._minute = 60.0
        self._machines: dict[tuple[str, int], tuple[Machine, asyncio.Task[None]]] = {}  # by id and number of the start
        self._disks: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def follow(self, work: dict[str, Any], minute: float) -> None:
        """Start what shall run, end what shall not, and remove the disks of what is gone."""
        self._minute = minute
        wanted = {(record["InstanceId"], record["Starts"]): record for record in work["machines"]}
        gone, self._disks = self._disks - set(work["disks"]), set(work["disks"])
        for start, (machine, task) in list(self._machines.items()):
            if start in wanted:
                machine.record = wanted[start]
            else:
                del self._machines[start]
                self._later(self._end(machine, task))
        for instance_id in gone:
            self._later(self._remove_disk(instance_id))
        for start, record in wanted.items():
            if start not in self._machines:
                machine = Machine(record, self._settings, self._scale, lambda: self._minute)
                self._machines[start] = machine, asyncio.create_task(self._begin(machine))

    def _later(self, job: Any) -> None:
        task = asyncio.create_task(job)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _begin(self, machine: Machine) -> None:
        async with self._lock(machine.instance_id):
            pass  # what ran on this disk before is over
        await machine.run()

    async def _end(self, machine: Machine, task: asyncio.Task[None]) -> None:
        async with self._lock(machine.instance_id):
            await machine.end()
            await asyncio.wait([task])

    async def _remove_disk(self, instance_id: str) -> None:
        """The logs stay."""
        directory = directory_of(self._settings, instance_id)
        async with self._lock(instance_id):
            for name in ("disk", "root", "relay.log", "spec.json"):
                await self._run(disk.remove(directory / name))

    def _lock(self, instance_id: str) -> asyncio.Lock:
        """One thing at a time, in the order in which it was asked for."""
        return self._locks.setdefault(instance_id, asyncio.Lock())

    async def _run(self, command: list[str]) -> None:
        await (await asyncio.create_subprocess_exec(*command)).wait()

    async def end_all(self) -> None:
        """End every machine."""
        for machine, task in self._machines.values():
            self._later(self._end(machine, task))
        if self._ending:
            await asyncio.wait(self._ending)

    async def forget_all(self) -> None:
        """Remove what an agent that was killed has left."""
        await self._run(disk.remove(machines_directory(self._settings)))
