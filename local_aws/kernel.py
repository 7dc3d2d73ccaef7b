"""The few system calls a sandbox needs that Python 3.11 has no function for."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import signal
import socket
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_OPEN_TREE, _MOVE_MOUNT = 428, 429  # the same on every architecture
_AT_FDCWD, _OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = -100, 1, 4
_SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
_IFF_UP = 1
# Flags of a mount that a user namespace may not drop when it makes the mount read-only (statvfs bit -> mount bit).
_LOCKED_FLAGS = {2: MS_NOSUID, 4: MS_NODEV, 8: MS_NOEXEC, 1024: 1024, 2048: 2048, 4096: 1 << 21}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    _result(-1 if result else 0, what)


def _result(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces named by the flags for new ones."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    _check(
        _libc.mount(source.encode(), target.encode(), kind.encode() or None, flags, data.encode() or None),
        f"mount {source} on {target}",
    )


def bind(source: str, target: str, *, write: bool) -> None:
    """Show `source` at `target` as well, read-only unless `write`."""
    mount(source, target, flags=MS_BIND | MS_REC)
    if not write:
        make_read_only(target)


def make_read_only(target: str) -> None:
    """Let nobody write through a mount."""
    current = os.statvfs(target).f_flag
    kept = sum(flag for bit, flag in _LOCKED_FLAGS.items() if current & bit)
    mount("none", target, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | kept)


def detached(path: str) -> int:
    """A copy of the mount that is seen at `path` (or of the directory there), not yet mounted anywhere."""
    return _result(_libc.syscall(_OPEN_TREE, _AT_FDCWD, path.encode(), _OPEN_TREE_CLONE | os.O_CLOEXEC), "open_tree")


def attach(tree: int, target: str) -> None:
    """Mount what `detached` gave."""
    flags = _MOVE_MOUNT_F_EMPTY_PATH
    _result(_libc.syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, target.encode(), flags), f"move_mount on {target}")


def enter_mounts(namespace: int) -> None:
    """See the mounts of another mount namespace, an open file of /proc/PID/ns/mnt."""
    _check(_libc.setns(namespace, CLONE_NEWNS), "setns")


def unmount(target: str) -> None:
    """Take a mount away, and what is still open in it when it is closed."""
    _check(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def pivot_root(new_root: str) -> None:
    """Make `new_root` the root directory and let go of the old one."""
    os.chdir(new_root)
    _check(_libc.syscall(_PIVOT_ROOT[platform.machine()], b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", MNT_DETACH), "umount2")
    os.chdir("/")


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def loopback_up(addresses: list[str]) -> None:
    """Switch on the loopback of this network namespace and put the addresses on it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
        for number, address in enumerate(addresses, start=1):
            alias = f"lo:{number}".encode()
            for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.255")):
                fcntl.ioctl(sock, request, struct.pack("16sHH4s8x", alias, socket.AF_INET, 0, socket.inet_aton(value)))
