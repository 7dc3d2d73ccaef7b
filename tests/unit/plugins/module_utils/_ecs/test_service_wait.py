# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wait for a deployment: how it is judged, what is reported, and the loop that asks."""

from __future__ import annotations

import datetime
import re

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service_wait
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import stop_reasons
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import tasks
from tests.unit.plugins.module_utils._ecs import answers

MINE = "ecs-svc/1"


def judged(service_changes, *found, failed=0):
    current = service.normalize(answers.service(**service_changes))
    return tasks.judge(current, [tasks.normalize(each) for each in found], MINE, failed, limit=3)


@pytest.mark.parametrize(
    ("service_changes", "found", "failed", "state", "why"),
    [
        ({}, [answers.task()], 0, "ready", "1 of 1"),
        ({}, [answers.task()], 3, "ready", "1 of 1"),
        ({}, [], 0, "waiting", "none started"),
        ({}, [answers.task(healthStatus="UNKNOWN")], 0, "waiting", "a is RUNNING, health UNKNOWN"),
        ({}, [answers.task(lastStatus="PENDING")], 0, "waiting", "PENDING"),
        ({}, [answers.task(desiredStatus="STOPPED")], 0, "waiting", "0 of 1"),
        ({}, [answers.task(startedBy="ecs-svc/0")], 0, "waiting", "none started"),
        ({}, [answers.stopped()], 2, "waiting", "none started"),
        ({}, [answers.stopped()], 3, "failed", "3 of its tasks have failed"),
        ({"desiredCount": 2}, [answers.task()], 0, "waiting", "1 of 2"),
        ({"desiredCount": 2}, [answers.task("a"), answers.task("b")], 0, "ready", "2 of 2"),
        ({"desiredCount": 0, "runningCount": 0}, [], 0, "ready", "no task runs"),
        ({"desiredCount": 0, "runningCount": 1}, [], 0, "waiting", "1 tasks still stop"),
        ({"desiredCount": 0, "runningCount": 0}, [answers.task(lastStatus="STOPPING")], 0, "waiting", "1 tasks"),
        ({"desiredCount": 0, "runningCount": 0}, [answers.stopped()], 0, "ready", "no task runs"),
        ({"deployments": [answers.deployment(2)]}, [answers.task()], 0, "failed", r"replaced by another \(ecs-svc/2\)"),
        (
            {"deployments": [answers.deployment(rolloutState="FAILED", rolloutStateReason="tasks failed to start")]},
            [],
            0,
            "failed",
            "tasks failed to start",
        ),
    ],
)
def test_judgement(service_changes, found, failed, state, why):
    verdict = judged(service_changes, *found, failed=failed)
    assert verdict.state == state
    assert re.search(why, verdict.why)


@pytest.mark.parametrize(
    ("task", "failed"),
    [
        (answers.stopped(), True),
        (answers.stopped(stopCode="TaskFailedToStart", stoppedReason="CannotPullContainerError: no"), True),
        (
            answers.stopped(stopCode="ServiceSchedulerInitiated", stoppedReason="Task failed container health checks"),
            True,
        ),
        (
            answers.stopped(
                stopCode="ServiceSchedulerInitiated",
                stoppedReason="Scaling activity initiated by (deployment ecs-svc/1)",
            ),
            False,
        ),
        (answers.stopped(stopCode="UserInitiated", stoppedReason="Task stopped by user"), False),
        (answers.stopped(lastStatus="STOPPING"), False),
        (answers.task(), False),
    ],
)
def test_what_counts_as_a_failed_task(task, failed):
    assert tasks.has_failed(tasks.normalize(task)) is failed


def test_a_stop_is_described_with_all_that_is_known():
    container = {"name": "openclaw", "exitCode": 137, "reason": "OutOfMemoryError: Container killed"}
    stopped = tasks.normalize(answers.stopped(containers=[container]))
    assert tasks.describe_stop(stopped, [tasks.LogStream("/openclaw/box/gateway", "gateway/openclaw/b")]) == (
        "Task b stopped: Essential container in task exited (EssentialContainerExited);"
        " container openclaw: exit code 137, OutOfMemoryError: Container killed;"
        " log: group /openclaw/box/gateway, stream gateway/openclaw/b"
    )


