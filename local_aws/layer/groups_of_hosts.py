"""Auto scaling groups that start and end machines, replace the lost ones, and refresh them."""

from __future__ import annotations

import logging
import secrets
import time
from typing import Any

from ministack.services import autoscaling
from ministack.services import ec2

from local_aws import control_loop
from local_aws.direct import CallError
from local_aws.direct import call
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import guard
from local_aws.layer.seam import now
from local_aws.layer.seam import replace
from local_aws.lifecycle import lifecycle

logger = logging.getLogger("local_aws")
SECONDS_TO_RETRY = 60  # of the real AWS
ACTIVE_REFRESH = ("Pending", "InProgress")


def install() -> None:
    """Let groups work."""
    autoscaling._reconcile_instances = lambda _group: control_loop.soon()
    guard("autoscaling", "DeleteAutoScalingGroup", check_delete)
    replace("autoscaling", StartInstanceRefresh=start_refresh)
    autoscaling._ACTION_MAP["DeleteAutoScalingGroup"] = _deleting(autoscaling._ACTION_MAP["DeleteAutoScalingGroup"])
    control_loop.every_round(run)


def check_delete(request: dict[str, Any]) -> None:
    """DeleteAutoScalingGroup: not while there are machines, unless forced."""
    name = request["AutoScalingGroupName"]
    group = autoscaling._asgs.get(name)
    if group is None:
        raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    if group["Status"]:
        raise AwsError("ScalingActivityInProgress", f"AutoScalingGroup {name} is being deleted already.")
    if group["Instances"] and not request.get("ForceDelete"):
        raise AwsError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending "
            "Spot instance request(s) still in the group.",
        )


def _deleting(delete: Any) -> Any:
    """A group with machines is only marked: it goes with the last of them."""

    def answer(params: dict[str, Any]) -> tuple:
        group = autoscaling._asgs.get(autoscaling._p(params, "AutoScalingGroupName"))
        if group is None or group["Status"]:
            return delete(params)
        status, headers, body = delete(params)
        if status == 200 and group["Instances"]:
            autoscaling._asgs[group["AutoScalingGroupName"]] = group
            group.update(Status="Delete in progress", MinSize=0, DesiredCapacity=0)
        return status, headers, body

    return answer


def run() -> None:
    """One round over all groups."""
    for name, group in list(autoscaling._asgs.items()):
        members = group["Instances"]
        members[:] = [member for member in members if _alive(member["InstanceId"])]
        for member in members:
            if member["LifecycleState"] == "Pending" and time.time() >= member["_ready"]:
                member["LifecycleState"] = "InService"
        _refresh(group)
        missing = group["DesiredCapacity"] - len(members)
        if missing > 0 and time.time() >= group.get("_next_launch", 0):
            _launch(group)
        elif missing < 0:
            _end_some(group, -missing)
        if group["Status"] and not members:
            del autoscaling._asgs[name]


def _alive(machine_id: str) -> bool:
    machine = ec2._instances.get(machine_id)
    return machine is not None and machine["State"]["Name"] not in ("shutting-down", "terminated")


def _launch(group: dict[str, Any]) -> None:
    """Start one machine from the launch template, in the subnet with the fewest."""
    subnets = [subnet for subnet in group["VPCZoneIdentifier"].split(",") if subnet]
    used = [ec2._instances[member["InstanceId"]]["SubnetId"] for member in group["Instances"]]
    template = {key: group["LaunchTemplate"][key] for key in ("LaunchTemplateId", "Version")}
    try:
        made = call(
            "ec2",
            "RunInstances",
            MinCount=1,
            MaxCount=1,
            LaunchTemplate=template,
            SubnetId=min(subnets, key=used.count),
        )["Instances"][0]
    except CallError as error:
        group["_next_launch"] = time.time() + SECONDS_TO_RETRY * lifecycle.scale
        logger.warning("group %s could not start a machine: %s", group["AutoScalingGroupName"], error)
        return
    machine_id = made["InstanceId"]
    own = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in group["Tags"] if tag["PropagateAtLaunch"]]
    own.append({"Key": "aws:autoscaling:groupName", "Value": group["AutoScalingGroupName"]})
    ec2._tags[machine_id] = list({tag["Key"]: tag for tag in [*ec2._tags.get(machine_id, []), *own]}.values())
    machine = ec2._instances[machine_id]
    machine["_boots_until"] = time.time() + lifecycle.seconds("host_register")
    group["Instances"].append(
        {
            "InstanceId": machine_id,
            "LifecycleState": "Pending",
            "HealthStatus": "Healthy",
            "InstanceType": machine["InstanceType"],
            "AvailabilityZone": machine["Placement"]["AvailabilityZone"],
            "ProtectedFromScaleIn": group["NewInstancesProtectedFromScaleIn"],
            "LaunchTemplate": group["LaunchTemplate"],
            "LaunchConfigurationName": "",
            "_ready": machine["_boots_until"] / 2 + time.time() / 2,
        }
    )


