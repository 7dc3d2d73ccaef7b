# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services: what counts as a difference, what starts the tasks anew, and the requests."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import api_service
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service
from tests.unit.plugins.module_utils._ecs import answers

PARAMS = {
    "name": "box-gateway",
    "cluster": "box",
    "task_definition": answers.DEFINITION_ARN.format(1),
    "desired_count": None,
    "capacity_provider": "box-host",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "security_group_ids": ["sg-1"],
    "exec": True,
    "minimum_healthy_percent": 0,
    "maximum_percent": 100,
    "circuit_breaker": True,
    "availability_zone_rebalancing": "DISABLED",
    "force_new_deployment": False,
    "tags": answers.TAGS,
}


def planned(changes_of_params=(), **changes_of_service):
    current = service.normalize(answers.service(**changes_of_service))
    return service.plan({**PARAMS, **dict(changes_of_params)}, current)


def test_an_equal_service_is_kept():
    assert planned().action == "keep"


def test_without_a_count_a_service_keeps_its_count():
    assert planned(desiredCount=0).action == "keep"
    assert planned(desiredCount=2).after["desired_count"] == 2


@pytest.mark.parametrize(("count", "expected"), [(None, 0), (0, 0), (1, 1)])
def test_a_new_service_gets_the_count_or_zero(count, expected):
    change = service.plan({**PARAMS, "desired_count": count}, None)
    assert (change.action, change.after["desired_count"]) == ("create", expected)


OTHER_DEFINITION = {"taskDefinition": answers.DEFINITION_ARN.format(9)}
STRATEGY = [{"capacityProvider": "other", "weight": 1, "base": 0}]
NETWORK = answers.service()["networkConfiguration"]["awsvpcConfiguration"]
ROLLOUT = answers.service()["deploymentConfiguration"]


@pytest.mark.parametrize(
    ("found", "differences", "fields"),
    [
        (
            {"taskDefinition": answers.DEFINITION_ARN.format(9)},
            ["new_deployment", "task_definition"],
            {"taskDefinition": answers.DEFINITION_ARN.format(1), "forceNewDeployment": True},
        ),
        (
            {"capacityProviderStrategy": STRATEGY},
            ["capacity_providers", "new_deployment"],
            {
                "capacityProviderStrategy": [{"capacityProvider": "box-host", "weight": 1, "base": 0}],
                "forceNewDeployment": True,
            },
        ),
        (
            {"capacityProviderStrategy": [], "launchType": "EC2"},
            ["capacity_providers", "new_deployment"],
            {
                "capacityProviderStrategy": [{"capacityProvider": "box-host", "weight": 1, "base": 0}],
                "forceNewDeployment": True,
            },
        ),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {**NETWORK, "subnets": ["subnet-a"]}}},
            ["new_deployment", "subnet_ids"],
            {
                "networkConfiguration": {
                    "awsvpcConfiguration": {
                        "subnets": ["subnet-a", "subnet-b"],
                        "securityGroups": ["sg-1"],
                        "assignPublicIp": "DISABLED",
                    }
                },
                "forceNewDeployment": True,
            },
        ),
        (
            {"enableExecuteCommand": False},
            ["exec", "new_deployment"],
            {"enableExecuteCommand": True, "forceNewDeployment": True},
        ),
        (
            {"deploymentConfiguration": {**ROLLOUT, "maximumPercent": 200}},
            ["maximum_percent"],
            {
                "deploymentConfiguration": {
                    "minimumHealthyPercent": 0,
                    "maximumPercent": 100,
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                }
            },
        ),
        (
            {"availabilityZoneRebalancing": "ENABLED"},
            ["availability_zone_rebalancing"],
            {"availabilityZoneRebalancing": "DISABLED"},
        ),
        ({"propagateTags": "NONE"}, ["propagate_tags"], {"propagateTags": "SERVICE"}),
        ({"enableECSManagedTags": False}, ["managed_tags"], {"enableECSManagedTags": True}),
        ({"tags": []}, ["tags"], {}),
    ],
)
def test_every_difference_is_noticed_and_sent_alone(found, differences, fields):
    change = planned(**found)
    assert (change.action, change.differences) == ("update", differences)
    assert service.update_arguments(change) == fields


