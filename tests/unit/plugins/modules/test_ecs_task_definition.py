# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecs_task_definition against the local AWS."""

from __future__ import annotations

import json

import pytest

from tests.unit.plugins.modules.ecs_ground import TAGS
from tests.unit.plugins.modules.ecs_ground import TRUST

FAMILY = "box-gateway"


@pytest.fixture
def params(local_aws):
    iam = local_aws.client("iam")
    role = iam.create_role(RoleName="box-task", AssumeRolePolicyDocument=json.dumps(TRUST))
    return {
        "family": FAMILY,
        "tags": TAGS,
        "definition": {
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["EC2"],
            "cpu": 256,
            "taskRoleArn": role["Role"]["Arn"],
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "containerDefinitions": [
                {
                    "name": "openclaw",
                    "image": "alpine/openclaw:2026.5.7",
                    "memoryReservation": "1024",
                    "environment": [{"name": "HOME", "value": "/data"}],
                    "portMappings": [{"containerPort": 18789}],
                }
            ],
        },
    }


@pytest.fixture
def ecs(local_aws):
    return local_aws.client("ecs")


def latest(ecs):
    return ecs.describe_task_definition(taskDefinition=FAMILY, include=["TAGS"])


def with_container(params, **settings):
    definition = params["definition"]
    return {**definition, "containerDefinitions": [{**definition["containerDefinitions"][0], **settings}]}


def test_the_first_revision(converge, ecs, params):
    result = converge("ecs_task_definition", **params)
    assert result["actions"] == [{"resource": "task definition", "name": FAMILY, "action": "create"}]
    assert result["task_definition"]["revision"] == 1
    found = latest(ecs)
    assert found["taskDefinition"]["taskDefinitionArn"] == result["task_definition"]["arn"]
    assert found["taskDefinition"]["containerDefinitions"][0]["memoryReservation"] == 1024
    assert {tag["key"]: tag["value"] for tag in found["tags"]} == TAGS


def test_a_repeat_asks_once(run_module, calls_of, params):
    run_module("ecs_task_definition", **params)
    assert calls_of("ecs_task_definition", **params) == ["DescribeTaskDefinition"]


def test_a_change_of_the_input_is_a_new_revision(run_module, converge, ecs, params):
    run_module("ecs_task_definition", **params)
    result = converge("ecs_task_definition", **{**params, "definition": with_container(params, memoryReservation=512)})
    assert result["actions"][0]["settings"] == ["openclaw.memoryReservation"]
    assert latest(ecs)["taskDefinition"]["revision"] == 2
    assert latest(ecs)["taskDefinition"]["containerDefinitions"][0]["memoryReservation"] == 512


def test_a_revision_made_behind_its_back_is_followed_by_ours(run_module, converge, ecs, params):
    run_module("ecs_task_definition", **params)
    container = {"name": "openclaw", "image": "busybox", "memoryReservation": 1024}
    tags = [{"key": key, "value": value} for key, value in TAGS.items()]
    ecs.register_task_definition(family=FAMILY, containerDefinitions=[container], tags=tags)
    result = converge("ecs_task_definition", **params)
    assert "openclaw.image" in result["actions"][0]["settings"]
    assert latest(ecs)["taskDefinition"]["containerDefinitions"][0]["image"] == "alpine/openclaw:2026.5.7"


def test_a_lost_tag_is_put_back_on_the_revision_there_is(run_module, converge, ecs, params):
    arn = run_module("ecs_task_definition", **params)["task_definition"]["arn"]
    ecs.untag_resource(resourceArn=arn, tagKeys=["Name"])
    result = converge("ecs_task_definition", **params)
    assert result["actions"][0]["settings"] == ["tags"]
    assert latest(ecs)["taskDefinition"]["taskDefinitionArn"] == arn
    assert {"key": "Name", "value": FAMILY} in latest(ecs)["tags"]


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_the_family_of_somebody_else_is_refused(run_module, ecs, params, state, check_mode):
    container = {"name": "theirs", "image": "busybox", "memory": 64}
    ecs.register_task_definition(family=FAMILY, containerDefinitions=[container])
    result = run_module("ecs_task_definition", check_mode=check_mode, **{**params, "state": state})
    assert result["failed"]
    assert "box-gateway:1 exists, but its tags" in result["msg"]
    assert latest(ecs)["taskDefinition"]["revision"] == 1


def test_unknown_ids_are_shown_and_never_sent(run_module, local_aws, params):
    params["definition"]["executionRoleArn"] = "(known after it is created)"
    result = run_module("ecs_task_definition", check_mode=True, **params)
    assert result["task_definition"]["settings"]["executionRoleArn"] == "(known after it is created)"
    assert result["task_definition"]["arn"] == "(known after it is created)"
    assert {each["action"] for each in local_aws.log()} & {"RegisterTaskDefinition"} == set()


def test_a_definition_that_aws_would_not_take_fails_in_check_mode_too(run_module, params):
    result = run_module("ecs_task_definition", check_mode=True, **{**params, "definition": {"netMode": "awsvpc"}})
    assert result["failed"]
    assert 'Unknown parameter in input: "netMode"' in result["msg"]


def test_absent_deletes_all_revisions(run_module, ecs, params):
    for memory in (512, 1024):
        run_module("ecs_task_definition", **{**params, "definition": with_container(params, memoryReservation=memory)})
    absent = {**params, "state": "absent"}
    predicted = run_module("ecs_task_definition", check_mode=True, **absent)
    assert latest(ecs)["taskDefinition"]["revision"] == 2
    real = run_module("ecs_task_definition", **absent)
    assert real["actions"] == predicted["actions"]
    assert real["actions"] == [{"resource": "task definition", "name": FAMILY, "action": "delete"}]
    for status in ("ACTIVE", "INACTIVE"):
        assert ecs.list_task_definitions(familyPrefix=FAMILY, status=status)["taskDefinitionArns"] == []
    assert not run_module("ecs_task_definition", **absent)["changed"]
