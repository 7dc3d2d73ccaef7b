"""The ECS agent: registers machines, runs tasks in sandboxes, and refuses what AWS refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path
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
    done = subprocess.run(command, check=False, **options)
    for bind in spec["binds"]:
        owner = next((folder for folder in spec["folders"] if folder["path"] == bind["source"]), None)
        if owner and owner["uid"] and bind["write"]:
            _squash(directory, bind["target"], owner)
    return done


def _squash(directory: Path, target: str, owner: dict[str, Any]) -> None:
    """Give what is in a volume to the user of its access point."""
    ids = f"{owner['uid']}:{owner['gid']}"
    strangers = ["find", target, "!", "-user", str(owner["uid"]), "-exec", "chown", "-h", ids, "{}", "+"]
    subprocess.run(sandbox.enter(directory, strangers, {"PATH": "/usr/bin:/bin"}), check=True)
