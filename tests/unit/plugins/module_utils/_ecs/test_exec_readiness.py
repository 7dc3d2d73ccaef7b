# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The readiness of ECS Exec: each check by table, and the API functions."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import exec_readiness
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import exec_readiness_api as api
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import tasks
from tests.unit.plugins.module_utils._ecs import answers

SERVICE = service.normalize(answers.service())
ALL = dict.fromkeys(exec_readiness.ACTIONS, True)
ROLE = "arn:aws:iam::123456789012:role/box-task"
SUBNET = {"id": "subnet-a", "cidr": "10.20.0.0/24", "default_route": "none"}


def agent(**changes):
    container = {"name": "openclaw", "managedAgents": [{"name": "ExecuteCommandAgent", **changes}]}
    return answers.task(containers=[container])


@pytest.mark.parametrize(
    ("found", "container", "failed"),
    [
        (answers.task(), "openclaw", []),
        (answers.task(enableExecuteCommand=False), "openclaw", ["task_exec"]),
        (answers.task(lastStatus="PENDING"), "openclaw", ["task_running"]),
        (agent(lastStatus="PENDING"), "openclaw", ["agent_running"]),
        (agent(lastStatus="STOPPED", reason="no permission"), "openclaw", ["agent_running"]),
        (answers.task(containers=[{"name": "openclaw"}]), "openclaw", ["agent_running"]),
        (answers.task(), "sidecar", ["agent_running"]),
        (None, "openclaw", ["task_running"]),
    ],
)
def test_task_checks(found, container, failed):
    checks = exec_readiness.task_checks(SERVICE, found and tasks.normalize(found), container)
    assert [each["id"] for each in checks if not each["ok"]] == failed
    assert all(bool(each["fix"]) != each["ok"] for each in checks)


def test_the_agents_own_reason_is_told():
    checks = exec_readiness.task_checks(SERVICE, tasks.normalize(agent(lastStatus="STOPPED", reason="why")), "openclaw")
    assert checks[-1]["detail"] == "the ECS Exec agent in container openclaw is STOPPED (why)"


@pytest.mark.parametrize(("desired", "remedy"), [(0, "openclaw_desired_count=1"), (1, "stop reasons")])
def test_without_a_task_the_remedy_depends_on_the_count(desired, remedy):
    (check,) = exec_readiness.task_checks({**SERVICE, "desired_count": desired}, None, "openclaw")
    assert remedy in check["fix"]


@pytest.mark.parametrize(("on", "ok"), [(True, True), (False, False)])
def test_the_service_must_let_exec_in(on, ok):
    assert exec_readiness.service_exec({**SERVICE, "exec": on})["ok"] is ok


@pytest.mark.parametrize(
    ("wanted", "chosen"), [(None, "c"), ("a", "a"), (answers.TASK_ARN.format("a"), "a"), ("gone", None), ("d", None)]
)
def test_the_newest_running_task_is_chosen_unless_one_is_named(wanted, chosen):
    found = [
        tasks.normalize(each)
        for each in (
            answers.task("a", startedAt="2026-11-22 10:00"),
            answers.task("b", lastStatus="PENDING", startedAt="2026-11-22 12:00"),
            answers.task("c", startedAt="2026-11-22 11:00"),
            answers.stopped("d", startedAt="2026-11-22 13:00"),
        )
    ]
    task = exec_readiness.choose_task(found, wanted)
    assert (task and task["id"]) == chosen


@pytest.mark.parametrize(
    ("container", "failed"),
    [
        ({}, []),
        ({"environment": [{"name": "AWS_REGION", "value": "x"}]}, []),
        ({"environment": [{"name": "AWS_ACCESS_KEY_ID", "value": "x"}]}, ["no_static_credentials"]),
        ({"secrets": [{"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": "x"}]}, ["no_static_credentials"]),
        ({"readonlyRootFilesystem": True}, ["writable_root"]),
    ],
)
def test_container_checks(container, failed):
    definition = {"containerDefinitions": [{"name": "openclaw", **container}, {"name": "x"}]}
    checks = exec_readiness.container_checks(definition, "openclaw")
    assert [each["id"] for each in checks if not each["ok"]] == failed


