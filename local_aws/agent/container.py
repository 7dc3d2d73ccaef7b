"""From a container definition and an image to a sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any

from local_aws.install import Installed
from local_aws.sandbox import Bind
from local_aws.sandbox import Folder
from local_aws.sandbox import Forward
from local_aws.sandbox import Spec

USERS = {"root": (0, 0), "node": (1000, 1000), "nobody": (65534, 65534)}
PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\nnode:x:1000:1000::/home/node:/bin/bash\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
)
GROUP = "root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n"
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share")
LINKS = {f"/{name}": f"usr/{name}" for name in ("bin", "sbin", "lib", "lib64")}
FROM_HOST = ("/etc/ssl", "/etc/ld.so.cache", "/etc/nsswitch.conf", "/etc/os-release", "/etc/alternatives")
SCRATCH = {"/tmp": 0, "/run": 0, "/var/tmp": 0, "/home/node": 1000}
AGENT_ADDRESS = "169.254.170.2"
# ECS Exec is root in a shell that the SSM agent starts: only what the image and the definition set is there.
EXEC_USER = (0, 0)


class UserUnknownError(Exception):
    """The image has no such user."""


@dataclass(frozen=True)
class Surroundings:
    """What a sandbox finds around it: places of what was fetched, mounts, secrets, sockets on the host."""

    installed: Installed
    directory: Path
    address: str
    aws_port: int
    folders: Sequence[Folder] = ()
    binds: Sequence[Bind] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    credentials_path: str | None = None
    metadata_path: str = "/v4/container"


def user_of(text: str) -> tuple[int, int]:
    """The ids of a `user` setting: name or number, with or without a group."""
    user, _, group = text.partition(":")
    if user in USERS:
        uid, gid = USERS[user]
    elif user.isdigit():
        uid = int(user)
        gid = next((known[1] for known in USERS.values() if known[0] == uid), 0)
    else:
        raise UserUnknownError(
            f"CannotStartContainerError: Error response from daemon: unable to find user {user}: no "
            "matching entries in passwd file"
        )
    if group:
        gid = USERS[group][1] if group in USERS else int(group)
    return uid, gid


def environment(
    container: dict[str, Any], recipe: dict[str, Any], around: Surroundings, hostname: str
) -> dict[str, str]:
    """The environment of a container's processes: the image's, the definition's, the secrets', and what ECS adds."""
    env = {
        "HOSTNAME": hostname,
        "AWS_EXECUTION_ENV": "AWS_ECS_EC2",
        "ECS_CONTAINER_METADATA_URI_V4": f"http://{AGENT_ADDRESS}{around.metadata_path}",
    }
    if around.credentials_path:
        env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = around.credentials_path
    defined = {item["name"]: item["value"] for item in container.get("environment", [])}
    return {**recipe["env"], **env, **defined, **dict(around.secrets)}


def build(container: dict[str, Any], recipe: dict[str, Any], around: Surroundings, hostname: str) -> Spec:
    """The sandbox for a container."""
    uid, gid = user_of(container.get("user") or recipe["user"])
    parameters = container.get("linuxParameters", {})
    command = [*container.get("entryPoint", []), *(container.get("command") or [])]
    spec = Spec(
        argv=command or recipe["command"],
        env=environment(container, recipe, around, hostname),
        cwd=container.get("workingDirectory") or recipe["workdir"],
        uid=uid,
        gid=gid,
        hostname=hostname,
        init=bool(parameters.get("initProcessEnabled")),
        addresses=[AGENT_ADDRESS, around.address],
        folders=list(around.folders),
        binds=[*_system_binds(), *around.binds],
        tmpfs=SCRATCH,
        links=LINKS,
        files={
            "/etc/passwd": PASSWD,
            "/etc/group": GROUP,
            "/etc/resolv.conf": "",
            "/etc/hosts": f"127.0.0.1 localhost\n{around.address} {hostname}\n",
        },
        forwards=_forwards(container, around),
    )
    return replace(spec, binds=[*spec.binds, *_openclaw_binds(around.installed)]) if recipe["app"] else spec


def ports(container: dict[str, Any]) -> list[int]:
    """The ports a container offers."""
    return [mapping["containerPort"] for mapping in container.get("portMappings", [])]


def port_socket(directory: Path, port: int) -> Path:
    """The unix socket through which the host reaches a port of the sandbox."""
    return directory / f"port-{port}"


def _system_binds() -> list[Bind]:
    system = [f"/usr/{name}" for name in SYSTEM]
    return [Bind(path, path) for path in (*system, *FROM_HOST) if Path(path).exists()]


def _openclaw_binds(installed: Installed) -> list[Bind]:
    return [
        Bind(str(installed.openclaw), "/app"),
        Bind(str(installed.node_modules), "/node_modules"),
        Bind(str(installed.node), "/usr/local/bin/node"),
    ]


def _forwards(container: dict[str, Any], around: Surroundings) -> list[Forward]:
    inward = [
        Forward(f"unix:{port_socket(around.directory, port)}", f"tcp:127.0.0.1:{port}") for port in ports(container)
    ]
    return [
        Forward(f"tcp:{AGENT_ADDRESS}:80", f"unix:{around.directory / 'credentials'}"),
        Forward(f"tcp:127.0.0.1:{around.aws_port}", f"unix:{around.directory / 'aws'}"),
        *inward,
    ]
