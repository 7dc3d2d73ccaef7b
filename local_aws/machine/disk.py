"""What is on a machine's disk when it starts for the first time, and the sandbox it runs in."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

from local_aws import sandbox
from local_aws.agent.container import LINKS
from local_aws.agent.container import SYSTEM
from local_aws.machine import PATH
from local_aws.machine import SSM_USER
from local_aws.machine import SSM_USER_ID
from local_aws.sandbox import Bind
from local_aws.sandbox import Folder
from local_aws.sandbox import Forward
from local_aws.sandbox import Spec

STAND_INS = Path(__file__).parent / "bin"
INSIDE = "/usr/stand-ins"
# What is in Amazon Linux and is played here, and what its packages bring later.
COMMANDS = ("cloud-init", "dnf", "fallocate", "shutdown", "poweroff", "sudo", "swapon")
METADATA_ADDRESS = "169.254.169.254"
HOST_SOCKET = "/run/local-aws"
USER_DATA = "/var/lib/cloud/instance/user-data.txt"
LOG = "cloud-init-output.log"
FROM_HOST = ("/etc/ssl", "/etc/ld.so.cache", "/etc/nsswitch.conf", "/etc/alternatives")
# Amazon's image gives 1000 to ec2-user; what runs as 1000 here must not need an entry.
PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"
    f"{SSM_USER}:x:{SSM_USER_ID}:{SSM_USER_ID}::/home/{SSM_USER}:/bin/bash\n"
)
GROUP = f"root:x:0:\nnogroup:x:65534:\n{SSM_USER}:x:{SSM_USER_ID}:\n"
RELEASE = (
    'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n'
    'PLATFORM_ID="platform:al2023"\nPRETTY_NAME="Amazon Linux 2023"\n'
)
DIRECTORIES = ("dev", "etc", "home", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "usr/local")
LOCAL = ("bin", "etc", "include", "lib", "lib64", "libexec", "sbin", "share", "src")


def make_disk(machine: dict[str, Any], directory: Path) -> None:
    """Install Amazon Linux, so to speak; nothing if that was done before."""
    disk = directory / "disk"
    if disk.exists():
        return
    hostname = name_of(machine)
    for name in (*DIRECTORIES, *(f"usr/local/{name}" for name in LOCAL), "var/lib/cloud/instance"):
        (disk / name).mkdir(parents=True, exist_ok=True)
    for name, target in LINKS.items():
        if name != "/sbin":
            (disk / name.lstrip("/")).symlink_to(target)
    (disk / "sbin" / "nologin").symlink_to("/usr/sbin/nologin")
    for command in COMMANDS:
        (disk / "sbin" / command).symlink_to(f"{INSIDE}/{_script(command)}")
    files = {
        "etc/passwd": PASSWD,
        "etc/group": GROUP,
        "etc/os-release": RELEASE,
        "etc/hostname": f"{hostname}\n",
        "etc/hosts": f"127.0.0.1 localhost\n{machine['PrivateIpAddress']} {hostname}\n",
        "etc/resolv.conf": "",
    }
    for name, text in files.items():
        (disk / name).write_text(text)
    (disk / USER_DATA.lstrip("/")).write_bytes(base64.b64decode(machine.get("UserData") or ""))
    (directory / LOG).touch()


def _script(command: str) -> str:
    return f"{command.replace('-', '_').replace('poweroff', 'shutdown')}.py"


def name_of(machine: dict[str, Any]) -> str:
    """The host name of an instance."""
    return str(machine["PrivateDnsName"])


def spec_for(machine: dict[str, Any], directory: Path, aws_port: int, internet_port: int) -> Spec:
    """The sandbox of a machine: an init that runs the user data once, and waits."""
    disk = directory / "disk"
    address = machine["PrivateIpAddress"]
    system = [f"/usr/{name}" for name in SYSTEM if name != "local"]
    forwards = [
        Forward(f"tcp:{METADATA_ADDRESS}:80", f"unix:{directory / 'imds'}"),
        Forward(f"tcp:127.0.0.1:{aws_port}", f"unix:{directory / 'aws'}"),
    ]
    if internet_port:
        forwards.append(Forward(f"tcp:127.0.0.1:{internet_port}", f"unix:{directory / 'internet'}"))
    return Spec(
        argv=["/usr/bin/python3", f"{INSIDE}/boot.py"],
        env={"PATH": PATH},
        hostname=name_of(machine),
        init=True,
        disk=str(disk),
        read_only_root=False,
        addresses=[METADATA_ADDRESS, address],
        folders=[
            Folder(f"{disk}/home/{SSM_USER}", SSM_USER_ID, SSM_USER_ID, 0o700),
            Folder(f"{disk}/tmp", mode=0o1777),
            Folder(f"{disk}/var/tmp", mode=0o1777),
            Folder(f"{disk}/var/log"),
        ],
        binds=[
            *(Bind(path, path) for path in (*system, *FROM_HOST) if Path(path).exists()),
            Bind(str(STAND_INS), INSIDE),
            Bind(str(directory / LOG), f"/var/log/{LOG}", write=True),
            Bind(str(directory / "host"), HOST_SOCKET, write=True),
        ],
        tmpfs={"/run": 0},
        setuid={"/run/sudo/python3": str(Path("/usr/bin/python3").resolve())},
        forwards=forwards,
    )


def remove(directory: Path) -> list[str]:
    """The command that removes a machine's disk, whose files may belong to other users."""
    return [*sandbox.user_namespace(), shutil.which("rm") or "rm", "-rf", str(directory)]
