"""Which calls the local AWS got and how they ended: what tests assert, and what a least-privilege policy is made of."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from typing import Any

KEEP = 50_000
MADE_UP = re.compile(r"(?<=[-:/])([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{17}|[0-9a-f]{8})\b")
# What AWS calls a user, and where an aws_ssm connection puts a file: <bucket>/<instance>/<path on the instance>.
USER_ID = re.compile(r"\bAIDA[A-Z0-9]+")
TRANSFERRED = re.compile(r"(:::[^/]+/i-0)/.*")
TAGS = re.compile(r"Tag/|TagKeys")
OWNER_TAGS = ("aws:RequestTag/openclaw:deployment", "aws:ResourceTag/openclaw:deployment")
# By its name the setup host is told from the other instances of a deployment.
NAME_TAGS = ("aws:RequestTag/Name", "aws:ResourceTag/Name")
SESSION_OWNER = "ssm:ResourceTag/aws:ssmmessages:session-id"


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


def permissions(entries: list[dict[str, Any]], user: str) -> list[dict[str, Any]]:
    """What a user's calls took, each once and without the IDs of one run: for writing and testing a policy."""
    taken = (
        {"action": action, "resource": without_ids(resource), "keys": deciding(keys, resource)}
        for entry in entries
        if entry["principal_arn"].endswith(f":user/{user}")
        for action, resource, keys in entry["permissions"]
    )
    return [json.loads(line) for line in sorted({json.dumps(each) for each in taken})]


def without_ids(text: str) -> str:
    """A resource's ARN with zeros for what AWS, or a connection, has made up."""
    return TRANSFERRED.sub(r"\1/0", USER_ID.sub("AIDA0", MADE_UP.sub("0", text)))


def deciding(keys: dict[str, Any], resource: str) -> dict[str, Any]:
    """The condition keys that a policy can decide by: of tags only those that tell whose it is, and in one form."""
    told = (*OWNER_TAGS, SESSION_OWNER, *(NAME_TAGS if ":instance/" in resource else ()))
    return {
        name: without_ids(value) for name, value in sorted(keys.items()) if name.endswith(told) or not TAGS.search(name)
    }
