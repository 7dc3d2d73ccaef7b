"""What tests of running tasks share: the agent, and a deployment in each of the two networks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import REPOSITORY
from tests.conftest import LocalAws
from tests.unit.local_aws.gateway_deployment import Deployment


@pytest.fixture(scope="module")
def agent(local_aws_process: LocalAws) -> Iterator[subprocess.Popen[bytes]]:
    """The process that plays the agent of every host; a container's port is the same on this machine's loopback."""
    environment = local_aws_process.environment
    environment.pop("LOCAL_AWS_GATEWAY_PORT", None)
    with (local_aws_process.directory / "log" / "agent.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_aws.agent"],
            cwd=REPOSITORY,
            stderr=log,
            stdout=log,
            env=environment,
        )
        yield process
        process.terminate()
        process.wait(15)


@pytest.fixture
def deployment(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> Deployment:
    """All but the service, in the network with a way out."""
    made = Deployment(local_aws.endpoint, local_aws.directory)
    made.base()
    return made


@pytest.fixture
def isolated(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> Deployment:
    """The same in the network without a way out, with the endpoints a host needs to join."""
    made = Deployment(local_aws.endpoint, local_aws.directory, "isolated")
    made.base()
    made.endpoints("ecs", "ecs-agent", "ecs-telemetry")
    return made
