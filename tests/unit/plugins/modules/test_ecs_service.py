# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecs_service against the local AWS, where no task ever starts: what tasks do is shown with stubs."""

from __future__ import annotations

import pytest

from tests.unit.plugins.modules import ecs_ground
from tests.unit.plugins.modules.ecs_ground import TAGS

UNKNOWN = "(known after it is created)"


@pytest.fixture
def ecs(local_aws):
    return local_aws.client("ecs")


@pytest.fixture
def params(local_aws):
    return ecs_ground.make(local_aws)


def found(ecs):
    return ecs.describe_services(cluster="box", services=["box-gateway"], include=["TAGS"])["services"][0]


def test_a_new_service_has_no_tasks_and_every_setting(converge, ecs, params):
    result = converge("ecs_service", **params)
    assert result["actions"] == [{"resource": "service", "name": "box-gateway", "action": "create"}]
    service = found(ecs)
    assert result["service"]["arn"] == service["serviceArn"]
    assert (service["desiredCount"], service["status"]) == (0, "ACTIVE")
    assert service["capacityProviderStrategy"] == [{"capacityProvider": "box-host", "weight": 1, "base": 0}]
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert (sorted(network["subnets"]), network["assignPublicIp"]) == (sorted(params["subnet_ids"]), "DISABLED")
    rollout = service["deploymentConfiguration"]
    assert (rollout["minimumHealthyPercent"], rollout["maximumPercent"]) == (0, 100)
    breaker = rollout["deploymentCircuitBreaker"]
    assert (breaker["enable"], breaker["rollback"]) == (True, True)
    assert (service["availabilityZoneRebalancing"], service["enableExecuteCommand"]) == ("DISABLED", True)
    assert (service["propagateTags"], service["enableECSManagedTags"]) == ("SERVICE", True)
    assert {tag["key"]: tag["value"] for tag in service["tags"]} == TAGS


def test_a_repeat_without_tasks_asks_once(run_module, calls_of, params):
    run_module("ecs_service", **params)
    assert calls_of("ecs_service", **params) == ["DescribeServices"]


@pytest.mark.parametrize(
    ("drift", "settings"),
    [
        ({"capacityProviderStrategy": [{"capacityProvider": "box-other"}]}, ["capacity_providers"]),
        ({"enableExecuteCommand": False}, ["exec"]),
        ({"propagateTags": "NONE"}, ["propagate_tags"]),
        ({"enableECSManagedTags": False}, ["managed_tags"]),
        (
            {
                "deploymentConfiguration": {
                    "minimumHealthyPercent": 50,
                    "maximumPercent": 200,
                    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
                },
                "availabilityZoneRebalancing": "ENABLED",
            },
            ["availability_zone_rebalancing", "circuit_breaker", "maximum_percent", "minimum_healthy_percent"],
        ),
    ],
)
def test_drift_is_mended(run_module, converge, ecs, params, drift, settings):
    run_module("ecs_service", **params)
    ecs.update_service(cluster="box", service="box-gateway", **drift)
    assert converge("ecs_service", **params)["actions"][0]["settings"] == settings


def test_drift_of_the_network_is_mended(run_module, converge, ecs, params):
    run_module("ecs_service", **params)
    network = {"subnets": params["subnet_ids"][:1], "securityGroups": params["security_group_ids"]}
    ecs.update_service(cluster="box", service="box-gateway", networkConfiguration={"awsvpcConfiguration": network})
    assert converge("ecs_service", **params)["actions"][0]["settings"] == ["subnet_ids"]
    assert len(found(ecs)["networkConfiguration"]["awsvpcConfiguration"]["subnets"]) == 2


def test_lost_tags_are_put_back(run_module, converge, ecs, params):
    arn = run_module("ecs_service", **params)["service"]["arn"]
    ecs.untag_resource(resourceArn=arn, tagKeys=["Name"])
    assert converge("ecs_service", **params)["actions"][0]["settings"] == ["tags"]
    assert {"key": "Name", "value": "box-gateway"} in found(ecs)["tags"]


def test_a_new_task_definition_is_taken(run_module, converge, ecs, params):
    run_module("ecs_service", **params)
    container = {"name": "openclaw", "image": "busybox", "memory": 128}
    answer = ecs.register_task_definition(family="box-gateway", networkMode="awsvpc", containerDefinitions=[container])
    arn = answer["taskDefinition"]["taskDefinitionArn"]
    result = converge("ecs_service", **{**params, "task_definition": arn})
    assert result["actions"][0]["settings"] == ["task_definition"]
    assert found(ecs)["taskDefinition"] == arn


