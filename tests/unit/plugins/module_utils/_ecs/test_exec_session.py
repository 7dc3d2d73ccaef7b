# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One command over ECS Exec: its two marks, the plugin's arguments, and a plugin that hangs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import exec_session

MARK = "5a0f"
BEFORE = "\nStarting session with SessionId: ecs-execute-command-0\n"
AFTER = "\n\nExiting session with sessionId: ecs-execute-command-0.\n\n"


@pytest.mark.parametrize(
    ("words", "code", "output"),
    [
        (["echo", "a  b", "$HOME 'x' \"y\""], 0, "a  b $HOME 'x' \"y\""),
        (["sh", "-c", "echo out; echo err >&2; exit 7"], 7, "out\nerr"),
        (["true"], 0, ""),
        (["printf", "no newline"], 0, "no newline"),
        (["/nowhere"], 127, None),
    ],
)
def test_what_a_shell_makes_of_the_marked_command(words, code, output):
    command = exec_session.marked(words, MARK)
    done = subprocess.run(
        shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    answer = exec_session.between_marks(BEFORE + done.stdout.replace("\n", "\r\n") + AFTER, MARK)
    assert answer.code == code
    assert output is None or answer.output == output


@pytest.mark.parametrize("shown", ["", BEFORE + AFTER, f"{BEFORE}{MARK}\r\nhalf an answer{AFTER}"])
def test_a_session_that_ends_too_early_has_no_answer(shown):
    assert exec_session.between_marks(shown, MARK) is None


def test_the_secret_of_the_session_is_not_on_the_command_line():
    session = {"sessionId": "s-0", "streamUrl": "wss://x", "tokenValue": "geheim"}
    arguments, variables = exec_session.plugin_arguments(session, "eu-central-1", "https://ecs.example")
    assert "geheim" not in " ".join(arguments)
    assert arguments[1:4] == ["eu-central-1", "StartSession", ""]
    assert json.loads(variables[arguments[0]]) == {"SessionId": "s-0", "StreamUrl": "wss://x", "TokenValue": "geheim"}


def test_a_container_that_is_not_connected_yet_is_asked_again(stubbed, no_delay):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("execute_command", "TargetNotConnectedException")
    stubber.add_response("execute_command", {"session": {"sessionId": "s-0"}})
    opened = exec_session.execute_command(client, "box", "0", "openclaw", "true")
    assert (opened["session"]["sessionId"], len(no_delay)) == ("s-0", 1)


def test_a_plugin_that_says_nothing_is_ended(tmp_path):
    plugin = tmp_path / "plugin"
    plugin.write_text("#!/bin/sh\necho $$ > $0.pid\necho Starting\nexec sleep 60\n")
    plugin.chmod(0o755)
    begin = time.monotonic()
    with pytest.raises(DeploymentError, match="not over after 1 seconds. It had shown: Starting"):
        exec_session.run_session(str(plugin), [], {}, 1)
    assert time.monotonic() - begin < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "plugin.pid").read_text()), 0)
