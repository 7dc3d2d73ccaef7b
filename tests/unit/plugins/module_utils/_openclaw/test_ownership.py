"""What is put in, what is taken back, and what is never touched."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.errors import Refused
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import same
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import write
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import IfMissing
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import Managed
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import Owned
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import Wanted
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import merge
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.ownership import still_ours
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import MISSING
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import Item
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.paths import get
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.shapes import desired
from tests.unit.plugins.module_utils._openclaw.strategies import CONFIGS
from tests.unit.plugins.module_utils._openclaw.strategies import OPTIONS
from tests.unit.plugins.module_utils._openclaw.strategies import PROPERTY

NOBODYS = Managed()
REFERENCE = {"source": "env", "provider": "default", "id": "TOKEN"}


def put(config: Any, tree: dict[str, Any], ours: Managed = NOBODYS) -> tuple[Any, Managed]:
    return merge(config, still_ours(config, ours), Wanted(tree))


def take_back(config: Any, ours: Managed) -> tuple[Any, Managed]:
    return merge(config, still_ours(config, ours), Wanted())


@pytest.mark.parametrize(
    ("config", "tree", "after"),
    [
        (MISSING, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"c": 2}}, {"a": {"b": 1}}, {"a": {"c": 2, "b": 1}}),
        ({"a": {"b": 2}}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": None}}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": 1}, {"a": 1.0}, {"a": 1}),
        ({"a": True}, {"a": 1}, {"a": 1}),
        # Lists are sets.
        ({"a": ["x"]}, {"a": ["y", "x"]}, {"a": ["x", "y"]}),
        ({"a": []}, {"a": []}, {"a": []}),
        ({}, {"a": [], "b": {}}, {"a": [], "b": {}}),
        ({"a": ["x", "x"]}, {"a": ["x"]}, {"a": ["x", "x"]}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 2}]}),
        ({}, {"a": ["x"], "b": ["x"]}, {"a": ["x"], "b": ["x"]}),
        ({"a": ["x"]}, {"a": ["x"], "b": ["x"]}, {"a": ["x"], "b": ["x"]}),
        # But for those that are ordered.
        ({"fallbacks": ["x"]}, {"fallbacks": ["y", "x"]}, {"fallbacks": ["y", "x"]}),
        ({"x": {"args": ["a"]}}, {"x": {"args": []}}, {"x": {"args": []}}),
        # Elements are found by their id.
        ({"l": [{"id": "m", "n": 1}]}, {"l": [{"id": "m", "o": 2}]}, {"l": [{"id": "m", "n": 1, "o": 2}]}),
        ({"l": ["m", {"id": 3}]}, {"l": [{"id": "m"}]}, {"l": ["m", {"id": 3}, {"id": "m"}]}),
        # What fills a gap does not replace.
        ({"a": 2}, {"a": IfMissing(1), "b": IfMissing(1)}, {"a": 2, "b": 1}),
        ({"a": {}}, {"a": IfMissing(1)}, {"a": {}}),
        # A text that is short for an object, and one that is not.
        (
            {"agents": {"defaults": {"model": "x"}}},
            {"agents": {"defaults": {"model": {"fallbacks": ["y"]}}}},
            {"agents": {"defaults": {"model": {"primary": "x", "fallbacks": ["y"]}}}},
        ),
        (
            {"agents": {"defaults": {"imageModel": "x"}}},
            {"agents": {"defaults": {"imageModel": {}}}},
            {"agents": {"defaults": {"imageModel": {"primary": "x"}}}},
        ),
        (
            {"agents": {"defaults": {"model": "x"}}},
            {"agents": {"defaults": {"model": {"params": {"a": [1]}}}}},
            {"agents": {"defaults": {"model": {"primary": "x", "params": {"a": [1]}}}}},
        ),
        # A reference to a secret is one value, which takes the place of a secret, and of another reference.
        ({"token": "x"}, {"token": REFERENCE}, {"token": REFERENCE}),
        ({"token": {**REFERENCE, "id": "OLD"}}, {"token": REFERENCE}, {"token": REFERENCE}),
        ({"token": REFERENCE}, {"token": "${TOKEN}"}, {"token": "${TOKEN}"}),
        ({"l": [REFERENCE]}, {"l": [{**REFERENCE, "id": "B"}]}, {"l": [REFERENCE, {**REFERENCE, "id": "B"}]}),
        # An $include beside the way, or below it.
        ({"b": {"$include": "x"}}, {"a": {"c": 1}}, {"b": {"$include": "x"}, "a": {"c": 1}}),
        ({"a": {"b": {"$include": "x"}}}, {"a": {"c": 1}}, {"a": {"b": {"$include": "x"}, "c": 1}}),
    ],
)
def test_put_in_again_and_taken_back(config: Any, tree: dict[str, Any], after: Any) -> None:
    before = copy.deepcopy(config)
    written, ours = put(config, tree)
    assert same(written, after)
    assert config is MISSING or same(config, before)
    again, still = put(written, tree, ours)
    assert same(again, written)
    assert still == ours
    assert bool(ours) is not (config is not MISSING and same(written, before))
    back, nothing = take_back(written, ours)
    assert (back is MISSING) if config is MISSING else write(back) == write(config)
    assert not nothing


@pytest.mark.parametrize(
    ("config", "tree", "words"),
    [
        ([], {"a": 1}, ["The file is a list, where an object is needed"]),
        ("x", {"a": 1}, ["The file is a text, where an object is needed"]),
        ({"a": "x"}, {"a": {"b": 1}}, ["a is a text, where an object is needed"]),
        ({"a": 1}, {"a": {"b": 1}}, ["a is a number, where an object is needed"]),
        ({"a": None}, {"a": {}}, ["a is null, where an object is needed"]),
        ({"a": [{}]}, {"a": {"b": 1}}, ["a is a list, where an object is needed"]),
        ({"a": {"b": 1}}, {"a": ["x"]}, ["a is an object, where a list is needed"]),
        ({"a": False}, {"a": [{"id": "x"}]}, ["a is true or false, where a list is needed"]),
        ({"a": {"b": 1}}, {"a": 2}, ["a is an object, where a number is needed"]),
        ({"a": ["x"]}, {"a": "x"}, ["a is a list, where a text is needed"]),
        ({"a": {"b": 1}}, {"a": True}, ["a is an object, where true or false is needed"]),
        ({"a": {"fallbacks": {}}}, {"a": {"fallbacks": []}}, ["a.fallbacks is an object, where a list is needed"]),
        ({"a": {"token": {"id": "x"}}}, {"a": {"token": REFERENCE}}, ["a.token is an object"]),
        ({"agents": "x"}, {"agents": {"defaults": {"model": {"primary": "y"}}}}, ["agents is a text"]),
        ({"$include": "x"}, {"a": 1}, ["The file is or has an $include"]),
        ({"a": {"$include": "x", "c": 1}}, {"a": {"b": 1}}, ["a is or has an $include"]),
        ({"a": {"$include": "x"}}, {"a": {"b": {"c": 1}}, "d": 1}, ["a is or has an $include"]),
        ({"a": "x", "b": "y"}, {"a": {"c": 1}, "b": {"d": {"e": 1}}}, ["a is a text", "b is a text"]),
        ({"a": {"x.y": 1}}, {"a": {"x.y": {"z": 1}}}, ['a["x.y"] is a number']),
        ({"l": [{"id": "m", "o": 1}]}, {"l": [{"id": "m", "o": {"p": 1}}]}, ["l[id=m].o is a number"]),
    ],
)
def test_refuses(config: Any, tree: dict[str, Any], words: list[str]) -> None:
    before = copy.deepcopy(config)
    with pytest.raises(Refused) as caught:
        put(config, tree)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(words)
    assert all(line.startswith(each) for line, each in zip(lines, words, strict=True))
    assert same(config, before)


@pytest.mark.parametrize(
    ("config", "first", "second", "after"),
    [
        # What is no longer asked for goes, or gives back what was there.
        ({"b": 2}, {"a": 1, "b": 1}, {"c": 1}, {"b": 2, "c": 1}),
        ({}, {"a": {"b": 1}, "l": ["x", "y"]}, {"l": ["y"]}, {"l": ["y"]}),
        ({"l": ["x"]}, {"l": ["x", "y"]}, {}, {"l": ["x"]}),
        ({"fallbacks": ["z"]}, {"fallbacks": ["x"]}, {}, {"fallbacks": ["z"]}),
        # Another value is put in, and the first one there is what is given back.
        ({"a": 0}, {"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 0}, {"a": 1}, {"a": 0}, {"a": 0}),
        # One kind of thing follows another.
        ({}, {"a": {"b": 1}}, {"a": 1}, {"a": 1}),
        ({}, {"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({}, {"a": ["x"]}, {"a": IfMissing(["y"])}, {"a": ["y"]}),
        ({}, {"a": IfMissing(["y"])}, {"a": ["x"]}, {"a": ["x"]}),
        ({}, {"a": IfMissing(1)}, {"a": IfMissing(2)}, {"a": 2}),
        ({}, {"a": 1}, {"a": IfMissing(2)}, {"a": 2}),
        ({}, {"args": ["x"]}, {"args": "y"}, {"args": "y"}),
        # What fills a gap gives back what was there before there was something else.
        ({"a": 0}, {"a": 1}, {"a": IfMissing(2)}, {"a": 0}),
        ({"args": ["z"]}, {"args": ["x"]}, {"args": IfMissing("y")}, {"args": ["z"]}),
        # Items.
        ({"l": [{"id": "m"}]}, {"l": [{"id": "m", "a": 1}, {"id": "n", "a": 1}]}, {"l": []}, {"l": [{"id": "m"}]}),
        ({}, {"l": [{"id": "m", "a": {"b": [1]}}]}, {}, {}),
        ({}, {"o": {"l": [{"id": "m", "a": 1}]}}, {}, {}),
    ],
)
def test_the_second_time_something_else_is_wanted(
    config: Any, first: dict[str, Any], second: dict[str, Any], after: Any
) -> None:
    written, ours = put(config, first)
    written, ours = put(written, second, ours)
    assert same(written, after)
    assert same(take_back(written, ours)[0], config)


@pytest.mark.parametrize(
    ("config", "tree", "edited", "after", "back"),
    [
        # What somebody has changed is theirs.
        ({"a": 0}, {"a": 1}, {"a": 2}, {"a": 1}, {"a": 2}),
        ({}, {"a": 1}, {"a": 2}, {"a": 1}, {"a": 2}),
        ({"a": 0}, {"a": 1}, {}, {"a": 1}, {}),
        ({}, {"l": ["x"]}, {"l": ["y"]}, {"l": ["y", "x"]}, {"l": ["y"]}),
        ({}, {"l": ["x"]}, {}, {"l": ["x"]}, {}),
        # What somebody has added to ours stays.
        ({}, {"o": {"a": 1}}, {"o": {"a": 1, "b": 2}}, {"o": {"a": 1, "b": 2}}, {"o": {"b": 2}}),
        ({}, {"l": ["x"]}, {"l": ["x", "y"]}, {"l": ["x", "y"]}, {"l": ["y"]}),
        ({}, {"o": {}}, {"o": {"b": 2}}, {"o": {"b": 2}}, {"o": {"b": 2}}),
        # An item that they have added to is theirs as a whole: without our part it would not be valid.
        *(
            ({}, {"l": [{"id": "m", "name": "n", "o": {"p": 1}, "q": [1]}]}, edited, edited, edited)
            for edited in (
                {"l": [{"id": "m", "name": "n", "o": {"p": 1}, "q": [1], "r": 3}]},
                {"l": [{"id": "m", "name": "n", "o": {"p": 1, "r": 3}, "q": [1]}]},
                {"l": [{"id": "m", "name": "n", "o": {"p": 1}, "q": [1, 2]}]},
            )
        ),
        # A short form that they have extended stays an object.
        (
            {"agents": {"defaults": {"model": "x"}}},
            {"agents": {"defaults": {"model": {"primary": "y"}}}},
            {"agents": {"defaults": {"model": {"primary": "y", "timeoutMs": 5}}}},
            {"agents": {"defaults": {"model": {"primary": "y", "timeoutMs": 5}}}},
            {"agents": {"defaults": {"model": {"primary": "x", "timeoutMs": 5}}}},
        ),
        # The file was removed, or begun anew.
        ({"a": 0}, {"a": 1}, MISSING, {"a": 1}, MISSING),
        (MISSING, {"a": 1}, {}, {"a": 1}, MISSING),
        (MISSING, {"a": 1}, {"b": 1}, {"b": 1, "a": 1}, {"b": 1}),
    ],
)
def test_somebody_else_has_changed_something(
    config: Any, tree: dict[str, Any], edited: Any, after: Any, back: Any
) -> None:
    _written, ours = put(config, tree)
    again, ours = put(edited, tree, ours)
    assert same(again, after)
    left, nothing = take_back(again, ours)
    assert left is back or same(left, back)
    assert not nothing


def test_an_ancestor_that_has_become_an_include_is_left_alone_when_all_is_taken_back() -> None:
    _written, ours = put({}, {"a": {"b": 1}, "c": 1})
    edited = {"a": {"$include": "./a.json5", "b": 1}, "c": 1}
    assert same(take_back(edited, ours)[0], {"a": {"$include": "./a.json5"}})


def test_nested_items_that_were_made_here_go_together() -> None:
    written, ours = put({}, {"l": [{"id": "m", "k": [{"id": "n", "a": 1}]}]})
    assert take_back(written, ours) == ({}, Managed())


def test_of_two_records_the_confirmed_one_counts() -> None:
    new = Managed({("a",): Owned(2, 0), ("n",): Owned(1)}, [(("l",), "y")], [("l",), ("gone",)], {("s",): "x"})
    old = Managed({("a",): Owned(1, 0), ("o",): Owned(1)}, [(("l",), "x"), (("l",), "y")], [("l",)], {("s",): "z"})
    config = {"a": 1, "o": 1, "l": ["x", "y"], "s": {}}
    assert still_ours(config, new, old) == Managed(
        {("a",): Owned(1, 0), ("o",): Owned(1)}, [(("l",), "y"), (("l",), "x")], [("l",)], {("s",): "x"}
    )
    assert still_ours({**config, "a": 2}, new, old).values[("a",)] == Owned(2, 0)
    assert still_ours(MISSING, new, old) == Managed()


def merged(config: Any, ours: Managed, options: dict[str, Any]) -> tuple[Any, Managed]:
    try:
        return merge(config, still_ours(config, ours), Wanted(desired(options)))
    except Refused:
        assume(False)
        raise


@PROPERTY
@given(CONFIGS, OPTIONS, OPTIONS, st.booleans())
def test_a_run_that_was_killed_between_the_two_files_is_made_good(
    config: Any, first: dict[str, Any], second: dict[str, Any], replaced: bool
) -> None:
    one, ours_one = merged(config, NOBODYS, first)
    two, ours_two = merged(one, ours_one, second)
    there = two if replaced else one
    ours = still_ours(there, ours_two, ours_one)
    again, still = merge(there, ours, Wanted(desired(second)))
    assert same(again, two)
    assert still == still_ours(two, ours_two)
    assert write(merge(there, ours, Wanted())[0]) == write(config)


def test_item_is_named_by_its_id() -> None:
    assert get({"l": [{"id": 1}, {"id": "m", "a": 1}]}, ("l", Item("m"), "a")) == 1
    assert get({"l": {"m": 1}}, ("l", Item("m"))) is MISSING
