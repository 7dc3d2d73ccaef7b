# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release of OpenClaw needs, and which release is meant."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import plan_deployment
from ansible_collections.openclaw.ecs.plugins.module_utils._config.releases import is_in
from ansible_collections.openclaw.ecs.plugins.module_utils._config.releases import number
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.versions import OLDEST

NEWER = ">=22.22.3 <23 || >=24.15.0 <25 || >=25.9.0"
DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def plan(variables, facts, options, catalog):
    def run(**changes):
        changed = {**variables, **{f"openclaw_{name}": value for name, value in changes.items()}}
        return plan_deployment(changed, facts, options, catalog)

    return run


def release(name):
    return {"image_tag": name, "version": name}


@pytest.mark.parametrize(
    ("node", "wanted", "expected"),
    [
        ("22.14.0", ">=22.14.0", True),
        ("22.13.9", ">=22.14.0", False),
        ("22.9.0", ">=22.14.0", False),
        ("24.0.0", ">=22.14.0", True),
        ("22.22.3", NEWER, True),
        ("22.22.2", NEWER, False),
        ("23.1.0", NEWER, False),
        ("24.14.9", NEWER, False),
        ("24.15.0", NEWER, True),
        ("25.0.0", NEWER, False),
        ("26.0.0", NEWER, True),
    ],
)
def test_a_range_is_read_as_npm_reads_it(node, wanted, expected):
    assert is_in(node, wanted) is expected


@pytest.mark.parametrize(
    ("name", "node", "memory"),
    [
        ("2026.3.24", "22.20.0", 1024),
        ("2026.5.7", "22.20.0", 1024),
        ("2026.6.11", "22.20.0", 1024),
        ("2026.7.1", "24.21.0", 1536),
        ("2026.9.6", "24.21.0", 1536),
    ],
)
def test_the_release_decides_on_node_and_memory(plan, name, node, memory):
    deployment = plan(**release(name), memory_search=False)
    assert (deployment["problems"], deployment["warnings"]) == ([], [])
    assert (deployment["node_version"], deployment["task_memory_reservation"]) == (node, memory)


def test_a_person_can_decide_otherwise(plan):
    deployment = plan(**release("2026.9.6"), node_version="26.1.0", task_memory_reservation=1800)
    assert deployment["problems"] == []
    assert (deployment["node_version"], deployment["task_memory_reservation"]) == ("26.1.0", 1800)


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        (release("2026.3.13"), "openclaw_version: 2026.3.13", "2026.3.24 and later"),
        (release("main"), "openclaw_version: main", "Set openclaw_version to the release that the image holds"),
        ({"version": "2026.5"}, "openclaw_version: 2026.5", "not a release"),
        ({"version": ""}, "openclaw_version: ", "not a release"),
        ({"node_version": "22"}, "openclaw_node_version: 22", "not a release of Node"),
        ({"node_version": "22.13.1"}, "openclaw_node_version: 22.13.1", "choose a release that is >=22.14.0"),
        (
            {**release("2026.9.6"), "node_version": "22.20.0"},
            "openclaw_node_version: 22.20.0",
            "OpenClaw 2026.9.6 does not run on Node 22.20.0",
        ),
        ({"version": "2026.9.6"}, "openclaw_image_tag: 2026.5.7, openclaw_version: 2026.9.6", "follows the tag"),
        ({"image_tag": "2026.9.6-slim"}, "openclaw_image_tag: 2026.9.6-slim, openclaw_version: 2026.5.7", "the tag"),
    ],
)
def test_one_mistake_is_one_problem(plan, changes, where, words):
    found = plan(**changes)["problems"]
    assert len(found) == 1, found
    assert found[0]["where"].startswith(where)
    assert words in " ".join(found[0].values())


@pytest.mark.parametrize(
    "changes",
    [
        {"image_tag": "2026.5.7-slim"},
        {"image_tag": "mine", "version": "2026.5.7"},
        {"image_tag": "1.2.3", "version": "2026.5.7"},
        {"image_digest": DIGEST, "version": "2026.9.6"},
        {"image_tag": "latest", "image_digest": DIGEST, "version": "2026.9.6"},
        {"image_tag": "", "image_digest": DIGEST},
    ],
)
def test_tag_and_release_that_may_belong_together_are_right(plan, changes):
    assert plan(**changes)["problems"] == []


def test_a_newer_release_is_a_warning(plan):
    deployment = plan(**release("2027.1.1"))
    assert deployment["problems"] == []
    [warning] = deployment["warnings"]
    assert warning.startswith("openclaw_version: 2027.1.1 is newer than what is known here, 2026.9.6")
    assert deployment["node_version"] == "24.21.0"


def test_the_releases_begin_with_the_oldest_that_is_written_for_and_are_in_order(catalog):
    known = catalog["releases"]["needs"]
    since = [number(each["since"]) for each in known]
    assert since[0] == OLDEST
    assert since == sorted(set(since))
    assert since[-1] <= number(catalog["releases"]["newest"])


def test_the_node_that_is_installed_is_one_that_the_release_runs_on(catalog):
    assert [each for each in catalog["releases"]["needs"] if not is_in(each["node_version"], each["node"])] == []
