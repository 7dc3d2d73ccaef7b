"""What becomes of an instance: started, stopped, ended by its owner or by itself, and changed in between."""

from __future__ import annotations

import re
import time
from datetime import UTC
from datetime import datetime
from typing import Any

from ministack.services import ec2

from local_aws import control_loop
from local_aws.layer import interfaces
from local_aws.layer import launch_refusals
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import now
from local_aws.layer.seam import replace
from local_aws.lifecycle import lifecycle

Instance = dict[str, Any]
# docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
# docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html
BY_USER = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
BY_ITSELF = ("Client.InstanceInitiatedShutdown", "Client.InstanceInitiatedShutdown: Instance initiated shutdown")
NOT_STARTED = ("Server.InternalError", "Server.InternalError: Internal error on launch")
# The names of DescribeInstanceAttribute and where an instance keeps them.
ATTRIBUTES = {
    "instanceType": ("InstanceType", lambda instance: instance["InstanceType"]),
    "disableApiTermination": ("DisableApiTermination", lambda instance: instance["_Protected"]),
    "ebsOptimized": ("EbsOptimized", lambda instance: instance["EbsOptimized"]),
    "rootDeviceName": ("RootDeviceName", lambda instance: instance["RootDeviceName"]),
    "userData": ("UserData", lambda instance: instance["UserData"]),
    "sourceDestCheck": ("SourceDestCheck", lambda instance: instance["SourceDestCheck"]),
    "instanceInitiatedShutdownBehavior": (
        "InstanceInitiatedShutdownBehavior",
        lambda instance: instance["_ShutdownBehavior"],
    ),
}
CHANGEABLE = {
    "DisableApiTermination": "_Protected",
    "EbsOptimized": "EbsOptimized",
    "SourceDestCheck": "SourceDestCheck",
    "InstanceInitiatedShutdownBehavior": "_ShutdownBehavior",
    "InstanceType": "InstanceType",
    "UserData": "UserData",
}
ONLY_WHEN_STOPPED = ("InstanceType", "UserData", "EbsOptimized")


def find(instance_id: str) -> Instance:
    """The instance, or AWS's refusal."""
    if not re.fullmatch(r"i-[0-9a-f]{8}([0-9a-f]{9})?", instance_id):
        raise AwsError("InvalidInstanceID.Malformed", f'Invalid id: "{instance_id}"')
    if instance_id not in ec2._instances:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")
    return ec2._instances[instance_id]


def state(name: str) -> dict[str, Any]:
    """A state as EC2 writes it."""
    return {"Code": CODES[name], "Name": name}


def begin(instance: Instance) -> None:
    """Let an instance start: it runs after a while, and its SSM agent answers after another one."""
    instance.update(State=state("pending"), LaunchTime=now(), _AgentUp=False)
    instance.pop("StateReason", None)
    started = instance["_Starts"] = instance.get("_Starts", 0) + 1

    def running() -> None:
        if instance["State"]["Name"] == "pending" and instance["_Starts"] == started:
            instance["State"] = state("running")
            control_loop.soon()
            lifecycle.after("ssm_online", agent_up)

    def agent_up() -> None:
        instance["_AgentUp"] = instance["_Starts"] == started

    lifecycle.after("instance_start", running)


def terminate(request: dict[str, Any]) -> dict[str, Any]:
    """TerminateInstances: shutting down at once, gone with its interface after a while."""
    found = [find(instance_id) for instance_id in request["InstanceIds"]]
    for instance in found:
        if instance["_Protected"]:
            raise AwsError(
                "OperationNotPermitted",
                f"The instance '{instance['InstanceId']}' may not be terminated. Modify its 'disableApiTermination' "
                "instance attribute and try again.",
            )
    return {"TerminatingInstances": [_change(instance, _end, BY_USER) for instance in found]}


def stop(request: dict[str, Any]) -> dict[str, Any]:
    """StopInstances."""
    found = [find(instance_id) for instance_id in request["InstanceIds"]]
    for instance in found:
        _require(instance, ("running", "stopping", "stopped"), "stopped")
    return {"StoppingInstances": [_change(instance, _stop, BY_USER) for instance in found]}


def start(request: dict[str, Any]) -> dict[str, Any]:
    """StartInstances."""
    found = [find(instance_id) for instance_id in request["InstanceIds"]]
    for instance in found:
        _require(instance, ("stopped", "pending", "running"), "started")
    return {"StartingInstances": [_change(instance, _start) for instance in found]}


def power_off(instance: Instance, started: bool = True) -> None:
    """An instance has shut itself down (or never came up): it ends or stops, as it was launched to do."""
    if instance["State"]["Name"] not in ("pending", "running"):
        return
    if not started:
        _end(instance, NOT_STARTED)
    elif instance["_ShutdownBehavior"] == "terminate":
        _end(instance, BY_ITSELF)
    else:
        _stop(instance, BY_ITSELF)


def _change(instance: Instance, how: Any, *reason: Any) -> dict[str, Any]:
    before = instance["State"]
    how(instance, *reason)
    return {"InstanceId": instance["InstanceId"], "PreviousState": before, "CurrentState": instance["State"]}


