"""`python -m tests.bench.run`: what deploying, deploying again and destroying cost, beside plain AWS modules.

Both sides get an empty account of the same local AWS that has used ECS before, the same isolated VPC, the same image in
ECR, and the account's root key, so that every call is checked alike.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.request import Request
from urllib.request import urlopen

import boto3

from tests.bench.measure import REPOSITORY
from tests.bench.measure import Measured
from tests.bench.measure import PlaybookFailedError
from tests.bench.measure import run_playbook
from tests.bench.report import PHASES
from tests.bench.report import report
from tests.bench.report import verdict

REGION = "us-east-1"
ROOT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
# The inventory wants an address; nothing is fetched from it.
INTERNET = {"LOCAL_AWS_INTERNET": "http://localhost"}
LINKED_ROLES = ("ecs.amazonaws.com", "autoscaling.amazonaws.com")
LINKED_ROLE_SECONDS = 2
INVENTORY = ("-i", "inventories/local")
SETTINGS = (
    "openclaw_name=bench",
    "openclaw_vpc=isolated",
    "openclaw_network_mode=endpoints",
    "openclaw_image_repository=000000000000.dkr.ecr.us-east-1.amazonaws.com/openclaw",
)
FOR_DESTROY = ("openclaw_confirm=bench", "openclaw_delete_data=true")
REPEATS = 3


@dataclass(frozen=True)
class Commands:
    """The arguments of ansible-playbook for one side."""

    deploy: Sequence[str]
    destroy: Sequence[str]


def extra(*settings: str) -> list[str]:
    """Variables as arguments."""
    return [word for setting in settings for word in ("-e", setting)]


SIDES = {
    "openclaw.ecs": Commands(
        deploy=[*INVENTORY, "playbooks/deploy.yml", *extra(*SETTINGS)],
        destroy=[*INVENTORY, "playbooks/destroy.yml", *extra(*SETTINGS, *FOR_DESTROY)],
    ),
    "baseline": Commands(
        deploy=[*INVENTORY, "tests/bench/baseline.yml"],
        destroy=[*INVENTORY, "tests/bench/baseline_destroy.yml"],
    ),
}


def prepare(env: Mapping[str, str]) -> None:
    """Empty the account, but for the roles that AWS makes when a service is used for the first time."""
    urlopen(Request(f"{env['AWS_ENDPOINT_URL']}/_local/reset", method="POST"), timeout=30).close()
    iam = boto3.client(
        "iam",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
    for service in LINKED_ROLES:
        iam.create_service_linked_role(AWSServiceName=service)
    time.sleep(LINKED_ROLE_SECONDS)


def measure(commands: Commands, env: Mapping[str, str]) -> dict[str, Measured]:
    """Run the phases one after the other, beginning with an empty account; of the repeat deploys the fastest counts."""
    prepare(env)
    cold = run_playbook(commands.deploy, env)
    repeats = [run_playbook(commands.deploy, env) for _ in range(REPEATS)]
    destroy = run_playbook(commands.destroy, env)
    return dict(zip(PHASES, (cold, min(repeats, key=lambda each: each.wall), destroy), strict=True))


def main() -> int:
    """Measure both sides, print the report, and fail when the repeat deploy is too slow."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "LOCAL_AWS_PORT": str(port), "LOCAL_AWS_DIR": directory}
        local_aws = [sys.executable, "-m", "local_aws"]
        subprocess.run([*local_aws, "start", "--without-agent"], cwd=REPOSITORY, env=environment, check=True)
        try:
            env = {**ROOT, **INTERNET, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
            sides = {name: measure(commands, env) for name, commands in SIDES.items()}
        except PlaybookFailedError as error:
            print(error, file=sys.stderr)
            return 2
        finally:
            subprocess.run([*local_aws, "stop"], cwd=REPOSITORY, env=environment, check=True)
    good, sentence = verdict(*(side["repeat deploy"].wall for side in sides.values()))
    print(f"The fastest of {REPEATS} repeat deploys is shown.", report(sides), sentence, sep="\n\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
