"""A container's health check: what its definition says, and what its results add up to (API_HealthCheck)."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import Any

SHORTEST_INTERVAL = 0.5  # however small the scale: a check costs a process


@dataclass(frozen=True)
class Check:
    """How to check, with its times in seconds."""

    command: list[str]
    interval: float
    timeout: float
    retries: int
    start_period: float


def read_check(definition: dict[str, Any] | None, scale: float) -> Check | None:
    """The check of a container definition; intervals shrink with the scale, the timeout doesn't."""
    if not definition or definition["command"][0] == "NONE":
        return None
    kind, *rest = definition["command"]
    command = ["/bin/sh", "-c", rest[0]] if kind == "CMD-SHELL" else (rest if kind == "CMD" else [kind, *rest])
    return Check(
        command,
        max(definition.get("interval", 30) * scale, SHORTEST_INTERVAL),
        definition.get("timeout", 5),
        definition.get("retries", 3),
        definition.get("startPeriod", 0),
    )


@dataclass(frozen=True)
class Health:
    """The state so far."""

    status: str = "UNKNOWN"
    failures: int = 0


def after(health: Health, passed: bool, age: float, check: Check) -> Health:
    """The state after one more result: failures in the start period don't count until one check has passed."""
    if passed:
        return Health("HEALTHY")
    if age < check.start_period and health.status == "UNKNOWN":
        return health
    failures = health.failures + 1
    return Health("UNHEALTHY", failures) if failures >= check.retries else replace(health, failures=failures)
