"""Start, find and end the processes of a local AWS by their pid files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from local_aws.settings import REPOSITORY
from local_aws.settings import Settings

TERM_SECONDS = 10


def start_time(pid: int) -> str | None:
    """When the kernel started this process, in ticks; None when it is gone or only waits to be reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def running(pid_file: Path) -> int | None:
    """The pid in the file, if that very process still runs (a reused pid has another start time)."""
    try:
        pid, started = pid_file.read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if start_time(int(pid)) == started else None


def spawn(settings: Settings, name: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `python -m module` detached from this terminal and remember its pid."""
    pid_file, log_file = settings.pid_file(name), settings.log_file(name)
    for path in (pid_file, log_file):
        path.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "LOCAL_AWS_PORT": str(settings.port), "LOCAL_AWS_DIR": str(settings.directory)}
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    pid_file.write_text(f"{process.pid} {start_time(process.pid)}\n")
    return process


def end(pid_file: Path) -> bool:
    """End the process of a pid file, first politely; True when there was one."""
    pid = running(pid_file)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if pid is None:
            break
        os.kill(pid, number)
        deadline = time.monotonic() + TERM_SECONDS
        while running(pid_file) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not running(pid_file):
            break
    pid_file.unlink(missing_ok=True)
    return pid is not None
