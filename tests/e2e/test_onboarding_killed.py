# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Onboarding that is ended anywhere: the file is whole, one gateway at most has run, and nothing stays behind."""

from __future__ import annotations

import datetime
import itertools
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def process_runs(words: str) -> bool:
    """Whether a process with these words in its command line runs on a setup host."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if words in command.read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                return True
        except OSError:
            continue
    return False


def called(action: str, times: int = 1) -> Callable[[object, str], Callable[[list[str]], bool]]:
    return lambda _journey, _origin: lambda calls: calls.count(action) >= times


def written(journey, origin):
    return lambda _calls: origin.encode() in journey.config_bytes()


def installing(_journey, _origin):
    return lambda _calls: process_runs("npm install --global")


def starting(journey, _origin):
    """The old gateway has stopped, and the new one is not healthy yet."""
    return lambda calls: "UpdateService" in calls and any(task["healthStatus"] != "HEALTHY" for task in journey.tasks())


# In the order of a run. A run that is killed at one of them is followed by the next, which has to clean up first.
POINTS = {
    "the bucket is made": called("CreateBucket"),
    "the host is launched": called("RunInstances"),
    "the host is awaited": called("DescribeInstanceInformation"),
    "the first session": called("StartSession"),
    "the mount": called("StartSession", 2),
    "npm": installing,
    "the configuration is written": written,
    "the start": called("UpdateService"),
    "the new gateway": starting,
    "the end of the host": called("TerminateInstances"),
    "the end of the bucket": called("DeleteBucket"),
}

MOST_DELICATE = ("the host is launched", "npm", "the configuration is written", "the new gateway")


@pytest.fixture(scope="module")
def running(journey):
    """A gateway that runs with a configuration."""
    journey.deploy()
    journey.onboard()
    return journey


def overlapping(journey):
    """Pairs of the gateway's tasks of which the second had started before the first had stopped."""
    tasks = sorted(
        (each for status in ("RUNNING", "STOPPED") for each in journey.tasks(status) if "startedAt" in each),
        key=lambda each: each["startedAt"],
    )
    now = datetime.datetime.now(datetime.UTC)
    pairs = zip(tasks, tasks[1:], strict=False)
    return [(a["taskArn"], b["taskArn"]) for a, b in pairs if a.get("stoppedAt", now) > b["startedAt"]]


def origins(config):
    return config["gateway"]["controlUi"]["allowedOrigins"]


def end_at(running, points, words):
    """End an onboarding at one point after another, with one of the signals in turn, and look at what is left."""
    ended = []
    for number, (point, word) in enumerate(zip(points, itertools.cycle(words), strict=False)):
        reached = POINTS[point]
        origin = f"https://{word.name.lower()}-{number}.example"
        before = running.config()
        if running.kill_at("onboard", reached(running, origin), word, control_ui_origins=[origin]):
            ended.append(point)
        now = running.config()
        assert now["agents"] == before["agents"]
        assert origins(now) in (origins(before), [origin])
    assert len(ended) >= min(10, len(points)), ended
    running.onboard(control_ui_origins=["https://last.example"])
    assert origins(running.config()) == ["https://last.example"]
    assert running.setup_leftovers() == []
    assert overlapping(running) == []
    assert running.read_by_the_gateway() == running.config()


@pytest.mark.long
def test_ended_where_it_matters_most(running):
    end_at(running, MOST_DELICATE, [signal.SIGKILL, signal.SIGINT])


@pytest.mark.long
@pytest.mark.parametrize("word", [signal.SIGKILL, signal.SIGINT], ids=lambda word: word.name)
def test_ended_at_each_point_with_each_signal(running, word):
    end_at(running, POINTS, [word])


def test_a_host_whose_controller_never_returns_ends_itself(running):
    running.aws.control("POST", "latency", minute=1)
    try:
        assert running.kill_at(
            "onboard", called("StartSession")(running, ""), signal.SIGKILL, control_ui_origins=["https://gone.example"]
        )
        assert len(running.setup_hosts()) == 1
        deadline = time.monotonic() + 120
        while running.setup_hosts():
            assert time.monotonic() < deadline, "the host is still there"
            time.sleep(1)
    finally:
        running.aws.control("POST", "latency", minute=60)
    assert running.healthy_task()
    run = running.playbook("destroy", confirm="openclaw", delete_data=True)
    assert run.code == 0, run.message
    assert running.setup_leftovers() == []
