"""Hosts for tasks: container instances that an agent registers, tasks placed on them, and what the agent says of both.

The agent is a process of its own (local_aws.agent). It asks with LocalPoll what is to be done, an action that the real
ECS does not have (its agent holds a websocket), and answers with RegisterContainerInstance and SubmitTaskStateChange.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from ministack.services import autoscaling
from ministack.services import ec2
from ministack.services import ecs

from local_aws import control_loop
from local_aws import scheduling
from local_aws.layer import ecs_seam
from local_aws.layer import groups_of_hosts
from local_aws.layer import interfaces
from local_aws.layer import permissions
from local_aws.layer.seam import AwsError
from local_aws.lifecycle import lifecycle
from local_aws.settings import ACCOUNT
from local_aws.settings import REGION

POLL_SECONDS = 5
PATIENCE_SECONDS, SECONDS_BETWEEN_EVENTS = 300, 120  # of the real AWS
LEAST_SECONDS = 1
NO_PLACE = (
    "was unable to place a task because no container instance met all of its requirements. Reason: {} For more "
    "information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)
MANAGED_TAG = "AmazonECSManaged"
EXEC_AGENT = "ExecuteCommandAgent"
container_instances: dict[str, dict[str, Any]] = {}


def install() -> None:
    """Let the agent's actions answer and the hosts come and go."""
    for operation, handler in HANDLERS.items():
        ecs_seam.replace(operation, handler)
    ecs._ACTION_MAP["LocalPoll"] = poll
    groups_of_hosts.install()
    for step in (forget_gone_hosts, scale, place_tasks):
        control_loop.every_round(step)


def group_of(provider: dict[str, Any]) -> dict[str, Any] | None:
    """The auto scaling group of a capacity provider."""
    name = provider["autoScalingGroupArn"].rsplit("/", 1)[-1]
    return autoscaling._asgs.get(name)


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


def check_network(network: dict[str, Any]) -> None:
    """Refuse subnets and security groups that aren't there, or are in different networks."""
    for subnet in network.get("subnets", []):
        if subnet not in ec2._subnets:
            raise AwsError(
                "InvalidParameterException",
                f"Error retrieving subnet information for [{subnet}]: The "
                f"subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
            )
    networks = {ec2._subnets[subnet]["VpcId"] for subnet in network["subnets"]}
    if len(networks) > 1:
        raise AwsError("InvalidParameterException", "Subnets must be in the same VPC.")
    for group in network.get("securityGroups", []):
        record = ec2._security_groups.get(group)
        if record is None or record["VpcId"] not in networks:
            raise AwsError(
                "InvalidParameterException",
                f"Error retrieving security group information for [{group}]: "
                f"The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)",
            )


def prepare_task(task: dict[str, Any], network: dict[str, Any]) -> None:
    """Complete a new task: no host yet, and an interface that is still to be made."""
    definition = _definition(task)
    vpc = (network or {}).get("awsvpcConfiguration") if definition["networkMode"] == "awsvpc" else None
    memory = sum(
        container.get("memoryReservation") or container.get("memory") or 0
        for container in definition["containerDefinitions"]
    )
    task.update(
        containerInstanceArn=None,
        availabilityZone=None,
        _created=time.time(),
        createdAt=time.time(),
        _network=vpc,
        _memory=int(definition.get("memory") or memory),
        _cpu=int(definition.get("cpu") or 0),
        connectivity=None,
        connectivityAt=None,
        memory=str(definition.get("memory") or memory),
        cpu=str(definition.get("cpu") or 0),
        _health_checked=any(container.get("healthCheck") for container in definition["containerDefinitions"]),
        stopCode=None,
        stoppedReason=None,
        ephemeralStorage=None,
    )
    if vpc:
        task["attachments"] = [
            {"id": secrets.token_hex(16), "type": "ElasticNetworkInterface", "status": "PRECREATED", "details": []}
        ]
    for container in task["containers"]:
        if task["enableExecuteCommand"]:
            container["managedAgents"] = [{"name": EXEC_AGENT, "lastStatus": "PENDING"}]


def _definition(task: dict[str, Any]) -> dict[str, Any]:
    return ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])]


