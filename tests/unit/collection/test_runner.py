"""The runner of the checks: what it selects, what it keeps away from a check, and what it says."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import run as runner
from tests.checks import CHECKS
from tests.checks import Check

OK = Check("fine", "one", (sys.executable, "-c", "print('SKIPPED [2] test_it.py:3: no user namespaces')"))
BAD = Check("broken", "one", (sys.executable, "-c", "print('the reason'); raise SystemExit(3)"))
SLOW = Check("slow", "two", (sys.executable, "-c", "import time; time.sleep(60)"), minutes=0)


@pytest.fixture(autouse=True)
def _own_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LOGS", tmp_path)
    monkeypatch.setattr(runner, "REPOSITORY", tmp_path)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["fine", "broken", "slow"]),
        (["one"], ["fine", "broken"]),
        (["slow", "fine"], ["fine", "slow"]),
    ],
)
def test_select(words: list[str], names: list[str]) -> None:
    assert [check.name for check in runner.select(words, [OK, BAD, SLOW])] == names


def test_select_names_what_there_is() -> None:
    with pytest.raises(SystemExit, match="no check or group oen. There are: broken, fine, one, slow, two"):
        runner.select(["oen"], [OK, BAD, SLOW])


def test_a_check_sees_nothing_of_another_account() -> None:
    inherited = {
        "AWS_PROFILE": "work",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "ANSIBLE_CONFIG": "x",
        "PATH": "/bin",
        "HOME": "/h",
    }
    seen = runner.environment(inherited, Path("/state"), [1, 2])
    assert {name for name in seen if name.startswith("AWS_")} == {
        "AWS_CONFIG_FILE",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_SHARED_CREDENTIALS_FILE",
    }
    assert seen["AWS_CONFIG_FILE"] == seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert "ANSIBLE_CONFIG" not in seen
    assert seen["HOME"] == "/h"
    assert seen["LOCAL_AWS_PORT"] == "2"


def test_free_ports_differ() -> None:
    assert len(set(runner.free_ports(5))) == 5


def test_one_that_fails_does_not_keep_the_others_from_running(capsys: pytest.CaptureFixture[str]) -> None:
    done = runner.run([BAD, OK])
    assert {each.check.name: each.passed() for each in done} == {"broken": False, "fine": True}
    said = capsys.readouterr().out
    assert "FAILED  broken" in said
    assert "the reason\n        all of it: broken.log" in said
    assert "ok      fine" in said
    assert "fine: test_it.py:3: no user namespaces" in runner.not_run([BAD, OK], done)


@pytest.fixture(params=[signal.SIG_DFL, signal.SIG_IGN], ids=["foreground", "background"])
def _started_in(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a shell makes of interrupts for a command that it starts."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_started_in")
def test_one_that_takes_too_long_is_ended_and_fails() -> None:
    started = time.monotonic()
    (ended,) = runner.run([SLOW])
    assert time.monotonic() - started < 30
    assert not ended.passed()
    assert "Took more than 0 minutes." in ended.tail()


def test_one_that_takes_too_long_fails_even_if_it_ends_well() -> None:
    script = "import signal, sys, time; signal.signal(signal.SIGINT, lambda *_: sys.exit(0)); time.sleep(60)"
    (ended,) = runner.run([Check("late", "two", (sys.executable, "-c", script), minutes=0)])
    assert not ended.passed()


def test_summary_names_what_can_not_be_shown() -> None:
    assert any(line.startswith("real AWS: ") for line in runner.not_run(CHECKS, []))


def test_checks_have_names_of_their_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
