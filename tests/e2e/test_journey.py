# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an empty account to a gateway that talks to Bedrock, and back: deploy, status, destroy as a user runs them.

The tests build on each other, in the order in which they stand here.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"
OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
CLUSTER, SERVICE = "openclaw", "openclaw-gateway"


def tasks(journey, status="RUNNING"):
    ecs = journey.aws.client("ecs")
    arns = ecs.list_tasks(cluster=CLUSTER, desiredStatus=status)["taskArns"]
    return ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []


def until(condition, seconds=120):
    """Ask until the condition gives something, at most so many seconds."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.5)
    return found


def healthy_task(journey):
    return next((task for task in tasks(journey) if task["healthStatus"] == "HEALTHY"), None)


def config(endpoint):
    """The openclaw.json of docs/operations.md, with the local AWS in place of Bedrock's endpoint."""
    text = OPERATIONS.read_text().split("```json\n")[1].split("```")[0]
    return text.replace("https://bedrock-runtime.eu-central-1.amazonaws.com", endpoint)


@pytest.fixture(scope="module")
def others(journey):
    """What somebody else has in the VPC, and the whole account before anything is deployed."""
    ec2, network = journey.aws.client("ec2"), journey.aws.network("home")
    group = ec2.create_security_group(GroupName="neighbour", Description="theirs", VpcId=network["vpc"])["GroupId"]
    ec2.create_vpc_endpoint(
        VpcId=network["vpc"],
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.sts",
        SubnetIds=[network["a"]],
        SecurityGroupIds=[group],
    )
    journey.aws.control("POST", "settle")
    return account(journey.aws)


@pytest.fixture(scope="module")
def deployed(journey, others, tmp_path_factory):
    """A deployment with a running gateway, and what plan.yml had foretold of it."""
    file = tmp_path_factory.mktemp("plan") / "plan.json"
    foretold = journey.plan(desired_count=1, plan_file=str(file))
    return foretold, json.loads(file.read_text()), journey.deploy(desired_count=1)


def test_the_plan_foretells_a_deployment(deployed):
    foretold, file, real = deployed
    assert foretold.kinds == real.kinds
    assert len(foretold.kinds) >= 20
    assert "(known after it is created)" in foretold.output
    assert [(each["resource"], each["action"]) for each in file["actions"] if each["action"] != "keep"] == real.kinds
    assert file["foretold"] is True
    assert file["costs"]["total"] == {"from_now_on": 0.0, "while_running": 14.66}


def test_the_gateway_runs_the_command_of_the_task_definition(journey, deployed):
    with urlopen(f"{journey.gateway}/healthz", timeout=10) as answer:
        assert json.load(answer)["ok"] is True
    task = healthy_task(journey)
    definition = journey.aws.client("ecs").describe_task_definition(taskDefinition=task["taskDefinitionArn"])
    command = definition["taskDefinition"]["containerDefinitions"][0]["command"]
    assert command == ["node", "dist/index.js", "gateway", "--allow-unconfigured", "--bind", "lan", "--port", "18789"]
    running = journey.inside(task["taskArn"], "sh", "-c", "cat /proc/[0-9]*/cmdline; stat -c %u /data/.openclaw")
    assert "openclaw" in running.stdout
    assert running.stdout.endswith("1000\n")


def test_a_repeat_changes_nothing_and_is_cheap(journey, deployed):
    before = healthy_task(journey)["taskArn"]
    run = journey.deploy()
    assert run.stats["changed"] == 0
    assert run.changes == []
    assert run.changing_calls == []
    assert healthy_task(journey)["taskArn"] == before
    assert run.processes <= 30
    assert len(run.calls) <= 80


def test_status_tells_everything(journey, deployed, tmp_path):
    file = tmp_path / "status.json"
    assert journey.playbook("status", status_file=str(file)).code == 0
    status = json.loads(file.read_text())
    task = healthy_task(journey)
    assert status["healthy"] is True
    assert (status["desired_count"], status["running_count"]) == (1, 1)
    assert status["gateway"]["task"] == task["taskArn"]
    address = next(
        detail["value"] for detail in task["attachments"][0]["details"] if detail["name"] == "privateIPv4Address"
    )
    assert status["gateway"]["url"] == f"http://{address}:18789"
    assert status["exec"]["ready"] is True
    assert all(check["ok"] for check in status["exec"]["checks"])
    assert f"--task {task['taskArn']}" in status["gateway"]["commands"]["shell"]
    assert task["containers"][0]["runtimeId"] in status["gateway"]["commands"]["port_forward"]
    for kind in ("clusters", "services", "file_systems", "access_points", "security_groups", "roles", "parameters"):
        assert status["resources"][kind], kind
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_token_is_in_no_output_and_no_task_definition(journey, deployed):
    ssm = journey.aws.client("ssm")
    token = ssm.get_parameter(Name="/openclaw/openclaw/gateway-token", WithDecryption=True)["Parameter"]["Value"]
    assert token not in journey.deploy("-vvvv").output
    assert token not in journey.playbook("status", "-vvvv").output
    definition = journey.aws.client("ecs").describe_task_definition(taskDefinition=SERVICE)
    assert token not in json.dumps(definition, default=str)


