# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecs_cluster against the local AWS: create, repeat, drift, refusal, delete."""

from __future__ import annotations

import pytest

TAGS = {"Name": "box", "openclaw:deployment": "box", "openclaw:region": "us-east-1"}
PARAMS = {"name": "box", "exec_logging": "OVERRIDE", "exec_log_group": "/openclaw/box/exec", "tags": TAGS}
EXECUTION = {"logging": "OVERRIDE", "logConfiguration": {"cloudWatchLogGroupName": "/openclaw/box/exec"}}


@pytest.fixture(autouse=True)
def ecs(local_aws):
    """A client of ECS, in an account in which ECS has been used before."""
    local_aws.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    return local_aws.client("ecs")


def described(ecs):
    include = ["SETTINGS", "CONFIGURATIONS", "TAGS"]
    return ecs.describe_clusters(clusters=["box"], include=include)["clusters"][0]


def actions(result):
    return [each["action"] for each in result["actions"]]


def test_create_and_repeat(converge, ecs):
    result = converge("ecs_cluster", **PARAMS)
    assert actions(result) == ["create"]
    found = described(ecs)
    assert (result["cluster"]["arn"], result["cluster"]["status"]) == (found["clusterArn"], "ACTIVE")
    assert found["configuration"]["executeCommandConfiguration"] == EXECUTION
    assert found["settings"] == [{"name": "containerInsights", "value": "disabled"}]
    assert {tag["key"]: tag["value"] for tag in found["tags"]} == TAGS


def test_a_repeat_reads_once(run_module, local_aws):
    run_module("ecs_cluster", **PARAMS)
    start = local_aws.control("GET", "log")["next"]
    run_module("ecs_cluster", **PARAMS)
    assert [entry["action"] for entry in local_aws.log(start)] == ["DescribeClusters"]


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        (
            lambda ecs, _arn: ecs.update_cluster(
                cluster="box", configuration={"executeCommandConfiguration": {"logging": "NONE"}}
            ),
            ["execution_logging"],
        ),
        (
            lambda ecs, _arn: ecs.update_cluster_settings(
                cluster="box", settings=[{"name": "containerInsights", "value": "enhanced"}]
            ),
            ["container_insights"],
        ),
        (lambda ecs, arn: ecs.untag_resource(resourceArn=arn, tagKeys=["Name"]), ["tags"]),
    ],
)
def test_drift_is_mended(converge, run_module, ecs, change, settings):
    change(ecs, run_module("ecs_cluster", **PARAMS)["cluster"]["arn"])
    result = converge("ecs_cluster", **PARAMS)
    assert result["actions"] == [{"resource": "cluster", "name": "box", "action": "update", "settings": settings}]
    found = described(ecs)
    assert found["configuration"]["executeCommandConfiguration"] == EXECUTION
    assert found["settings"] == [{"name": "containerInsights", "value": "disabled"}]
    assert {tag["key"]: tag["value"] for tag in found["tags"]} == TAGS


def test_the_first_use_of_ecs_in_an_account_is_outlasted(run_module, local_aws):
    text = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
    local_aws.control(
        "POST",
        "faults",
        service="ecs",
        action="CreateCluster",
        code="InvalidParameterException",
        message=text,
        times=1,
    )
    assert actions(run_module("ecs_cluster", **PARAMS)) == ["create"]


def test_a_log_group_is_required_for_override(run_module):
    refused = run_module("ecs_cluster", name="box", exec_logging="OVERRIDE", tags=TAGS)
    assert refused["failed"]
    assert "exec_log_group" in refused["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_belongs_to_others_is_left_alone(run_module, ecs, state):
    ecs.create_cluster(clusterName="box")
    refused = run_module("ecs_cluster", state=state, **PARAMS)
    assert refused["failed"]
    assert "left as it is" in refused["msg"]
    assert described(ecs)["status"] == "ACTIVE"


def test_absent_and_absent_again(converge, run_module, ecs):
    run_module("ecs_cluster", **PARAMS)
    result = converge("ecs_cluster", state="absent", **PARAMS)
    assert actions(result) == ["delete"]
    assert ecs.list_clusters()["clusterArns"] == []


def test_deleted_it_can_be_created_again(converge, run_module):
    run_module("ecs_cluster", **PARAMS)
    run_module("ecs_cluster", state="absent", **PARAMS)
    assert actions(converge("ecs_cluster", **PARAMS)) == ["create"]


def test_a_service_in_the_cluster_keeps_it_from_being_deleted(run_module, local_aws):
    run_module("ecs_cluster", **PARAMS)
    text = "The Cluster cannot be deleted while Services are active."
    local_aws.control(
        "POST",
        "faults",
        service="ecs",
        action="DeleteCluster",
        code="ClusterContainsServicesException",
        message=text,
        times=2,
    )
    refused = run_module("ecs_cluster", state="absent", wait_timeout=3, **PARAMS)
    assert refused["failed"]
    assert text in refused["msg"]
