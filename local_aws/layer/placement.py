"""Where tasks go: managed scaling asks for machines, and each waiting task gets a place on one of them."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import ec2
from ministack.services import ecs

from local_aws import control_loop
from local_aws import scheduling
from local_aws.layer import groups_of_hosts
from local_aws.layer import hosts
from local_aws.layer import interfaces
from local_aws.layer import rollout
from local_aws.lifecycle import lifecycle
from local_aws.settings import ACCOUNT
from local_aws.settings import REGION

PATIENCE_SECONDS, SECONDS_BETWEEN_EVENTS = 300, 120  # of the real AWS
LEAST_SECONDS = 1
NO_PLACE = (
    "was unable to place a task because no container instance met all of its requirements. Reason: {} For more "
    "information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)
MANAGED_TAG = "AmazonECSManaged"


def install() -> None:
    """Let tasks be placed."""
    for step in (scale, place_tasks):
        control_loop.every_round(step)


def scale() -> None:
    """Managed scaling: as many machines as the tasks of a capacity provider need."""
    for provider in list(ecs._capacity_providers.values()):
        group = groups_of_hosts.group_of(provider["autoScalingGroupProvider"])
        scaling = provider["autoScalingGroupProvider"]["managedScaling"]
        if group is None or scaling["status"] != "ENABLED" or provider["status"] != "ACTIVE":
            continue
        waiting = [
            task
            for task in ecs._tasks.values()
            if task["capacityProviderName"] == provider["name"]
            and task["lastStatus"] == "PROVISIONING"
            and task["desiredStatus"] == "RUNNING"
        ]
        mine = {
            arn for arn, host in hosts.container_instances.items() if host["capacityProviderName"] == provider["name"]
        }
        used = {task["containerInstanceArn"] for task in ecs._tasks.values() if task["lastStatus"] != "STOPPED"} & mine
        starting = len(group["Instances"]) > len(mine)
        wanted = scheduling.hosts_wanted(
            0 if starting else len(waiting),
            len(group["Instances"]),
            len(group["Instances"]) if starting else len(used),
            group["MinSize"],
            group["MaxSize"],
        )
        _scale_later(group, wanted)


def _scale_later(group: dict[str, Any], wanted: int) -> None:
    """Change a group's size when it has been wanted for as long as ECS's alarms take."""
    if wanted == group["DesiredCapacity"]:
        group["_wanted"] = None
        return
    if (group.get("_wanted") or (None,))[0] != wanted:
        step = "scale_out" if wanted > group["DesiredCapacity"] else "scale_in"
        group["_wanted"] = (wanted, time.time() + lifecycle.seconds(f"capacity_provider_{step}"))
    elif time.time() >= group["_wanted"][1]:
        group.update(DesiredCapacity=wanted, _wanted=None)


def tag_as_managed(group: dict[str, Any]) -> None:
    """Put on the tag by which ECS knows the groups it scales."""
    if not any(tag["Key"] == MANAGED_TAG for tag in group["Tags"]):
        group["Tags"].append(
            {
                "Key": MANAGED_TAG,
                "Value": "",
                "ResourceId": group["AutoScalingGroupName"],
                "ResourceType": "auto-scaling-group",
                "PropagateAtLaunch": True,
            }
        )


def place_tasks() -> None:
    """Give each task in PROVISIONING a host, or say in its service's events why there is none."""
    for task in list(ecs._tasks.values()):
        if task["lastStatus"] != "PROVISIONING" or task["desiredStatus"] != "RUNNING" or "_created" not in task:
            continue
        network = task["_network"]
        zones = {ec2._subnets[subnet]["AvailabilityZone"]: subnet for subnet in (network or {}).get("subnets", [])}
        found = [
            host
            for host in hosts.instances_of(task["clusterArn"], task["capacityProviderName"])
            if not network or hosts.zone_of(host) in zones
        ]
        arn, reason = scheduling.place(
            task["_memory"], task["_cpu"], bool(network), [hosts.room_on(host) for host in found]
        )
        if arn is None:
            _say_no_place(task, reason)
        else:
            _place(task, hosts.container_instances[arn], zones)


def _say_no_place(task: dict[str, Any], reason: str) -> None:
    now = time.time()
    service = rollout.service_of(task)
    if service is None or now < task.get("_next_event", task["_created"] + PATIENCE_SECONDS * lifecycle.scale):
        return
    task["_next_event"] = now + max(SECONDS_BETWEEN_EVENTS * lifecycle.scale, LEAST_SECONDS)
    rollout.event(service, NO_PLACE.format(reason))


def _place(task: dict[str, Any], host: dict[str, Any], zones: dict[str, str]) -> None:
    ecs._bump_task_version(task)
    task.update(
        lastStatus="PENDING",
        containerInstanceArn=host["containerInstanceArn"],
        availabilityZone=hosts.zone_of(host),
        connectivity="CONNECTED",
        connectivityAt=time.time(),
    )
    if service := rollout.service_of(task):
        rollout.event(service, f"has started 1 tasks: (task {task['taskArn'].rsplit('/', 1)[-1]}).")
    if not task["_network"]:
        return
    attachment = task["attachments"][0]
    subnet = zones[task["availabilityZone"]]
    groups = task["_network"].get("securityGroups") or [interfaces.default_group(ec2._subnets[subnet]["VpcId"])]
    eni = interfaces.create(
        subnet,
        groups,
        f"arn:aws:ecs:{REGION}:{ACCOUNT}:attachment/{attachment['id']}",
        requester="amazon-ecs",
        instance_id=host["ec2InstanceId"],
    )
    task["_eni"] = eni
    details = {
        "subnetId": subnet,
        "networkInterfaceId": eni["NetworkInterfaceId"],
        "macAddress": eni["MacAddress"],
        "privateIPv4Address": eni["PrivateIpAddress"],
    }
    attachment.update(status="ATTACHED", details=[{"name": key, "value": value} for key, value in details.items()])
    for container in task["containers"]:
        container["networkInterfaces"] = [
            {"attachmentId": attachment["id"], "privateIpv4Address": eni["PrivateIpAddress"]}
        ]