def forget_gone_hosts() -> None:
    """Container instances whose machine has ended leave the cluster, and their tasks end."""
    for arn, host in list(container_instances.items()):
        machine = ec2._instances.get(host["ec2InstanceId"])
        if machine is host["_machine"] and machine["State"]["Name"] not in ("shutting-down", "terminated"):
            continue
        del container_instances[arn]
        for task in _tasks_on(arn):
            task.update(
                stoppedReason=f"Host EC2 (instance {host['ec2InstanceId']}) terminated.", stopCode="TerminationNotice"
            )
            task_stopped(task)


def _tasks_on(arn: str) -> list[dict[str, Any]]:
    return [
        task for task in ecs._tasks.values() if task["containerInstanceArn"] == arn and task["lastStatus"] != "STOPPED"
    ]


def instances_of(cluster_arn: str, provider: str | None = None) -> list[dict[str, Any]]:
    """The container instances of a cluster, or of one of its capacity providers, that take tasks."""
    return [
        host
        for host in container_instances.values()
        if host["clusterArn"] == cluster_arn
        and host["status"] == "ACTIVE"
        and provider in (None, host.get("capacityProviderName"))
    ]


def scale() -> None:
    """Managed scaling: as many machines as the tasks of a capacity provider need."""
    for provider in list(ecs._capacity_providers.values()):
        group = group_of(provider["autoScalingGroupProvider"])
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
        mine = {arn for arn, host in container_instances.items() if host["capacityProviderName"] == provider["name"]}
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


def place_tasks() -> None:
    """Give each task in PROVISIONING a host, or say in its service's events why there is none."""
    for task in list(ecs._tasks.values()):
        if task["lastStatus"] != "PROVISIONING" or task["desiredStatus"] != "RUNNING" or "_created" not in task:
            continue
        network = task["_network"]
        zones = {ec2._subnets[subnet]["AvailabilityZone"]: subnet for subnet in (network or {}).get("subnets", [])}
        found = [
            host
            for host in instances_of(task["clusterArn"], task["capacityProviderName"])
            if not network or _zone(host) in zones
        ]
        arn, reason = scheduling.place(task["_memory"], task["_cpu"], bool(network), [_room(host) for host in found])
        if arn is None:
            _say_no_place(task, reason)
        else:
            _place(task, container_instances[arn], zones)


def _zone(host: dict[str, Any]) -> str:
    return ec2._subnets[host["_machine"]["SubnetId"]]["AvailabilityZone"]


def _room(host: dict[str, Any]) -> scheduling.Room:
    tasks = _tasks_on(host["containerInstanceArn"])
    total = {item["name"]: item["integerValue"] for item in host["registeredResources"] if item["type"] == "INTEGER"}
    return scheduling.Room(
        host["containerInstanceArn"],
        total["MEMORY"] - sum(task["_memory"] for task in tasks),
        total["CPU"] - sum(task["_cpu"] for task in tasks),
        scheduling.ENIS.get(host["_machine"]["InstanceType"], 3) - 1 - sum(bool(task["_network"]) for task in tasks),
    )


def _say_no_place(task: dict[str, Any], reason: str) -> None:
    now = time.time()
    name = task["group"].removeprefix("service:")
    service = ecs._services.get(f"{task['clusterArn'].rsplit('/', 1)[-1]}/{name}")
    if service is None or now < task.get("_next_event", task["_created"] + PATIENCE_SECONDS * lifecycle.scale):
        return
    task["_next_event"] = now + max(SECONDS_BETWEEN_EVENTS * lifecycle.scale, LEAST_SECONDS)
    service["events"].insert(
        0, {"id": secrets.token_hex(16), "createdAt": now, "message": f"(service {name}) {NO_PLACE.format(reason)}"}
    )


def _place(task: dict[str, Any], host: dict[str, Any], zones: dict[str, str]) -> None:
    ecs._bump_task_version(task)
    task.update(
        lastStatus="PENDING",
        containerInstanceArn=host["containerInstanceArn"],
        availabilityZone=_zone(host),
        connectivity="CONNECTED",
        connectivityAt=time.time(),
    )
    name = task["group"].removeprefix("service:")
    service = ecs._services.get(f"{task['clusterArn'].rsplit('/', 1)[-1]}/{name}")
    if service:
        number = task["taskArn"].rsplit("/", 1)[-1]
        service["events"].insert(
            0,
            {
                "id": secrets.token_hex(16),
                "createdAt": time.time(),
                "message": f"(service {name}) has started 1 tasks: (task {number}).",
            },
        )
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


