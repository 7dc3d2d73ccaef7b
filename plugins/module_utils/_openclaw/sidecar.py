# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file beside openclaw.json that lists what of it is ours. Pure. Private to the collection.

Two files can't be replaced in one step. So while openclaw.json is being replaced, this file lists both what will be
ours and what was. Whichever of the two a killed run has left, openclaw.json itself tells then which of the lists holds.
"""

from __future__ import annotations

import typing as t

from .errors import Refused
from .json5 import Json5Error
from .json5 import parse
from .json_text import write
from .ownership import Managed
from .ownership import Owned
from .paths import MISSING
from .paths import Item
from .paths import Path

SUFFIX = ".managed.json"
VERSION = 1
ABOUT = (
    "What the Ansible module openclaw.ecs.openclaw_config has put into the file of the same name, and what was there"
    " before. Without this list, all of that file counts as yours."
)


class Sidecar(t.NamedTuple):
    """What is ours and, while the configuration is being replaced, what was."""

    managed: Managed
    replaced: Managed | None = None


def serialize(sidecar: Sidecar) -> str:
    """The text of the file."""
    content = {"about": ABOUT, "version": VERSION, "managed": _plain(sidecar.managed)}
    if sidecar.replaced is not None:
        content["replaced"] = _plain(sidecar.replaced)
    return write(content)


def deserialize(text: str, where: str) -> Sidecar:
    """What the text says."""
    try:
        content = parse(text).data
        version = content["version"]
        if version == VERSION:
            replaced = content.get("replaced")
            return Sidecar(_managed(content["managed"]), None if replaced is None else _managed(replaced))
    except (AttributeError, Json5Error, KeyError, TypeError) as error:
        raise Refused(
            f"{where} can't be read ({error!r}). It lists what of the configuration is managed by this module. Put one"
            " of the backups beside it in its place, or remove it: then all of the configuration counts as yours."
        ) from None
    raise Refused(f"{where} was written by a newer version of this module ({version}). Use that one.")


def _plain(managed: Managed) -> dict[str, t.Any]:
    return {
        "values": [
            {"path": _plain_path(path), "value": owned.value, **_before(owned)}
            for path, owned in managed.values.items()
        ],
        "elements": [{"path": _plain_path(path), "value": element} for path, element in managed.elements],
        "containers": [_plain_path(path) for path in managed.containers],
        "short_forms": [{"path": _plain_path(path), "value": text} for path, text in managed.short_forms.items()],
    }


def _before(owned: Owned) -> dict[str, t.Any]:
    return {} if owned.before is MISSING else {"before": owned.before}


def _plain_path(path: Path) -> list[t.Any]:
    return [{"id": step.id} if isinstance(step, Item) else step for step in path]


def _managed(plain: t.Mapping[str, t.Any]) -> Managed:
    return Managed(
        {_path(each["path"]): Owned(each["value"], each.get("before", MISSING)) for each in plain["values"]},
        [(_path(each["path"]), each["value"]) for each in plain["elements"]],
        [_path(each) for each in plain["containers"]],
        {_path(each["path"]): each["value"] for each in plain["short_forms"]},
    )


def _path(plain: t.Sequence[t.Any]) -> Path:
    return tuple(Item(step["id"]) if isinstance(step, dict) else step for step in plain)
