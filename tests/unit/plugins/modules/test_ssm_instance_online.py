# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ssm_instance_online against the local AWS: an instance with and without what its agent needs."""

from __future__ import annotations

import json

import pytest

from tests.unit.plugins.modules import ecs_ground

UNKNOWN = "(known after it is created)"
IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
SESSIONS = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]


@pytest.fixture
def launch(local_aws):
    """Launch an instance whose role has these permissions; gives its ID."""
    iam, ec2 = local_aws.client("iam"), local_aws.client("ec2")
    image = local_aws.client("ssm").get_parameter(Name=IMAGE_PARAMETER)["Parameter"]["Value"]
    trust = json.dumps(ecs_ground.TRUST).replace("ecs-tasks", "ec2")

    def make(actions=tuple(SESSIONS), vpc="home"):
        iam.create_role(RoleName="box-setup", AssumeRolePolicyDocument=trust)
        if actions:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName="box-setup", PolicyName="setup", PolicyDocument=policy)
        iam.create_instance_profile(InstanceProfileName="box-setup")
        iam.add_role_to_instance_profile(InstanceProfileName="box-setup", RoleName="box-setup")
        answer = ec2.run_instances(
            ImageId=image,
            InstanceType="t4g.micro",
            SubnetId=local_aws.network(vpc)["a"],
            IamInstanceProfile={"Name": "box-setup"},
            MinCount=1,
            MaxCount=1,
        )
        return answer["Instances"][0]["InstanceId"]

    return make


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_instance_that_has_all_it_needs_comes_online(run_module, launch, check_mode):
    instance_id = launch()
    result = run_module("ssm_instance_online", check_mode=check_mode, instance_id=instance_id, wait_timeout=30)
    assert not result.get("failed"), result["msg"]
    assert not result["changed"]
    assert (result["instance"]["id"], result["instance"]["ping_status"]) == (instance_id, "Online")
    assert result["instance"]["platform_name"] == "Amazon Linux"
    assert result["instance"]["agent_version"]


@pytest.mark.parametrize(("actions", "vpc"), [((), "home"), (SESSIONS[:-1], "home"), (SESSIONS, "isolated")])
def test_one_that_lacks_permissions_or_a_way_does_not_and_the_message_says_what_to_look_at(
    run_module, local_aws, launch, no_delay, actions, vpc
):
    instance_id = launch(actions, vpc)
    result = run_module("ssm_instance_online", instance_id=instance_id, wait_timeout=30)
    assert result["failed"]
    assert f"Instance {instance_id} is running, but did not come online" in result["msg"]
    assert "within 30 seconds" in result["msg"]
    assert "instance-profile/box-setup" in result["msg"]
    assert local_aws.network(vpc)["a"] in result["msg"]
    assert sum(no_delay) == 30


def test_one_that_has_ended_is_not_waited_for(run_module, local_aws, launch, no_delay):
    instance_id = launch(())
    local_aws.client("ec2").terminate_instances(InstanceIds=[instance_id])
    result = run_module("ssm_instance_online", instance_id=instance_id)
    assert result["failed"]
    assert f"Instance {instance_id} is terminated (Client.UserInitiatedShutdown" in result["msg"]
    assert sum(no_delay) == 15


def test_one_that_was_never_there_is_told_so(run_module, no_delay):
    result = run_module("ssm_instance_online", instance_id="i-0123456789abcdef0")
    assert (result["failed"], "There is no instance i-0123456789abcdef0" in result["msg"]) == (True, True)


def test_one_that_would_be_made_is_not_asked_for(run_module, local_aws):
    result = run_module("ssm_instance_online", check_mode=True, instance_id=UNKNOWN)
    assert set(result["instance"].values()) == {UNKNOWN}
    assert local_aws.log() == []
