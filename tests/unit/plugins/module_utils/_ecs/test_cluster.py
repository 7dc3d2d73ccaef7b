# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters: the plan, and the API functions with the requests they make."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import api_cluster as api
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import cluster

TAGS = {"Name": "box", "openclaw:deployment": "box"}
PARAMS = {
    "name": "box",
    "container_insights": "disabled",
    "exec_logging": "OVERRIDE",
    "exec_log_group": "/openclaw/box/exec",
    "exec_kms_key_id": None,
    "tags": TAGS,
}
ARN = "arn:aws:ecs:eu-central-1:123456789012:cluster/box"
OVERRIDE = {"logging": "OVERRIDE", "logConfiguration": {"cloudWatchLogGroupName": "/openclaw/box/exec"}}


def described(execution=OVERRIDE, **changes):
    return {
        "clusterArn": ARN,
        "clusterName": "box",
        "status": "ACTIVE",
        "settings": [{"name": "containerInsights", "value": "disabled"}],
        "configuration": {"executeCommandConfiguration": execution},
        "tags": [{"key": key, "value": value} for key, value in TAGS.items()],
        **changes,
    }


AS_ANSWERED = {
    "logging": "OVERRIDE",
    "logConfiguration": {
        "cloudWatchLogGroupName": "/openclaw/box/exec",
        "cloudWatchEncryptionEnabled": False,
        "s3EncryptionEnabled": False,
    },
}
TO_S3 = {**OVERRIDE, "logConfiguration": {**OVERRIDE["logConfiguration"], "s3BucketName": "elsewhere"}}


@pytest.mark.parametrize(
    ("params", "found", "action", "differences"),
    [
        ({}, None, "create", ["container_insights", "execution_logging", "tags"]),
        ({}, described(), "keep", []),
        ({}, described(AS_ANSWERED), "keep", []),
        ({}, described(TO_S3), "update", ["execution_logging"]),
        ({}, described({"logging": "NONE"}), "update", ["execution_logging"]),
        ({}, described({**OVERRIDE, "kmsKeyId": "key-1"}), "update", ["execution_logging"]),
        ({"exec_kms_key_id": "key-1"}, described({**OVERRIDE, "kmsKeyId": "key-1"}), "keep", []),
        ({"exec_logging": "NONE"}, described({"logging": "NONE"}), "keep", []),
        ({"exec_logging": "NONE"}, described(configuration={}), "update", ["execution_logging"]),
        ({"exec_logging": "DEFAULT"}, described(configuration={}), "keep", []),
        ({"container_insights": "enhanced"}, described(), "update", ["container_insights"]),
        ({}, described(settings=[]), "keep", []),
        ({}, described(tags=[]), "update", ["tags"]),
        ({}, described(tags=[{"key": "cost", "value": "7"}, *described()["tags"]]), "keep", []),
    ],
)
def test_plan(params, found, action, differences):
    change = cluster.plan({**PARAMS, **params}, cluster.normalize(found) if found else None)
    assert (change.action, change.differences) == (action, differences)


def test_what_aws_is_asked_for():
    change = cluster.plan(PARAMS, None)
    assert cluster.creation_arguments(change) == {
        "clusterName": "box",
        "settings": [{"name": "containerInsights", "value": "disabled"}],
        "configuration": {"executeCommandConfiguration": OVERRIDE},
        "tags": [{"key": "Name", "value": "box"}, {"key": "openclaw:deployment", "value": "box"}],
    }
    assert cluster.expected(change, None)["arn"] == UNKNOWN


def test_a_cluster_that_does_not_exist(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_response(
        "describe_clusters",
        {"clusters": [], "failures": [{"arn": ARN, "reason": "MISSING"}]},
        {"clusters": ["box"], "include": ["TAGS", "SETTINGS"]},
    )
    assert api.describe_cluster(client, "box", "SETTINGS") is None


def test_the_race_for_the_service_linked_role_is_outlasted(stubbed, no_delay):
    client, stubber = stubbed("ecs")
    text = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
    stubber.add_client_error("create_cluster", "InvalidParameterException", text)
    stubber.add_response("create_cluster", {"cluster": described()})
    made = outlast(lambda: api.create_cluster(client, clusterName="box"), 60, api.ROLE_NOT_READY)
    assert made["clusterArn"] == ARN
    assert len(no_delay) == 1


def test_another_invalid_parameter_is_not(stubbed, no_delay):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("create_cluster", "InvalidParameterException", "Invalid setting name")
    with pytest.raises(DeploymentError, match="Could not create cluster box"):
        outlast(lambda: api.create_cluster(client, clusterName="box"), 60, api.ROLE_NOT_READY)


@pytest.mark.parametrize(
    ("code", "text", "passing"),
    [
        ("ClusterContainsCapacityProviderException", "", api.CLUSTER_NOT_EMPTY),
        ("ClusterContainsContainerInstancesException", "", api.CLUSTER_NOT_EMPTY),
        ("ClusterContainsServicesException", "", api.CLUSTER_NOT_EMPTY),
        ("ClusterContainsTasksException", "", api.CLUSTER_NOT_EMPTY),
        (
            "ClientException",
            "The Cluster cannot be deleted while Cluster Scoped Capacity Providers are attached to the cluster",
            api.CLUSTER_STILL_ATTACHED,
        ),
    ],
)
def test_what_is_left_in_the_cluster_is_given_time_to_go(stubbed, no_delay, code, text, passing):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("delete_cluster", code, text)
    stubber.add_response("delete_cluster", {"cluster": described(status="INACTIVE")})
    outlast(lambda: api.delete_cluster(client, "box"), 60, passing)
    assert len(no_delay) == 1


def answers(stubber, *clusters):
    for found in clusters:
        stubber.add_response("describe_clusters", {"clusters": [found] if found else []})


def test_the_wait_for_an_active_cluster(stubbed, no_delay):
    client, stubber = stubbed("ecs")
    answers(stubber, described(status="PROVISIONING"), described())
    api.wait_for_cluster(client, "box", 60)
    assert len(no_delay) == 1


@pytest.mark.parametrize("last", [None, described(status="INACTIVE")])
def test_the_wait_for_a_clusters_end(stubbed, no_delay, last):
    client, stubber = stubbed("ecs")
    answers(stubber, described(status="DEPROVISIONING"), last)
    api.wait_for_cluster_deletion(client, "box", 60)
    assert len(no_delay) == 1


@pytest.mark.parametrize("settled", [{}, {"attachmentsStatus": "UPDATE_COMPLETE"}])
def test_the_wait_for_attachments(stubbed, no_delay, settled):
    client, stubber = stubbed("ecs")
    answers(stubber, described(attachmentsStatus="UPDATE_IN_PROGRESS"), described(**settled))
    api.wait_for_attachments(client, "box", 60)
    assert no_delay == [2]


@pytest.mark.parametrize(
    ("wait", "status"),
    [
        (api.wait_for_cluster, {"status": "FAILED"}),
        (api.wait_for_cluster_deletion, {"status": "FAILED"}),
        (api.wait_for_attachments, {"attachmentsStatus": "UPDATE_FAILED"}),
    ],
)
def test_a_failure_ends_the_wait(stubbed, no_delay, wait, status):
    client, stubber = stubbed("ecs")
    answers(stubber, described(**status))
    with pytest.raises(DeploymentError, match="Gave up waiting to see"):
        wait(client, "box", 60)
