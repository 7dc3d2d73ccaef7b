# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task definitions: what counts as a difference, and the API functions with the requests they make."""

from __future__ import annotations

import copy

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import task_definition
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import task_definition_api as api

CLIENT = boto3.client("ecs", region_name="eu-central-1", aws_access_key_id="stub", aws_secret_access_key="stub")
SHAPE = CLIENT.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
ARN = "arn:aws:ecs:eu-central-1:123456789012:task-definition/box-gateway:{}"
TAGS = {"Name": "box-gateway", "openclaw:deployment": "box"}

REQUESTED = {
    "family": "box-gateway",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["EC2"],
    "taskRoleArn": "arn:aws:iam::123456789012:role/box-task",
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "containerDefinitions": [
        {
            "name": "openclaw",
            "image": "alpine/openclaw:2026.5.7",
            "command": ["node", "dist/index.js"],
            "memoryReservation": 1024,
            "environment": [{"name": "HOME", "value": "/data"}, {"name": "AWS_REGION", "value": "eu-central-1"}],
            "portMappings": [{"containerPort": 18789}],
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
            "healthCheck": {"command": ["CMD-SHELL", "true"], "startPeriod": 120},
        }
    ],
    "volumes": [
        {
            "name": "data",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
            },
        }
    ],
}


def told(revision=1, tags=TAGS):
    """The definition as AWS tells it: defaults filled in, empty lists, another order, facts of its own."""
    definition = copy.deepcopy(REQUESTED)
    container = definition["containerDefinitions"][0]
    container.update(cpu=0, essential=True, volumesFrom=[], systemControls=[], versionConsistency="enabled")
    container["environment"].reverse()
    container["portMappings"][0].update(hostPort=18789, protocol="tcp")
    container["mountPoints"][0]["readOnly"] = False
    container["healthCheck"].update(interval=30, timeout=5, retries=3)
    definition["volumes"][0]["efsVolumeConfiguration"]["rootDirectory"] = "/"
    definition.update(
        taskDefinitionArn=ARN.format(revision),
        revision=revision,
        status="ACTIVE",
        placementConstraints=[],
        enableFaultInjection=False,
        compatibilities=["EC2", "FARGATE"],
        requiresAttributes=[{"name": "ecs.capability.task-eni"}],
    )
    return {"taskDefinition": definition, "tags": [{"key": key, "value": value} for key, value in tags.items()]}


def planned(arguments, described=None):
    current = task_definition.normalize(told() if described is None else described)
    return task_definition.plan("box-gateway", arguments, TAGS, current)


def changed(path, value):
    """The request with one thing changed; C(None) takes it away."""
    arguments = copy.deepcopy(REQUESTED)
    target = arguments
    for key in path[:-1]:
        target = target[key]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return arguments


CONTAINER = ("containerDefinitions", 0)


def test_what_aws_fills_in_is_no_difference():
    assert planned(REQUESTED).action == "keep"


def test_the_first_revision_is_a_creation():
    change = task_definition.plan("box-gateway", REQUESTED, TAGS, None)
    assert (change.action, change.after["openclaw.memoryReservation"]) == ("create", 1024)


@pytest.mark.parametrize(
    ("path", "value", "setting"),
    [
        (("taskRoleArn",), "arn:aws:iam::123456789012:role/other", "taskRoleArn"),
        (("taskRoleArn",), None, "taskRoleArn"),
        (("cpu",), "256", "cpu"),
        (("networkMode",), "host", "networkMode"),
        (("runtimePlatform", "cpuArchitecture"), "X86_64", "runtimePlatform"),
        ((*CONTAINER, "image"), "alpine/openclaw:2026.6.1", "openclaw.image"),
        ((*CONTAINER, "command"), ["dist/index.js", "node"], "openclaw.command"),
        ((*CONTAINER, "memoryReservation"), None, "openclaw.memoryReservation"),
        ((*CONTAINER, "environment"), [{"name": "HOME", "value": "/data"}], "openclaw.environment"),
        ((*CONTAINER, "healthCheck", "startPeriod"), 60, "openclaw.healthCheck"),
        ((*CONTAINER, "healthCheck", "interval"), 10, "openclaw.healthCheck"),
        ((*CONTAINER, "essential"), False, "openclaw.essential"),
        (("volumes", 0, "efsVolumeConfiguration", "transitEncryption"), None, "volumes"),
        (("volumes", 0, "efsVolumeConfiguration", "authorizationConfig", "accessPointId"), "fsap-2", "volumes"),
    ],
)
def test_every_difference_is_noticed_and_named(path, value, setting):
    change = planned(changed(path, value))
    assert (change.action, change.differences) == ("update", [setting])
    assert task_definition.needs_revision(change)


def test_another_container_is_a_difference():
    sidecar = {"name": "sidecar", "image": "busybox"}
    change = planned({**REQUESTED, "containerDefinitions": [*REQUESTED["containerDefinitions"], sidecar]})
    assert "sidecar.image" in change.differences
    assert not any(name.startswith("openclaw.") for name in change.differences)


