"""ECS Exec from the API to the container: ExecuteCommand, the plugin's stand-in, and the module that uses both."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import REPOSITORY
from tests.conftest import LocalAws
from tests.unit.local_aws.gateway_deployment import NAME
from tests.unit.local_aws.gateway_deployment import Deployment
from tests.unit.local_aws.gateway_deployment import wait


@pytest.fixture
def task(deployment: Deployment) -> str:
    """The ARN of a task that ECS Exec reaches into."""
    container = deployment.container(environment=[{"name": "A", "value": "b c"}])
    deployment.service(deployment.task_definition(container))
    running = deployment.running_task()
    wait(lambda: deployment.tasks()[0]["containers"][0]["managedAgents"][0]["lastStatus"] == "RUNNING")
    return running["taskArn"]


def run(local_aws: LocalAws, task: str, *command: str, **options: Any) -> dict[str, Any]:
    """The module's result, in a process of its own as Ansible runs it."""
    arguments = {"cluster": NAME, "task": task, "command": command, "region": "us-east-1", **options}
    arguments["plugin"] = str(REPOSITORY / "local_aws" / "bin" / "session-manager-plugin")
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ansible"),
            "localhost",
            "-m",
            "openclaw.ecs.ecs_exec_command",
            "-a",
            json.dumps(arguments),
        ],
        cwd=REPOSITORY,
        env={
            **local_aws.environment,
            **local_aws.env,
            "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    [play] = json.loads(done.stdout[done.stdout.index("{") :])["plays"]
    return play["tasks"][0]["hosts"]["localhost"]


def test_a_command_s_output_and_exit_code_come_back(local_aws: LocalAws, task: str) -> None:
    script = "id -u; echo $A; seq 3000; echo wrong >&2; exit 3"
    result = run(local_aws, task, "sh", "-c", script)
    assert result["rc"] == 3
    assert result["stdout"].splitlines() == ["0", "b c", *map(str, range(1, 3001)), "wrong"]


def test_a_command_that_takes_too_long_is_given_up(local_aws: LocalAws, task: str) -> None:
    result = run(local_aws, task, "sh", "-c", "echo begun; sleep 100", timeout=4)
    assert result["failed"]
    assert "not over after 4 seconds" in result["msg"]
    assert "begun" in result["msg"]


def test_a_task_without_a_running_agent_is_refused(deployment: Deployment) -> None:
    deployment.service(deployment.task_definition(deployment.container()), enableExecuteCommand=False)
    arn = deployment.running_task()["taskArn"]
    with pytest.raises(ClientError, match="execute command was not enabled"):
        deployment.ecs.execute_command(cluster=NAME, task=arn, command="true", interactive=True)
    with pytest.raises(ClientError, match="not found"):
        deployment.ecs.execute_command(cluster=NAME, task="0" * 32, command="true", interactive=True)


def test_a_token_opens_one_session_and_no_other(deployment: Deployment, local_aws: LocalAws, task: str) -> None:
    opened = deployment.ecs.execute_command(cluster=NAME, task=task, command="true", interactive=True)["session"]
    wrong = local_aws.control("POST", "sessions", session_id=opened["sessionId"], token="x")
    right = local_aws.control("POST", "sessions", session_id=opened["sessionId"], token=opened["tokenValue"])
    assert "command" not in wrong
    assert right["command"][-2:] == ["--", "true"]
