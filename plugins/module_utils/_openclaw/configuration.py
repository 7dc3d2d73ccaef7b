# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is in the folder to what is to be there: read, planned and put in place. Private to the collection."""

from __future__ import annotations

import typing as t

from . import files as file_system
from .errors import Refused
from .files import Attributes
from .files import Files
from .files import Found
from .json5 import Document
from .json5 import Json5Error
from .json5 import parse
from .json_text import write
from .ownership import Managed
from .ownership import Wanted
from .ownership import merge
from .ownership import still_ours
from .paths import MISSING
from .paths import Path
from .paths import differences
from .sidecar import SUFFIX
from .sidecar import Sidecar
from .sidecar import deserialize
from .sidecar import serialize

NOTHING = Document(MISSING, 0, [])
# A backup of there being no file. OpenClaw would refuse an empty one, so none can be a real one's.
NO_FILE = b""
# Sections that a running gateway takes over by itself, and two parts of one that it does not; all else needs a restart.
# https://docs.openclaw.ai/gateway/configuration#what-hot-applies-vs-what-needs-a-restart, 2026-11-22
TAKEN_OVER = (
    "agent",
    "agents",
    "audio",
    "bindings",
    "browser",
    "channels",
    "cron",
    "hooks",
    "identity",
    "logging",
    "mcp",
    "messages",
    "models",
    "routing",
    "session",
    "skills",
    "talk",
    "tools",
    "ui",
    "web",
)
TAKEN_OVER_TOO = (("gateway", "reload"), ("gateway", "remote"))


class State(t.NamedTuple):
    """What is there: the configuration, and what of it is ours."""

    config: Found | None
    document: Document
    sidecar: Found | None
    ours: Managed
    settled: bool

    @property
    def content(self) -> bytes | None:
        """The bytes of the configuration, if there is one."""
        return self.config.content if self.config else None


class Target(t.NamedTuple):
    """What is to be there."""

    data: t.Any
    content: bytes | None
    sidecar: bytes | None
    managed: Managed
    config_modified: int | None = None
    sidecar_modified: int | None = None


def read_state(path: str, broken_is_refused: bool = True) -> State:
    """Read what is there; what can't be read is refused, or taken for nothing."""
    config, sidecar = file_system.read(path), file_system.read(path + SUFFIX)
    record = deserialize(sidecar.content.decode("utf-8", "replace"), path + SUFFIX) if sidecar else Sidecar(Managed())
    try:
        document = read_document(config.content, path) if config else NOTHING
    except Refused:
        if broken_is_refused:
            raise
        return State(config, NOTHING, sidecar, record.managed, settled=True)
    records = [record.managed] if record.replaced is None else [record.managed, record.replaced]
    return State(config, document, sidecar, still_ours(document.data, *records), record.replaced is None)


def read_document(content: bytes, path: str) -> Document:
    """What a configuration holds."""
    try:
        return parse(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"line {line}: byte 0x{content[error.start]:02x} is not UTF-8"
    except Json5Error as error:
        problem = str(error)
    raise Refused(
        f"{path} is not JSON5, so OpenClaw can't read it either: {problem}. Correct it there, or put one of the backups"
        " beside it in its place."
    )


def plan(state: State, wanted: Wanted) -> Target:
    """What is to be there for what is wanted to be in the configuration."""
    data, managed = merge(state.document.data, state.ours, wanted)
    content = None if data is MISSING else write(data).encode("utf-8")
    return Target(data, content, serialize(Sidecar(managed)).encode("utf-8") if managed else None, managed)


def plan_restored(files: Files, backup: str) -> Target:
    """What is to be there according to a backup."""
    found = file_system.read(backup) if files.is_backup(backup) else None
    if found is None:
        there = ", ".join(files.path(name) for name in files.backups()) or "none"
        raise Refused(f"backup_file: {backup} is not a backup of this configuration. There are: {there}.")
    sidecar = file_system.read(backup + SUFFIX)
    data = MISSING if found.content == NO_FILE else read_document(found.content, backup).data
    return Target(
        data,
        None if data is MISSING else found.content,
        sidecar.content if sidecar else None,
        deserialize(sidecar.content.decode("utf-8"), backup + SUFFIX).managed if sidecar else Managed(),
        found.modified,
        sidecar.modified if sidecar else None,
    )


def unchanged(state: State) -> Target:
    """What is there, as what is to be there."""
    sidecar = state.sidecar.content if state.sidecar else None
    return Target(state.document.data, state.content, sidecar, state.ours)


def changed_paths(state: State, target: Target) -> list[Path]:
    """Where in the configuration something changes."""
    before, after = ({} if data is MISSING else data for data in (state.document.data, target.data))
    return list(differences(before, after))


def is_rewritten(state: State, target: Target, restored: bool) -> bool:
    """Whether the file is replaced: if what it says changes, if it comes or goes, and to be restored to the byte."""
    if restored:
        sidecar = state.sidecar.content if state.sidecar else None
        return (state.content, sidecar) != (target.content, target.sidecar)
    return (state.content is None) != (target.content is None) or bool(changed_paths(state, target))


def needs_restart(path: Path) -> bool:
    """Whether a running gateway does not take a change of this path over by itself."""
    return path[0] not in TAKEN_OVER and path[:2] not in TAKEN_OVER_TOO


def settle(files: Files, name: str, state: State) -> None:
    """Finish the list of what is ours, which a killed run has left with what was and what was to be."""
    if not state.settled and state.sidecar:
        content = serialize(Sidecar(state.ours)).encode("utf-8")
        with files.staged() as stage:
            files.put(stage(content, modified=state.sidecar.modified) if state.ours else None, name + SUFFIX)


def put_in_place(
    files: Files,
    name: str,
    attributes: Attributes,
    state: State,
    target: Target,
    validate: t.Callable[[str], None],
) -> str:
    """Replace the configuration and the list of what is ours, and keep what was there; gives the backup's name.

    All is written, and validated, before anything is renamed.
    """
    backup = files.backup_name()
    with files.staged() as stage:
        config = None
        if target.content is not None:
            config = stage(target.content, attributes.mode, target.config_modified)
            validate(config)
        final = None if target.sidecar is None else stage(target.sidecar, modified=target.sidecar_modified)
        meanwhile = stage(serialize(Sidecar(target.managed, state.ours)).encode("utf-8"))
        if state.sidecar:
            files.put(stage(state.sidecar.content, modified=state.sidecar.modified), backup + SUFFIX)
        was = state.config or Found(NO_FILE, *attributes, 0)
        files.put(stage(was.content, modified=was.modified), backup)
        files.put(meanwhile, name + SUFFIX)
        files.put(config, name)
        files.put(final, name + SUFFIX)
    return backup
