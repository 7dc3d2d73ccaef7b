# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a module: what is created, updated, deleted or kept, and how it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_absent
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_present
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import summarize

SETTINGS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2))


@pytest.mark.parametrize(
    ("current", "desired", "action", "differences"),
    [
        (None, {"size": 1}, "create", ["size"]),
        ({"size": 1}, {"size": 1}, "keep", []),
        ({"size": 1, "of_others": 2}, {"size": 1}, "keep", []),
        ({"size": 1, "zone": "a"}, {"size": 2, "zone": "a"}, "update", ["size"]),
        ({}, {"size": 2}, "update", ["size"]),
    ],
)
def test_plan_present(current, desired, action, differences):
    change = plan_present("thing", "name", current, desired)
    assert (change.action, change.differences) == (action, differences)


@given(current=SETTINGS, desired=SETTINGS)
def test_what_was_applied_is_kept_by_the_next_plan(current, desired):
    assert plan_present("thing", "name", {**current, **desired}, desired).action == "keep"


@given(current=SETTINGS, desired=SETTINGS)
def test_an_update_names_exactly_the_settings_that_differ(current, desired):
    change = plan_present("thing", "name", current, desired)
    assert set(change.differences) == {key for key in desired if current.get(key) != desired[key]}


def test_plan_absent():
    assert plan_absent("thing", "name", None) is None
    assert plan_absent("thing", "name", {"size": 1}).action == "delete"


def test_summary_lists_all_and_shows_the_diff_of_what_changes():
    kept = plan_present("thing", "kept", {"size": 1}, {"size": 1})
    grown = plan_present("thing", "grown", {"size": 1, "zone": "a"}, {"size": 2, "zone": "a"})
    assert summarize([kept, grown], with_diff=True) == {
        "changed": True,
        "actions": [
            {"resource": "thing", "name": "kept", "action": "keep"},
            {"resource": "thing", "name": "grown", "action": "update", "settings": ["size"]},
        ],
        "diff": {
            "before": {"thing grown": {"size": 1, "zone": "a"}},
            "after": {"thing grown": {"size": 2, "zone": "a"}},
        },
    }
    assert summarize([kept], with_diff=True) == {"changed": False, "actions": [kept.as_action()]}
