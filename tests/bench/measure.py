"""What a playbook costs: its time, its module processes, and its AWS calls as the local AWS has counted them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

REPOSITORY = Path(__file__).resolve().parents[2]
CALLBACKS = Path(__file__).with_name("callback_plugins")
AFTER_ALL = 10**12
LAST_LINES = 40


class PlaybookFailedError(Exception):
    """A playbook that was to be measured has failed; carries the end of what it said."""


@dataclass(frozen=True)
class Task:
    """One result of a task: of its only run, or of one item of its loop."""

    name: str
    action: str
    seconds: float
    processes: int


@dataclass(frozen=True)
class Measured:
    """What one run of a playbook cost, and how many tasks reported a change."""

    wall: float
    cpu: float
    changed: int
    tasks: tuple[Task, ...]
    calls_by_service: Mapping[str, int]
    output: str

    @property
    def processes(self) -> int:
        """How many processes of modules of openclaw.ecs, amazon.aws and community.aws were started."""
        return sum(task.processes for task in self.tasks)

    @property
    def calls(self) -> int:
        """How many AWS calls were made."""
        return sum(self.calls_by_service.values())


def count_calls(entries: Sequence[Mapping[str, Any]], access_key: str) -> dict[str, int]:
    """The calls of one key by service, the most frequent first; others share the log."""
    return dict(Counter(entry["service"] for entry in entries if entry["access_key"] == access_key).most_common())


def run_playbook(args: Sequence[str], env: Mapping[str, str]) -> Measured:
    """Run ansible-playbook with these arguments against the local AWS and with the key that `env` names."""
    endpoint = env["AWS_ENDPOINT_URL"]
    since = _log(endpoint, AFTER_ALL)["next"]
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "measured.json")
        environment = {
            **os.environ,
            **env,
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "measure",
            "OPENCLAW_MEASURE_FILE": str(report),
        }
        playbook = str(Path(sys.executable).with_name("ansible-playbook"))
        cpu, began = _cpu_of_children(), time.monotonic()
        ran = subprocess.run([playbook, *args], cwd=REPOSITORY, env=environment, capture_output=True, text=True)
        wall, cpu = time.monotonic() - began, _cpu_of_children() - cpu
        if ran.returncode:
            lines = (ran.stdout + ran.stderr).splitlines()[-LAST_LINES:]
            raise PlaybookFailedError("\n".join([f"ansible-playbook {' '.join(args)}: exit {ran.returncode}", *lines]))
        measured = json.loads(report.read_text())
    return Measured(
        wall=wall,
        cpu=cpu,
        changed=measured["changed"],
        tasks=tuple(Task(**task) for task in measured["tasks"]),
        calls_by_service=count_calls(_log(endpoint, since)["entries"], env["AWS_ACCESS_KEY_ID"]),
        output=ran.stdout,
    )


def _log(endpoint: str, since: int) -> dict[str, Any]:
    with urlopen(f"{endpoint}/_local/log?since={since}", timeout=30) as answer:
        return json.load(answer)


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
