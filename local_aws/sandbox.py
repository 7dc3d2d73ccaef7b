"""Run processes in namespaces of their own, as a container runtime or a small virtual machine would.

A sandbox has its own mounts, process ids, IPC and host name, and by default a network of its own in which nothing but
the loopback is. Whatever shall be reached from inside is forwarded over unix sockets, one by one. Root needs nothing
else; another user needs user namespaces and Debian's `uidmap`. `sandbox_init` does the work inside.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from local_aws.processes import end
from local_aws.processes import running
from local_aws.processes import start_time
from local_aws.settings import REPOSITORY

START_SECONDS = 20


class SandboxError(Exception):
    """A sandbox can't be made on this machine, or didn't start."""


@dataclass(frozen=True)
class Bind:
    """A directory or file of the host that is seen inside."""

    source: str
    target: str
    write: bool = False


@dataclass(frozen=True)
class Folder:
    """A directory on the host that is made, with this owner and mode, when it isn't there yet."""

    path: str
    uid: int = 0
    gid: int = 0
    mode: int = 0o755


@dataclass(frozen=True)
class Forward:
    """Connections made to `listen` (inside, or a unix socket on the host) go to `connect`; see `relay`."""

    listen: str
    connect: str


@dataclass(frozen=True)
class Spec:
    """All there is to know about one sandbox."""

    argv: list[str]
    env: dict[str, str]
    cwd: str = "/"
    uid: int = 0
    gid: int = 0
    hostname: str = "localhost"
    init: bool = False
    own_network: bool = True
    read_only_root: bool = True
    disk: str | None = None  # a directory of the host that is the root directory, in place of an empty one
    ends_with_parent: bool = True
    addresses: list[str] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    binds: list[Bind] = field(default_factory=list)
    tmpfs: dict[str, int] = field(default_factory=dict)  # target -> owner
    links: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    setuid: dict[str, str] = field(default_factory=dict)  # target -> program that runs as root whoever starts it
    forwards: list[Forward] = field(default_factory=list)


def user_namespace() -> list[str]:
    """What to put before a command so that it may make namespaces: nothing for root.

    Files of a sandbox's users belong to other users outside, if not root runs it: with this before it, a command
    on the host may read and write them.
    """
    if os.geteuid() == 0:
        return []
    if not shutil.which("newuidmap"):
        raise SandboxError(
            "Sandboxes need root, or Debian's package uidmap (apt-get install uidmap) and a range of "
            "ids for this user in /etc/subuid and /etc/subgid."
        )
    return ["unshare", "--user", "--map-root-user", "--map-auto"]


def command(spec: Spec, directory: Path) -> list[str]:
    """The command that runs the sandbox in the foreground; its pid and sockets are kept in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    pid_file(directory).unlink(missing_ok=True)
    spec_file = directory / "spec.json"
    spec_file.touch(mode=0o600)
    spec_file.write_text(json.dumps(asdict(spec)))
    return [*user_namespace(), sys.executable, "-m", "local_aws.sandbox_init", str(directory)]


def environment() -> dict[str, str]:
    """What the command needs around it; nothing of it is seen inside."""
    return {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(REPOSITORY)}


def read_spec(directory: Path) -> dict[str, Any]:
    """What a sandbox was made of."""
    try:
        return json.loads((directory / "spec.json").read_text())
    except OSError:
        raise SandboxError(f"There is no sandbox in {directory}.") from None


def pid_file(directory: Path) -> Path:
    """Where the host's number of the sandbox's first process is kept, with its start time."""
    return directory / "pid"


def wait_started(directory: Path, seconds: float = START_SECONDS) -> int:
    """The host's number of the sandbox's first process, as soon as it is there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if pid := running(pid_file(directory)):
            return pid
        time.sleep(0.02)
    raise SandboxError(f"The sandbox of {directory} did not start within {seconds} seconds.")


def start(spec: Spec, directory: Path, log: Path) -> int:
    """Start a sandbox that outlives this process and return the number of its first process."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command(spec, directory),
            env=environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    (directory / "supervisor.pid").write_text(f"{process.pid} {start_time(process.pid)}\n")
    return wait_started(directory)


def enter(
    directory: Path, argv: list[str], env: dict[str, str], *, uid: int = 0, gid: int = 0, cwd: str = "/"
) -> list[str]:
    """The command that runs `argv` inside a sandbox that runs already, with exactly this environment."""
    pid = running(pid_file(directory))
    if pid is None:
        raise SandboxError(f"The sandbox of {directory} does not run.")
    spaces = ["--mount", "--uts", "--ipc", "--pid"]
    if read_spec(directory)["own_network"]:
        spaces.append("--net")
    if os.geteuid() != 0:
        spaces.append("--user")
    variables = [f"{name}={value}" for name, value in env.items()]
    return [
        "nsenter",
        "--target",
        str(pid),
        *spaces,
        "--root",
        f"--wdns={cwd}",
        f"--setuid={uid}",
        f"--setgid={gid}",
        "/usr/bin/env",
        "-i",
        *variables,
        *argv,
    ]


def stop(directory: Path) -> bool:
    """End a sandbox and all that runs in it; True when there was one."""
    ended = [end(directory / "supervisor.pid"), end(pid_file(directory))]
    return any(ended)
