"""The ECS agent: registers machines, runs tasks in sandboxes, and refuses what AWS refuses."""

from __future__ import annotations

import subprocess
from typing import Any

from local_aws import sandbox
from local_aws.settings import from_environment


def enter(task: str, argv: list[str], *, uid: int = 0, gid: int = 0, **options: Any) -> subprocess.CompletedProcess:
    """Run a command inside a running task as ECS Exec would: as root, with the environment the container has.

    `task` is the task's ARN or id. Options go to subprocess.run (input, capture_output, text, timeout ...).
    What root writes to a volume belongs to the access point's owner afterwards, as an access point sees to.
    """
    from local_aws.agent.task import directory_of

    directory = directory_of(from_environment(), task)
    spec = sandbox.read_spec(directory)
    command = sandbox.enter(directory, argv, spec["env"], uid=uid, gid=gid, cwd=spec["cwd"])
    return subprocess.run(command, check=False, **options)
