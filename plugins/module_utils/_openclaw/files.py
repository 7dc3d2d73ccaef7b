# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Safe handling of openclaw.json and of what is kept beside it. Private to the collection.

A file is replaced by writing a temporary one in the same folder, syncing it, and renaming it. What a killed run leaves
behind are temporary files, which the next one removes. The lock is the kernel's, so it ends with the process.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
import time
import typing as t
from datetime import datetime
from datetime import timezone

from .errors import Refused

LOCK_SECONDS = 30
LOCK_PAUSE = 0.2
CHUNK = 1 << 20
FOLDER_MODE = 0o700
PRIVATE = 0o600
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


class Found(t.NamedTuple):
    """A file as it was read; when it was last changed is in nanoseconds."""

    content: bytes
    uid: int
    gid: int
    mode: int
    modified: int


class Attributes(t.NamedTuple):
    """Whose a file is to be, and its permissions."""

    uid: int
    gid: int
    mode: int

    def differences(self, found: Found) -> list[str]:
        """The names of those that a file does not have."""
        return [name for name in ("uid", "gid", "mode") if getattr(self, name) != getattr(found, name)]


def read(path: str) -> Found | None:
    """The file at a path, if there is one. Anything but a regular file is refused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _not_a_file(path, os.lstat(path)) from None
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _not_a_file(path, status)
        content = b"".join(iter(lambda: os.read(descriptor, CHUNK), b""))
    finally:
        os.close(descriptor)
    return Found(content, status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode), status.st_mtime_ns)


def _not_a_file(path: str, status: os.stat_result) -> Refused:
    kind = KINDS[stat.S_IFMT(status.st_mode)]
    return Refused(
        f"{path} is {kind}. OpenClaw needs a regular file there, and a link would be replaced by one with the next"
        " change. Put the file itself in its place, or name the path that the link leads to."
    )


def folder_exists(folder: str) -> bool:
    """Whether there is a folder. A link to one is refused, and so is anything else."""
    try:
        status = os.lstat(folder)
    except FileNotFoundError:
        if not os.path.isdir(os.path.dirname(folder)):
            raise Refused(
                f"{os.path.dirname(folder)} does not exist. Is the file system mounted that {folder} is on?"
            ) from None
        return False
    if not stat.S_ISDIR(status.st_mode):
        raise Refused(
            f"{folder} is {KINDS.get(stat.S_IFMT(status.st_mode), 'a file')}. Name the folder itself, not a link to it."
        )
    return True


def make_folder(folder: str, owner: Attributes) -> None:
    """Make sure that there is a folder, and that one that was made here is its owner's."""
    made = not folder_exists(folder)
    if made:
        os.mkdir(folder, FOLDER_MODE)
    # One that is still empty may have been made by a run that was killed before it came to this.
    if made or not os.listdir(folder):
        status = os.lstat(folder)
        if (status.st_uid, status.st_gid) != owner[:2]:
            os.chown(folder, owner.uid, owner.gid, follow_symlinks=False)
    if made:
        _sync_folder(os.path.dirname(folder))


class Files:
    """The files of one configuration, which this process alone changes."""

    def __init__(self, path: str, attributes: Attributes) -> None:
        self.folder, self._name = os.path.split(path)
        self._attributes = attributes
        self._temporary = re.compile(rf"\.{re.escape(self._name)}\.[0-9a-f]{{16}}\.new")
        self._backup = re.compile(rf"{re.escape(self._name)}\.backup-\d{{8}}T\d{{6}}\.\d{{6}}Z")

    def path(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.folder, name)

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[None]:
        """Nobody else changes the configuration through this module meanwhile."""
        path = self.path(f".{self._name}.lock")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
        try:
            self._lock(descriptor)
            self._remove_leftovers()
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        give_up = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise Refused(
                        f"Another run is changing the configuration in {self.folder}, and was not done within"
                        f" {LOCK_SECONDS} seconds. Wait until it is, and try again."
                    ) from None
                time.sleep(LOCK_PAUSE)

    def _remove_leftovers(self) -> None:
        for name in os.listdir(self.folder):
            if self._temporary.fullmatch(name):
                os.unlink(self.path(name))

    @contextlib.contextmanager
    def staged(self) -> t.Iterator[t.Callable[..., str]]:
        """Gives a function that writes a temporary file. Those that were not put in place are gone in the end."""
        made: list[str] = []

        def stage(content: bytes, mode: int = PRIVATE, modified: int | None = None) -> str:
            made.append(self.path(f".{self._name}.{secrets.token_hex(8)}.new"))
            self._write(made[-1], content, mode, modified)
            return made[-1]

        try:
            yield stage
        finally:
            for path in made:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)

    def _write(self, path: str, content: bytes, mode: int, modified: int | None) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
        try:
            while content:
                content = content[os.write(descriptor, content) :]
            self._own(descriptor, mode)
            if modified is not None:
                os.utime(descriptor, ns=(modified, modified))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _own(self, descriptor: int, mode: int) -> None:
        status = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != self._attributes[:2]:
            try:
                os.fchown(descriptor, self._attributes.uid, self._attributes.gid)
            except PermissionError:
                raise Refused(
                    f"What is made in {self.folder} belongs to {status.st_uid}:{status.st_gid}, and can't be given to"
                    f" {self._attributes.uid}:{self._attributes.gid}. Run this as root; on EFS, set owner and group to"
                    " the user of the access point, whom everything there belongs to."
                ) from None
        if stat.S_IMODE(status.st_mode) != mode:
            os.fchmod(descriptor, mode)

    def own(self, name: str, mode: int) -> None:
        """Give a file to its owner, with these permissions, if it is not like that."""
        descriptor = os.open(self.path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            self._own(descriptor, mode)
        finally:
            os.close(descriptor)

    def put(self, temporary: str | None, name: str) -> None:
        """Put a temporary file in a file's place; without one, remove the file."""
        if temporary is not None:
            os.replace(temporary, self.path(name))
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(name))
        _sync_folder(self.folder)

    def backup_name(self) -> str:
        """A name for a new backup; they sort by their age."""
        now = datetime.now(timezone.utc)
        return f"{self._name}.backup-{now:%Y%m%dT%H%M%S.%fZ}"

    def is_backup(self, path: str) -> bool:
        """Whether a path is that of a backup of this configuration."""
        folder, name = os.path.split(path)
        return folder == self.folder and bool(self._backup.fullmatch(name))

    def backups(self) -> list[str]:
        """The names of all backups, the oldest first."""
        return sorted(name for name in os.listdir(self.folder) if self._backup.fullmatch(name))

    def remove_backups(self, keep: int, suffix: str) -> None:
        """Remove all but the newest backups, and what was kept with them under a suffix."""
        backups = self.backups()
        for name in backups[:-keep]:
            os.unlink(self.path(name))
        kept = {f"{name}{suffix}" for name in backups[-keep:]}
        for name in os.listdir(self.folder):
            if name.endswith(suffix) and self._backup.fullmatch(name[: -len(suffix)]) and name not in kept:
                os.unlink(self.path(name))


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
