# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an empty account to a gateway that talks to Bedrock, and back: deploy, status, destroy as a user runs them.

The tests build on each other, in the order in which they stand here.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"
OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
CLUSTER, SERVICE = "openclaw", "openclaw-gateway"


def tasks(journey, status="RUNNING"):
    ecs = journey.aws.client("ecs")
    arns = ecs.list_tasks(cluster=CLUSTER, desiredStatus=status)["taskArns"]
    return ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []


def until(condition, seconds=120):
    """Ask until the condition gives something, at most so many seconds."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.5)
    return found


def healthy_task(journey):
    return next((task for task in tasks(journey) if task["healthStatus"] == "HEALTHY"), None)


def config(endpoint):
    """The openclaw.json of docs/operations.md, with the local AWS in place of Bedrock's endpoint."""
    text = OPERATIONS.read_text().split("```json\n")[1].split("```")[0]
    return text.replace("https://bedrock-runtime.eu-central-1.amazonaws.com", endpoint)


@pytest.fixture(scope="module")
def deployed(journey):
    """A deployment with a running gateway, and what check mode had foretold of it."""
    foretold = journey.deploy("--check", desired_count=1)
    assert foretold.changing_calls == []
    return foretold, journey.deploy(desired_count=1)


def test_check_mode_foretells_a_deployment(deployed):
    foretold, real = deployed
    assert foretold.kinds == real.kinds
    assert len(foretold.kinds) >= 20
    assert "(known after it is created)" in foretold.output


def test_the_gateway_runs_the_command_of_the_task_definition(journey, deployed):
    with urlopen(f"{journey.gateway}/healthz", timeout=10) as answer:
        assert json.load(answer)["ok"] is True
    task = healthy_task(journey)
    definition = journey.aws.client("ecs").describe_task_definition(taskDefinition=task["taskDefinitionArn"])
    command = definition["taskDefinition"]["containerDefinitions"][0]["command"]
    assert command == ["node", "dist/index.js", "gateway", "--allow-unconfigured", "--bind", "lan", "--port", "18789"]
    running = journey.inside(task["taskArn"], "sh", "-c", "cat /proc/[0-9]*/cmdline; stat -c %u /data/.openclaw")
    assert "openclaw" in running.stdout
    assert running.stdout.endswith("1000\n")


def test_a_repeat_changes_nothing_and_is_cheap(journey, deployed):
    before = healthy_task(journey)["taskArn"]
    run = journey.deploy()
    assert run.stats["changed"] == 0
    assert run.changes == []
    assert run.changing_calls == []
    assert healthy_task(journey)["taskArn"] == before
    assert run.processes <= 30
    assert len(run.calls) <= 80


def test_status_tells_everything(journey, deployed, tmp_path):
    file = tmp_path / "status.json"
    assert journey.playbook("status", status_file=str(file)).code == 0
    status = json.loads(file.read_text())
    task = healthy_task(journey)
    assert status["healthy"] is True
    assert (status["desired_count"], status["running_count"]) == (1, 1)
    assert status["gateway"]["task"] == task["taskArn"]
    address = next(
        detail["value"] for detail in task["attachments"][0]["details"] if detail["name"] == "privateIPv4Address"
    )
    assert status["gateway"]["url"] == f"http://{address}:18789"
    assert status["exec"]["ready"] is True
    assert all(check["ok"] for check in status["exec"]["checks"])
    assert f"--task {task['taskArn']}" in status["gateway"]["commands"]["shell"]
    assert task["containers"][0]["runtimeId"] in status["gateway"]["commands"]["port_forward"]
    for kind in ("clusters", "services", "file_systems", "access_points", "security_groups", "roles", "parameters"):
        assert status["resources"][kind], kind
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_token_is_in_no_output_and_no_task_definition(journey, deployed):
    ssm = journey.aws.client("ssm")
    token = ssm.get_parameter(Name="/openclaw/openclaw/gateway-token", WithDecryption=True)["Parameter"]["Value"]
    assert token not in journey.deploy("-vvvv").output
    assert token not in journey.playbook("status", "-vvvv").output
    definition = journey.aws.client("ecs").describe_task_definition(taskDefinition=SERVICE)
    assert token not in json.dumps(definition, default=str)


def test_an_agent_turn_reaches_bedrock_as_the_task_role(journey, deployed):
    efs = journey.aws.client("efs").describe_file_systems()["FileSystems"][0]["FileSystemId"]
    folder = journey.aws.directory / "efs" / efs / "openclaw" / ".openclaw"
    until(folder.is_dir)
    (folder / "openclaw.json").write_text(config(journey.aws.endpoint))
    old = healthy_task(journey)["taskArn"]
    journey.aws.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
    task = until(lambda: (found := healthy_task(journey)) and found["taskArn"] != old and found)
    since = journey.aws.control("GET", "log?since=0")["next"]
    turn = journey.inside(
        task["taskArn"], *["node", "dist/index.js", "agent", "--agent", "main", "--message", "Hello", "--json"]
    )
    assert turn.returncode == 0, turn.stderr
    calls = [call for call in journey.aws.log(since) if call["service"].startswith("bedrock")]
    assert [call["resource"] for call in calls] == [MODEL]
    assert calls[0]["status"] == 200
    assert "assumed-role/openclaw-us-east-1-task/" in calls[0]["principal_arn"]
    assert calls[0]["access_key"].startswith("ASIA")
