# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journey: playbooks as a user runs them, against a local AWS that starts real hosts and tasks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LocalAws
from tests.conftest import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
READING = ("Describe", "Get", "List", "Simulate", "BatchGet", "Lookup")


@dataclass
class Run:
    """A finished ansible-playbook."""

    code: int
    output: str
    tasks: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    stats: dict[str, int] = field(default_factory=dict)

    @property
    def all_actions(self) -> list[tuple[str, str, str]]:
        """The actions of every role that noted any, each time that it did."""
        facts = [pair for task in self.tasks for pair in task.get("ansible_facts", {}).items()]
        return [
            (each["resource"], each["name"], each["action"])
            for name, actions in facts
            if name.endswith("_actions")
            for each in actions
        ]

    @property
    def actions(self) -> list[tuple[str, str, str]]:
        """Resource, name and action of everything that the roles noted, as the closing summary tells it."""
        noted: dict[str, list[dict[str, Any]]] = {}
        for task in self.tasks:
            facts = task.get("ansible_facts", {}).items()
            noted.update({name: value for name, value in facts if name.endswith("_actions")})
        return [(each["resource"], each["name"], each["action"]) for actions in noted.values() for each in actions]

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """The actions without what was kept."""
        return [each for each in self.actions if each[2] != "keep"]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Resource and action of what changed: what check mode can foretell without knowing IDs."""
        return [(resource, action) for resource, _name, action in self.changes]

    @property
    def processes(self) -> int:
        """How many processes of the collection's modules ran."""
        return sum(task["action"].startswith("openclaw.ecs.") and not task.get("skipped") for task in self.tasks)

    @property
    def message(self) -> str:
        """The message of the task that failed; the last, where an earlier one was rescued."""
        return next((task["msg"] for task in reversed(self.tasks) if task.get("failed")), "")

    @property
    def changing_calls(self) -> list[str]:
        """The AWS calls that could have changed something."""
        return [call["action"] for call in self.calls if not call["action"].startswith(READING)]


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have started."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            parent = stat.read_text().rpartition(")")[2].split()[1]
            if int(parent) == pid:
                children.append(int(stat.parent.name))
    return children + [each for child in children for each in descendants(child)]


