"""Machines: every instance of an ordinary Amazon Linux image is a sandbox that lives as long as the instance runs."""

from __future__ import annotations

from pathlib import Path

from local_aws import sandbox
from local_aws.settings import Settings
from local_aws.settings import from_environment

# As on Amazon Linux, but first where the stand-ins are: this machine may have other commands of these names in /usr.
PATH = "/sbin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/bin"
SSM_USER, SSM_USER_ID = "ssm-user", 1001
SESSION_DIRECTORY = "/usr/bin"  # where a shell of the SSM agent starts


def machines_directory(settings: Settings) -> Path:
    """Where all machines are kept."""
    return settings.directory / "machines"


def directory_of(settings: Settings, instance_id: str) -> Path:
    """Where a machine's disk, its sandbox, its sockets and the log of its user data are."""
    return machines_directory(settings) / instance_id


def enter(instance_id: str, argv: list[str], env: dict[str, str]) -> list[str]:
    """The command that runs `argv` on a running machine as ssm-user; SandboxError if it does not run.

    The machine's PATH is used, whatever `env` has.
    """
    own = {"HOME": f"/home/{SSM_USER}", "USER": SSM_USER, "LOGNAME": SSM_USER, "SHELL": "/bin/bash"}
    return sandbox.enter(
        directory_of(from_environment(), instance_id),
        argv,
        {**own, **env, "PATH": PATH},
        uid=SSM_USER_ID,
        gid=SSM_USER_ID,
        cwd=SESSION_DIRECTORY,
    )