def _end_some(group: dict[str, Any], number: int) -> None:
    """End as many machines, the oldest first; protected ones only when the group itself goes."""
    victims = [member for member in group["Instances"] if group["Status"] or not member["ProtectedFromScaleIn"]]
    end_machines([member["InstanceId"] for member in victims[:number]])


def end_machines(machine_ids: list[str]) -> None:
    """Terminate machines."""
    if machine_ids:
        call("ec2", "TerminateInstances", InstanceIds=machine_ids)


def group_of(provider: dict[str, Any]) -> dict[str, Any] | None:
    """The group of a capacity provider's autoScalingGroupProvider."""
    name = provider["autoScalingGroupArn"].rsplit("/", 1)[-1]
    return autoscaling._asgs.get(name)


def group_with(machine_id: str) -> dict[str, Any] | None:
    """The group a machine belongs to."""
    return next(
        (
            group
            for group in autoscaling._asgs.values()
            if machine_id in [member["InstanceId"] for member in group["Instances"]]
        ),
        None,
    )


def booted() -> list[dict[str, Any]]:
    """The machines of all groups whose system is up."""
    members = [member["InstanceId"] for group in autoscaling._asgs.values() for member in group["Instances"]]
    machines = [ec2._instances[member] for member in members if _alive(member)]
    return [
        machine for machine in machines if time.time() >= machine["_boots_until"] and not machine.get("_deregistered")
    ]


def start_refresh(request: dict[str, Any]) -> dict[str, Any]:
    """StartInstanceRefresh: one at a time."""
    name = request["AutoScalingGroupName"]
    group = autoscaling._asgs.get(name)
    if group is None:
        raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    refreshes = group.setdefault("InstanceRefreshes", [])
    if any(refresh["Status"] in ACTIVE_REFRESH for refresh in refreshes):
        raise AwsError(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the "
            f"execution of this Instance Refresh for AutoScalingGroup {name}.",
        )
    victims = [member["InstanceId"] for member in group["Instances"]]
    refreshes.insert(
        0,
        {
            "InstanceRefreshId": secrets.token_hex(16),
            "AutoScalingGroupName": name,
            "Status": "Pending",
            "StatusReason": "",
            "StartTime": now(),
            "EndTime": now(),
            "PercentageComplete": 0,
            "InstancesToUpdate": len(victims),
            "Preferences": request.get("Preferences", {}),
            "_victims": victims,
        },
    )
    return {"InstanceRefreshId": refreshes[0]["InstanceRefreshId"]}


def _refresh(group: dict[str, Any]) -> None:
    """Take a running refresh one step further: end the old machines, wait until the new ones are in service."""
    for refresh in group.get("InstanceRefreshes", []):
        if refresh["Status"] == "Pending":
            refresh["Status"] = "InProgress"
            end_machines([victim for victim in refresh["_victims"] if _alive(victim)])
        elif refresh["Status"] == "InProgress":
            serving = [member for member in group["Instances"] if member["LifecycleState"] == "InService"]
            if len(serving) >= group["DesiredCapacity"]:
                refresh.update(Status="Successful", EndTime=now(), PercentageComplete=100, InstancesToUpdate=0)