def task_stopped(task: dict[str, Any]) -> None:
    """A task has ended: its interface goes, and its service may start another."""
    now = time.time()
    ecs._bump_task_version(task)
    task.update(
        lastStatus="STOPPED",
        desiredStatus="STOPPED",
        stoppedAt=now,
        executionStoppedAt=now,
        stoppingAt=task["stoppingAt"] or now,
        connectivity=None,
    )
    for container in task["containers"]:
        container["lastStatus"] = "STOPPED"
        for agent in container.get("managedAgents", []):
            agent["lastStatus"] = "STOPPED"
    if eni := task.pop("_eni", None):
        interfaces.release(eni["NetworkInterfaceId"])
        task["attachments"][0]["status"] = "DELETED"


def poll(data: dict[str, Any]) -> ecs_seam.Answer:
    """LocalPoll: what the agent has to do, as soon as it differs from what it knows."""
    deadline = time.monotonic() + POLL_SECONDS
    with control_loop.changed:
        while True:
            work = _work()
            known = json.dumps(work, sort_keys=True, default=str)
            if known != data.get("known") or time.monotonic() >= deadline:
                return 200, {"Content-Type": "application/json"}, json.dumps({"known": known, **work}).encode()
            control_loop.changed.wait(0.5)


def _work() -> dict[str, Any]:
    tasks = [
        {
            "task": ecs._sanitize(task),
            "definition": _definition(task),
            "machine": container_instances[task["containerInstanceArn"]]["ec2InstanceId"],
        }
        for task in ecs._tasks.values()
        if task["lastStatus"] not in ("PROVISIONING", "STOPPED") and task["containerInstanceArn"]
    ]
    registered = {host["ec2InstanceId"] for host in container_instances.values()}
    machines = [ecs._sanitize(machine) for machine in groups_of_hosts.booted()]
    return {
        "scale": lifecycle.scale,
        "tasks": [_plain(task) for task in tasks],
        "machines": [_plain(machine) for machine in machines],
        "registered": sorted(registered),
    }


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def register(data: dict[str, Any]) -> dict[str, Any]:
    """RegisterContainerInstance."""
    cluster = ecs_seam.active_cluster(data.get("cluster"))
    machine_id = json.loads(data["instanceIdentityDocument"])["instanceId"]
    machine = ec2._instances[machine_id]
    group = groups_of_hosts.group_with(machine_id)
    provider = next(
        (
            provider["name"]
            for provider in ecs._capacity_providers.values()
            if group is not None
            and group_of(provider["autoScalingGroupProvider"]) is group
            and provider["name"] in cluster["capacityProviders"]
        ),
        None,
    )
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:container-instance/{cluster['clusterName']}/{secrets.token_hex(16)}"
    container_instances[arn] = {
        "containerInstanceArn": arn,
        "ec2InstanceId": machine_id,
        "clusterArn": cluster["clusterArn"],
        "capacityProviderName": provider,
        "status": "ACTIVE",
        "agentConnected": True,
        "version": 1,
        "registeredAt": time.time(),
        "registeredResources": data["totalResources"],
        "versionInfo": data.get("versionInfo", {}),
        "attributes": data.get("attributes", []),
        "_machine": machine,
    }
    return {"containerInstance": _public(container_instances[arn])}


def _public(host: dict[str, Any]) -> dict[str, Any]:
    room = _room(host)
    left = {"MEMORY": room.memory, "CPU": room.cpu}
    tasks = _tasks_on(host["containerInstanceArn"])
    remaining = [
        {**item, "integerValue": left.get(item["name"], item.get("integerValue", 0))}
        for item in host["registeredResources"]
    ]
    return {
        **ecs._sanitize(host),
        "remainingResources": remaining,
        "runningTasksCount": sum(task["lastStatus"] == "RUNNING" for task in tasks),
        "pendingTasksCount": sum(task["lastStatus"] in ("PENDING", "ACTIVATING") for task in tasks),
    }


def deregister(data: dict[str, Any]) -> dict[str, Any]:
    """DeregisterContainerInstance: refused while tasks run on it, unless forced."""
    host = _named(data)
    tasks = _tasks_on(host["containerInstanceArn"])
    if tasks and not data.get("force"):
        raise AwsError("InvalidParameterException", "Found running tasks on the instance.")
    del container_instances[host["containerInstanceArn"]]
    host["_machine"]["_deregistered"] = True
    for task in tasks:
        task.update(stoppedReason="Container instance deregistered forcibly by user.", stopCode="UserInitiated")
        task_stopped(task)
    return {"containerInstance": {**ecs._sanitize(host), "status": "INACTIVE"}}


