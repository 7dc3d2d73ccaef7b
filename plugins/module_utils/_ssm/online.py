# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an instance is not online in Systems Manager. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

Facts = t.Mapping[str, t.Any]

ENDED = ("stopping", "stopped", "shutting-down", "terminated")


def normalize(found: Facts) -> dict[str, str]:
    """An instance as Systems Manager knows it, in this collection's terms."""
    return {
        "id": found["InstanceId"],
        "ping_status": found["PingStatus"],
        "agent_version": found.get("AgentVersion", ""),
        "platform_name": found.get("PlatformName", ""),
    }


def has_ended(instance: Facts | None) -> bool:
    """Whether an instance is gone, or on its way out, so that its agent will never call."""
    return instance is None or instance["State"]["Name"] in ENDED


def ended_message(instance_id: str, instance: Facts | None) -> str:
    """That the instance has ended, and why in AWS's words."""
    if instance is None:
        return f"There is no instance {instance_id} that could come online in Systems Manager."
    reason = instance.get("StateReason", {}).get("Message") or "AWS gives no reason"
    return (
        f"Instance {instance_id} is {instance['State']['Name']} ({reason}), before it was online in Systems Manager."
        " If it ended itself, its user data or its lifetime made it; if AWS ended it, the reason says why. Run again"
        " for a new one."
    )


def late_message(instance_id: str, timeout: int, known: Facts | None, instance: Facts) -> str:
    """That the time is over: what was awaited, how long, what is known, and what to look at."""
    profile = instance.get("IamInstanceProfile", {}).get("Arn") or "it has none"
    groups = ", ".join(each["GroupId"] for each in instance.get("SecurityGroups", [])) or "none"
    state = f"last seen as {known['PingStatus']}" if known else "which has never heard of it"
    return "\n".join(
        [
            f"Instance {instance_id} is {instance['State']['Name']}, but did not come online in Systems Manager"
            f" ({state}) within {timeout} seconds. What to look at:",
            f"- its instance profile ({profile}): its role needs ssm:UpdateInstanceInformation and the four actions"
            " ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel",
            f"- the way from subnet {instance.get('SubnetId', '')} to ssm and ssmmessages: for each an interface"
            " endpoint with private DNS whose group admits port 443, or a default route to a NAT gateway",
            f"- its security groups ({groups}): they have to let port 443 out",
            f"- its user data and its image: aws ec2 get-console-output --latest --output text --instance-id"
            f" {instance_id} shows how far it came",
        ]
    )