def test_another_strategy_comes_with_a_new_deployment_also_without_tasks():
    change = planned({"capacity_provider": "box-host"}, desiredCount=0, capacityProviderStrategy=STRATEGY)
    assert change.differences == ["capacity_providers"]
    assert service.update_arguments(change) == {
        "capacityProviderStrategy": [{"capacityProvider": "box-host", "weight": 1, "base": 0}],
        "forceNewDeployment": True,
    }


def test_a_strategy_that_is_put_back_comes_with_a_new_deployment_also_without_tasks():
    change = planned({"desired_count": 1}, desiredCount=0, capacityProviderStrategy=STRATEGY)
    assert service.restoring_arguments(change, live()) == {
        "capacityProviderStrategy": STRATEGY,
        "desiredCount": 0,
        "forceNewDeployment": True,
    }


@pytest.mark.parametrize("key", ["subnets", "securityGroups", "assignPublicIp"])
def test_the_whole_network_is_compared(key):
    other = "ENABLED" if key == "assignPublicIp" else ["other-1"]
    change = planned(networkConfiguration={"awsvpcConfiguration": {**NETWORK, key: other}})
    assert change.action == "update"
    assert "networkConfiguration" in service.update_arguments(change)


@pytest.mark.parametrize("breaker", [{"enable": False, "rollback": False}, {"enable": True, "rollback": False}, None])
def test_the_breaker_is_compared(breaker):
    rollout = {key: value for key, value in ROLLOUT.items() if key != "deploymentCircuitBreaker"}
    if breaker:
        rollout["deploymentCircuitBreaker"] = breaker
    assert planned(deploymentConfiguration=rollout).differences == ["circuit_breaker"]


@pytest.mark.parametrize(
    ("params", "found", "anew"),
    [
        ({"desired_count": 1}, {"desiredCount": 0}, True),
        ({"desired_count": 2}, {"desiredCount": 1}, False),
        ({"desired_count": 0}, {"desiredCount": 1}, False),
        ({"force_new_deployment": True}, {}, True),
        ({"force_new_deployment": True}, {"desiredCount": 0}, False),
        ({"exec": False}, {"desiredCount": 0}, False),
        ({"exec": False}, {}, True),
        ({"tags": {"Name": "x"}}, {}, False),
    ],
)
def test_when_tasks_are_started_anew(params, found, anew):
    change = planned(params, **found)
    assert change.after.get("new_deployment", False) is anew


LEFT_OUT = dict.fromkeys(service.NEEDED_TO_CREATE)


def test_what_is_left_out_is_kept():
    other = {**NETWORK, "subnets": ["subnet-z"], "securityGroups": ["sg-z"]}
    found = {"capacityProviderStrategy": STRATEGY, "networkConfiguration": {"awsvpcConfiguration": other}}
    assert planned(LEFT_OUT, **found, **OTHER_DEFINITION).action == "keep"


def test_a_start_of_what_was_deployed_is_a_count_and_a_new_deployment():
    start = {**LEFT_OUT, "desired_count": 1, "force_new_deployment": True}
    found = {"desiredCount": 0, "capacityProviderStrategy": STRATEGY}
    assert service.update_arguments(planned(start, **found)) == {"desiredCount": 1, "forceNewDeployment": True}
    assert service.update_arguments(planned(start)) == {"forceNewDeployment": True}


@pytest.mark.parametrize("missing", [*([name] for name in LEFT_OUT), list(LEFT_OUT)])
def test_a_service_that_is_not_there_can_not_be_started(missing):
    with pytest.raises(DeploymentError) as refused:
        service.plan({**PARAMS, **dict.fromkeys(missing)}, None)
    assert refused.value.message == (
        f"There is no service box-gateway in cluster box, and it can't be made without {', '.join(missing)}. Nothing"
        " was done. Deploy first: deploy.yml makes the service."
    )


@pytest.mark.parametrize("found", [{"schedulingStrategy": "DAEMON"}, {"deploymentController": {"type": "EXTERNAL"}}])
def test_a_service_of_another_kind_is_refused_with_the_remedy(found):
    with pytest.raises(DeploymentError, match="Delete the service and run again"):
        planned(**found)


