"""What the service scheduler decides."""

from __future__ import annotations

import pytest

from local_aws.scheduling import HEALTH_CHECK_FAILED
from local_aws.scheduling import Room
from local_aws.scheduling import Service
from local_aws.scheduling import Task
from local_aws.scheduling import breaker_threshold
from local_aws.scheduling import completed
from local_aws.scheduling import hosts_wanted
from local_aws.scheduling import place
from local_aws.scheduling import plan
from local_aws.scheduling import restart_delay

ONE = Service(desired=1, primary="new", minimum_percent=0, maximum_percent=100)
ROLLING = Service(desired=1, primary="new", minimum_percent=100, maximum_percent=200)
GOING = Task("t", "old", desired="STOPPED")


@pytest.mark.parametrize(
    ("service", "tasks", "start", "stop"),
    [
        (ONE, [], 1, []),
        (ONE, [Task("t", "new")], 0, []),
        (ONE, [Task("t", "old")], 0, ["t"]),
        # The old task is being stopped but not gone: the new one must wait.
        (ONE, [GOING], 0, []),
        (ONE, [Task("t", "new", health="UNHEALTHY")], 0, ["t"]),
        (ROLLING, [Task("t", "old")], 1, []),
        (ROLLING, [Task("t", "old"), Task("u", "new", status="PENDING", settled=False)], 0, []),
        (ROLLING, [Task("t", "old"), Task("u", "new")], 0, ["t"]),
        (Service(0, "new", 0, 100), [Task("t", "new")], 0, ["t"]),
        (Service(1, "new", 0, 100, may_start=False), [], 0, []),
        (Service(1, "new", 0, 100), [Task("t", "new", created=1), Task("u", "new", created=2)], 0, ["u"]),
    ],
)
def test_plan(service: Service, tasks: list[Task], start: int, stop: list[str]) -> None:
    decided = plan(service, tasks)
    assert (decided.start, [arn for arn, _reason in decided.stop]) == (start, stop)


@pytest.mark.parametrize(
    "tasks",
    [
        [Task("t", "old")],
        [GOING],
        [Task("t", "new", status="PROVISIONING", settled=False)],
        [Task("t", "new", health="UNHEALTHY")],
    ],
)
def test_one_writer_is_never_joined_by_a_second(tasks: list[Task]) -> None:
    assert plan(ONE, tasks).start == 0


def test_an_unhealthy_task_is_stopped_for_its_health() -> None:
    assert plan(ONE, [Task("t", "new", health="UNHEALTHY")]).stop == [("t", HEALTH_CHECK_FAILED)]


@pytest.mark.parametrize(
    ("tasks", "done"),
    [
        ([Task("t", "new")], True),
        ([Task("t", "new", settled=False)], False),
        ([Task("t", "new"), GOING], False),
        ([], False),
    ],
)
def test_completed(tasks: list[Task], done: bool) -> None:
    assert completed(ONE, tasks) is done


@pytest.mark.parametrize(
    ("desired", "configuration", "threshold"),
    [
        (1, None, 3),
        (10, None, 5),
        (1000, None, 200),
        (1, {"type": "COUNT", "value": 1}, 1),
        (4, {"type": "UNBOUNDED_PERCENT", "value": 25}, 1),
    ],
)
def test_breaker_threshold(desired: int, configuration: dict | None, threshold: int) -> None:
    assert breaker_threshold(desired, configuration) == threshold


def test_restarts_slow_down() -> None:
    assert [restart_delay(failures) for failures in (0, 1, 2, 20)] == [0, 10, 20, 900]


@pytest.mark.parametrize(
    ("rooms", "chosen", "reason"),
    [
        ([], None, "No Container Instances were found in your capacity provider."),
        ([Room("i/a", 512, 1024, 2)], None, "has insufficient memory available"),
        ([Room("i/a", 2048, 0, 2)], None, "has insufficient CPU units available"),
        ([Room("i/a", 2048, 1024, 0)], None, "RESOURCE:ENI"),
        ([Room("i/a", 512, 1024, 2), Room("i/b", 2048, 1024, 2)], "i/b", ""),
    ],
)
def test_place(rooms: list[Room], chosen: str | None, reason: str) -> None:
    arn, why = place(1024, 256, True, rooms)
    assert arn == chosen
    assert reason in why


@pytest.mark.parametrize(
    ("waiting", "hosts", "used", "limits", "wanted"),
    [
        (1, 0, 0, (0, 1), 1),  # two wanted, one allowed
        (1, 0, 0, (0, 10), 2),  # what surprises people who allow more
        (1, 1, 1, (0, 10), 2),
        (0, 1, 0, (0, 1), 0),
        (0, 1, 1, (0, 1), 1),
        (0, 2, 0, (1, 3), 1),
    ],
)
def test_hosts_wanted(waiting: int, hosts: int, used: int, limits: tuple[int, int], wanted: int) -> None:
    assert hosts_wanted(waiting, hosts, used, *limits) == wanted
