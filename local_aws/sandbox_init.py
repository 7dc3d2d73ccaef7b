"""What a sandbox does to become one: `python -m local_aws.sandbox_init DIRECTORY`, with the spec in that directory.

The process that is started supervises: it makes the network, starts the relay beside the sandbox and waits for the
sandbox's first process, which makes the mounts, gives up its rights and becomes the command (or a small init that
passes signals on and reaps).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from local_aws import kernel
from local_aws.processes import start_time

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
CANNOT_START = 127


def supervise(directory: Path) -> int:
    """Run the sandbox of a directory to its end and return its exit code as a shell would."""
    spec = json.loads((directory / "spec.json").read_text())
    if spec["ends_with_parent"]:
        kernel.die_with_parent()
    for folder in spec["folders"]:
        make_folder(folder)
    kernel.unshare(kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | (kernel.CLONE_NEWNET if spec["own_network"] else 0))
    socket.sethostname(spec["hostname"])
    relay = None
    if spec["own_network"]:
        kernel.loopback_up(spec["addresses"])
    if spec["forwards"]:
        pairs = [end for forward in spec["forwards"] for end in (forward["listen"], forward["connect"])]
        with (directory / "relay.log").open("ab") as log:
            relay = subprocess.Popen(
                [sys.executable, "-m", "local_aws.relay", *pairs],
                preexec_fn=kernel.die_with_parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        relay.stdout.readline()  # it listens now, or has failed
    kernel.unshare(kernel.CLONE_NEWPID)
    is_built, built = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(is_built)
        first_process(spec, directory, built)
    os.close(built)
    os.read(is_built, 1)  # nothing, if it has failed
    (directory / "pid").write_text(f"{first} {start_time(first)}\n")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: os.kill(first, received))
    status = wait_for(first)
    if relay:
        relay.kill()
        relay.wait()
    return shell_code(status)


def make_folder(folder: dict[str, Any]) -> None:
    """Make a directory that isn't there, and the ones above it, the last one with its owner and mode."""
    path = Path(folder["path"])
    if path.exists():
        return
    path.mkdir(parents=True)
    os.chown(path, folder["uid"], folder["gid"])
    path.chmod(folder["mode"])


def wait_for(pid: int) -> int:
    """The wait status of a child."""
    return os.waitpid(pid, 0)[1]


def shell_code(status: int) -> int:
    """The exit code a shell gives for a wait status: 128 + N for signal N."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def first_process(spec: dict[str, Any], directory: Path, built: int) -> None:
    """Become process 1 of the sandbox, tell so, and become its command; never returns."""
    try:
        kernel.die_with_parent()
        build_root(spec, directory / "root")
        os.write(built, b"\n")
        os.close(built)
        if spec["init"]:
            keep_house(spec)
        run_command(spec)
    except BaseException as error:
        sys.stderr.write(f"sandbox: {error}\n")
        sys.stderr.flush()
    finally:
        os._exit(CANNOT_START)


def build_root(spec: dict[str, Any], root: Path) -> None:
    """Make the file system the sandbox sees, and make it the root directory."""
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    root.mkdir(exist_ok=True)
    if spec["disk"]:
        kernel.bind(spec["disk"], str(root), write=True)
    else:
        kernel.mount("tmpfs", str(root), "tmpfs", kernel.MS_NODEV, "mode=755")
    for target, text in spec["files"].items():
        inside(root, target).parent.mkdir(parents=True, exist_ok=True)
        inside(root, target).write_text(text)
    for target, source in spec["links"].items():
        inside(root, target).symlink_to(source)
    for target, owner in spec["tmpfs"].items():
        inside(root, target).mkdir(parents=True, exist_ok=True)
        mode = "1777" if owner == 0 else "755"
        kernel.mount(
            "tmpfs",
            str(inside(root, target)),
            "tmpfs",
            kernel.MS_NODEV | kernel.MS_NOSUID,
            f"mode={mode},uid={owner},gid={owner}",
        )
    for item in sorted(spec["binds"], key=lambda item: item["target"]):
        place(item["source"], inside(root, item["target"]), write=item["write"])
    for target, program in spec["setuid"].items():
        install_setuid(program, inside(root, target))
    make_devices(inside(root, "/dev"))
    inside(root, "/proc").mkdir(exist_ok=True)
    kernel.mount("proc", str(inside(root, "/proc")), "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    kernel.pivot_root(str(root))
    if spec["read_only_root"]:
        kernel.mount("none", "/", flags=kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NODEV)


def inside(root: Path, target: str) -> Path:
    """The place of a path of the sandbox while it is being built."""
    return root / target.lstrip("/")


def place(source: str, target: Path, *, write: bool) -> None:
    """Bind a file or directory of the host, making the place for it."""
    if not target.exists():
        if Path(source).is_dir():
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    kernel.bind(source, str(target), write=write)


def install_setuid(program: str, target: Path) -> None:
    """Copy a program of the host that runs as root inside; to a file system of its own, which the host doesn't see."""
    target.parent.mkdir(parents=True, exist_ok=True)
    kernel.mount("tmpfs", str(target.parent), "tmpfs", kernel.MS_NODEV, "mode=755")
    shutil.copyfile(program, target)
    target.chmod(0o4755)


def make_devices(folder: Path) -> None:
    """A /dev with the harmless devices of the host and terminals of its own."""
    folder.mkdir(exist_ok=True)
    kernel.mount("tmpfs", str(folder), "tmpfs", kernel.MS_NOSUID, "mode=755")
    for name in DEVICES:
        place(f"/dev/{name}", folder / name, write=True)
    for name, target in DEVICE_LINKS.items():
        (folder / name).symlink_to(target)
    for name, kind, options in (("pts", "devpts", "newinstance,ptmxmode=0666,mode=620"), ("shm", "tmpfs", "mode=1777")):
        (folder / name).mkdir()
        kernel.mount(kind, str(folder / name), kind, kernel.MS_NOSUID | kernel.MS_NOEXEC, options)


def keep_house(spec: dict[str, Any]) -> None:
    """Be the init: start the command, pass signals on to it, reap everything, and end with its exit code."""
    main = os.fork()
    if main == 0:
        return
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda received, _frame: os.kill(main, received))
    while True:
        pid, status = os.wait()
        if pid == main:
            os._exit(shell_code(status))


def run_command(spec: dict[str, Any]) -> None:
    """Give up all rights that are not the command's, and become it."""
    os.setgroups([])
    os.setgid(spec["gid"])
    os.setuid(spec["uid"])
    kernel.die_with_parent()  # forgotten by the kernel when the ids change
    os.umask(0o022)
    os.chdir(spec["cwd"])
    argv = spec["argv"]
    try:
        os.execvpe(argv[0], argv, spec["env"])
    except OSError as error:
        sys.stderr.write(f"exec: {argv[0]}: {os.strerror(error.errno)}\n")
        sys.stderr.flush()
        os._exit(CANNOT_START)


if __name__ == "__main__":
    sys.exit(supervise(Path(sys.argv[1])))
