"""The network as the Describe calls of EC2 show it, for `reach`."""

from __future__ import annotations

import time
from typing import Any

from botocore import xform_name

from local_aws.agent.aws import root
from local_aws.reach import Interface
from local_aws.reach import Network
from local_aws.reach import network_from

KEEP_SECONDS = 1.0
_kept: tuple[float, Network] | None = None


def snapshot(around: Interface | None = None) -> Network:
    """The network as it is now, or was a second ago; in any case one that knows the VPC of an interface."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEEP_SECONDS or not _knows(_kept[1], around):
        _kept = (time.monotonic(), network_from(_describe))
    return _kept[1]


def _knows(network: Network, eni: Interface | None) -> bool:
    return eni is None or eni.vpc in {table["VpcId"] for table in network.route_tables}


def _describe(operation: str, **parameters: str) -> dict[str, Any]:
    return getattr(root("ec2"), xform_name(operation))(**parameters)