def _named(data: dict[str, Any]) -> dict[str, Any]:
    reference = data["containerInstance"].rsplit("/", 1)[-1]
    for arn, host in container_instances.items():
        if arn.endswith(f"/{reference}"):
            return host
    raise AwsError("InvalidParameterException", "The referenced container instance was not found.")


def list_instances(data: dict[str, Any]) -> dict[str, Any]:
    """ListContainerInstances."""
    cluster = ecs_seam.active_cluster(data.get("cluster"))
    status = data.get("status")
    return {
        "containerInstanceArns": [
            arn
            for arn, host in container_instances.items()
            if host["clusterArn"] == cluster["clusterArn"] and status in (None, host["status"])
        ]
    }


def describe_instances(data: dict[str, Any]) -> dict[str, Any]:
    """DescribeContainerInstances."""
    found, failures = [], []
    for reference in data["containerInstances"]:
        try:
            found.append(_public(_named({"containerInstance": reference})))
        except AwsError:
            failures.append({"arn": reference, "reason": "MISSING"})
    return {"containerInstances": found, "failures": failures}


def update_state(data: dict[str, Any]) -> dict[str, Any]:
    """UpdateContainerInstancesState: ACTIVE, or DRAINING which moves the tasks of services away."""
    changed = [_named({"containerInstance": reference}) for reference in data["containerInstances"]]
    for host in changed:
        host["status"] = data["status"]
        if data["status"] == "DRAINING":
            for task in _tasks_on(host["containerInstanceArn"]):
                task.update(
                    desiredStatus="STOPPED",
                    stoppedReason="Container instance is in DRAINING state.",
                    stopCode="ServiceSchedulerInitiated",
                    stoppingAt=time.time(),
                )
    return {"containerInstances": [_public(host) for host in changed], "failures": []}


def submit(data: dict[str, Any]) -> dict[str, Any]:
    """SubmitTaskStateChange; the agent's health reports, which AWS gets on another way, come along with it."""
    task = ecs._tasks.get(data["task"])
    if task is None or task["lastStatus"] == "STOPPED":
        return {"acknowledgment": "IGNORE"}
    for change in data.get("containers", []):
        container = next(item for item in task["containers"] if item["name"] == change["containerName"])
        container.update(
            {
                key: change[key]
                for key in ("exitCode", "reason", "runtimeId", "imageDigest", "healthStatus")
                if key in change
            }
        )
        container["lastStatus"] = change.get("status", container["lastStatus"])
    for change in data.get("managedAgents", []):
        container = next(item for item in task["containers"] if item["name"] == change["containerName"])
        agent = container["managedAgents"][0]
        agent.update({"lastStatus": change["status"], "lastStartedAt": agent.get("lastStartedAt") or time.time()})
        agent["reason"] = change.get("reason")
    states = {container["healthStatus"] for container in task["containers"]}
    task["healthStatus"] = next((state for state in ("UNHEALTHY", "UNKNOWN", "HEALTHY") if state in states), "UNKNOWN")
    status = data.get("status")
    if status == "ACTIVATING":
        task.update(lastStatus=status, pullStartedAt=time.time())
    elif status == "RUNNING" and task["lastStatus"] != "RUNNING":
        ecs._bump_task_version(task)
        task.update(lastStatus=status, startedAt=time.time(), pullStoppedAt=task["pullStoppedAt"] or time.time())
    elif status == "STOPPED":
        if task["desiredStatus"] != "STOPPED":
            task.update(
                stoppedReason=data.get("reason"),
                stopCode=("EssentialContainerExited" if task.get("startedAt") else "TaskFailedToStart"),
            )
        task_stopped(task)
    return {"acknowledgment": "ACCEPT"}


HANDLERS = {
    "RegisterContainerInstance": register,
    "DeregisterContainerInstance": deregister,
    "ListContainerInstances": list_instances,
    "DescribeContainerInstances": describe_instances,
    "UpdateContainerInstancesState": update_state,
    "SubmitTaskStateChange": submit,
    "LocalAllowed": permissions.allowed,
    # Refused or not by IAM before it comes here; what they answer nobody reads.
    "Poll": lambda _data: {},
    "StartTelemetrySession": lambda _data: {},
}
