# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Capacity providers and their place in a cluster: the plans, and the API functions with the requests they make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import api_cluster as api
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import capacity_provider

GROUP = "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:1:autoScalingGroupName/box-host"
TAGS = {"Name": "box-host", "openclaw:deployment": "box"}
PARAMS = {
    "name": "box-host",
    "cluster": "box",
    "auto_scaling_group_arn": GROUP,
    "target_capacity": 100,
    "minimum_scaling_step_size": 1,
    "maximum_scaling_step_size": 10000,
    "instance_warmup_period": 300,
    "managed_draining": "ENABLED",
    "managed_termination_protection": "DISABLED",
    "tags": TAGS,
}
SCALING = {
    "status": "ENABLED",
    "targetCapacity": 100,
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 10000,
    "instanceWarmupPeriod": 300,
}


def described(scaling=None, group=None, **changes):
    return {
        "capacityProviderArn": "arn:aws:ecs:eu-central-1:123456789012:capacity-provider/box-host",
        "name": "box-host",
        "status": "ACTIVE",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": GROUP,
            "managedScaling": {**SCALING, **(scaling or {})},
            "managedTerminationProtection": "DISABLED",
            "managedDraining": "ENABLED",
            **(group or {}),
        },
        "updateStatus": "CREATE_COMPLETE",
        "tags": [{"key": key, "value": value} for key, value in TAGS.items()],
        **changes,
    }


@pytest.mark.parametrize(
    ("found", "action", "differences"),
    [
        (described(), "keep", []),
        (described(updateStatus="DELETE_FAILED"), "keep", []),
        (described(scaling={"status": "DISABLED"}), "update", ["managed_scaling"]),
        (described(scaling={"targetCapacity": 50}), "update", ["target_capacity"]),
        (described(scaling={"maximumScalingStepSize": 1}), "update", ["maximum_scaling_step_size"]),
        (described(group={"managedDraining": "DISABLED"}), "update", ["managed_draining"]),
        (described(tags=[]), "update", ["tags"]),
    ],
)
def test_plan(found, action, differences):
    change = capacity_provider.plan(PARAMS, capacity_provider.normalize(found))
    assert (change.action, change.differences) == (action, differences)


def test_what_aws_is_asked_for():
    change = capacity_provider.plan(PARAMS, None)
    assert capacity_provider.creation_arguments(change) == {
        "name": "box-host",
        "autoScalingGroupProvider": described()["autoScalingGroupProvider"],
        "tags": [{"key": "Name", "value": "box-host"}, {"key": "openclaw:deployment", "value": "box"}],
    }
    assert "autoScalingGroupArn" not in capacity_provider.group_provider(change)
    assert capacity_provider.expected(change, None)["arn"] == UNKNOWN


@pytest.mark.parametrize("group", ["arn:aws:autoscaling:another", UNKNOWN])
def test_another_group_is_refused_with_the_remedy(group):
    with pytest.raises(DeploymentError, match="not in") as refused:
        capacity_provider.plan({**PARAMS, "auto_scaling_group_arn": group}, capacity_provider.normalize(described()))
    assert "destroy.yml" in refused.value.message


@pytest.mark.parametrize(
    ("found", "gone", "leaving"),
    [
        (None, True, False),
        (described(), False, False),
        (described(status="INACTIVE", updateStatus="DELETE_COMPLETE"), True, False),
        (described(updateStatus="DELETE_IN_PROGRESS"), False, True),
    ],
)
def test_gone_and_leaving(found, gone, leaving):
    assert (capacity_provider.is_gone(found), capacity_provider.is_leaving(found)) == (gone, leaving)


def item(provider, weight=1, base=0):
    return {"capacityProvider": provider, "weight": weight, "base": base}


def cluster(*providers, strategy=()):
    return capacity_provider.normalize_cluster(
        {"capacityProviders": list(providers), "defaultCapacityProviderStrategy": list(strategy)}
    )


