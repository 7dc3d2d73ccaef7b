# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecs_exec_readiness against the local AWS, where no task ever starts: what tasks tell is shown with stubs."""

from __future__ import annotations

import json

import pytest

from tests.unit.plugins.modules import ecs_ground

ASKED = {"cluster": "box", "service": "box-gateway"}
ACTIONS = [f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")]


@pytest.fixture
def ground(local_aws, run_module):
    """Make a service without tasks, and a task role that may open the channels."""

    def make(vpc="home", actions=ACTIONS, **container):
        params = ecs_ground.make(local_aws, vpc, **container)
        assert not run_module("ecs_service", **params).get("failed")
        if actions:
            policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}}
            local_aws.client("iam").put_role_policy(
                RoleName="box-us-east-1-task", PolicyName="exec", PolicyDocument=json.dumps(policy)
            )
        return params

    return make


def verdicts(result):
    return {each["id"]: each["ok"] for each in result["checks"]}


def test_all_but_the_task_is_well(run_module, ground):
    ground()
    result = run_module("ecs_exec_readiness", **ASKED)
    assert (result["changed"], result["ready"], result["task"]) == (False, False, None)
    assert verdicts(result) == {
        "service_exec": True,
        "task_running": False,
        "no_static_credentials": True,
        "writable_root": True,
        "task_role_permissions": True,
        "route_to_ssmmessages": True,
    }


def test_everything_that_is_wrong_is_said_at_once(run_module, ground, local_aws):
    ground("isolated", actions=ACTIONS[:1], readonlyRootFilesystem=True)
    local_aws.client("ecs").update_service(cluster="box", service="box-gateway", enableExecuteCommand=False)
    result = run_module("ecs_exec_readiness", **ASKED)
    assert [name for name, ok in verdicts(result).items() if not ok] == [
        "service_exec",
        "task_running",
        "writable_root",
        "task_role_permissions",
        "route_to_ssmmessages",
    ]
    assert all(each["fix"] for each in result["checks"] if not each["ok"])


@pytest.mark.parametrize(("admitted", "ok"), [("10.30.0.0/16", True), ("10.99.0.0/16", False)])
def test_the_endpoint_is_the_way_where_there_is_no_other(run_module, ground, local_aws, admitted, ok):
    ground("isolated")
    ec2, network = local_aws.client("ec2"), local_aws.network("isolated")
    group = ec2.create_security_group(GroupName="endpoints", Description="test", VpcId=network["vpc"])["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": admitted}]}],
    )
    ec2.create_vpc_endpoint(
        VpcId=network["vpc"],
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.ssmmessages",
        SubnetIds=[network["a"]],
        SecurityGroupIds=[group],
        PrivateDnsEnabled=True,
    )
    assert verdicts(run_module("ecs_exec_readiness", **ASKED))["route_to_ssmmessages"] is ok


def test_without_the_right_to_simulate_the_policies_are_read(run_module, ground, local_aws):
    ground()
    denied = {"service": "iam", "action": "SimulatePrincipalPolicy", "code": "AccessDenied", "message": "no"}
    local_aws.control("POST", "faults", **denied, times=1)
    assert verdicts(run_module("ecs_exec_readiness", **ASKED))["task_role_permissions"] is True


def test_without_any_right_to_look_it_says_so(run_module, ground, local_aws):
    ground()
    for action in ("SimulatePrincipalPolicy", "ListRolePolicies"):
        denied = {"service": "iam", "action": action, "code": "AccessDenied", "message": "no"}
        local_aws.control("POST", "faults", **denied, times=1)
    result = run_module("ecs_exec_readiness", **ASKED)
    assert verdicts(result)["task_role_permissions"] is None


def test_waiting_has_a_limit_and_only_looks_at_tasks_again(calls_of, ground, no_delay):
    ground()
    calls = calls_of("ecs_exec_readiness", wait=True, wait_timeout=6, **ASKED)
    assert no_delay == [3, 3]
    assert (calls.count("ListTasks"), calls.count("DescribeServices"), calls.count("DescribeVpcEndpoints")) == (6, 1, 1)


def test_there_is_no_waiting_for_what_time_does_not_mend(run_module, ground, no_delay):
    ground(actions=[])
    assert not run_module("ecs_exec_readiness", wait=True, **ASKED)["ready"]
    assert no_delay == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_no_service_is_told(run_module, check_mode):
    result = run_module("ecs_exec_readiness", check_mode=check_mode, **ASKED)
    assert (result["ready"], verdicts(result)) == (False, {"service_exists": False})
