# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Onboarding that must fail: one message that says why, and everything as it was before."""

from __future__ import annotations

import json
import os

import pytest

MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"
ANOTHER = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
WRITTEN_BY_HAND = '{"gateway": {"mode": "local"}, // mine\n "agents": '


@pytest.fixture(scope="module")
def running(journey):
    """A gateway that runs with a configuration."""
    journey.deploy()
    journey.onboard()
    return journey


def state(journey):
    """What a failed onboarding must leave as it was."""
    service = journey.aws.client("ecs").describe_services(cluster="openclaw", services=["openclaw-gateway"])
    [found] = service["services"]
    return (found["desiredCount"], found["taskDefinition"], journey.config_bytes(), journey.setup_leftovers())


def fails(journey, *words, same_task=True, env=None, **variables):
    """Onboard, which must fail with these words and leave everything as it was."""
    before, task = state(journey), journey.healthy_task()["taskArn"]
    run = journey.playbook("onboard", env=env, **variables)
    assert run.code != 0
    for word in words:
        assert word in run.message
    assert state(journey) == before
    assert (journey.healthy_task()["taskArn"] == task) is same_task
    return run


def refused(journey, *words, env=None, **variables):
    """Onboard, which must be refused before anything is made."""
    run = fails(journey, *words, env=env, **variables)
    assert run.message.startswith("Nothing was created or changed, because")
    assert run.changing_calls == []


def test_without_the_plugin(running):
    without = [each for each in os.environ["PATH"].split(os.pathsep) if "local_aws" not in each]
    refused(
        running,
        "session-manager-plugin",
        env={"PATH": os.pathsep.join(without)},
        session_manager_plugin="/nowhere/session-manager-plugin",
    )


def test_with_preferences_that_break_a_session(running):
    ssm = running.aws.client("ssm")
    inputs = {"shellProfile": {"linux": "exec zsh"}, "kmsKeyId": "alias/sessions"}
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    name = "SSM-SessionManagerRunShell"
    ssm.create_document(Name=name, DocumentType="Session", Content=json.dumps(content))
    try:
        refused(running, "kmsKeyId", "shellProfile", "openclaw_session_document")
    finally:
        ssm.delete_document(Name=name)


def test_without_a_way_out(running):
    ec2 = running.aws.client("ec2")
    subnet = running.aws.network("home")["a"]
    table = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["RouteTables"][0]
    [out] = [each for each in table["Routes"] if each.get("DestinationCidrBlock") == "0.0.0.0/0"]
    route = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.delete_route(**route)
    try:
        refused(running, "has no way out", network_mode="endpoints", image_repository=ECR)
    finally:
        ec2.create_route(**route, NatGatewayId=out["NatGatewayId"])


ECR = "000000000000.dkr.ecr.us-east-1.amazonaws.com/openclaw"


def test_with_a_model_that_the_role_may_not_call(running):
    refused(running, "openclaw-us-east-1-task", ANOTHER, "deploy.yml", model=ANOTHER)


def test_several_at_once_are_one_message(running):
    refused(
        running,
        "1. ",
        "2. ",
        ANOTHER,
        "session-manager-plugin",
        model=ANOTHER,
        session_manager_plugin="/nowhere/session-manager-plugin",
    )


def test_when_npm_does_not_answer(running):
    run = fails(
        running,
        "openclaw_npm_registry",
        "The configuration of the gateway is as it was.",
        npm_registry="http://127.0.0.1:9/",
        control_ui_origins=["https://npm.example"],
    )
    assert "TerminateInstances" in run.changing_calls


@pytest.mark.long
def test_when_node_is_not_there(running):
    fails(running, "openclaw_node_version", node_version="22.14.99", control_ui_origins=["https://node.example"])


def test_when_the_host_never_gets_online(running):
    running.aws.control("POST", "latency", steps={"ssm_online": 99999})
    try:
        fails(running, "did not come online", "30 seconds", setup_online_timeout=30)
    finally:
        running.aws.control("POST", "latency", steps={"ssm_online": 1})


def test_when_the_policy_refuses_the_mount(running):
    efs = running.aws.client("efs")
    [file_system] = efs.describe_file_systems()["FileSystems"]
    policy = efs.describe_file_system_policy(FileSystemId=file_system["FileSystemId"])["Policy"]
    changed = json.loads(policy)
    changed["Statement"].append(
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:ClientMount", "Resource": "*"}
    )
    efs.put_file_system_policy(FileSystemId=file_system["FileSystemId"], Policy=json.dumps(changed))
    try:
        fails(running, "access denied by server", "deploy.yml")
    finally:
        efs.put_file_system_policy(FileSystemId=file_system["FileSystemId"], Policy=policy)


@pytest.mark.long
def test_when_the_policy_wants_another_access_point(running):
    efs = running.aws.client("efs")
    [file_system] = efs.describe_file_systems()["FileSystems"]
    policy = efs.describe_file_system_policy(FileSystemId=file_system["FileSystemId"])["Policy"]
    [point] = efs.describe_access_points()["AccessPoints"]
    changed = policy.replace(point["AccessPointArn"], point["AccessPointArn"][:-4] + "0000")
    assert changed != policy
    efs.put_file_system_policy(FileSystemId=file_system["FileSystemId"], Policy=changed)
    try:
        fails(running, "access denied by server", "deploy.yml")
    finally:
        efs.put_file_system_policy(FileSystemId=file_system["FileSystemId"], Policy=policy)


@pytest.mark.long
def test_when_the_group_does_not_admit_the_host(running):
    ec2 = running.aws.client("ec2")
    named = {each["GroupName"]: each for each in ec2.describe_security_groups()["SecurityGroups"]}
    group, setup = named["openclaw-efs"], named["openclaw-setup"]["GroupId"]
    pair = [{"GroupId": setup}]
    rule = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "UserIdGroupPairs": pair}
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    try:
        fails(running, "2049")
    finally:
        ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


def test_when_the_file_is_broken(running):
    whole = running.config_bytes().decode()
    running.write_config(WRITTEN_BY_HAND)
    try:
        fails(running, "openclaw.json", "line 2")
        assert running.config_bytes().decode() == WRITTEN_BY_HAND
    finally:
        running.write_config(whole)


def test_when_openclaw_rejects_the_configuration(running):
    fails(running, "nope", "The configuration of the gateway is as it was.", config_overrides={"nope": 1})


def test_when_the_gateway_does_not_get_healthy(running):
    run = fails(
        running,
        "exit code 78",
        "Refusing to bind gateway to lan without auth",
        "The configuration of the gateway was put back as it was.",
        "The gateway was started with it again.",
        same_task=False,
        config_overrides={"gateway": {"auth": {"mode": "none"}}},
    )
    assert MODEL in json.dumps(running.config())
    assert "failed" in run.output
