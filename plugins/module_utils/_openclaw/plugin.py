# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plugin of OpenClaw in its state directory: installed with OpenClaw's own command, and put back. Private.

What was installed last is written down beside openclaw.json, and so is what was there before it; the archives of both
are kept. The folder belongs to the assistant, so nothing that is read or written there follows a link.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import tarfile
import typing as t

from . import files as file_system
from .errors import Refused
from .files import Files

ABOUT = "What the Ansible module openclaw.ecs.openclaw_plugin has installed here last, and what was there before it."
MANIFEST = "package/openclaw.plugin.json"
PACKAGE = "package/package.json"
# The first that installs what `npm pack` has packed as it does a package of the registry; 2026.5.7 only unpacks it.
# Tried with 2026.5.7, 5.12, 6.11, 7.1, 8.1 and 9.6 on 2026-11-22.
NPM_PACK = (2026, 5, 12)
Record = t.Optional[dict[str, t.Any]]
Cli = t.Callable[..., tuple[int, str]]


class Wanted(t.NamedTuple):
    """The plugin that is to be there: what it is called, where it comes from, what it is checked by, its archive."""

    id: str
    source: str
    checksum: str = ""
    version: str = ""
    archive: bytes | None = None


def record_name(plugin_id: str) -> str:
    """The file that says what was installed."""
    return f"openclaw-plugin-{plugin_id}.json"


def read_records(folder: str, plugin_id: str) -> tuple[Record, Record]:
    """What was installed last, and what before it. What can't be read counts for nothing."""
    found = file_system.read(os.path.join(folder, record_name(plugin_id)))
    try:
        content = json.loads(found.content) if found else {}
        return content.get("now"), content.get("before")
    except (ValueError, AttributeError):
        return None, None


def is_there(record: Record, wanted: Wanted) -> bool:
    """Whether what was installed last is what is wanted, and its files are there."""
    try:
        return (
            record is not None
            and record["source"] == wanted.source
            and wanted.checksum in ("", *record["checksums"])
            and os.path.isdir(record["place"])
        )
    except (KeyError, TypeError):
        return False


def checksums(archive: bytes) -> list[str]:
    """The two ways in which a checksum of an archive is written."""
    sha512 = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    return [f"sha256:{hashlib.sha256(archive).hexdigest()}", f"sha512-{sha512}"]


def check(wanted: Wanted) -> None:
    """Refuse an archive that is not the one that is wanted."""
    if wanted.archive is None:
        return
    found = checksums(wanted.archive)
    if wanted.checksum and wanted.checksum not in found:
        raise Refused(
            f"{wanted.source} is not the file that the checksum {wanted.checksum} is of; it has {' and '.join(found)}."
            " Nothing was installed. Find out who has changed it, or correct the checksum."
        )
    manifest, package = read_archive(wanted)
    if manifest.get("id") != wanted.id:
        raise Refused(
            f"{wanted.source} is not the plugin {wanted.id} but {manifest.get('id')!r}. Nothing was installed."
        )
    if wanted.version not in ("", package.get("version")):
        raise Refused(f"{wanted.source} holds version {package.get('version')!r}. Nothing was installed.")


def read_archive(wanted: Wanted) -> list[dict[str, t.Any]]:
    """What an archive says of the plugin and of the package in it."""
    try:
        with tarfile.open(fileobj=io.BytesIO(wanted.archive or b"")) as archive:
            return [json.load(t.cast("t.IO[bytes]", archive.extractfile(name))) for name in (MANIFEST, PACKAGE)]
    except (tarfile.TarError, EOFError, OSError, KeyError, TypeError, ValueError) as error:
        raise Refused(
            f"{wanted.source} is not a plugin as `npm pack` packs it, with {MANIFEST} and {PACKAGE}: {error}."
            " Nothing was installed."
        ) from None


class Plugin:
    """A plugin in a state directory, and the command that installs it."""

    def __init__(self, files: Files, plugin_id: str, cli: Cli, version: tuple[int, ...]) -> None:
        self.files, self.id, self.cli = files, plugin_id, cli
        self.archive_prefix = "npm-pack:" if version >= NPM_PACK else ""

    def replace(self, wanted: Wanted) -> dict[str, t.Any]:
        """Install what is wanted in the place of what is there; if that fails, what was there is put back."""
        before = read_records(self.files.folder, self.id)[0]
        check(wanted)
        archive = self._keep(wanted.archive) if wanted.archive is not None else ""
        try:
            told = self._install(archive, wanted.source)
        except Refused as error:
            raise Refused(f"{error} {self._put_back(before)}") from None
        now = {
            "source": wanted.source,
            "checksums": checksums(wanted.archive) if wanted.archive is not None else [],
            "archive": archive,
            "version": told["version"],
            "place": told["rootDir"],
        }
        self._note(now, before)
        return now

    def restore(self) -> dict[str, t.Any] | None:
        """Put back what was there before the last change."""
        before = read_records(self.files.folder, self.id)[1]
        if before is None:
            self._uninstall()
        else:
            self._install(before["archive"], before["source"])
        self._note(before, None)
        return before

    def _put_back(self, before: Record) -> str:
        try:
            if before is None:
                self._uninstall()
            else:
                self._install(before["archive"], before["source"])
        except Refused as error:
            return f"To put back what was there failed, too: {error}"
        return "The plugin is as it was before."

    def _install(self, archive: str, source: str) -> dict[str, t.Any]:
        """Let OpenClaw install an archive, or fetch the source itself; gives what it then says of the plugin."""
        what = f"{self.archive_prefix}{self.files.path(archive)}" if archive else source
        flags = ["--force"]
        if "--accept-capabilities" in self.cli("plugins", "install", "--help")[1]:
            flags.append("--accept-capabilities")
        code, said = self.cli("plugins", "install", what, *flags)
        if code:
            raise Refused(f"OpenClaw could not install the plugin {source}. It ended with {code} and said:\n{said}\n")
        code, said = self.cli("plugins", "inspect", self.id, "--json")
        try:
            told = json.JSONDecoder().raw_decode(said, said.index("{\n"))[0]["plugin"]
            return {"version": told["version"], "rootDir": told["rootDir"]}
        except (ValueError, KeyError, TypeError):
            raise Refused(
                f"OpenClaw installed {source}, but does not find the plugin {self.id} then. It said:\n{said}\n"
            ) from None

    def _uninstall(self) -> None:
        code, said = self.cli("plugins", "uninstall", self.id, "--force")
        if code and '"install":' in self.cli("plugins", "inspect", self.id, "--json")[1]:
            raise Refused(
                f"OpenClaw could not uninstall the plugin {self.id}. It ended with {code} and said:\n{said}\n"
            )

    def _keep(self, archive: bytes) -> str:
        """Keep an archive in the state directory, named after what is in it."""
        name = f"openclaw-plugin-{self.id}-{hashlib.sha256(archive).hexdigest()[:16]}.tgz"
        with self.files.staged() as stage:
            self.files.put(stage(archive), name)
        return name

    def _note(self, now: Record, before: Record) -> None:
        """Write down what is there, and remove the archives that nothing refers to any more."""
        content = json.dumps({"about": ABOUT, "now": now, "before": before}, indent=2).encode()
        with self.files.staged() as stage:
            self.files.put(stage(content), record_name(self.id))
        needed = [each["archive"] for each in (now, before) if each]
        for name in os.listdir(self.files.folder):
            if name.startswith(f"openclaw-plugin-{self.id}-") and name.endswith(".tgz") and name not in needed:
                os.unlink(self.files.path(name))