@dataclass
class Journey:
    """Runs playbooks as the operator of one local AWS."""

    aws: LocalAws
    gateway: str
    environment: dict[str, str]

    def inside(self, task: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a running task, as ECS Exec would."""
        return subprocess.run(
            [sys.executable, "-m", "local_aws", "exec", task, "--", *command],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def deploy(self, *arguments: str, **variables: Any) -> Run:
        """Run deploy.yml, which must succeed."""
        run = self.playbook("deploy", *arguments, **variables)
        assert run.code == 0, run.message or run.output
        return run

    def plan(self, **variables: Any) -> Run:
        """Run plan.yml, which must succeed and change nothing."""
        run = self.playbook("plan", **variables)
        assert run.code == 0, run.message or run.output
        assert run.changing_calls == []
        return run

    def onboard(self, *arguments: str, **variables: Any) -> Run:
        """Run onboard.yml, which must succeed."""
        run = self.playbook("onboard", *arguments, **variables)
        assert run.code == 0, run.message or run.output
        return run

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        """The gateway's tasks."""
        ecs = self.aws.client("ecs")
        arns = ecs.list_tasks(cluster="openclaw", desiredStatus=status)["taskArns"]
        return ecs.describe_tasks(cluster="openclaw", tasks=arns)["tasks"] if arns else []

    def healthy_task(self) -> dict[str, Any]:
        """The one task that runs, which must be healthy."""
        [task] = self.tasks()
        assert task["healthStatus"] == "HEALTHY"
        return task

    def turn(self, message: str) -> tuple[str, list[dict[str, Any]]]:
        """Let the gateway's agent answer; gives what it said and the calls of Bedrock that this took."""
        since = self.aws.control("GET", "log?since=0")["next"]
        words = ["node", "dist/index.js", "agent", "--agent", "main", "--message", message, "--json"]
        done = self.inside(self.healthy_task()["taskArn"], *words)
        assert done.returncode == 0, done.stderr
        return done.stdout, [call for call in self.aws.log(since) if call["service"].startswith("bedrock")]

    @property
    def config_file(self) -> Path:
        """The gateway's configuration, where the file system keeps it."""
        [efs] = self.aws.client("efs").describe_file_systems()["FileSystems"]
        return self.aws.directory / "efs" / efs["FileSystemId"] / "openclaw" / ".openclaw" / "openclaw.json"

    def config_bytes(self) -> bytes:
        """The configuration as it is."""
        return self.config_file.read_bytes()

    def config(self) -> dict[str, Any]:
        """The configuration, understood."""
        return json.loads(self.config_bytes())

    def read_by_the_gateway(self) -> dict[str, Any]:
        """The configuration as the running gateway sees it."""
        return json.loads(self.inside(self.healthy_task()["taskArn"], "cat", "/data/.openclaw/openclaw.json").stdout)

    def write_config(self, text: str) -> None:
        """Write the configuration as a person would with an editor: same owner, same mode."""
        with self.config_file.open("r+") as file:
            file.truncate()
            file.write(text)

    def plant_config(self, text: str) -> None:
        """Make a configuration before there is one, as the gateway's user."""
        command = f"cat > /data/.openclaw/openclaw.json <<'END'\n{text}\nEND\n"
        done = self.inside(self.healthy_task()["taskArn"], "sh", "-c", command)
        assert done.returncode == 0, done.stderr

    def setup_hosts(self) -> list[str]:
        """The setup hosts that are there."""
        states = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
        name = {"Name": "tag:Name", "Values": ["openclaw-setup"]}
        found = self.aws.client("ec2").describe_instances(Filters=[states, name])["Reservations"]
        return [each["InstanceId"] for reservation in found for each in reservation["Instances"]]

    def setup_buckets(self) -> list[str]:
        """The buckets that are there."""
        return [each["Name"] for each in self.aws.client("s3").list_buckets()["Buckets"]]

    def setup_leftovers(self) -> list[str]:
        """What is left of a setup host: hosts, buckets, sessions."""
        sessions = self.aws.client("ssm").describe_sessions(State="Active")["Sessions"]
        return self.setup_hosts() + self.setup_buckets() + [each["SessionId"] for each in sessions]

    def on_setup_host(self, instance_id: str, command: str) -> str:
        """What a command says as root in a session of a person, opened as the AWS CLI opens it."""
        ssm = self.aws.client("ssm", as_="operator")
        response = ssm.start_session(Target=instance_id)
        plugin = str(REPOSITORY / "local_aws" / "bin" / "session-manager-plugin")
        target = json.dumps({"Target": instance_id})
        reading, writing = os.pipe()
        # Left open: the plugin does not wait long for an answer once its input has ended.
        with open(reading) as typed, open(writing, "w") as keyboard:
            print(f"sudo sh -c '{command}'\nexit", file=keyboard, flush=True)
            done = subprocess.run(
                [plugin, json.dumps(response), "us-east-1", "StartSession", "", target, self.aws.endpoint],
                stdin=typed,
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            )
        return done.stdout

    def kill_deploy_at(self, action: str) -> bool:
        """Start deploy.yml and kill it once it has made this AWS call; False if it came to its end without it."""
        return self.kill_at("deploy", lambda calls: action in calls, signal.SIGKILL)

    def kill_at(self, name: str, reached: Callable[[list[str]], bool], word: signal.Signals, **variables: Any) -> bool:
        """Start a playbook, and end it once a point is reached, which the AWS calls so far or anything else tells.

        With SIGKILL all that it has started is killed, too; SIGINT goes to all of them, as Ctrl-C in a terminal does.
        False if it came to its end before: what it makes had been made before an earlier kill took effect.
        """
        since = self.aws.control("GET", "log?since=0")["next"]
        command, environment = self._command(name, **variables)
        running = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not reached([call["action"] for call in self.aws.log(since)]):
            if running.poll() is not None:
                return False
            time.sleep(0.1)
        if word == signal.SIGINT:
            os.killpg(running.pid, word)
        else:
            for process in [running.pid, *descendants(running.pid)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, word)
        running.wait()
        return True

    def playbook(self, name: str, *arguments: str, env: dict[str, str] | None = None, **variables: Any) -> Run:
        """Run one of the collection's playbooks; variables are given without their prefix."""
        since = self.aws.control("GET", "log?since=0")["next"]
        command, environment = self._command(name, *arguments, **variables)
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env={**environment, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", **(env or {})},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        calls = [call for call in self.aws.log(since) if call["access_key"] == self.aws.env["AWS_ACCESS_KEY_ID"]]
        try:
            report = json.loads(done.stdout[done.stdout.index("{") :])
        except ValueError:
            return Run(done.returncode, done.stdout + done.stderr, [], calls)
        tasks = [result for play in report["plays"] for task in play["tasks"] for result in task["hosts"].values()]
        return Run(done.returncode, done.stdout + done.stderr, tasks, calls, report["stats"].get("localhost", {}))

    def _command(self, name: str, *arguments: str, **variables: Any) -> tuple[list[str], dict[str, str]]:
        """How one of the playbooks is run as the operator: command line and environment."""
        extra = {f"openclaw_{key}": value for key, value in {"vpc": "home", **variables}.items()}
        ansible = str(Path(sys.executable).with_name("ansible-playbook"))
        command = [ansible, "-i", "inventories/local", f"playbooks/{name}.yml", "-e", json.dumps(extra), *arguments]
        return command, {**os.environ, **self.aws.environment, **self.aws.env}


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """A local AWS with the agent that runs hosts and tasks, for the tests of one file."""
    aws = LocalAws(f"http://127.0.0.1:{free_port()}", tmp_path_factory.mktemp("local-aws"))
    gateway_port = str(free_port())
    environment = {**aws.environment, "LOCAL_AWS_GATEWAY_PORT": gateway_port}

    def local_aws(command: str) -> None:
        subprocess.run([sys.executable, "-m", "local_aws", command], cwd=REPOSITORY, env=environment, check=True)

    local_aws("start")
    yield Journey(aws, f"http://127.0.0.1:{gateway_port}", environment)
    local_aws("stop")
