# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""session_manager_info against the local AWS, with plugins that are scripts."""

from __future__ import annotations

import json

import pytest

DEFAULT = "SSM-SessionManagerRunShell"


@pytest.fixture
def plugin(tmp_path):
    """Make a program that says something when it is asked for its version."""

    def make(said="1.2.764.0", mode=0o755):
        path = tmp_path / "session-manager-plugin"
        path.write_text(f"#!/bin/sh\n[ \"$*\" = --version ] && echo '{said}'\n")
        path.chmod(mode)
        return str(path)

    return make


def make_document(local_aws, name=DEFAULT, session_type="Standard_Stream", **inputs):
    content = {"schemaVersion": "1.0", "sessionType": session_type, "inputs": inputs}
    local_aws.client("ssm").create_document(Name=name, DocumentType="Session", Content=json.dumps(content))


def whats(result):
    assert not result.get("failed"), result["msg"]
    assert not result["changed"]
    return [each["what"] for each in result["problems"]]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_new_account_and_a_plugin_are_no_problem(run_module, plugin, check_mode):
    path = plugin()
    result = run_module("session_manager_info", check_mode=check_mode, plugin=path)
    assert whats(result) == []
    assert result["plugin"] == {"path": path, "version": "1.2.764.0"}
    assert (result["document"], result["preferences"]) == (DEFAULT, None)


def test_the_plugin_is_found_on_the_path(run_module, plugin, monkeypatch, tmp_path):
    path = plugin()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert run_module("session_manager_info")["plugin"]["path"] == path


def test_a_plugin_that_is_nowhere_is_told_with_the_way_to_get_it(run_module, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run_module("session_manager_info")
    assert whats(result) == ["session-manager-plugin is not there"]
    assert "session-manager-working-with-install-plugin.html" in result["problems"][0]["fix"]
    assert result["plugin"] == {"path": "", "version": ""}


def test_a_path_that_leads_nowhere_is_not_replaced_by_another(run_module, plugin, monkeypatch, tmp_path):
    plugin()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert whats(run_module("session_manager_info", plugin="/nowhere/smp")) == ["/nowhere/smp is not there"]


@pytest.mark.parametrize(
    ("said", "mode", "what"),
    [
        ("1.2.764.0", 0o644, "is not executable"),
        ("1.1.17.0", 0o755, "is of version 1.1.17.0"),
        ("?", 0o755, "tell a ver"),
    ],
)
def test_a_plugin_that_can_not_be_used_is_told(run_module, plugin, said, mode, what):
    path = plugin(said, mode)
    (found,) = whats(run_module("session_manager_info", plugin=path))
    assert path in found
    assert what in found


def test_a_program_for_another_machine_is_told_and_does_not_end_the_module(run_module, plugin, tmp_path):
    path = tmp_path / "other"
    path.write_bytes(b"\x7fELF of another machine")
    path.chmod(0o755)
    (found,) = whats(run_module("session_manager_info", plugin=str(path)))
    assert "Exec format error" in found


def test_all_preferences_that_break_a_session_are_told_at_once(local_aws, run_module, plugin):
    inputs = {"kmsKeyId": "alias/sessions", "runAsEnabled": True, "runAsDefaultUser": "admin"}
    make_document(local_aws, **inputs)
    result = run_module("session_manager_info", plugin=plugin())
    assert whats(result) == [
        "Session Manager's kmsKeyId is set to alias/sessions",
        "Session Manager's runAsEnabled is set to True",
    ]
    assert result["preferences"] == inputs


def test_a_document_of_ones_own_is_looked_at_instead(local_aws, run_module, plugin):
    make_document(local_aws, kmsKeyId="alias/sessions")
    make_document(local_aws, "mine", idleSessionTimeout="20")
    result = run_module("session_manager_info", plugin=plugin(), document="mine")
    assert whats(result) == []
    assert (result["document"], result["preferences"]) == ("mine", {"idleSessionTimeout": "20"})
    assert whats(run_module("session_manager_info", plugin=plugin(), document="gone")) == ["There is no document gone"]


def test_a_document_that_may_not_be_read_is_a_problem_that_names_the_permission(local_aws, run_module, plugin):
    local_aws.control(
        "POST",
        "faults",
        service="ssm",
        action="GetDocument",
        code="AccessDeniedException",
        message="User: x is not authorized to perform: ssm:GetDocument",
        times=1,
    )
    result = run_module("session_manager_info", plugin=plugin())
    assert whats(result) == [f"You are not allowed ssm:GetDocument on {DEFAULT}"]
    assert "User: x is not authorized" in result["problems"][0]["why"]
    assert result["preferences"] is None


def test_another_error_of_aws_fails_the_module(local_aws, run_module, plugin):
    fault = {"service": "ssm", "action": "GetDocument", "code": "ValidationException", "message": "no", "times": 1}
    local_aws.control("POST", "faults", **fault)
    result = run_module("session_manager_info", plugin=plugin())
    assert result["failed"]
    assert f"Could not read session document {DEFAULT}" in result["msg"]


def test_one_call_is_made(calls_of, plugin):
    assert calls_of("session_manager_info", plugin=plugin()) == ["GetDocument"]
