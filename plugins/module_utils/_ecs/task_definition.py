# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task definition is and is to be. Pure. Private to the collection."""

from __future__ import annotations

import contextlib
import json
import typing as t

with contextlib.suppress(ImportError):  # The module base reports missing libraries.
    from botocore.validate import ParamValidator

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.errors import DeploymentError
from .._aws.ownership import wanted_tags
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_present

# What AWS fills in where a request is silent. A nested table applies to an object that is there, or to every object
# of a list. Sources: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html,
# API_ContainerDefinition, API_PortMapping, API_HealthCheck, API_EFSVolumeConfiguration; read in 2026-11.
DEFAULTS: Settings = {
    "networkMode": "bridge",
    "enableFaultInjection": False,
    "containerDefinitions": {
        "cpu": 0,
        "essential": True,
        "versionConsistency": "enabled",
        "portMappings": {"protocol": "tcp"},
        "mountPoints": {"readOnly": False},
        "healthCheck": {"interval": 30, "timeout": 5, "retries": 3},
    },
    "volumes": {
        "efsVolumeConfiguration": {
            "rootDirectory": "/",
            "transitEncryption": "DISABLED",
            "authorizationConfig": {"iam": "DISABLED"},
        },
    },
}

# Lists whose order means nothing, and is not always the one of the request.
UNORDERED = {
    "containerDefinitions",
    "dependsOn",
    "environment",
    "mountPoints",
    "portMappings",
    "requiresCompatibilities",
    "secrets",
    "ulimits",
    "volumes",
}

# What DescribeTaskDefinition tells beyond the request.
TOLD_BY_AWS = {
    "compatibilities",
    "deleteRequestedAt",
    "deregisteredAt",
    "family",
    "registeredAt",
    "registeredBy",
    "requiresAttributes",
    "revision",
    "status",
    "taskDefinitionArn",
}


def typed(value: t.Any, shape: t.Any) -> t.Any:
    """C(value) with the types of the API's C(shape), as templates tend to give strings; without what is null."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {key: typed(each, shape.members.get(key)) for key, each in value.items() if each is not None}
    if shape.type_name == "map" and isinstance(value, dict):
        return {str(key): typed(each, shape.value) for key, each in value.items() if each is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [typed(each, shape.member) for each in value]
    if shape.type_name == "string" and isinstance(value, bool):
        return str(value).lower()
    if shape.type_name == "string" and isinstance(value, (int, float)):
        return str(value)
    if shape.type_name in ("integer", "long") and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if shape.type_name == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def request(family: str, definition: Settings, shape: t.Any) -> Settings:
    """The arguments of RegisterTaskDefinition without tags, checked against the API's C(shape)."""
    arguments = typed({**definition, "family": family}, shape)
    report = ParamValidator().validate(arguments, shape)
    if report.has_errors():
        raise DeploymentError(
            message=(
                f"The definition of task family {family} is not one that AWS accepts, so nothing was registered:\n"
                f"{report.generate_report()}\n"
                "Compare with https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html"
            )
        )
    return arguments


def _complete(value: t.Any, defaults: Settings, key: str = "") -> t.Any:
    """C(value) with the defaults filled in, without what is empty, and unordered lists sorted."""
    if isinstance(value, dict):
        present = {name: _complete(each, defaults.get(name, {}), name) for name, each in value.items()}
        scalars = {name: default for name, default in defaults.items() if not isinstance(default, dict)}
        return {**scalars, **{name: each for name, each in present.items() if each not in (None, "", [], {})}}
    if isinstance(value, list):
        completed = [_complete(each, defaults) for each in value]
        return sorted(completed, key=lambda each: json.dumps(each, sort_keys=True)) if key in UNORDERED else completed
    return value


def settings(definition: t.Mapping[str, t.Any]) -> Settings:
    """A definition, of a request or as AWS tells it, as one flat table of comparable settings.

    The settings of a container are named C(<container>.<setting>).
    """
    complete = _complete({key: value for key, value in definition.items() if key not in TOLD_BY_AWS}, DEFAULTS)
    containers = complete.pop("containerDefinitions", [])
    for container in containers:
        if complete["networkMode"] in ("awsvpc", "host"):
            for port in container.get("portMappings", []):
                port.setdefault("hostPort", port.get("containerPort"))
        complete.update({f"{container['name']}.{key}": value for key, value in container.items()})
    return complete


def normalize(described: t.Mapping[str, t.Any]) -> Settings:
    """The answer of DescribeTaskDefinition or RegisterTaskDefinition in this collection's terms."""
    definition = described["taskDefinition"]
    return {
        "arn": definition["taskDefinitionArn"],
        "family": definition["family"],
        "revision": definition["revision"],
        "status": definition["status"],
        "settings": settings(definition),
        "tags": boto3_tag_list_to_ansible_dict(described.get("tags", [])),
    }


def plan(family: str, arguments: Settings, tags: t.Mapping[str, str], current: Settings | None) -> Change:
    """Register the first revision, or one more if any setting differs, also one that the request no longer has."""
    before = {**current["settings"], "tags": current["tags"]} if current else None
    desired = {**dict.fromkeys(before or {}), **settings(arguments)}
    desired["tags"] = wanted_tags(current["tags"] if current else {}, tags)
    return plan_present("task definition", family, before, desired)


def needs_revision(change: Change) -> bool:
    """Whether more than tags differs. Tags are put on the revision there is: a new one would restart the task."""
    return change.action == "create" or any(name != "tags" for name in change.differences)


def registration_arguments(arguments: Settings, tags: t.Mapping[str, str]) -> Settings:
    """The arguments of RegisterTaskDefinition."""
    return {**arguments, "tags": ansible_dict_to_boto3_tag_list(dict(tags), "key", "value")}


def family_of(arn: str) -> str:
    """The family in the ARN of a task definition."""
    return arn.rsplit("/", 1)[-1].rsplit(":", 1)[0]
