# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecs_exec_command where there is nothing to run in; with a task it is in tests/unit/local_aws/test_exec_command.py."""

from __future__ import annotations

ASKED = {"cluster": "box", "task": "0" * 32, "command": ["true"]}


def test_without_the_plugin_no_session_is_asked_for(run_module, local_aws, tmp_path):
    result = run_module("ecs_exec_command", **ASKED, plugin=str(tmp_path / "plugin"))
    assert result["failed"]
    assert f"{tmp_path}/plugin is not there" in result["msg"]
    assert "ExecuteCommand" not in [call["action"] for call in local_aws.log()]


def test_a_refusal_of_aws_is_told_with_what_was_tried(run_module):
    result = run_module("ecs_exec_command", **ASKED, plugin="/bin/true")
    assert result["failed"]
    assert f"Could not run a command in task {'0' * 32} of cluster box over ECS Exec" in result["msg"]
    assert "ClusterNotFoundException" in result["msg"]


def test_in_check_mode_nothing_is_run(run_module, local_aws):
    result = run_module("ecs_exec_command", **ASKED, check_mode=True)
    assert result["changed"]
    assert "ExecuteCommand" not in [call["action"] for call in local_aws.log()]
