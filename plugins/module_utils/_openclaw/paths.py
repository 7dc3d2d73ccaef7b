# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places in a configuration: how they are named, what is at them, and which of them two configurations differ in.

A path is a tuple of keys and, within a list, of the L(Item) that has an C(id). Pure. Private to the collection.
"""

from __future__ import annotations

import json
import re
import typing as t

from .json_text import same

PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]+")


class Missing:
    """Stands for a value that is not there, since null is one."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


class Item(t.NamedTuple):
    """The element of a list that is an object with this C(id)."""

    id: str


Path = tuple[t.Any, ...]


def dotted(path: Path) -> str:
    """The path as OpenClaw's own commands take it: dots, and brackets around keys that have dots themselves."""
    text = ""
    for step in path:
        if isinstance(step, Item):
            text += f"[id={step.id}]"
        elif PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def step_into(container: t.Any, step: t.Any) -> t.Any:
    """What is one step further; MISSING if nothing is."""
    if isinstance(step, Item):
        items = container if isinstance(container, list) else []
        return next((each for each in items if isinstance(each, dict) and same(each.get("id"), step.id)), MISSING)
    return container.get(step, MISSING) if isinstance(container, dict) else MISSING


def get(config: t.Any, path: Path) -> t.Any:
    """What is at a path; MISSING if nothing is."""
    for step in path:
        config = step_into(config, step)
    return config


def differences(before: t.Any, after: t.Any, path: Path = ()) -> t.Iterator[Path]:
    """The paths at which two configurations differ; of something that one lacks, the paths of all that is in it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from differences(before.get(key, MISSING), after.get(key, MISSING), (*path, key))
    elif before is MISSING and isinstance(after, dict) and after:
        yield from differences({}, after, path)
    elif after is MISSING and isinstance(before, dict) and before:
        yield from differences(before, {}, path)
    elif not same(before, after):
        yield path