@pytest.mark.parametrize(
    ("container", "streams"),
    [({"exitCode": 1}, [("/g", "gateway/openclaw/b")]), ({"reason": "CannotPullContainerError"}, [])],
)
def test_only_a_container_that_ran_has_a_log(container, streams):
    options = {"awslogs-group": "/g", "awslogs-stream-prefix": "gateway"}
    definition = {
        "containerDefinitions": [
            {"name": "openclaw", "logConfiguration": {"logDriver": "awslogs", "options": options}},
            {"name": "without-log"},
        ]
    }
    stopped = tasks.normalize(answers.stopped(containers=[{"name": "openclaw", **container}]))
    assert tasks.log_streams(definition, stopped) == streams


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CannotPullContainerError: pull image manifest has been retried 5 time(s)", "could not be pulled"),
        ("ResourceInitializationError: unable to pull secrets or registry auth", "secret of the task"),
        ("fetching secret data from SSM Parameter Store in eu-central-1: AccessDeniedException", "execution role read"),
        ("failed to initialize logging driver: failed to create Cloudwatch log stream", "log group"),
        ("mount.nfs4: access denied by server", "port 2049"),
        ("VolumeDriver.Create: context deadline exceeded", "port 2049"),
        ("Task failed container health checks", "/healthz"),
        ("(service x) was unable to place a task because no container instance met all", "No host took the task"),
        ("ECS was unable to assume the role 'arn:...' that was provided for this task", "trust policy"),
    ],
)
def test_advice_for_the_reasons_of_aws(text, expected):
    assert [each for each in stop_reasons.advice([text]) if expected in each]


def test_no_advice_without_a_known_reason():
    assert stop_reasons.advice(["Something else"]) == []


class Asked:
    """Feeds a stubbed client the rounds of a wait: one service and its tasks per round."""

    def __init__(self, stubbed):
        self.client, self.stubber = stubbed("ecs")
        self.logs, self.in_logs = stubbed("logs")

    def round(self, *found, **service_changes):
        self.stubber.add_response(
            "describe_services", {"services": [answers.service(**service_changes)]}, answers.ASK_SERVICE
        )
        for status in ("RUNNING", "STOPPED"):
            arns = [each["taskArn"] for each in found if each["desiredStatus"] == status]
            self.stubber.add_response(
                "list_tasks",
                {"taskArns": arns},
                {"cluster": "box", "serviceName": "box-gateway", "desiredStatus": status},
            )
        if found:
            self.stubber.add_response("describe_tasks", {"tasks": list(found)})

    def definition(self):
        options = {"awslogs-group": "/openclaw/box/gateway", "awslogs-stream-prefix": "gateway"}
        container = {"name": "openclaw", "logConfiguration": {"logDriver": "awslogs", "options": options}}
        self.stubber.add_response(
            "describe_task_definition",
            {"taskDefinition": {"containerDefinitions": [container]}},
            {"taskDefinition": answers.DEFINITION_ARN.format(1), "include": ["TAGS"]},
        )

    def wait(self, is_new=True, timeout=60, warn=print):
        rollout = service_wait.Rollout("box", "box-gateway", MINE, timeout, failed_tasks_limit=3)
        clients = {"ecs": self.client, "logs": self.logs}
        return service_wait.await_deployment(clients.__getitem__, rollout, is_new, warn)

    def log(self, *messages, stream="gateway/openclaw/d"):
        asked = {
            "logGroupName": "/openclaw/box/gateway",
            "logStreamName": stream,
            "limit": service_wait.SHOWN_LOG_LINES,
            "startFromHead": False,
        }
        self.in_logs.add_response("get_log_events", {"events": [{"message": each} for each in messages]}, asked)

    def report(self, *found):
        """What is said after three tasks have failed, the stopped ones in this order."""
        self.round(*(found or [answers.stopped(name) for name in "bcd"]))
        self.definition()
        with pytest.raises(service_wait.RolloutError) as failed:
            self.wait(warn=lambda text: None)
        return failed.value.message


@pytest.fixture
def asked(stubbed):
    return Asked(stubbed)


def test_the_wait_ends_when_the_task_is_healthy(asked, no_delay):
    asked.round()
    asked.round(answers.task(lastStatus="PENDING", healthStatus="UNKNOWN"))
    asked.round(answers.task())
    found, alive = asked.wait()
    assert (found["arn"], [each["id"] for each in alive]) == (answers.SERVICE_ARN, ["a"])
    assert no_delay == [3, 3]


