"""`python -m local_aws`: start, status, stop, and what it says when it cannot."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import REPOSITORY
from tests.conftest import LocalAws
from tests.conftest import free_port


@pytest.fixture
def place(tmp_path) -> Iterator[LocalAws]:
    """A local AWS that is not started, and ended if a test has started it."""
    not_started = LocalAws(f"http://127.0.0.1:{free_port()}", tmp_path)
    yield not_started
    run(not_started, "stop")


def run(place: LocalAws, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return subprocess.run(
        [sys.executable, "-m", "local_aws", *words],
        cwd=REPOSITORY,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_start_twice_status_and_stop(place):
    assert run(place, "status").returncode == 3
    assert run(place, "start", "--without-agent").returncode == 0
    pid = (place.directory / "run" / "emulator.pid").read_text()
    key = (place.directory / "operator.json").read_text()
    assert (place.directory / "operator.json").stat().st_mode & 0o077 == 0
    assert run(place, "start", "--without-agent").returncode == 0
    assert (place.directory / "run" / "emulator.pid").read_text() == pid
    assert f"export AWS_ENDPOINT_URL={place.endpoint}\n" in (place.directory / "env").read_text()
    assert place.client("sts", "operator").get_caller_identity()["Arn"].endswith(":user/operator")
    place.client("ssm", "operator").describe_parameters()
    assert '"action": "ssm:DescribeParameters"' in run(place, "permissions").stdout
    assert run(place, "reset").returncode == 0
    assert place.client("sts", "operator").get_caller_identity()["Arn"].endswith(":user/operator")
    assert run(place, "stop").returncode == 0
    assert "emulator: not running" in run(place, "status").stdout
    assert (place.directory / "operator.json").read_text() == key


def test_a_stale_pid_file_is_no_obstacle(place):
    (place.directory / "run").mkdir(parents=True)
    (place.directory / "run" / "emulator.pid").write_text("1 12345\n")
    assert run(place, "start", "--without-agent").returncode == 0
    assert run(place, "stop").returncode == 0


def test_a_taken_port_is_named_with_a_remedy(place):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(place.endpoint.rsplit(":", 1)[1])))
        other.listen()
        answer = run(place, "start")
    assert answer.returncode == 1
    assert "is taken by another program" in answer.stderr
    assert "LOCAL_AWS_PORT=" in answer.stderr
    assert not (place.directory / "run").exists()


def test_reset_of_what_does_not_run(place):
    answer = run(place, "reset")
    assert (answer.returncode, "Start it first: python -m local_aws start" in answer.stderr) == (1, True)