def test_a_count_that_was_raised_by_hand_is_kept_unless_told(run_module, ecs, params):
    run_module("ecs_service", **params)
    ecs.update_service(cluster="box", service="box-gateway", desiredCount=1)
    assert not run_module("ecs_service", wait=False, **params)["changed"]
    assert run_module("ecs_service", desired_count=0, **params)["actions"][0]["settings"] == ["desired_count"]
    assert found(ecs)["desiredCount"] == 0


def test_a_start_is_a_new_deployment(run_module, ecs, params):
    run_module("ecs_service", **params)
    before = found(ecs)["deployments"][0]["id"]
    result = run_module("ecs_service", desired_count=1, wait=False, **params)
    assert result["actions"][0]["settings"] == ["desired_count", "new_deployment"]
    assert [each["id"] for each in found(ecs)["deployments"] if each["status"] == "PRIMARY"] != [before]


STARTED = ("name", "cluster", "tags")


def test_a_start_needs_no_more_than_the_name(run_module, ecs, params):
    run_module("ecs_service", **params)
    before = found(ecs)
    start = {key: params[key] for key in STARTED}
    for check_mode in (True, False):
        result = run_module(
            "ecs_service", check_mode=check_mode, desired_count=1, force_new_deployment=True, wait=False, **start
        )
        assert result["actions"][0]["settings"] == ["desired_count", "new_deployment"]
        assert result["service"]["task_definition"] == params["task_definition"]
    kept = ("taskDefinition", "capacityProviderStrategy", "networkConfiguration")
    assert {key: found(ecs)[key] for key in kept} == {key: before[key] for key in kept}


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_start_of_what_was_never_deployed_is_refused(run_module, ecs, params, check_mode):
    start = {key: params[key] for key in STARTED}
    result = run_module("ecs_service", check_mode=check_mode, desired_count=1, **start)
    assert result["failed"]
    assert "There is no service box-gateway in cluster box" in result["msg"]
    assert "Deploy first" in result["msg"]
    assert ecs.describe_services(cluster="box", services=["box-gateway"])["services"] == []


def test_a_start_that_does_not_succeed_in_time_is_put_back(run_module, ecs, params, no_delay):
    run_module("ecs_service", **params)
    result = run_module("ecs_service", desired_count=1, wait_timeout=6, **params)
    assert result["failed"]
    assert "after 6 seconds 0 of 1 tasks are healthy" in result["msg"]
    assert "put back as it was before this run (desiredCount)" in result["msg"]
    assert found(ecs)["desiredCount"] == 0


def test_a_new_service_that_does_not_start_is_left_with_no_tasks(run_module, ecs, params, no_delay):
    assert run_module("ecs_service", desired_count=1, wait_timeout=3, **params)["failed"]
    assert (found(ecs)["status"], found(ecs)["desiredCount"]) == ("ACTIVE", 0)


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_the_service_of_somebody_else_is_refused(run_module, ecs, params, state, check_mode):
    run_module("ecs_service", **{**params, "tags": {"openclaw:deployment": "other"}})
    result = run_module("ecs_service", check_mode=check_mode, state=state, **params)
    assert result["failed"]
    assert "exists, but its tags" in result["msg"]
    assert found(ecs)["status"] == "ACTIVE"


def test_unknown_ids_and_no_cluster_are_planned_and_nothing_is_sent(run_module, local_aws):
    result = run_module(
        "ecs_service",
        check_mode=True,
        name="box-gateway",
        cluster="box",
        task_definition=UNKNOWN,
        capacity_provider="box-host",
        subnet_ids=["subnet-1"],
        security_group_ids=[UNKNOWN],
        tags=TAGS,
    )
    assert result["actions"] == [{"resource": "service", "name": "box-gateway", "action": "create"}]
    assert result["service"]["arn"] == UNKNOWN
    assert [each["action"] for each in local_aws.log()] == ["DescribeServices"]


def test_absent_and_recreated(run_module, converge, ecs, params):
    run_module("ecs_service", **params)
    predicted = run_module("ecs_service", check_mode=True, state="absent", **params)
    assert found(ecs)["status"] == "ACTIVE"
    real = run_module("ecs_service", state="absent", **params)
    assert real["actions"] == predicted["actions"]
    assert real["actions"] == [{"resource": "service", "name": "box-gateway", "action": "delete"}]
    assert found(ecs)["status"] == "INACTIVE"
    assert not run_module("ecs_service", state="absent", **params)["changed"]
    assert converge("ecs_service", **params)["actions"][0]["action"] == "create"


def test_creation_outlasts_a_service_that_drains(run_module, local_aws, params, no_delay):
    local_aws.control(
        "POST",
        "faults",
        service="ecs",
        action="CreateService",
        code="InvalidParameterException",
        message="Unable to Start a service that is still Draining.",
        times=2,
    )
    assert run_module("ecs_service", **params)["actions"][0]["action"] == "create"
    assert no_delay == [3, 3]
