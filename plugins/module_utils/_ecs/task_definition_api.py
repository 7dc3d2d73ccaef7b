# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per call of the ECS API about task definitions. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.errors import DeploymentError
from .._aws.errors import api_call
from .._aws.errors import error_code
from .task_definition import family_of

DELETE_BATCH = 10


@api_call("describe task definition {name}")
def describe_task_definition(client: t.Any, name: str) -> dict[str, t.Any] | None:
    """A revision, or of a family the latest active one, with its tags."""
    try:
        return client.describe_task_definition(taskDefinition=name, include=["TAGS"])
    except client.exceptions.ClientException as error:
        # AWS has no error code of its own for this.
        if error_code(error) == "ClientException" and "Unable to describe task definition" in str(error):
            return None
        raise


@api_call("list the task definitions of family {family}")
def list_task_definitions(client: t.Any, family: str) -> list[str]:
    """The ARNs of all revisions of a family that can still be deleted, active and inactive, oldest first."""
    paginator = client.get_paginator("list_task_definitions")
    return [
        arn
        for status in ("INACTIVE", "ACTIVE")
        for page in paginator.paginate(familyPrefix=family, status=status)
        for arn in page["taskDefinitionArns"]
        if family_of(arn) == family
    ]


@api_call("register task definition {family}")
def register_task_definition(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Register a revision."""
    return client.register_task_definition(**arguments)


@api_call("tag ECS resource {arn}")
def tag_resource(client: t.Any, arn: str, tags: list[dict[str, str]]) -> None:
    """Add or overwrite tags."""
    client.tag_resource(resourceArn=arn, tags=tags)


@api_call("deregister task definition {arn}")
def deregister_task_definition(client: t.Any, arn: str) -> None:
    """Make a revision inactive: tasks that run it go on, no new ones start."""
    client.deregister_task_definition(taskDefinition=arn)


@api_call("delete task definitions {arns}")
def delete_task_definitions(client: t.Any, arns: list[str]) -> None:
    """Delete inactive revisions."""
    for start in range(0, len(arns), DELETE_BATCH):
        answer = client.delete_task_definitions(taskDefinitions=arns[start : start + DELETE_BATCH])
        if answer.get("failures"):
            refused = "; ".join(f"{each.get('arn')}: {each.get('reason')}" for each in answer["failures"])
            raise DeploymentError(message=f"AWS did not delete these task definitions: {refused}")
