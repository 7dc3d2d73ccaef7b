# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._controller import programs

PLUGIN = programs.Program("session-manager-plugin", "openclaw_session_manager_plugin", "It is needed.", "1.2.764.0")


def found(**changes):
    return {"path": "/usr/bin/smp", "executable": True, "said": "1.2.764.0\n", "version": "1.2.764.0", **changes}


@pytest.mark.parametrize("version", ["1.2.764.0", "1.2.896.0", "1.3.0.0", "1.10.0.0"])
def test_a_program_that_is_new_enough_is_no_problem(version):
    assert programs.problems(PLUGIN, "", found(version=version), "hint") == []


@pytest.mark.parametrize(
    ("wanted", "changes", "what", "where"),
    [
        ("", {"path": "", "executable": False, "version": ""}, "session-manager-plugin is not there", "PATH of"),
        ("/x/smp", {"path": "", "executable": False}, "/x/smp is not there", "openclaw_session_manager_plugin: /x/smp"),
        ("/usr/bin/smp", {"executable": False, "version": ""}, "/usr/bin/smp is not executable", "openclaw_session"),
        ("", {"version": "", "said": "Exec format error"}, "--version does not tell a version: Exec format", "PATH of"),
        ("", {"version": "", "said": " "}, "does not tell a version: no output", "PATH of"),
        ("", {"version": "1.2.707.0"}, "is of version 1.2.707.0, and 1.2.764.0 or later is needed", "PATH of"),
        ("", {"version": "1.1.999.0"}, "is of version 1.1.999.0", "PATH of"),
    ],
)
def test_a_program_that_can_not_be_used_is_told_with_the_way_to_get_it(wanted, changes, what, where):
    (told,) = programs.problems(PLUGIN, wanted, found(**changes), "Install it: this way")
    assert what in told["what"]
    assert told["where"].startswith(where)
    assert told["why"] == "It is needed."
    assert "Install it: this way" in told["fix"]


@pytest.mark.parametrize(
    ("said", "version"), [("1.2.764.0\n", "1.2.764.0"), ("plugin 1.3.0.0, built", "1.3.0.0"), ("", ""), ("seven", "")]
)
def test_the_version_is_found_in_what_the_program_says(said, version):
    assert programs.parse_version(said) == version
