"""Mount a folder of this machine inside a running sandbox: `python -m local_aws.machine.attach`, the request on stdin.

It is run in the sandbox's user and process namespaces, so that what it leaves running ends with the sandbox, but sees
the files of the host. A user that an access point enforces is enforced by Debian's `bindfs` where FUSE can be used;
elsewhere files are given to that user a moment after they have been written.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from local_aws import kernel
from local_aws.sandbox_init import make_folder

START_SECONDS = 10
SWEEP_SECONDS = 0.3


def main() -> None:
    """Do what stdin says and print whether the mount is weaker than an access point's."""
    request = json.load(sys.stdin)
    make_folder(request["folder"])
    source, user = request["folder"]["path"], request["user"]
    namespace = os.open(f"/proc/{request['pid']}/ns/mnt", os.O_RDONLY)
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    squashed = _squashed(source, user, Path(request["workplace"])) if user else None
    tree = kernel.detached(source) if squashed is None else squashed
    folder = os.open(source, os.O_RDONLY | os.O_DIRECTORY)
    kernel.enter_mounts(namespace)
    kernel.attach(tree, request["target"])
    os.close(tree)  # as long as it is open the mount is busy
    if not request["write"]:
        kernel.make_read_only(request["target"])
    weaker = bool(user) and squashed is None
    print(json.dumps({"weaker": weaker}), flush=True)
    if weaker:
        _sweep_in_background(folder, user, request["target"])


def _squashed(source: str, user: list[int], workplace: Path) -> int | None:
    """The folder as an access point shows it: everything is the user's, and cannot be given to anybody else."""
    program = shutil.which("bindfs")
    if program is None or not _has_fuse():
        return None
    workplace.mkdir(exist_ok=True)
    uid, gid = user
    options = [
        f"--force-user={uid}",
        f"--force-group={gid}",
        f"--create-for-user={uid}",
        f"--create-for-group={gid}",
        "--chown-deny",
        "--chgrp-deny",
    ]
    process = subprocess.Popen(
        [program, "-f", *options, source, str(workplace)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + START_SECONDS
    while not workplace.is_mount():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            return None
        time.sleep(0.01)
    tree = kernel.detached(str(workplace))
    kernel.unmount(str(workplace))
    return tree


def _has_fuse() -> bool:
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError:
        return False
    return True


def _sweep_in_background(folder: int, user: list[int], target: str) -> None:
    """Until it is unmounted, and once more then, give what is in the folder to the user."""
    if os.fork():
        return
    os.setsid()
    for number in (0, 1, 2):
        os.close(number)
    mounted = True
    while mounted:
        mounted = os.path.ismount(target)
        _sweep(folder, user)
        time.sleep(SWEEP_SECONDS)


def _sweep(folder: int, user: list[int]) -> None:
    for _path, directories, files, inside in os.fwalk(".", dir_fd=folder):
        for name in (*directories, *files):
            with suppress(OSError):
                found: Any = os.stat(name, dir_fd=inside, follow_symlinks=False)
                if [found.st_uid, found.st_gid] != user:
                    os.chown(name, *user, dir_fd=inside, follow_symlinks=False)


if __name__ == "__main__":
    main()
