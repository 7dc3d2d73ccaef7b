"""Which instances Systems Manager knows: those whose agent has had the time, the permissions and the way to report.

docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-prerequisites.html
"""

from __future__ import annotations

from typing import Any

from botocore.parsers import create_parser
from ministack.services import ec2
from ministack.services import iam

from local_aws.credentials import trusts
from local_aws.direct import service_model
from local_aws.layer import machines
from local_aws.layer import permissions
from local_aws.reach import Network
from local_aws.reach import interface
from local_aws.reach import network_from
from local_aws.reach import reach
from local_aws.settings import ACCOUNT
from local_aws.settings import REGION

AGENT_VERSION = "3.3.3572.0"
SERVICES = ("ssm", "ssmmessages")
REPORT = "ssm:UpdateInstanceInformation"
CHANNELS = [
    f"ssmmessages:{name}"
    for name in ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
]


def managed() -> list[dict[str, Any]]:
    """Every instance that has reported once: instance_id, ping_status, agent_version, platform, ip, role."""
    network = network_from(_describe)
    found = []
    for instance in ec2._instances.values():
        if instance["State"]["Name"] in ("terminated", "shutting-down"):
            continue
        problem = why_not(instance, network)
        if problem is None:
            instance["_Reported"] = True
        if instance.get("_Reported"):
            found.append(
                {
                    "instance_id": instance["InstanceId"],
                    "ping_status": "ConnectionLost" if problem else "Online",
                    "agent_version": AGENT_VERSION,
                    "platform": "Amazon Linux",
                    "ip": instance["PrivateIpAddress"],
                    "role": role_of(instance),
                }
            )
    return found


def online(instance_id: str) -> bool:
    """Whether a session with an instance is possible now."""
    return any(one["instance_id"] == instance_id and one["ping_status"] == "Online" for one in managed())


def why_not(instance: dict[str, Any], network: Network) -> str | None:
    """Why the SSM agent of an instance does not report, or None when it does."""
    if not instance.get("_AgentUp") or not machines.is_up(instance):
        return "the agent has not started"
    role = role_of(instance)
    if role is None:
        return "no instance profile with a role that trusts EC2: the agent finds no credentials"
    for service in SERVICES:
        way = reach(interface(instance), service, network)
        if not way:
            return f"no way to {service}: {way.reason}"
    machine = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance['InstanceId']}"
    for actions, resource in (([REPORT], machine), (CHANNELS, "*")):
        denied = permissions.allowed({"Role": role, "Actions": actions, "Resource": resource})["denied"]
        if denied:
            return f"the role {role} may not {', '.join(denied)}"
    return None


def role_of(instance: dict[str, Any]) -> str | None:
    """The role in an instance's profile, if it trusts EC2."""
    profile = instance.get("IamInstanceProfile")
    name = profile["Arn"].rsplit("/", 1)[-1] if profile else None
    for role_name in (iam._instance_profiles.get(name) or {}).get("Roles", []):
        role = iam._roles.get(role_name)
        if role and trusts(role["AssumeRolePolicyDocument"], "ec2.amazonaws.com"):
            return role["Arn"]
    return None


def _describe(operation: str, **parameters: str) -> dict[str, Any]:
    """An answer of EC2, past authentication and IAM."""
    model = service_model("ec2").operation_model(operation)
    status, headers, body = ec2._ACTION_MAP[operation](dict(parameters))
    text = body.encode() if isinstance(body, str) else body
    answer = {"status_code": status, "headers": headers, "body": text}
    return create_parser("ec2").parse(answer, model.output_shape)
