# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One command in a container over ECS Exec: how it is asked for, run, and what of the session is its output.

Private to the collection. A session of ECS Exec is a terminal, which knows nothing of exit codes and begins and ends
with words of its own; so the command is put between two marks, and the second one has its exit code.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import shlex
import subprocess
import time
import typing as t

from .._aws.errors import DeploymentError
from .._aws.errors import api_call

# What tells the plugin that the session's secret is in the variable of this name, and not on its command line:
# https://github.com/aws/session-manager-plugin (src/sessionmanagerplugin/session/session.go), since 1.2.497.0
RESPONSE_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
# The agent of a container that has just started may not be connected yet:
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
NOT_YET = ("TargetNotConnectedException",)
CHUNK = 65536


class Answer(t.NamedTuple):
    """What a command ended with, and what it wrote."""

    code: int
    output: str


@api_call("run a command in task {task} of cluster {cluster} over ECS Exec", retry_on=NOT_YET)
def execute_command(client: t.Any, cluster: str, task: str, container: str, command: str) -> dict[str, t.Any]:
    """Ask for a session that runs a command; AWS knows no other than interactive ones."""
    return client.execute_command(cluster=cluster, task=task, container=container, command=command, interactive=True)


def marked(words: t.Sequence[str], mark: str) -> str:
    """A command between two marks, as one string that the agent takes apart like a shell."""
    script = f"echo {mark}; {shlex.join(words)}; code=$?; echo; echo {mark} $code"
    return shlex.join(["/bin/sh", "-c", script])


def between_marks(text: str, mark: str) -> Answer | None:
    """The answer in what a session has shown; none if it ended before the command did."""
    plain = text.replace("\r\n", "\n")
    found = re.search(rf"^{mark}\n(.*)\n{mark} (\d+)$", plain, re.DOTALL | re.MULTILINE)
    return Answer(int(found[2]), found[1].strip("\n")) if found else None


def plugin_arguments(session: t.Mapping[str, str], region: str, endpoint: str) -> tuple[list[str], dict[str, str]]:
    """The arguments of session-manager-plugin, as the AWS CLI gives them, and the variable that has the session."""
    response = {key[0].upper() + key[1:]: value for key, value in session.items()}
    target = json.dumps({"Target": session["sessionId"]})
    arguments = [RESPONSE_VARIABLE, region, "StartSession", "", target, endpoint]
    return arguments, {RESPONSE_VARIABLE: json.dumps(response)}


def run_session(plugin: str, arguments: t.Sequence[str], variables: t.Mapping[str, str], timeout: int) -> str:
    """Run the plugin until its session is over, and give what it has shown."""
    # Its standard input stays open, or else it would end the session.
    process = subprocess.Popen(
        [plugin, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **variables},
    )
    try:
        with process.stdin:
            return _read(process, timeout)
    finally:
        process.kill()
        process.wait()


def _read(process: subprocess.Popen[bytes], timeout: int) -> str:
    shown = b""
    deadline = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(left):
                chunk = os.read(process.stdout.fileno(), CHUNK)
                if not chunk:
                    return shown.decode("utf-8", "replace")
                shown += chunk
    raise DeploymentError(
        message=f"The command in the container was not over after {timeout} seconds. It had shown:"
        f" {shown.decode('utf-8', 'replace').strip() or 'nothing'}"
    )
