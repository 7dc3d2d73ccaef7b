"""`python -m local_aws`: a local AWS in the background."""

from __future__ import annotations

import argparse
import importlib.util
import json
import socket
import sys
import time
from urllib.error import URLError
from urllib.request import Request
from urllib.request import urlopen

from local_aws import processes
from local_aws.requestlog import permissions
from local_aws.settings import OPERATOR
from local_aws.settings import REGION
from local_aws.settings import Settings
from local_aws.settings import from_environment

START_SECONDS = 60
ONLY = "gateway"
EMULATOR, AGENT, INTERNET = "emulator", "agent", "internet"


class CommandError(Exception):
    """What was asked for can't be done; says what, where and how to mend it."""


def start(settings: Settings, with_agent: bool = True) -> None:
    """Start what does not run yet, and return once it answers."""
    settings.directory.mkdir(parents=True, exist_ok=True)
    if not processes.running(settings.pid_file(EMULATOR)):
        _require_free_port(settings)
        _await_ready(settings, processes.spawn(settings, EMULATOR, "local_aws.server"))
    if with_agent and not processes.running(settings.pid_file(INTERNET)):
        settings.internet_port_file.unlink(missing_ok=True)
        _await_internet(settings, processes.spawn(settings, INTERNET, "local_aws.internet"))
    _write_env(settings)
    if with_agent and importlib.util.find_spec("local_aws.agent") and not processes.running(settings.pid_file(AGENT)):
        processes.spawn(settings, AGENT, "local_aws.agent")


def stop(settings: Settings) -> None:
    """End every process, the one that was started last first."""
    for name in (AGENT, INTERNET, EMULATOR):
        processes.end(settings.pid_file(name))
    for left in (settings.env_file, settings.internet_port_file):
        left.unlink(missing_ok=True)


def status(settings: Settings) -> bool:
    """Say what runs; True when everything does."""
    names = [EMULATOR, INTERNET] + ([AGENT] if importlib.util.find_spec("local_aws.agent") else [])
    pids = {name: processes.running(settings.pid_file(name)) for name in names}
    for name, pid in pids.items():
        print(f"{name}: {f'running, pid {pid}' if pid else 'not running'} (log: {settings.log_file(name)})")
    print(f"endpoint: {settings.endpoint}")
    return all(pids.values())


def reset(settings: Settings) -> None:
    """Empty the account and seed it again."""
    control(settings, "POST", "reset")


def control(settings: Settings, method: str, path: str, **body: object) -> dict:
    """Ask the control plane."""
    data = json.dumps(body).encode() if body else None
    with urlopen(Request(f"{settings.endpoint}/_local/{path}", data=data, method=method), timeout=30) as answer:
        return json.load(answer)


def _require_free_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", settings.port))
        except OSError:
            raise CommandError(
                f"Port {settings.port} on 127.0.0.1 is taken by another program (see who: ss -ltnp 'sport = "
                f":{settings.port}'). End it, or choose another port: LOCAL_AWS_PORT={settings.port + 1000}."
            ) from None


def _await_ready(settings: Settings, process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            control(settings, "GET", "health")
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise _did_not_start(settings, EMULATOR)


def _await_internet(settings: Settings, process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if settings.internet_port:
            return
        time.sleep(0.05)
    raise _did_not_start(settings, INTERNET)


def _did_not_start(settings: Settings, name: str) -> CommandError:
    lines = settings.log_file(name).read_text(errors="replace").splitlines()[-15:]
    processes.end(settings.pid_file(name))
    return CommandError("\n".join([f"The {name} did not start; the end of {settings.log_file(name)}:", *lines]))


def _write_env(settings: Settings) -> None:
    key = json.loads(settings.operator_file.read_text())
    values = {
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "LOCAL_AWS_INTERNET": f"http://127.0.0.1:{settings.internet_port}",
    }
    settings.env_file.touch(mode=0o600)
    settings.env_file.write_text("".join(f"export {name}={value}\n" for name, value in values.items()))


def _only_task(settings: Settings) -> str:
    from local_aws.agent.aws import root

    ecs = root("ecs")
    clusters = ecs.list_clusters()["clusterArns"]
    tasks = [task for each in clusters for task in ecs.list_tasks(cluster=each, desiredStatus="RUNNING")["taskArns"]]
    if len(tasks) != 1:
        raise CommandError(f"{len(tasks)} tasks run at {settings.endpoint}; name one by its ARN: aws ecs list-tasks")
    return tasks[0]


def execute(settings: Settings, task: str, command: list[str]) -> int:
    """Run a command in a running task, as ECS Exec would."""
    from local_aws.agent import enter
    from local_aws.sandbox import SandboxError

    try:
        return enter(_only_task(settings) if task == ONLY else task, command).returncode
    except SandboxError as error:
        raise CommandError(f"{error} Does the task {task} run? See: aws ecs list-tasks") from None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start", help="start it, or do nothing if it runs").add_argument(
        "--without-agent", action="store_true", help="the emulator alone: no task and no machine will run"
    )
    commands.add_parser("stop", help="end it, and every task")
    commands.add_parser("status", help="say what runs; exit code 3 if not all does")
    commands.add_parser("reset", help="empty the account and seed it again")
    commands.add_parser("permissions", help="what the operator's calls since the last reset took of IAM")
    exec_parser = commands.add_parser("exec", help="run a command in a task, as ECS Exec would")
    exec_parser.add_argument("task", help=f"the task's ARN or id, or `{ONLY}` if only one runs")
    exec_parser.add_argument("words", nargs="+", metavar="command", help="after --")
    return parser.parse_args()


def main() -> int:
    """Do what the command line says."""
    arguments = _arguments()
    settings = from_environment()
    try:
        match arguments.command:
            case "start":
                start(settings, with_agent=not arguments.without_agent)
                print(f"Local AWS at {settings.endpoint}; to use it: . {settings.env_file}")
            case "stop":
                stop(settings)
            case "status":
                return 0 if status(settings) else 3
            case "reset":
                reset(settings)
            case "permissions":
                entries = control(settings, "GET", "log")["entries"]
                print(json.dumps(permissions(entries, OPERATOR), indent=2))
            case "exec":
                return execute(settings, arguments.task, arguments.words)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    except URLError:
        print(f"Nothing answers at {settings.endpoint}. Start it first: python -m local_aws start", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
