"""How ECS decides: which tasks of a service start and stop, where they go, and when a deployment is over.

Pure functions on plain values. What they follow is described in the ECS API reference (API_DeploymentConfiguration,
API_DeploymentCircuitBreaker) and in the developer guide (cluster auto scaling).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

HEALTH_CHECK_FAILED = "Task failed container health checks"
NOT_WANTED = "Scaling activity initiated by"
FROM_ZERO = 2  # hosts that managed scaling starts when there are none: aws/containers-roadmap#1716
ENIS = {"t4g.nano": 2, "t4g.micro": 2, "t4g.small": 3, "t4g.medium": 3, "t4g.large": 3}  # EC2: network cards per type
MEMORY_MIB = {"t4g.nano": 418, "t4g.micro": 904, "t4g.small": 1846, "t4g.medium": 3791, "t4g.large": 7656}  # estimates
CPU_UNITS = 2048


@dataclass(frozen=True)
class Task:
    """What the scheduler looks at of a task that is not over yet."""

    arn: str
    deployment: str
    status: str = "RUNNING"
    desired: str = "RUNNING"
    health: str = "UNKNOWN"
    settled: bool = True
    created: float = 0.0


@dataclass(frozen=True)
class Service:
    """What the scheduler looks at of a service."""

    desired: int
    primary: str
    minimum_percent: int = 100
    maximum_percent: int = 200
    may_start: bool = True


@dataclass(frozen=True)
class Plan:
    """How many tasks to start, and which to stop why."""

    start: int = 0
    stop: list[tuple[str, str]] = field(default_factory=list)


def plan(service: Service, tasks: Sequence[Task]) -> Plan:
    """What to do now. A task that is being stopped still counts against the maximum: it is not gone yet."""
    stop = []
    wanted = []
    for task in tasks:
        if task.desired != "RUNNING":
            continue
        if task.health == "UNHEALTHY":
            stop.append((task.arn, HEALTH_CHECK_FAILED))
        else:
            wanted.append(task)
    new = sorted((task for task in wanted if task.deployment == service.primary), key=lambda task: task.created)
    old = [task for task in wanted if task.deployment != service.primary]
    stop += [(task.arn, NOT_WANTED) for task in new[service.desired :]]
    floor = math.ceil(service.desired * service.minimum_percent / 100)
    spare = sum(task.settled for task in wanted) - floor
    for task in old:
        if not task.settled or spare > 0:
            spare -= task.settled
            stop.append((task.arn, NOT_WANTED))
    ceiling = max(floor, service.desired * service.maximum_percent // 100)
    start = min(service.desired - len(new), ceiling - len(tasks)) if service.may_start else 0
    return Plan(max(start, 0), stop)


def completed(service: Service, tasks: Sequence[Task]) -> bool:
    """Whether the primary deployment is done: its tasks run and are healthy, and the old ones are gone."""
    new = [task for task in tasks if task.deployment == service.primary]
    return len(new) == len(tasks) and sum(task.settled for task in new) >= service.desired


def breaker_threshold(desired: int, configuration: dict[str, object] | None = None) -> int:
    """After how many failed tasks in a row the circuit breaker trips."""
    configuration = configuration or {}
    value = int(str(configuration.get("value", 50)))
    match configuration.get("type", "BOUNDED_PERCENT"):
        case "COUNT":
            return max(1, value)
        case "UNBOUNDED_PERCENT":
            return max(1, math.ceil(value * desired / 100))
    return min(200, max(3, math.ceil(value * desired / 100)))


def restart_delay(failures: int) -> float:
    """Seconds of the real AWS to wait before the next try, growing with each failure."""
    return 0 if failures == 0 else min(10 * 2 ** (failures - 1), 900)


@dataclass(frozen=True)
class Room:
    """What is free on a container instance."""

    arn: str
    memory: int
    cpu: int
    enis: int


def place(memory: int, cpu: int, awsvpc: bool, rooms: Sequence[Room]) -> tuple[str | None, str]:
    """The container instance for a task, or None and the reason as ECS words it in the service's events."""
    if not rooms:
        return None, "No Container Instances were found in your capacity provider."
    lacks = ""
    for room in rooms:
        if room.memory < memory:
            lacks = "has insufficient memory available"
        elif room.cpu < cpu:
            lacks = "has insufficient CPU units available"
        elif awsvpc and room.enis < 1:
            lacks = 'encountered error "RESOURCE:ENI"'
        else:
            return room.arn, ""
    return None, f"The closest matching (container-instance {rooms[-1].arn.rsplit('/', 1)[-1]}) {lacks}."


def hosts_wanted(waiting: int, hosts: int, used: int, minimum: int, maximum: int) -> int:
    """How many hosts managed scaling asks for: enough for what waits, and none that is not used."""
    if waiting == 0:
        return max(minimum, used)
    return max(minimum, min(maximum, FROM_ZERO if hosts == 0 else hosts + 1))
