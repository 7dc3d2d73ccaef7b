"""The report of the bench: totals, calls, slowest tasks, and whether the repeat deploy is fast enough."""

from __future__ import annotations

import pytest

from tests.bench import report
from tests.bench.measure import Measured
from tests.bench.measure import Task
from tests.bench.measure import count_calls


def measured(wall: float, *tasks: Task, changed: int = 0, **calls: int) -> Measured:
    """A measurement."""
    return Measured(wall=wall, cpu=wall / 2, changed=changed, tasks=tasks, calls_by_service=calls, output="")


ENDPOINTS = [
    Task("Endpoints", "amazon.aws.ec2_vpc_endpoint", 1.5, 1),
    Task("Endpoints", "amazon.aws.ec2_vpc_endpoint", 2, 1),
]
GROUPS = Task("Groups", "openclaw.ecs.security_groups", 3, 1)
NOTE = Task("Note", "ansible.builtin.set_fact", 0.1, 0)
SIDES = {
    "ours": {
        "cold deploy": measured(10, GROUPS, NOTE, changed=7, ec2=3),
        "repeat deploy": measured(8, GROUPS, ec2=2, iam=1),
        "destroy": measured(9),
    },
    "theirs": {
        "cold deploy": measured(30, *ENDPOINTS, NOTE, ec2=40),
        "repeat deploy": measured(20, *ENDPOINTS, ec2=30),
        "destroy": measured(25, *ENDPOINTS),
    },
}


def lines(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


def test_totals_have_a_line_for_each_phase_and_side():
    rows = lines(report.totals(SIDES))[1:]
    assert rows[0] == ["cold", "deploy", "ours", "10.0", "5.0", "1", "3", "7"]
    assert rows[3] == ["repeat", "deploy", "theirs", "20.0", "10.0", "2", "30", "0"]
    assert len(rows) == 6


def test_calls_have_a_line_for_each_service():
    assert lines(report.calls(SIDES))[1:] == [
        ["ec2", "3", "40", "2", "30", "0", "0"],
        ["iam", "0", "0", "1", "0", "0", "0"],
    ]


def test_slowest_takes_the_items_of_a_loop_together():
    rows = lines(report.slowest("theirs", SIDES["theirs"]))[1:]
    assert rows[0] == ["cold", "deploy", "Endpoints", "amazon.aws.ec2_vpc_endpoint", "3.5"]
    assert rows[1] == ["cold", "deploy", "Note", "ansible.builtin.set_fact", "0.1"]


def test_slowest_is_short():
    many = {phase: measured(9, *(Task(f"T{n}", "x", n, 0) for n in range(9))) for phase in report.PHASES}
    rows = lines(report.slowest("ours", many))[1:]
    assert [row[-3] for row in rows[:5]] == ["T8", "T7", "T6", "T5", "T4"]
    assert len(rows) == 15


def test_report_says_what_is_left_out():
    assert "access point" in report.report(SIDES)


@pytest.mark.parametrize(
    ("repeat", "baseline", "good", "said"),
    [
        (10, 20, True, "0.500 x"),
        (9, 20, True, "within"),
        (10.1, 20, False, "0.505 x the baseline's 20.0 s, NOT within"),
    ],
)
def test_verdict(repeat, baseline, good, said):
    answer, sentence = report.verdict(repeat, baseline)
    assert answer is good
    assert said in sentence


def test_only_the_calls_of_the_own_key_count():
    entries = [
        {"service": service, "access_key": key}
        for service, key in [("ec2", "A"), ("ecs", "B"), ("ecs", "A"), ("ec2", "A")]
    ]
    assert count_calls(entries, "A") == {"ec2": 2, "ecs": 1}
