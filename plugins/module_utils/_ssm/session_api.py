# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per API call about sessions with instances. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.errors import DeploymentError
from .._aws.errors import api_call
from .._aws.waiting import WaiterFactory
from .._aws.waiting import on_path
from .._aws.waiting import waiter

WAITERS = WaiterFactory(
    {
        "instance_online": waiter(
            "DescribeInstanceInformation",
            on_path("success", "path", "InstanceInformationList[0].PingStatus", "Online"),
        )
    }
)


@api_call("read session document {name}", missing=["InvalidDocument"])
def get_document(client: t.Any, name: str) -> dict[str, t.Any] | None:
    """A document of Systems Manager, its content as JSON; none if there is none of that name."""
    return client.get_document(Name=name, DocumentFormat="JSON")


def _of_instance(instance_id: str) -> list[dict[str, t.Any]]:
    return [{"Key": "InstanceIds", "Values": [instance_id]}]


@api_call("see instance {instance_id} online in Systems Manager")
def wait_until_online(client: t.Any, instance_id: str, timeout: int) -> None:
    """Wait until the agent of an instance is connected."""
    WAITERS.wait(client, "instance_online", timeout, Filters=_of_instance(instance_id))


def ran_out_of_time(error: DeploymentError) -> bool:
    """Whether a wait ended because its time was over, and not with an error of AWS."""
    return "Error" not in getattr(error.exception, "last_response", {"Error": {}})


@api_call("describe instance {instance_id} in Systems Manager")
def describe_instance_information(client: t.Any, instance_id: str) -> dict[str, t.Any] | None:
    """What Systems Manager knows of an instance; none if its agent has never called."""
    found = client.describe_instance_information(Filters=_of_instance(instance_id))["InstanceInformationList"]
    return next(iter(found), None)


@api_call("describe instance {instance_id}", missing=["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"])
def describe_instance(client: t.Any, instance_id: str) -> dict[str, t.Any] | None:
    """What EC2 knows of an instance; none if it is not there."""
    reservations = client.describe_instances(InstanceIds=[instance_id])["Reservations"]
    return next((instance for one in reservations for instance in one["Instances"]), None)
