"""An emulated AWS for the tests: one process for the whole run, emptied and seeded again for each test that asks."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config

REPOSITORY = Path(__file__).resolve().parent.parent
REGION = "us-east-1"


@dataclass
class LocalAws:
    """A running emulator: its address, its clients, its control plane."""

    endpoint: str
    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to find this local AWS."""
        return {**os.environ, "LOCAL_AWS_PORT": self.endpoint.rsplit(":", 1)[1], "LOCAL_AWS_DIR": str(self.directory)}

    @property
    def env(self) -> dict[str, str]:
        """What makes an AWS SDK use this local AWS as the operator, and Ansible its session-manager-plugin."""
        exports = (self.directory / "env").read_text().splitlines()
        values = dict(line.removeprefix("export ").split("=", 1) for line in exports if line.startswith("export "))
        return {**values, "PATH": f"{REPOSITORY / 'local_aws' / 'bin'}{os.pathsep}{os.environ['PATH']}"}

    def client(self, service: str, as_: str | dict[str, str] = "root", region: str = REGION) -> Any:
        """A boto3 client as "operator", as "root", or with credentials of the caller's own."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            config=Config(retries={"max_attempts": 0}),
            **self._credentials(as_),
        )

    def _credentials(self, who: str | dict[str, str]) -> dict[str, str]:
        if isinstance(who, dict):
            key = who
        elif who == "operator":
            key = json.loads((self.directory / "operator.json").read_text())
        else:
            key = {"AccessKeyId": "test", "SecretAccessKey": "test"}
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
            "aws_session_token": key.get("SessionToken"),
        }

    def control(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Ask the control plane: log, reset, faults, latency, credentials."""
        data = json.dumps(body).encode() if body else None
        with urlopen(Request(f"{self.endpoint}/_local/{path}", data=data, method=method), timeout=30) as answer:
            return json.load(answer)

    def log(self, since: int = 1) -> list[dict[str, Any]]:
        """The calls so far."""
        return self.control("GET", f"log?since={since}")["entries"]

    def mint(self, role_arn: str, service: str | None = None) -> dict[str, str]:
        """Credentials of a role, as a task or an instance gets them."""
        return self.control("POST", "credentials", role_arn=role_arn, session_name="test", service=service)

    def user(self, name: str, *statements: dict[str, Any]) -> dict[str, str]:
        """A new user with exactly these permissions; returns its access key for `client(as_=…)`."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **entry} for entry in statements]}
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))["Policy"]
        iam.attach_user_policy(UserName=name, PolicyArn=made["Arn"])
        return iam.create_access_key(UserName=name)["AccessKey"]

    def network(self, name: str = "home") -> dict[str, Any]:
        """The ids of a seeded VPC: vpc, its private subnets by zone letter."""
        ec2 = self.client("ec2")
        vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"][0]["VpcId"]
        named = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": [f"{name}-private-*"]}])["Subnets"]
        return {"vpc": vpc, **{subnet["AvailabilityZone"][-1]: subnet["SubnetId"] for subnet in named}}


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def local_aws_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """The emulator without the agent that runs tasks; started once."""
    running = LocalAws(f"http://127.0.0.1:{free_port()}", tmp_path_factory.mktemp("local-aws"))
    environment = {**running.environment, "LOCAL_AWS_OPERATOR": "everything"}

    def command(*words: str) -> None:
        subprocess.run([sys.executable, "-m", "local_aws", *words], cwd=REPOSITORY, env=environment, check=True)

    command("start", "--without-agent")
    yield running
    command("stop")


@pytest.fixture
def local_aws(local_aws_process: LocalAws) -> LocalAws:
    """The emulator with a freshly seeded account, in which nothing takes time."""
    local_aws_process.control("POST", "reset")
    local_aws_process.control("POST", "latency", scale=0)
    return local_aws_process
