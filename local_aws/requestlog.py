"""Which calls the local AWS got and how they ended: what tests assert, and what a least-privilege policy is made of."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

KEEP = 50_000


class RequestLog:
    """The last calls, numbered from 1."""

    def __init__(self) -> None:
        """Begin empty."""
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEEP)
        self._next = 1

    def add(self, **entry: Any) -> None:
        """Note one finished call."""
        self._entries.append({"n": self._next, "time": time.time(), **entry})
        self._next += 1

    def since(self, number: int) -> dict[str, Any]:
        """The calls from that number on, and the number to ask for next."""
        return {"entries": [entry for entry in self._entries if entry["n"] >= number], "next": self._next}

    def clear(self) -> None:
        """Forget the calls; numbers go on, so that a reader who waits for the next one still gets it."""
        self._entries.clear()


def permissions(entries: list[dict[str, Any]], user: str) -> dict[str, list[str]]:
    """What a user's calls took: the resources of each action, for writing a least-privilege policy."""
    found: dict[str, set[str]] = {}
    for entry in entries:
        if entry["principal_arn"].endswith(f":user/{user}"):
            for action, resource in entry["permissions"]:
                found.setdefault(action, set()).add(resource)
    return {action: sorted(resources) for action, resources in sorted(found.items())}
