# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a configuration is ours: putting in what is wanted, and taking back what no longer is.

A value is ours as long as it is the one that we put there. One that somebody has changed since is theirs, and so is one
that was there before: it is remembered, and put back when ours goes. Pure. Private to the collection.
"""

from __future__ import annotations

import copy
import typing as t
from dataclasses import dataclass
from dataclasses import field

from .errors import Refused
from .json_text import same
from .paths import MISSING
from .paths import Item
from .paths import Path
from .paths import dotted
from .paths import get
from .paths import step_into

# Lists whose order means something. They are one value; all others are sets that are shared with the user.
ORDERED = ("args", "command", "fallbacks")
# Where a text is short for an object, and for which of its keys.
# https://docs.openclaw.ai/gateway/config-agents, 2026-11-22
SHORT_FORMS = {("agents", "defaults", "model"): "primary", ("agents", "defaults", "imageModel"): "primary"}
SECRET_REFERENCE = {"source", "provider", "id"}
KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


class IfMissing(t.NamedTuple):
    """A value for where there is none yet."""

    value: t.Any


class Owned(t.NamedTuple):
    """A value that we put, and the one that was there before."""

    value: t.Any
    before: t.Any = MISSING


@dataclass
class Managed:
    """What is ours: values and elements of lists, objects and lists that were made for them, and short forms."""

    values: dict[Path, Owned] = field(default_factory=dict)
    elements: list[tuple[Path, t.Any]] = field(default_factory=list)
    containers: list[Path] = field(default_factory=list)
    short_forms: dict[Path, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values or self.elements or self.containers or self.short_forms)


class Step(t.NamedTuple):
    """One thing to put in: an object or list (C(value) is the type), a value, or an element of a list."""

    kind: str
    path: Path
    value: t.Any


class Wanted:
    """What is to be in a configuration, in the order of a tree."""

    def __init__(self, tree: t.Mapping[str, t.Any] | None = None) -> None:
        self.steps: list[Step] = []
        if tree is not None:
            self._flatten(tree, ())
        self.values = {step.path for step in self.steps if step.kind == "value"}
        self.containers = {step.path for step in self.steps if step.kind == "container"}
        self.elements = [(step.path, step.value) for step in self.steps if step.kind == "element"]

    def _flatten(self, tree: t.Any, path: Path) -> None:
        if isinstance(tree, dict) and set(tree) != SECRET_REFERENCE:
            self.steps.append(Step("container", path, dict))
            for key in tree:
                if not (path and isinstance(path[-1], Item) and key == "id"):
                    self._flatten(tree[key], (*path, key))
        elif isinstance(tree, list) and path[-1] not in ORDERED:
            self.steps.append(Step("container", path, list))
            for each in tree:
                if has_id(each):
                    self._flatten(each, (*path, Item(each["id"])))
                else:
                    self.steps.append(Step("element", path, each))
        else:
            self.steps.append(Step("value", path, tree))


def has_id(element: t.Any) -> bool:
    """Whether an element of a list is an object that is found by its C(id)."""
    return isinstance(element, dict) and isinstance(element.get("id"), str) and set(element) != SECRET_REFERENCE


def still_ours(config: t.Any, *records: Managed) -> Managed:
    """What is ours of what was recorded. Of two records of a thing, the one that the configuration confirms counts."""
    ours = Managed()
    for record in records:
        for path, owned in record.values.items():
            if path not in ours.values and same(get(config, path), owned.value):
                ours.values[path] = owned
    for record in records:
        for path, element in record.elements:
            known = path in ours.values or _records(ours.elements, path, element)
            if not known and _has(get(config, path), element):
                ours.elements.append((path, element))
        for path in record.containers:
            if path not in (*ours.values, *ours.containers) and isinstance(get(config, path), (dict, list)):
                ours.containers.append(path)
        for path, text in record.short_forms.items():
            if isinstance(get(config, path), dict):
                ours.short_forms.setdefault(path, text)
    return ours


def _has(items: t.Any, element: t.Any) -> bool:
    return isinstance(items, list) and any(same(each, element) for each in items)


def _records(elements: t.Sequence[tuple[Path, t.Any]], path: Path, element: t.Any) -> bool:
    return any(each[0] == path and same(each[1], element) for each in elements)


def merge(config: t.Any, ours: Managed, wanted: Wanted) -> tuple[t.Any, Managed]:
    """The configuration with what is wanted and without what was ours and no longer is, and what then is ours.

    C(config) is MISSING if there is none, and so is the result if nothing of it would be left.
    """
    return _Merge(config, ours, wanted).run()


class _Merge:
    def __init__(self, config: t.Any, ours: Managed, wanted: Wanted) -> None:
        self.root = {(): copy.deepcopy(config)} if config is not MISSING else {}
        self.ours = ours
        self.wanted = wanted
        self.then = Managed()
        self.problems: list[str] = []

    def run(self) -> tuple[t.Any, Managed]:
        """Take back, tidy up, put in."""
        kept = [path for path in self.ours.containers if self._extended(path)]
        self._take_back(kept)
        self._tidy_up(kept)
        self._put_in()
        if self.problems:
            raise Refused("\n".join(self.problems))
        return self.root.get((), MISSING), self.then

    def _get(self, path: Path) -> t.Any:
        return get(self.root.get((), MISSING), path)

    def _extended(self, path: Path) -> bool:
        """Whether an item that was made here, and is no longer wanted, has got something from somebody else.

        Such an item is left to them as it is: without what is ours in it, it would no longer be valid.
        """
        if not path or not isinstance(path[-1], Item) or path in self.wanted.containers:
            return False
        return _has_more(self._get(path), path, self.ours)

    def _take_back(self, kept: t.Sequence[Path]) -> None:
        for path, owned in self.ours.values.items():
            if path not in self.wanted.values and not _below(path, kept):
                self._set(path, owned.before)
        for path, element in self.ours.elements:
            if not _records(self.wanted.elements, path, element) and not _below(path, kept):
                items = self._get(path)
                del items[next(index for index, each in enumerate(items) if same(each, element))]

    def _set(self, path: Path, value: t.Any) -> None:
        parent = self._get(path[:-1])
        if value is MISSING:
            del parent[path[-1]]
        else:
            parent[path[-1]] = copy.deepcopy(value)

    def _put_in(self) -> None:
        """Put in all that is wanted; what can't be is noted, and nothing below it is tried."""
        ways = {"container": self._make, "value": self._put, "element": self._add}
        refused: list[Path] = []
        for step in self.wanted.steps:
            if not _below(step.path, refused) and not ways[step.kind](step.path, step.value):
                refused.append(step.path)

    def _make(self, path: Path, kind: type) -> bool:
        """Make sure that there is an object or list, in one that exists."""
        parent, step = (self._get(path[:-1]), path[-1]) if path else (self.root, ())
        current = step_into(parent, step)
        if current is MISSING:
            if isinstance(step, Item):
                parent.append({"id": step.id})
            else:
                parent[step] = kind()
        elif isinstance(current, str) and path in SHORT_FORMS:
            parent[step] = {SHORT_FORMS[path]: current}
            self.then.short_forms[path] = current
        elif not isinstance(current, kind):
            return self._refuse(path, current, KINDS[kind])
        if isinstance(current, dict) and "$include" in current:
            self.problems.append(_included(path))
            return False
        if current is MISSING or path in self.ours.containers:
            self.then.containers.append(path)
        if path in self.ours.short_forms:
            self.then.short_forms[path] = self.ours.short_forms[path]
        return True

    def _put(self, path: Path, value: t.Any) -> bool:
        owned = self.ours.values.get(path)
        current = self._get(path)
        soft = isinstance(value, IfMissing)
        if soft:
            value = value.value if owned is None or owned.before is MISSING else owned.before
        if owned is None and current is not MISSING and (soft or same(current, value)):
            return True
        if owned is None and isinstance(current, (dict, list)) and not _replaceable(current, value):
            return self._refuse(path, current, KINDS.get(type(value), "a number"))
        before = owned.before if owned else current
        if not same(current, value):
            self._set(path, value)
        if not same(before, value):
            self.then.values[path] = Owned(value, before)
        return True

    def _add(self, path: Path, element: t.Any) -> bool:
        items = self._get(path)
        if not _has(items, element):
            items.append(copy.deepcopy(element))
        elif not _records(self.ours.elements, path, element):
            return True
        if not _records(self.then.elements, path, element):
            self.then.elements.append((path, element))
        return True

    def _refuse(self, path: Path, current: t.Any, needed: str) -> bool:
        found = KINDS.get(type(current), "a number")
        self.problems.append(
            f"{dotted(path) or 'The file'} is {found}, where {needed} is needed. Nothing would be left of what is"
            " there: correct it, or remove it."
        )
        return False

    def _tidy_up(self, kept: t.Sequence[Path]) -> None:
        """Remove the objects and lists that were made here and in which nothing is left, and give short forms back."""
        for path in sorted(self.ours.containers, key=len, reverse=True):
            if path in self.wanted.containers or path in kept or _below(path, kept):
                continue
            if not path:
                if self.root == {(): {}}:
                    self.root.clear()
                continue
            current = self._get(path)
            if isinstance(path[-1], Item) and set(current) == {"id"}:
                parent = self._get(path[:-1])
                del parent[next(index for index, each in enumerate(parent) if each is current)]
            elif not current:
                self._set(path, MISSING)
        for path, text in self.ours.short_forms.items():
            if path not in self.wanted.containers and same(self._get(path), {SHORT_FORMS[path]: text}):
                self._set(path, text)


def _below(path: Path, others: t.Iterable[Path]) -> bool:
    return any(path[: len(other)] == other for other in others)


def _replaceable(current: t.Any, value: t.Any) -> bool:
    """Whether a value can take the place of an object or list without anything of the user's being lost in it."""
    if isinstance(current, list):
        return isinstance(value, list)
    return set(current) == SECRET_REFERENCE


def _included(path: Path) -> str:
    place = dotted(path)
    return (
        f"{place or 'The file'} is or has an $include. What is included can't be changed from here, and OpenClaw would"
        f" let {place or 'the file'}'s own keys win over it without a word. Put what is included in its place, or move"
        f" the $include further down, to keys that are not managed here."
    )


def _has_more(tree: t.Any, path: Path, ours: Managed) -> bool:
    """Whether there is anything at or below a path that is not ours."""
    if path in ours.values:
        return False
    if path not in ours.containers:
        return True
    if isinstance(tree, dict):
        made_with_it = {"id"} if isinstance(path[-1], Item) else set()
        return any(_has_more(tree[key], (*path, key), ours) for key in tree if key not in made_with_it)
    return any(
        _has_more(each, (*path, Item(each["id"])), ours) if has_id(each) else not _records(ours.elements, path, each)
        for each in tree
    )