def test_stop_reasons_are_told_as_they_come_and_each_once(asked, no_delay):
    asked.round(answers.stopped("b"))
    asked.round(answers.stopped("b"), answers.task("c"))
    told = []
    asked.wait(warn=told.append)
    assert told == [
        "Task b stopped: Essential container in task exited (EssentialContainerExited);"
        " container openclaw: exit code 78"
    ]


def test_it_gives_up_after_three_failed_tasks_with_a_full_report(asked, no_delay):
    asked.round(answers.stopped("b"), answers.stopped("c"))
    event = {"message": "(service box-gateway) has started 1 tasks"}
    asked.round(answers.stopped("b"), answers.stopped("c"), answers.stopped("d"), events=[event])
    asked.definition()
    asked.log("Invalid config at /data/.openclaw/openclaw.json:", "- gateway.port: expected number\n")
    with pytest.raises(service_wait.RolloutError) as failed:
        asked.wait(warn=lambda text: None)
    report = failed.value.message
    assert report.startswith("Service box-gateway did not get ready: 3 of its tasks have failed.")
    assert "group /openclaw/box/gateway, stream gateway/openclaw/d" in report
    assert (
        "\n- Last lines of the log (group /openclaw/box/gateway, stream gateway/openclaw/d):"
        "\n    Invalid config at /data/.openclaw/openclaw.json:"
        "\n    - gateway.port: expected number"
        "\n- Service event: (service box-gateway) has started 1 tasks"
    ) in report
    assert "What to do: The gateway's process ended by itself." in report


def test_the_log_is_that_of_the_task_that_stopped_last_and_has_one(asked):
    times = [datetime.datetime(2026, 11, 22, 18, minute) for minute in (1, 3, 2, 4)]
    without_log = {"stoppedAt": times[3], "containers": [{"name": "openclaw", "reason": "CannotPullContainerError"}]}
    found = [answers.stopped(name, stoppedAt=when) for name, when in zip("abc", times[:3], strict=True)]
    asked.log("the last one", stream="gateway/openclaw/b")
    report = asked.report(*found, answers.stopped("d", **without_log))
    assert "    the last one" in report
    assert [line[7] for line in report.splitlines() if line.startswith("- Task")] == list("acbd")


def test_lines_of_the_log_are_few_and_short(asked):
    asked.log(*[f"{number}\nx" for number in range(20)], "y" * 600)
    shown = [line for line in asked.report().splitlines() if line.startswith("    ")]
    assert len(shown) == service_wait.SHOWN_LOG_LINES
    assert shown[-1] == "    " + "y" * service_wait.LONGEST_LOG_LINE
    assert shown[0] == "    x"


def test_an_empty_log_is_said_to_be_so(asked):
    asked.log()
    assert "- The log (group /openclaw/box/gateway, stream gateway/openclaw/d) is empty." in asked.report()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_log_that_can_not_be_read_is_said_to_be_so_and_hides_nothing(asked, code):
    asked.in_logs.add_client_error("get_log_events", code)
    report = asked.report()
    assert report.startswith("Service box-gateway did not get ready: 3 of its tasks have failed.")
    assert "- Could not read the log in group /openclaw/box/gateway, stream gateway/openclaw/d: " in report
    assert code in report


def test_it_gives_up_at_its_limit_and_says_what_it_saw(asked, no_delay):
    for _attempt in range(3):
        asked.round(answers.task(healthStatus="UNHEALTHY"))
    with pytest.raises(service_wait.RolloutError, match="after 6 seconds 0 of 1 tasks are healthy .a is RUNNING"):
        asked.wait(timeout=6)


def test_tasks_that_failed_before_an_unchanged_deployment_was_waited_for_do_not_count(asked, no_delay):
    earlier = [answers.stopped(name) for name in "bcd"]
    asked.round(*earlier)
    asked.round(*earlier, answers.task())
    told = []
    asked.wait(is_new=False, warn=told.append)
    assert told == []


def test_tasks_of_an_earlier_deployment_do_not_count(asked, no_delay):
    asked.round(*[answers.stopped(name, startedBy="ecs-svc/0") for name in "bcd"])
    asked.round(answers.task())
    asked.wait()


def test_a_service_that_vanishes_ends_the_wait(asked):
    asked.stubber.add_response("describe_services", {"services": [answers.service(status="DRAINING")]})
    with pytest.raises(service_wait.RolloutError, match="was deleted by somebody"):
        asked.wait()