def test_creation_says_everything_at_once():
    change = service.plan({**PARAMS, "desired_count": 1}, None)
    arguments = service.creation_arguments(PARAMS, change)
    assert arguments == {
        "cluster": "box",
        "serviceName": "box-gateway",
        "taskDefinition": answers.DEFINITION_ARN.format(1),
        "desiredCount": 1,
        "capacityProviderStrategy": [{"capacityProvider": "box-host", "weight": 1, "base": 0}],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "DISABLED",
            }
        },
        "deploymentConfiguration": {
            "minimumHealthyPercent": 0,
            "maximumPercent": 100,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
        "availabilityZoneRebalancing": "DISABLED",
        "enableExecuteCommand": True,
        "propagateTags": "SERVICE",
        "enableECSManagedTags": True,
        "tags": [{"key": "Name", "value": "box-gateway"}, {"key": "openclaw:deployment", "value": "box"}],
    }


def live(**changes):
    return service.normalize(answers.service(**changes))


def test_a_failed_creation_is_undone_by_zero_tasks():
    change = service.plan({**PARAMS, "desired_count": 1}, None)
    assert service.restoring_arguments(change, live()) == {"desiredCount": 0}


def test_a_failed_start_goes_back_to_count_and_definition():
    change = planned({"desired_count": 1}, desiredCount=0, **OTHER_DEFINITION)
    assert service.restoring_arguments(change, live()) == {"desiredCount": 0, **OTHER_DEFINITION}


def test_a_failed_change_of_a_running_service_starts_the_old_tasks_again():
    change = planned(**OTHER_DEFINITION)
    assert service.restoring_arguments(change, live()) == {**OTHER_DEFINITION, "forceNewDeployment": True}


def test_what_the_circuit_breaker_has_put_back_is_not_started_anew():
    change = planned(**OTHER_DEFINITION)
    assert service.restoring_arguments(change, live(**OTHER_DEFINITION)) == {}


def test_the_count_goes_back_even_if_the_circuit_breaker_did_the_rest():
    change = planned({"desired_count": 2}, **OTHER_DEFINITION)
    assert service.restoring_arguments(change, live(desiredCount=2, **OTHER_DEFINITION)) == {"desiredCount": 1}


def test_nothing_changed_is_nothing_to_undo():
    assert service.restoring_arguments(planned(), live()) == {}


@pytest.mark.parametrize("code", ["ClusterNotFoundException", "ServiceNotFoundException"])
def test_no_cluster_no_service(stubbed, code):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("describe_services", code, expected_params=answers.ASK_SERVICE)
    assert api_service.describe_service(client, "box", "box-gateway") is None


def test_a_service_that_aws_misses_is_none(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_response("describe_services", {"services": [], "failures": [{"reason": "MISSING"}]})
    assert api_service.describe_service(client, "box", "box-gateway") is None


def test_tasks_are_described_by_the_hundred(stubbed):
    client, stubber = stubbed("ecs")
    arns = [answers.TASK_ARN.format(number) for number in range(101)]
    for batch in (arns[:100], arns[100:]):
        stubber.add_response("describe_tasks", {"tasks": [answers.task()]}, {"cluster": "box", "tasks": batch})
    assert len(api_service.describe_tasks(client, "box", arns)) == 2


def test_deletion_is_waited_for(stubbed, no_delay):
    client, stubber = stubbed("ecs")
    for status in ("DRAINING", "INACTIVE"):
        stubber.add_response("describe_services", {"services": [answers.service(status=status)]})
    api_service.wait_for_inactive(client, "box", "box-gateway", 60)
    for tasks in ([answers.task()], [answers.stopped()]):
        stubber.add_response("describe_tasks", {"tasks": tasks}, {"cluster": "box", "tasks": ["a"]})
    api_service.wait_for_stopped(client, "box", ["a"], 60)
    assert no_delay == [3, 3]


def test_deletion_of_a_service_whose_cluster_went_too_is_over(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("describe_services", "ClusterNotFoundException")
    api_service.wait_for_inactive(client, "box", "box-gateway", 60)
    stubber.add_response("describe_tasks", {"tasks": [], "failures": [{"reason": "MISSING"}]})
    api_service.wait_for_stopped(client, "box", ["a"], 60)


def test_the_wait_for_deletion_has_a_limit(stubbed, no_delay):
    client, stubber = stubbed("ecs")
    for _attempt in range(2):
        stubber.add_response("describe_services", {"services": [answers.service(status="DRAINING")]})
    with pytest.raises(DeploymentError, match="see service box-gateway of cluster box become inactive"):
        api_service.wait_for_inactive(client, "box", "box-gateway", 6)
