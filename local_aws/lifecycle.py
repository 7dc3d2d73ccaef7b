"""Things that AWS does a while after it was asked: each change waits for its time and happens at the next request."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from collections.abc import Set
from pathlib import Path
from typing import Any

import yaml
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope

TABLE = Path(__file__).with_name("latencies.yml")
DEFAULT_SCALE = 0.02
DEFAULT_MINUTE = 60.0


class Lifecycle:
    """The changes that are still to come, in the order of their time."""

    def __init__(
        self, seconds: dict[str, float], clock: Callable[[], float] = time.monotonic, unscaled: Set[str] = frozenset()
    ) -> None:
        """Take the duration of each step, in seconds of the real AWS, and which of them the scale leaves alone."""
        self.scale = DEFAULT_SCALE
        self.minute = DEFAULT_MINUTE
        self._seconds = seconds
        self._unscaled = unscaled
        self._set: dict[str, float] = {}
        self._clock = clock
        self._queue: list[tuple[float, int, str, str, Callable[[], None]]] = []
        self._order = itertools.count()
        self._lock = threading.RLock()

    def seconds(self, step: str) -> float:
        """How long a step of the table takes here."""
        scale = 1 if step in self._unscaled else self.scale
        return self._set.get(step, self._seconds[step] * scale)

    def set(
        self, scale: float | None = None, minute: float | None = None, steps: dict[str, float] | None = None
    ) -> None:
        """Change the scale, the seconds of a machine's minute, or steps one by one (in seconds, whatever the scale)."""
        unknown = set(steps or {}) - set(self._seconds)
        if unknown:
            raise ValueError(f"No such steps in {TABLE.name}: {', '.join(sorted(unknown))}")
        self._set |= steps or {}
        self.scale = self.scale if scale is None else float(scale)
        self.minute = self.minute if minute is None else float(minute)

    def settings(self) -> dict[str, Any]:
        """What `set` has set."""
        return {"scale": self.scale, "minute": self.minute, "steps": self._set}

    def after(self, step: str, change: Callable[[], None], times: float = 1) -> None:
        """Let `change` happen when so many times the step's time is over, in the account and region of this request."""
        due = self._clock() + self.seconds(step) * times
        with self._lock:
            heapq.heappush(self._queue, (due, next(self._order), get_account_id(), get_region(), change))
        self.settle()

    def settle(self, until: float | None = None) -> None:
        """Make every change happen whose time has come, or comes until then."""
        with self._lock:
            while self._queue and self._queue[0][0] <= (until or self._clock()):
                _due, _order, account, region, change = heapq.heappop(self._queue)
                with request_scope(account, region):
                    change()

    def clear(self) -> None:
        """Forget all that was still to come."""
        self._queue.clear()
        self._set.clear()
        self.scale, self.minute = DEFAULT_SCALE, DEFAULT_MINUTE


def _from_table() -> Lifecycle:
    steps = yaml.safe_load(TABLE.read_text())["steps"]
    seconds = {name: step["seconds"] for name, step in steps.items()}
    return Lifecycle(seconds, unscaled={name for name, step in steps.items() if not step.get("scaled", True)})


lifecycle = _from_table()
