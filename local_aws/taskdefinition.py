"""What RegisterTaskDefinition refuses, in its words, and what it adds (API_RegisterTaskDefinition, API_HealthCheck)."""

from __future__ import annotations

import copy
import re
from typing import Any

CONTAINER_DEFAULTS: dict[str, Any] = {
    "cpu": 0,
    "essential": True,
    "environment": [],
    "mountPoints": [],
    "portMappings": [],
    "systemControls": [],
    "volumesFrom": [],
}
HEALTH_CHECK_DEFAULTS = {"interval": 30, "timeout": 5, "retries": 3}
NAME = re.compile(r"^[A-Za-z0-9_-]{1,255}$")
HEALTH_CHECK_LIMITS = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}


def problem(request: dict[str, Any]) -> str | None:
    """What is wrong with a task definition, or None."""
    checks = (_check_names, _check_memory, _check_roles, _check_volumes, _check_health_checks)
    return next((text for check in checks if (text := check(request))), None)


def with_defaults(request: dict[str, Any]) -> dict[str, Any]:
    """A task definition as AWS keeps it: what was left out is there with its default, and so told ever after."""
    kept = copy.deepcopy(request)
    own_ports = kept.get("networkMode") in ("awsvpc", "host")
    for container in _containers(kept):
        for name, default in CONTAINER_DEFAULTS.items():
            container.setdefault(name, copy.deepcopy(default))
        for port in container["portMappings"]:
            port.setdefault("protocol", "tcp")
            port.setdefault("hostPort", port["containerPort"] if own_ports else 0)
        if "healthCheck" in container:
            container["healthCheck"] = {**HEALTH_CHECK_DEFAULTS, **container["healthCheck"]}
    for volume in kept.get("volumes", []):
        if "efsVolumeConfiguration" in volume:
            volume["efsVolumeConfiguration"].setdefault("rootDirectory", "/")
    return kept


def _containers(request: dict[str, Any]) -> list[dict[str, Any]]:
    return request.get("containerDefinitions", [])


def _check_names(request: dict[str, Any]) -> str | None:
    if not NAME.match(request.get("family", "")):
        return "Invalid family: should be between 1 and 255 characters of letters, numbers, hyphens and underscores."
    if not _containers(request):
        return "Container list cannot be empty."
    for container in _containers(request):
        if not NAME.match(container.get("name", "")):
            return "Container.name contains invalid characters."
        if not container.get("image"):
            return "Container.image should not be null or empty."
    if not any(container.get("essential", True) for container in _containers(request)):
        return "At least one container must be essential."
    return None


def _check_memory(request: dict[str, Any]) -> str | None:
    for container in _containers(request):
        memory, reservation = container.get("memory"), container.get("memoryReservation")
        if memory is None and reservation is None and not request.get("memory"):
            return (
                "Invalid setting for container '{}'. At least one of 'memory' or 'memoryReservation' must be specified."
            ).format(container["name"])
        if memory is not None and reservation is not None and memory < reservation:
            return (
                f"Invalid setting for container '{container['name']}'. 'memory' must be greater than or equal to "
                "'memoryReservation'."
            )
    return None


def _check_roles(request: dict[str, Any]) -> str | None:
    if any(container.get("secrets") for container in _containers(request)) and not request.get("executionRoleArn"):
        return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    return None


def _check_volumes(request: dict[str, Any]) -> str | None:
    volumes = {volume["name"]: volume for volume in request.get("volumes", [])}
    for container in _containers(request):
        for mount in container.get("mountPoints", []):
            if mount.get("sourceVolume") not in volumes:
                return f"Unknown volume '{mount.get('sourceVolume')}'."
    for volume in volumes.values():
        efs = volume.get("efsVolumeConfiguration")
        if efs is None:
            continue
        authorization = efs.get("authorizationConfig", {})
        encrypted = efs.get("transitEncryption") == "ENABLED"
        if authorization.get("accessPointId") and efs.get("rootDirectory", "/") != "/":
            return (
                "RootDirectory must be set to '/' or empty when an EFS access point is specified in the "
                "authorizationConfig."
            )
        if authorization.get("accessPointId") and not encrypted:
            return "When accessPointId is specified, transitEncryption must be set to 'ENABLED'."
        if authorization.get("iam") == "ENABLED" and not encrypted:
            return "When iam is enabled, transitEncryption must be set to 'ENABLED'."
        if authorization.get("iam") == "ENABLED" and not request.get("taskRoleArn"):
            return "When EFS IAM authorization is enabled, taskRoleArn must be specified."
    return None


def _check_health_checks(request: dict[str, Any]) -> str | None:
    for container in _containers(request):
        check = container.get("healthCheck")
        if check is None:
            continue
        if not check.get("command"):
            return "Container.healthCheck.command should not be null or empty."
        for name, (low, high) in HEALTH_CHECK_LIMITS.items():
            if check.get(name) is not None and not low <= check[name] <= high:
                return f"Container.healthCheck.{name} should be between {low} and {high}."
    return None