def _require(instance: Instance, states: tuple[str, ...], what: str) -> None:
    if instance["State"]["Name"] not in states:
        raise AwsError(
            "IncorrectInstanceState",
            f"The instance '{instance['InstanceId']}' is not in a state from which it can be {what}.",
        )


def _end(instance: Instance, reason: tuple[str, str]) -> None:
    if instance["State"]["Name"] in ("shutting-down", "terminated"):
        return
    _leave(instance, "shutting-down", reason)
    lifecycle.after("host_terminate", lambda: _gone(instance))


def _stop(instance: Instance, reason: tuple[str, str]) -> None:
    if instance["State"]["Name"] in ("stopping", "stopped"):
        return
    _leave(instance, "stopping", reason)

    def stopped() -> None:
        if instance["State"]["Name"] == "stopping":
            instance["State"] = state("stopped")

    lifecycle.after("instance_stop", stopped)


def _start(instance: Instance) -> None:
    if instance["State"]["Name"] == "stopped":
        begin(instance)


def _leave(instance: Instance, into: str, reason: tuple[str, str]) -> None:
    code, message = reason
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S GMT")
    instance.update(
        State=state(into),
        StateReason={"Code": code, "Message": message},
        StateTransitionReason=f"User initiated ({moment})" if reason == BY_USER else message,
        _AgentUp=False,
    )
    control_loop.soon()


def _gone(instance: Instance) -> None:
    instance.update(State=state("terminated"), _terminated_at=time.time())
    interfaces.release(instance["_InterfaceId"])
    for mapping in instance["BlockDeviceMappings"]:
        if mapping["Ebs"]["DeleteOnTermination"]:
            ec2._volumes.pop(mapping["Ebs"]["VolumeId"], None)
            ec2._tags.pop(mapping["Ebs"]["VolumeId"], None)


def describe_status(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeInstanceStatus: of the running instances, or of all."""
    wanted = [find(instance_id) for instance_id in request.get("InstanceIds", [])] or list(ec2._instances.values())
    shown = [one for one in wanted if request.get("IncludeAllInstances") or one["State"]["Name"] == "running"]
    return {"InstanceStatuses": [_status(instance) for instance in shown]}


def _status(instance: Instance) -> dict[str, Any]:
    status = {"Status": "ok" if instance["State"]["Name"] == "running" else "not-applicable"}
    return {
        "InstanceId": instance["InstanceId"],
        "AvailabilityZone": instance["Placement"]["AvailabilityZone"],
        "InstanceState": instance["State"],
        "InstanceStatus": status,
        "SystemStatus": status,
    }


def describe_attribute(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeInstanceAttribute."""
    instance, name = find(request["InstanceId"]), request["Attribute"]
    if name == "groupSet":
        groups = ec2._network_interfaces.get(instance["_InterfaceId"], {}).get("Groups", [])
        return {"InstanceId": instance["InstanceId"], "Groups": groups}
    if name not in ATTRIBUTES:
        raise AwsError(
            "InvalidParameterValue", f"Value ({name}) for parameter attribute is invalid. Unknown attribute."
        )
    answered, value = ATTRIBUTES[name]
    return {"InstanceId": instance["InstanceId"], answered: {"Value": value(instance)}}


def modify_attribute(request: dict[str, Any]) -> dict[str, Any]:
    """ModifyInstanceAttribute."""
    instance = find(request["InstanceId"])
    if request.get("Groups"):
        launch_refusals.require_groups(request["Groups"], ec2._subnets[instance["SubnetId"]])
        instance["SecurityGroups"] = interfaces.groups(request["Groups"])
        ec2._network_interfaces[instance["_InterfaceId"]]["Groups"] = instance["SecurityGroups"]
    for name, kept in CHANGEABLE.items():
        if name not in request:
            continue
        if name in ONLY_WHEN_STOPPED and instance["State"]["Name"] != "stopped":
            raise AwsError(
                "IncorrectInstanceState", f"The instance '{instance['InstanceId']}' is not in the 'stopped' state."
            )
        instance[kept] = request[name]["Value"]
    return {}


def modify_metadata(request: dict[str, Any]) -> dict[str, Any]:
    """ModifyInstanceMetadataOptions."""
    instance = find(request["InstanceId"])
    known = instance["MetadataOptions"]
    known.update({name: request[name] for name in known if request.get(name) is not None})
    return {"InstanceId": instance["InstanceId"], "InstanceMetadataOptions": known}


def install() -> None:
    """Answer for the states of instances in the emulator's place."""
    replace(
        "ec2",
        TerminateInstances=terminate,
        StopInstances=stop,
        StartInstances=start,
        DescribeInstanceStatus=describe_status,
        DescribeInstanceAttribute=describe_attribute,
        ModifyInstanceAttribute=modify_attribute,
        ModifyInstanceMetadataOptions=modify_metadata,
    )
    control_loop.every_round(lifecycle.settle)
