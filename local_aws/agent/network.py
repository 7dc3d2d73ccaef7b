"""The network as the Describe calls of EC2 show it, for `reach`."""

from __future__ import annotations

import time
from typing import Any

from botocore import xform_name

from local_aws.agent.aws import root
from local_aws.reach import Network
from local_aws.reach import network_from

KEEP_SECONDS = 1.0
_kept: tuple[float, Network] | None = None


def snapshot() -> Network:
    """The network as it is now, or was a second ago."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEEP_SECONDS:
        _kept = (time.monotonic(), network_from(_describe))
    return _kept[1]


def _describe(operation: str, **parameters: str) -> dict[str, Any]:
    return getattr(root("ec2"), xform_name(operation))(**parameters)
