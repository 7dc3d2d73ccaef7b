# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloudwatch_log_groups against the local AWS: the set, its drift, and its end."""

from __future__ import annotations

import pytest

OWNER = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
GATEWAY, EXEC = "/openclaw/box/gateway", "/openclaw/box/exec"
PARAMS = {"groups": [{"name": GATEWAY}, {"name": EXEC, "retention_days": 90}], "tags": OWNER}
PREFIX = "arn:aws:logs:us-east-1:000000000000:log-group:"


@pytest.fixture
def logs(local_aws):
    return local_aws.client("logs")


def retention(logs):
    """The log groups there are, with the days they keep events."""
    return {group["logGroupName"]: group.get("retentionInDays") for group in logs.describe_log_groups()["logGroups"]}


def changed(result):
    return [action for action in result["actions"] if action["action"] != "keep"]


def test_created_with_retention_and_tags(converge, logs):
    result = converge("cloudwatch_log_groups", **PARAMS)
    assert {action["name"]: action["action"] for action in result["actions"]} == {GATEWAY: "create", EXEC: "create"}
    assert result["groups"] == {GATEWAY: {"arn": PREFIX + GATEWAY}, EXEC: {"arn": PREFIX + EXEC}}
    assert retention(logs) == {GATEWAY: 7, EXEC: 90}
    assert logs.list_tags_for_resource(resourceArn=PREFIX + GATEWAY)["tags"] == {**OWNER, "Name": GATEWAY}


def keep_for_ever(logs):
    logs.delete_retention_policy(logGroupName=GATEWAY)


def keep_longer(logs):
    logs.put_retention_policy(logGroupName=GATEWAY, retentionInDays=365)


def rename(logs):
    logs.tag_resource(resourceArn=PREFIX + GATEWAY, tags={"Name": "changed"})


def delete(logs):
    logs.delete_log_group(logGroupName=GATEWAY)


@pytest.mark.parametrize(
    ("drift", "settings"),
    [(keep_for_ever, ["retention_days"]), (keep_longer, ["retention_days"]), (rename, ["tags"]), (delete, None)],
)
def test_a_change_behind_its_back_is_mended(converge, logs, drift, settings):
    converge("cloudwatch_log_groups", **PARAMS)
    drift(logs)
    (action,) = changed(converge("cloudwatch_log_groups", **PARAMS))
    assert (action["name"], action.get("settings")) == (GATEWAY, settings)
    assert retention(logs) == {GATEWAY: 7, EXEC: 90}


def test_a_repeat_reads_and_no_more(run_module, calls_of):
    run_module("cloudwatch_log_groups", **PARAMS)
    assert calls_of("cloudwatch_log_groups", **PARAMS) == [
        "DescribeLogGroups",
        "ListTagsForResource",
        "ListTagsForResource",
    ]


def test_arns_are_unknown_before_creation(run_module, logs):
    result = run_module("cloudwatch_log_groups", check_mode=True, **PARAMS)
    assert result["groups"][EXEC] == {"arn": "(known after it is created)"}
    assert retention(logs) == {}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_log_group_of_others_stops_everything(run_module, logs, state):
    logs.create_log_group(logGroupName=EXEC)
    for check_mode in (True, False):
        result = run_module("cloudwatch_log_groups", check_mode=check_mode, state=state, **PARAMS)
        assert f"Log group {EXEC} exists" in result["msg"]
    assert retention(logs) == {EXEC: None}


def test_deleted_and_others_left(converge, logs):
    logs.create_log_group(logGroupName=f"{GATEWAY}-2")
    converge("cloudwatch_log_groups", **PARAMS)
    result = converge("cloudwatch_log_groups", state="absent", **PARAMS)
    assert {action["action"] for action in result["actions"]} == {"delete"}
    assert retention(logs) == {f"{GATEWAY}-2": None}


def test_a_number_of_days_that_aws_does_not_know_is_refused(run_module):
    result = run_module("cloudwatch_log_groups", groups=[{"name": GATEWAY, "retention_days": 8}], tags=OWNER)
    assert "must be one of: 1, 3, 5, 7" in result["msg"]
