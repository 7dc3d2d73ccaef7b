"""Things that AWS does a while after it was asked: each change waits for its time and happens at the next request."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope

TABLE = Path(__file__).with_name("latencies.yml")
DEFAULT_SCALE = 0.02


class Lifecycle:
    """The changes that are still to come, in the order of their time."""

    def __init__(self, seconds: dict[str, float], clock: Callable[[], float] = time.monotonic) -> None:
        """Take the duration of each step, in seconds of the real AWS."""
        self.scale = DEFAULT_SCALE
        self._seconds = seconds
        self._clock = clock
        self._queue: list[tuple[float, int, str, str, Callable[[], None]]] = []
        self._order = itertools.count()
        self._lock = threading.RLock()

    def seconds(self, step: str) -> float:
        """How long a step of the table takes here."""
        return self._seconds[step] * self.scale

    def after(self, step: str, change: Callable[[], None]) -> None:
        """Let `change` happen when the step's time is over, in the account and region of this request."""
        due = self._clock() + self.seconds(step)
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
        self.scale = DEFAULT_SCALE


def _read_table() -> dict[str, float]:
    return {name: entry["seconds"] for name, entry in yaml.safe_load(TABLE.read_text())["steps"].items()}


lifecycle = Lifecycle(_read_table())