def test_an_agent_turn_reaches_bedrock_as_the_task_role(journey, deployed):
    efs = journey.aws.client("efs").describe_file_systems()["FileSystems"][0]["FileSystemId"]
    folder = journey.aws.directory / "efs" / efs / "openclaw" / ".openclaw"
    until(folder.is_dir)
    (folder / "openclaw.json").write_text(config(journey.aws.endpoint))
    old = healthy_task(journey)["taskArn"]
    journey.aws.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
    task = until(lambda: (found := healthy_task(journey)) and found["taskArn"] != old and found)
    since = journey.aws.control("GET", "log?since=0")["next"]
    turn = journey.inside(
        task["taskArn"], *["node", "dist/index.js", "agent", "--agent", "main", "--message", "Hello", "--json"]
    )
    assert turn.returncode == 0, turn.stderr
    calls = [call for call in journey.aws.log(since) if call["service"].startswith("bedrock")]
    assert [call["resource"] for call in calls] == [MODEL]
    assert calls[0]["status"] == 200
    assert "assumed-role/openclaw-us-east-1-task/" in calls[0]["principal_arn"]
    assert calls[0]["access_key"].startswith("ASIA")


def account(aws):
    """Everything in the account that a deployment could leave behind, by kind."""
    ec2, ecs, iam = aws.client("ec2"), aws.client("ecs"), aws.client("iam")
    instances = [each for found in ec2.describe_instances()["Reservations"] for each in found["Instances"]]
    running = [each["InstanceId"] for each in instances if each["State"]["Name"] != "terminated"]
    efs, hosts = aws.client("efs"), aws.client("autoscaling")
    return {
        "groups": sorted(each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]),
        "endpoints": sorted(each["VpcEndpointId"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]),
        "interfaces": sorted(e["NetworkInterfaceId"] for e in ec2.describe_network_interfaces()["NetworkInterfaces"]),
        "routes": sorted(str(table["Routes"]) for table in ec2.describe_route_tables()["RouteTables"]),
        "instances": running,
        "launch templates": ec2.describe_launch_templates()["LaunchTemplates"],
        "file systems": efs.describe_file_systems()["FileSystems"],
        "roles": sorted(
            each["RoleName"] for each in iam.list_roles()["Roles"] if not each["Path"].startswith("/aws-service-role/")
        ),
        "profiles": iam.list_instance_profiles()["InstanceProfiles"],
        "clusters": ecs.list_clusters()["clusterArns"],
        "task definitions": ecs.list_task_definitions()["taskDefinitionArns"]
        + ecs.list_task_definitions(status="INACTIVE")["taskDefinitionArns"],
        "providers": [
            each["name"]
            for each in ecs.describe_capacity_providers()["capacityProviders"]
            if not each["name"].startswith("FARGATE") and each["status"] != "INACTIVE"
        ],
        "groups of hosts": hosts.describe_auto_scaling_groups()["AutoScalingGroups"],
        "log groups": aws.client("logs").describe_log_groups()["logGroups"],
        "parameters": aws.client("ssm").describe_parameters()["Parameters"],
    }


def test_destroy_wants_to_be_told_the_name(journey, deployed):
    for word in ("", "another"):
        run = journey.playbook("destroy", confirm=word)
        assert run.code != 0
        assert "openclaw_confirm=openclaw" in run.message
        assert run.changing_calls == []


def test_destroy_keeps_the_data_and_lists_it(journey, deployed, others):
    foretold = journey.playbook("destroy", "--check", confirm="openclaw")
    assert foretold.changing_calls == []
    run = journey.playbook("destroy", confirm="openclaw")
    assert run.code == 0, run.message
    assert foretold.kinds == run.kinds
    left = account(journey.aws)
    [kept] = left["file systems"]
    assert left == {**others, "file systems": [kept]}
    assert kept["FileSystemId"] in run.output
    assert "What stays, and is billed" in run.output
    folder = journey.aws.directory / "efs" / kept["FileSystemId"] / "openclaw" / ".openclaw"
    assert MODEL in (folder / "openclaw.json").read_text()


def test_the_second_word_leaves_nothing_but_what_others_own(journey, deployed, others):
    run = journey.playbook("destroy", confirm="openclaw", delete_data=True)
    assert run.code == 0, run.message
    assert account(journey.aws) == others
    assert "Nothing of the deployment is left." in run.output
    again = journey.playbook("destroy", confirm="openclaw", delete_data=True)
    assert (again.code, again.stats["changed"], again.changing_calls) == (0, 0, [])