@pytest.mark.parametrize(
    ("role", "decisions", "ok", "detail"),
    [
        (ROLE, ALL, True, "all four actions"),
        (ROLE, {**ALL, "ssmmessages:OpenDataChannel": False}, False, "not allowed ssmmessages:OpenDataChannel"),
        (ROLE, {}, False, "ssmmessages:CreateControlChannel, ssmmessages:CreateDataChannel"),
        (ROLE, None, None, "not checked"),
        ("", None, False, "no task role"),
    ],
)
def test_permission_check(role, decisions, ok, detail):
    check = exec_readiness.permission_check(role, decisions)
    assert check["ok"] is ok
    assert detail in check["detail"]


def allow(**changes):
    return {"Effect": "Allow", "Action": list(exec_readiness.ACTIONS), "Resource": "*", **changes}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([allow()], True),
        ([allow(Resource=["*"])], True),
        ([allow(Action="ssmmessages:*")], True),
        ([allow(Action="SSMMessages:*")], True),
        ([allow(Action="*")], True),
        ([allow(Action=["ssm:*"])], False),
        ([allow(Action=list(exec_readiness.ACTIONS[:3]))], False),
        ([allow(Action=each) for each in exec_readiness.ACTIONS], True),
        ([allow(Resource="arn:aws:ssm:*:*:x")], False),
        ([allow(Condition={"Bool": {"aws:x": "true"}})], False),
        ([allow(), {"Effect": "Deny", "Action": "ssmmessages:Open*", "Resource": "*"}], False),
        ([allow(), {"Effect": "Deny", "Action": "ssm:*", "Resource": "*"}], True),
        ([allow(), {"Effect": "Deny", "NotAction": ["bedrock:*"], "Resource": "*"}], False),
        ([allow(), {"Effect": "Deny", "NotAction": ["ssmmessages:*"], "Resource": "*"}], True),
    ],
)
def test_policies_are_judged_carefully(statements, allowed):
    together = exec_readiness.decide([{"Statement": statements}])
    apart = exec_readiness.decide([{"Statement": each} for each in statements])
    assert all(together.values()) is allowed
    assert apart == together


def endpoint(**changes):
    group = {"id": "sg-e", "name": "box-endpoints", "https_cidrs": ["10.20.0.0/16"], "https_groups": []}
    return {
        "id": "vpce-1",
        "service": "ssmmessages",
        "state": "available",
        "private_dns": True,
        "security_groups": [{**group, **changes.pop("group", {})}],
        **changes,
    }


@pytest.mark.parametrize(
    ("endpoints", "default_route", "ok", "detail"),
    [
        ([], "nat", True, "way out"),
        ([], "transit", True, "way out"),
        ([], "none", False, r"no way out from subnet-a \(default route: none\)"),
        ([], "internet", False, r"default route: internet"),
        ([endpoint()], "none", True, "vpce-1"),
        ([endpoint(service="ssm")], "none", False, "no endpoint"),
        ([endpoint(private_dns=False)], "none", False, "no endpoint with private DNS"),
        ([endpoint(private_dns=False)], "nat", True, "way out"),
        ([endpoint(state="deleting")], "nat", True, "way out"),
        ([endpoint(state="pending")], "none", False, "is pending"),
        ([endpoint(group={"https_cidrs": ["10.99.0.0/16"]})], "nat", False, "neither from the task's group"),
        ([endpoint(group={"https_cidrs": [], "https_groups": ["sg-1"]})], "none", True, "vpce-1"),
        ([endpoint(group={"https_cidrs": [], "https_groups": ["sg-2"]})], "none", False, "10.20.0.0/24"),
        ([endpoint(security_groups=[])], "none", False, "security groups none"),
    ],
)
def test_route_check(endpoints, default_route, ok, detail):
    check = exec_readiness.route_check(endpoints, [{**SUBNET, "default_route": default_route}], ["sg-1"])
    assert check["ok"] is ok
    assert re.search(detail, check["detail"])
    assert bool(check["fix"]) is not ok