@pytest.mark.parametrize("tags", [{}, {**TAGS, "Name": "other"}])
def test_tags_alone_need_no_revision(tags):
    change = planned(REQUESTED, told(tags=tags))
    assert (change.differences, task_definition.needs_revision(change)) == (["tags"], False)


def test_tags_of_others_are_kept():
    change = planned(REQUESTED, told(tags={**TAGS, "cost-center": "7"}))
    assert (change.action, change.after["tags"]["cost-center"]) == ("keep", "7")


@pytest.mark.parametrize("mode", ["awsvpc", "host"])
def test_the_host_port_is_the_container_port_where_the_network_is_the_tasks_or_the_hosts(mode):
    ports = task_definition.settings({**REQUESTED, "networkMode": mode})["openclaw.portMappings"]
    assert ports == [{"containerPort": 18789, "hostPort": 18789, "protocol": "tcp"}]


@given(
    environment=st.lists(
        st.tuples(st.sampled_from(["A", "B", "C"]), st.text("xy", max_size=2)), unique_by=lambda each: each[0]
    ),
    seed=st.randoms(),
)
def test_the_order_of_the_environment_does_not_matter(environment, seed):
    pairs = [{"name": name, "value": value} for name, value in environment]
    shuffled = seed.sample(pairs, len(pairs))
    one, other = (task_definition.settings(changed((*CONTAINER, "environment"), each)) for each in (pairs, shuffled))
    assert one == other


def test_values_that_templates_made_strings_get_the_types_of_the_api():
    container = {
        "name": "openclaw",
        "image": "i",
        "memory": "512",
        "essential": "True",
        "user": 1000,
        "environment": [{"name": "DEBUG", "value": True}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"max": 3}},
        "workingDirectory": None,
    }
    arguments = task_definition.request("box-gateway", {"cpu": 256, "containerDefinitions": [container]}, SHAPE)
    assert arguments == {
        "family": "box-gateway",
        "cpu": "256",
        "containerDefinitions": [
            {
                "name": "openclaw",
                "image": "i",
                "memory": 512,
                "essential": True,
                "user": "1000",
                "environment": [{"name": "DEBUG", "value": "true"}],
                "logConfiguration": {"logDriver": "awslogs", "options": {"max": "3"}},
            }
        ],
    }


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({}, 'Missing required parameter in input: "containerDefinitions"'),
        ({"containerDefinitions": [], "netMode": "x"}, 'Unknown parameter in input: "netMode"'),
        ({"containerDefinitions": [{"name": "a", "memory": "much"}]}, r"containerDefinitions\[0\].memory"),
    ],
)
def test_what_the_api_would_not_take_is_refused_by_name(definition, expected):
    with pytest.raises(DeploymentError, match=expected):
        task_definition.request("box-gateway", definition, SHAPE)


def test_no_active_revision_is_none(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_client_error(
        "describe_task_definition",
        "ClientException",
        "Unable to describe task definition.",
        expected_params={"taskDefinition": "box-gateway", "include": ["TAGS"]},
    )
    assert api.describe_task_definition(client, "box-gateway") is None


def test_other_client_errors_are_errors(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("describe_task_definition", "ClientException", "No.")
    with pytest.raises(DeploymentError, match="Could not describe task definition box-gateway"):
        api.describe_task_definition(client, "box-gateway")


def test_only_the_family_itself_is_listed_in_all_pages_and_states(stubbed):
    client, stubber = stubbed("ecs")
    listing = {"familyPrefix": "box-gateway", "status": "INACTIVE"}
    stubber.add_response("list_task_definitions", {"taskDefinitionArns": [ARN.format(1)], "nextToken": "more"}, listing)
    stubber.add_response(
        "list_task_definitions", {"taskDefinitionArns": [ARN.format(2)]}, {**listing, "nextToken": "more"}
    )
    namesake = ARN.format(3).replace("box-gateway", "box-gateway-two")
    stubber.add_response(
        "list_task_definitions",
        {"taskDefinitionArns": [namesake, ARN.format(4)]},
        {**listing, "status": "ACTIVE"},
    )
    assert api.list_task_definitions(client, "box-gateway") == [ARN.format(number) for number in (1, 2, 4)]


def test_deletion_goes_by_tens(stubbed):
    client, stubber = stubbed("ecs")
    arns = [ARN.format(number) for number in range(12)]
    stubber.add_response("delete_task_definitions", {"failures": []}, {"taskDefinitions": arns[:10]})
    stubber.add_response("delete_task_definitions", {"failures": []}, {"taskDefinitions": arns[10:]})
    api.delete_task_definitions(client, arns)


def test_a_refused_deletion_is_an_error(stubbed):
    client, stubber = stubbed("ecs")
    failure = {"arn": ARN.format(1), "reason": "The specified task definition is still ACTIVE."}
    stubber.add_response("delete_task_definitions", {"failures": [failure]})
    with pytest.raises(DeploymentError, match="box-gateway:1: The specified task definition is still ACTIVE"):
        api.delete_task_definitions(client, [ARN.format(1)])