@pytest.mark.parametrize(
    ("found", "action", "providers"),
    [
        (None, "update", ["box-host"]),
        (cluster(), "update", ["box-host"]),
        (cluster("box-host", strategy=[item("box-host")]), "keep", ["box-host"]),
        (cluster("box-host", strategy=[{"capacityProvider": "box-host", "weight": 1}]), "keep", ["box-host"]),
        (cluster("box-host"), "update", ["box-host"]),
        (cluster("box-host", strategy=[item("box-host", base=1)]), "update", ["box-host"]),
        (cluster("FARGATE", strategy=[item("FARGATE")]), "update", ["FARGATE", "box-host"]),
    ],
)
def test_plan_of_the_attachment(found, action, providers):
    change = capacity_provider.plan_attachment("box", "box-host", found)
    assert change.action == action
    assert capacity_provider.attachment_arguments(change) == {
        "cluster": "box",
        "capacityProviders": providers,
        "defaultCapacityProviderStrategy": [item("box-host")],
    }


@pytest.mark.parametrize("found", [None, cluster(), cluster("FARGATE")])
def test_nothing_is_detached_that_is_not_attached(found):
    assert capacity_provider.plan_detachment("box", "box-host", found) is None


def test_what_is_detached_leaves_the_others():
    found = cluster("FARGATE", "box-host", strategy=[item("box-host"), item("FARGATE", base=1)])
    change = capacity_provider.plan_detachment("box", "box-host", found)
    assert change.after == {"capacity_providers": ["FARGATE"], "default_strategy": [item("FARGATE", base=1)]}
    assert change.differences == ["capacity_providers", "default_strategy"]


@given(st.sets(st.sampled_from(["FARGATE", "FARGATE_SPOT", "other"])))
def test_attached_and_detached_a_cluster_has_its_other_providers(others):
    attached = capacity_provider.plan_attachment("box", "box-host", cluster(*others)).after
    assert capacity_provider.plan_attachment("box", "box-host", attached).action == "keep"
    detached = capacity_provider.plan_detachment("box", "box-host", attached).after
    assert detached == {"capacity_providers": sorted(others), "default_strategy": []}


def answers(stubber, *providers):
    for found in providers:
        stubber.add_response("describe_capacity_providers", {"capacityProviders": [found] if found else []})


@pytest.mark.parametrize(
    "before", [described(status="PROVISIONING"), described(updateStatus="UPDATE_IN_PROGRESS"), None]
)
def test_the_wait_for_an_active_provider(stubbed, no_delay, before):
    client, stubber = stubbed("ecs")
    answers(stubber, before, described())
    api.wait_for_capacity_provider(client, "box-host", 60)
    assert no_delay == [2]


@pytest.mark.parametrize("last", [None, described(status="INACTIVE", updateStatus="DELETE_COMPLETE")])
def test_the_wait_for_a_providers_end(stubbed, no_delay, last):
    client, stubber = stubbed("ecs")
    answers(stubber, described(updateStatus="DELETE_IN_PROGRESS"), last)
    api.wait_for_capacity_provider_deletion(client, "box-host", 60)
    assert no_delay == [2]


@pytest.mark.parametrize(
    ("wait", "update_status"),
    [
        (api.wait_for_capacity_provider, "CREATE_FAILED"),
        (api.wait_for_capacity_provider, "UPDATE_FAILED"),
        (api.wait_for_capacity_provider_deletion, "DELETE_FAILED"),
    ],
)
def test_a_failure_ends_the_wait(stubbed, no_delay, wait, update_status):
    client, stubber = stubbed("ecs")
    answers(stubber, described(updateStatus=update_status))
    with pytest.raises(DeploymentError, match="Gave up waiting to see capacity provider box-host"):
        wait(client, "box-host", 60)


@pytest.mark.parametrize(
    ("code", "passing"),
    [("UpdateInProgressException", api.UPDATE_IN_PROGRESS), ("ResourceInUseException", api.PROVIDER_IN_USE)],
)
def test_a_cluster_that_is_busy_is_outlasted(stubbed, no_delay, code, passing):
    client, stubber = stubbed("ecs")
    arguments = {"cluster": "box", "capacityProviders": [], "defaultCapacityProviderStrategy": []}
    stubber.add_client_error("put_cluster_capacity_providers", code, expected_params=arguments)
    stubber.add_response("put_cluster_capacity_providers", {}, arguments)
    outlast(lambda: api.put_cluster_capacity_providers(client, **arguments), 60, passing)
    assert len(no_delay) == 1
