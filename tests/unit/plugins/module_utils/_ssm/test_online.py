# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wait for an instance to come online, and why it does not."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._ssm import online
from ansible_collections.openclaw.ecs.plugins.module_utils._ssm import session_api
from ansible_collections.openclaw.ecs.plugins.modules import ssm_instance_online as module

ID = "i-0123456789abcdef0"
ASKED = {"Filters": [{"Key": "InstanceIds", "Values": [ID]}]}


def known(status="Online", **changes):
    return {"InstanceId": ID, "PingStatus": status, **changes}


def instance(state="running", **changes):
    return {
        "InstanceId": ID,
        "State": {"Name": state},
        "SubnetId": "subnet-1",
        "SecurityGroups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}],
        "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/box-setup"},
        **changes,
    }


class Asked:
    """A module whose clients answer as told."""

    def __init__(self, stubbed, timeout):
        self.params = {"instance_id": ID, "wait_timeout": timeout}
        (self.ssm, self.in_ssm), (self.ec2, self.in_ec2) = stubbed("ssm"), stubbed("ec2")

    def client(self, service):
        return {"ssm": self.ssm, "ec2": self.ec2}[service]

    def looks(self, *statuses):
        for status in statuses:
            listed = [known(status)] if status else []
            self.in_ssm.add_response("describe_instance_information", {"InstanceInformationList": listed}, ASKED)

    def describes(self, *instances):
        for each in instances:
            answer = {"Reservations": [{"Instances": [each]}] if each else []}
            self.in_ec2.add_response("describe_instances", answer, {"InstanceIds": [ID]})

    def wait(self):
        module.wait_until_online(self)


@pytest.fixture
def asked(stubbed, no_delay):
    return lambda timeout=300: Asked(stubbed, timeout)


def test_the_wait_ends_when_the_agent_is_connected(asked, no_delay):
    waiting = asked()
    waiting.looks(None, "ConnectionLost", "Online")
    waiting.wait()
    assert no_delay == [5, 5]


def test_the_instance_itself_is_looked_at_in_between(asked, no_delay):
    waiting = asked()
    waiting.looks(*[None] * 4, "Online")
    waiting.describes(instance("pending"))
    waiting.wait()
    assert sum(no_delay) == module.STRETCH


@pytest.mark.parametrize("state", ["stopping", "stopped", "shutting-down", "terminated"])
def test_an_instance_that_has_ended_is_not_waited_for(asked, state):
    waiting = asked()
    waiting.looks(*[None] * 4)
    reason = {"Code": "Client.InstanceInitiatedShutdown", "Message": "Client.InstanceInitiatedShutdown: by itself"}
    waiting.describes(instance(state, StateReason=reason))
    with pytest.raises(DeploymentError, match=rf"{ID} is {state} \(Client.InstanceInitiatedShutdown: by itself\)"):
        waiting.wait()


def test_an_instance_that_is_not_there_is_not_waited_for(asked):
    waiting = asked()
    waiting.looks(*[None] * 4)
    waiting.in_ec2.add_client_error("describe_instances", "InvalidInstanceID.NotFound")
    with pytest.raises(DeploymentError, match=f"There is no instance {ID}"):
        waiting.wait()


def test_the_wait_has_a_limit_and_says_what_it_saw(asked, no_delay):
    waiting = asked(timeout=20)
    waiting.looks(*[None] * 4, *["ConnectionLost"] * 6)
    waiting.describes(instance(), instance())
    waiting.looks("ConnectionLost")
    with pytest.raises(DeploymentError) as failed:
        waiting.wait()
    assert sum(no_delay) == 20
    assert failed.value.message.splitlines()[0] == (
        f"Instance {ID} is running, but did not come online in Systems Manager (last seen as ConnectionLost) within 20"
        " seconds. What to look at:"
    )


def test_what_is_not_allowed_ends_the_wait_at_once(asked):
    waiting = asked()
    waiting.in_ssm.add_client_error("describe_instance_information", "AccessDeniedException", "not authorized")
    with pytest.raises(DeploymentError, match="online in Systems Manager"):
        waiting.wait()


def test_what_to_look_at_is_named_with_what_the_instance_has():
    text = online.late_message(ID, 300, None, instance())
    assert "which has never heard of it" in text
    assert "instance-profile/box-setup" in text
    assert "ssm:UpdateInstanceInformation" in text
    assert "from subnet subnet-1 to ssm and ssmmessages" in text
    assert "security groups (sg-1, sg-2)" in text
    assert f"get-console-output --latest --output text --instance-id {ID}" in text


def test_a_missing_profile_and_a_missing_reason_are_said_to_be_so():
    assert "instance profile (it has none)" in online.late_message(ID, 1, None, instance(IamInstanceProfile={}))
    assert "AWS gives no reason" in online.ended_message(ID, instance("terminated"))


def test_an_instance_is_told_in_the_terms_of_the_collection():
    found = known(AgentVersion="3.3.0.0", PlatformName="Amazon Linux")
    assert online.normalize(found) == {
        "id": ID,
        "ping_status": "Online",
        "agent_version": "3.3.0.0",
        "platform_name": "Amazon Linux",
    }


def test_the_information_of_an_instance_that_never_called_is_none(stubbed):
    client, stubber = stubbed("ssm")
    stubber.add_response("describe_instance_information", {"InstanceInformationList": []}, ASKED)
    assert session_api.describe_instance_information(client, ID) is None
