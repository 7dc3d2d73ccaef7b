"""Failures that are ordered beforehand: the next calls of an action end as AWS sometimes ends them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ministack.core.iam_actions import access_denied_response

STATUS = {"InternalFailure": 500, "InternalError": 500, "ServiceUnavailable": 503}


@dataclass
class Fault:
    """One ordered failure and how often it still happens."""

    service: str
    action: str
    code: str
    message: str
    times: int = 1


class Faults:
    """The failures that are still to come."""

    def __init__(self) -> None:
        """Begin with none."""
        self._faults: list[Fault] = []

    def order(self, fault: dict[str, Any]) -> None:
        """Let the next calls of an action fail."""
        self._faults.append(Fault(**fault))

    def take(self, service: str, action: str) -> Fault | None:
        """The failure that this call meets, counted down."""
        for fault in self._faults:
            if (fault.service, fault.action) == (service, action) and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Cancel all."""
        self._faults.clear()


def error_response(service: str, code: str, message: str, headers: dict[str, str], status: int = 400) -> tuple:
    """An error in the form that the service's clients read."""
    if service == "elasticfilesystem":
        body = json.dumps({"ErrorCode": code, "Message": message}).encode()
        return status, {"Content-Type": "application/json", "x-amzn-errortype": code}, body
    _status, reply_headers, body = access_denied_response(
        service, "", "", "local-aws", error_code=code, message=message, headers=headers
    )
    return status, reply_headers, body
