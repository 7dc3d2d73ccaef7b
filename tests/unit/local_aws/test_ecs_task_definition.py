"""What RegisterTaskDefinition refuses."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.taskdefinition import problem
from local_aws.taskdefinition import with_defaults


def definition(
    container: dict[str, Any] | None = None, efs: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A task definition without fault, changed."""
    volume = {
        "fileSystemId": "fs-1",
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
        **(efs or {}),
    }
    return {
        "family": "f",
        "taskRoleArn": "r",
        "executionRoleArn": "r",
        "volumes": [{"name": "data", "efsVolumeConfiguration": volume}],
        "containerDefinitions": [
            {
                "name": "c",
                "image": "i",
                "memoryReservation": 512,
                "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
                **(container or {}),
            }
        ],
        **changes,
    }


def test_nothing_is_wrong() -> None:
    assert problem(definition()) is None


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (definition(family="with space"), "Invalid family"),
        (definition(containerDefinitions=[]), "Container list cannot be empty"),
        (definition({"name": "a b"}), "Container.name contains invalid characters"),
        (definition({"image": ""}), "Container.image should not be null or empty"),
        (definition({"essential": False}), "At least one container must be essential"),
        (definition({"memoryReservation": None}), "At least one of 'memory' or 'memoryReservation' must be specified"),
        (definition({"memory": 256}), "'memory' must be greater than or equal to 'memoryReservation'"),
        (
            definition({"secrets": [{"name": "T", "valueFrom": "/t"}]}, executionRoleArn=""),
            "you must also specify a value for 'executionRoleArn'",
        ),
        (definition({"mountPoints": [{"sourceVolume": "other"}]}), "Unknown volume 'other'"),
        (definition(efs={"rootDirectory": "/openclaw"}), "RootDirectory must be set to '/' or empty"),
        (definition(efs={"transitEncryption": "DISABLED"}), "transitEncryption must be set to 'ENABLED'"),
        (definition(taskRoleArn=""), "taskRoleArn must be specified"),
        (definition({"healthCheck": {"command": []}}), "healthCheck.command should not be null"),
        (
            definition({"healthCheck": {"command": ["CMD", "x"], "startPeriod": 301}}),
            "healthCheck.startPeriod should be between 0 and 300",
        ),
    ],
)
def test_refusal(request_: dict[str, Any], text: str) -> None:
    assert text in str(problem(request_))


def test_aws_tells_its_defaults() -> None:
    changes = {"portMappings": [{"containerPort": 80}], "healthCheck": {"command": ["CMD", "x"]}}
    request = definition(changes, networkMode="awsvpc")
    kept = with_defaults(request)
    container = kept["containerDefinitions"][0]
    assert container["portMappings"] == [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]
    assert container["healthCheck"] == {"command": ["CMD", "x"], "interval": 30, "timeout": 5, "retries": 3}
    assert (container["cpu"], container["essential"], container["environment"]) == (0, True, [])
    assert kept["volumes"][0]["efsVolumeConfiguration"]["rootDirectory"] == "/"
    assert "hostPort" not in request["containerDefinitions"][0]["portMappings"][0]