@pytest.mark.parametrize(
    ("failing", "waiting"),
    [
        ([], False),
        (["agent_running"], True),
        (["task_running", "task_exec"], True),
        (["agent_running", "route_to_ssmmessages"], False),
        (["task_role_permissions"], False),
    ],
)
def test_only_what_comes_with_time_is_waited_for(failing, waiting):
    names = ["task_running", "task_exec", "agent_running", "task_role_permissions", "route_to_ssmmessages"]
    checks = [exec_readiness.check(name, name not in failing, "") for name in names]
    assert exec_readiness.is_worth_waiting(checks) is waiting
    assert exec_readiness.is_ready(checks) is not bool(failing)


def test_what_could_not_be_checked_does_not_stand_in_the_way():
    checks = [exec_readiness.check("agent_running", True, ""), exec_readiness.check("x", None, "")]
    assert exec_readiness.is_ready(checks)
    assert not exec_readiness.is_worth_waiting(checks)


def test_simulation(stubbed):
    client, stubber = stubbed("iam")
    results = [
        {"EvalActionName": "a:Allowed", "EvalDecision": "allowed"},
        {"EvalActionName": "a:Denied", "EvalDecision": "explicitDeny"},
        {"EvalActionName": "a:Forgotten", "EvalDecision": "implicitDeny"},
    ]
    stubber.add_response(
        "simulate_principal_policy",
        {"EvaluationResults": results},
        {"PolicySourceArn": ROLE, "ActionNames": ["a:Allowed", "a:Denied", "a:Forgotten"]},
    )
    decided = api.simulate(client, ROLE, ("a:Allowed", "a:Denied", "a:Forgotten"))
    assert decided == {"a:Allowed": True, "a:Denied": False, "a:Forgotten": False}


def test_a_role_that_is_gone_allows_nothing(stubbed):
    client, stubber = stubbed("iam")
    stubber.add_client_error("simulate_principal_policy", "NoSuchEntity")
    assert api.simulate(client, ROLE, exec_readiness.ACTIONS) == {}


def test_a_denied_simulation_is_an_error_that_can_be_told(stubbed):
    client, stubber = stubbed("iam")
    stubber.add_client_error("simulate_principal_policy", "AccessDenied")
    with pytest.raises(DeploymentError) as denied:
        api.simulate(client, ROLE, exec_readiness.ACTIONS)
    assert denied.value.exception.response["Error"]["Code"] == "AccessDenied"


def test_policies_are_read_inline_and_attached(stubbed):
    client, stubber = stubbed("iam")
    inline, attached = ({"Version": "2012-10-17", "Statement": [allow(Action=each)]} for each in ("a:A", "b:B"))
    arn = "arn:aws:iam::123456789012:policy/p"
    stubber.add_response("list_role_policies", {"PolicyNames": ["own"]}, {"RoleName": "box-task"})
    stubber.add_response(
        "get_role_policy", {"RoleName": "box-task", "PolicyName": "own", "PolicyDocument": json.dumps(inline)}
    )
    stubber.add_response("list_attached_role_policies", {"AttachedPolicies": [{"PolicyArn": arn}]})
    stubber.add_response("get_policy", {"Policy": {"DefaultVersionId": "v3"}}, {"PolicyArn": arn})
    stubber.add_response(
        "get_policy_version",
        {"PolicyVersion": {"Document": json.dumps(attached)}},
        {"PolicyArn": arn, "VersionId": "v3"},
    )
    assert api.read_policies(client, "box-task") == [inline, attached]
