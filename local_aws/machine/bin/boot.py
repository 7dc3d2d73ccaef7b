#!/usr/bin/python3
"""The first process of a machine: cloud-init's part of the first start, and then nothing until it is told to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import IO

INSTANCE = "/var/lib/cloud/instance"
LOG = "/var/log/cloud-init-output.log"
STATUS = "/var/lib/cloud/data/status.json"
VERSION = "22.2.2"


def main() -> None:
    """Run the user data, once in the machine's life."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    if not os.path.exists(STATUS):
        first_start()
    while True:
        signal.pause()


def first_start() -> None:
    """What cloud-init does with user data that is a script."""
    os.makedirs(os.path.dirname(STATUS), exist_ok=True)
    note("running")
    with open(LOG, "ab", buffering=0) as log:
        write(log, f"Cloud-init v. {VERSION} running 'modules:final' at {now()}.")
        problem = run_user_data(log)
        write(log, f"Cloud-init v. {VERSION} finished at {now()}. Datasource DataSourceEc2.")
    note("error" if problem else "done", problem)


def run_user_data(log: IO[bytes]) -> str | None:
    """Run the script; returns what went wrong."""
    path = f"{INSTANCE}/user-data.txt"
    with open(path, "rb") as file:
        text = file.read()
    if not text:
        return None
    if not text.startswith(b"#!"):
        problem = f"unhandled user data, only scripts are known here: {text[:24]!r}"
        write(log, f"[WARNING]: {problem}")
        return problem
    script = f"{INSTANCE}/scripts/part-001"
    os.makedirs(os.path.dirname(script), exist_ok=True)
    with open(script, "wb") as file:
        file.write(text)
    os.chmod(script, 0o700)
    done = subprocess.run([script], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False, cwd="/")
    if done.returncode == 0:
        return None
    write(log, f"[WARNING]: Failed to run module scripts-user: {script} ended with exit code {done.returncode}")
    return "('scripts-user', RuntimeError('Runparts: 1 failures (part-001) in 1 attempted commands'))"


def note(status: str, problem: str | None = None) -> None:
    """Let `cloud-init status` know."""
    with open(f"{STATUS}.new", "w") as file:
        json.dump({"status": status, "errors": [problem] if problem else []}, file)
    os.replace(f"{STATUS}.new", STATUS)


def write(log: IO[bytes], line: str) -> None:
    """One line of the log."""
    log.write(f"{line}\n".encode())


def now() -> str:
    """The time as cloud-init writes it."""
    return time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())


if __name__ == "__main__":
    main()
