"""The life of a file: for any configuration that is there, and any options, one after the other.

What is not managed survives, a second run changes nothing, what somebody does in between is kept, and absent gives back
what was there. What is refused is left as it was.
"""

from __future__ import annotations

import copy
import importlib
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import event
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import parse
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import same
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import write
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import SECRET_REFERENCE
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import SHORT_FORMS
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import IfMissing
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import Wanted
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import has_id
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import MISSING
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import Item
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import Path as Place
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import dotted
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import get
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.shapes import desired
from tests.unit.plugins.module_utils._openclaw.strategies import ANYTHING
from tests.unit.plugins.module_utils._openclaw.strategies import EACH_OPTION
from tests.unit.plugins.module_utils._openclaw.strategies import OPTIONS
from tests.unit.plugins.module_utils._openclaw.strategies import PROPERTY
from tests.unit.plugins.module_utils._openclaw.strategies import Writer
from tests.unit.plugins.module_utils._openclaw.strategies import documented
from tests.unit.plugins.module_utils._openclaw.strategies import texts
from tests.unit.plugins.modules.config_ground import MODULE
from tests.unit.plugins.modules.config_ground import files
from tests.unit.plugins.modules.config_ground import run

IN_MEMORY = Path("/dev/shm")
ABOUT_THE_FILE = {"path", "state", "backup_file", "owner", "group", "mode", "backups", "validate"}


def overwritten(options: dict[str, Any]) -> set[Place]:
    """Where the options replace what is there."""
    return {
        step.path
        for step in Wanted(desired(options)).steps
        if step.kind == "value" and not isinstance(step.value, IfMissing)
    }


def lost(before: Any, after: Any, replaced: set[Place], place: Place = ()) -> list[str]:
    """Where something that was there is no longer, or not as it was, or not in its order."""
    if before is MISSING or place in replaced:
        return []
    if isinstance(before, dict) and set(before) != SECRET_REFERENCE:
        if not isinstance(after, dict):
            return [dotted(place)]
        kept = [key for key in after if key in before]
        found = [] if kept == list(before) else [f"{dotted(place)}: {kept} of {list(before)}"]
        return found + [each for key in kept for each in lost(before[key], after[key], replaced, (*place, key))]
    if isinstance(before, list):
        if not isinstance(after, list) or len(after) < len(before):
            return [dotted(place)]
        found, ids = [], set()
        for one, other in zip(before, after, strict=False):
            if has_id(one) and one["id"] not in ids:
                ids.add(one["id"])
                found += lost(one, other, replaced, (*place, Item(one["id"])))
            elif not same(one, other):
                found.append(dotted(place))
        return found
    if isinstance(before, str) and isinstance(after, dict) and place in SHORT_FORMS:
        return lost({SHORT_FORMS[place]: before}, after, replaced, place)
    return [] if same(before, after) else [dotted(place)]


def objects(tree: Any, place: Place = ()) -> list[Place]:
    """The places of all objects to which something can be added; parts of a list count if they have an id."""
    if isinstance(tree, dict) and set(tree) != SECRET_REFERENCE:
        return [place, *(each for key in tree for each in objects(tree[key], (*place, key)))]
    if isinstance(tree, list):
        ids = {each["id"]: each for each in reversed(tree) if has_id(each)}
        return [found for name, each in ids.items() for found in objects(each, (*place, Item(name)))]
    return []


def places_for(values: list[Any], tree: Any, start: int) -> list[tuple[Place, Any]]:
    """A new place for each of some values."""
    places = objects(tree)
    return [((*places[(start + n) % len(places)], f"added {n}"), value) for n, value in enumerate(values) if places]


def lost_edits(edits: dict[Place, Any], tree: Any) -> list[Place]:
    """Those that are not, or not unchanged, where they were made."""
    return [place for place, value in edits.items() if not same(get(tree, place), value)]


class Life:
    """A file, and what happens to it."""

    def __init__(self, folder: str) -> None:
        self.path = Path(folder) / "openclaw.json"

    def write(self, text: str) -> None:
        """Let somebody else write it; without a text, it is not made."""
        if text:
            self.path.write_text(text, "utf-8")

    def data(self) -> Any:
        """What it says; MISSING if there is none."""
        return parse(self.path.read_text("utf-8")).data if self.path.exists() else MISSING

    def present(self, options: dict[str, Any]) -> bool:
        """Run the module three times: to foretell, for real, and again. False if it refuses, having changed nothing."""
        # `run` would put in a model of its own.
        given = {name: value for name, value in options.items() if value is not None or name == "primary_model"}
        before = files(self.path.parent)
        foretold = run(self.path, check_mode=True, **given)
        assert files(self.path.parent) == before
        result = run(self.path, **given)
        if "failed" in result:
            assert foretold["msg"] == result["msg"]
            assert "Traceback" not in result["msg"]
            assert files(self.path.parent) == before
            return False
        assert [foretold[key] for key in ("changed", "changed_paths")] == [
            result[key] for key in ("changed", "changed_paths")
        ]
        after = files(self.path.parent)
        assert not run(self.path, **given)["changed"]
        assert files(self.path.parent) == after
        return True

    def absent(self) -> None:
        """Take back all that is managed; a second time, there is nothing to do."""
        assert "failed" not in run(self.path, state="absent")
        assert not run(self.path, state="absent")["changed"]
        assert not self.path.with_name("openclaw.json.managed.json").exists()


@PROPERTY
@given(
    st.one_of(st.just(("", MISSING)), texts()),
    OPTIONS,
    st.lists(ANYTHING, max_size=3),
    OPTIONS,
    st.integers(0, 2**16),
)
def test_the_life_of_a_file(
    written: tuple[str, Any], first: dict[str, Any], added: list[Any], second: dict[str, Any], way: int
) -> None:
    text, config = written
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        life = Life(folder)
        life.write(text)
        done = life.present(first)
        event("the first options are put in" if done else "the first options are refused")
        assert not done or not lost(config, life.data(), overwritten(first))

        edited = life.data()
        edits = {place: value for place, value in places_for(added, edited, way) if done}
        for place, value in edits.items():
            get(edited, place[:-1])[place[-1]] = copy.deepcopy(value)
        if edits:
            life.write(Writer(way).write(edited))
        done = life.present(second)
        event("the second options are put in" if done else "the second options are refused")
        assert not done or not lost(config, life.data(), overwritten(second))
        assert not lost_edits(edits, life.data())

        life.absent()
        back = life.data()
        assert not lost(config, back, set())
        assert not lost_edits(edits, back)
        if not edits:
            assert back is config is MISSING or write(back) == write(config)


def test_the_examples_of_the_documentation_are_there() -> None:
    assert len(documented()) > 500
    keys = {key for each in documented() for key in each}
    assert {"agents", "bindings", "channels", "gateway", "mcp", "models", "plugins", "secrets", "tools"} <= keys
    texts_of_all = [str(each) for each in documented()]
    assert any("$include" in each for each in texts_of_all)
    assert any("${" in each for each in texts_of_all)


def test_every_option_is_drawn() -> None:
    documentation = yaml.safe_load(importlib.import_module(MODULE).DOCUMENTATION)
    assert set(documentation["options"]) - ABOUT_THE_FILE == set(EACH_OPTION)
