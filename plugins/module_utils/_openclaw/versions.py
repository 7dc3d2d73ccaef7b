# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What OpenClaw's versions differ in, as far as this module writes it. Data. Private to the collection.

Read from and tried with `openclaw config validate` of the versions that are named, on 2026-11-22. A version in between
is taken for the one before it.
"""

from __future__ import annotations

import re
import typing as t

from .errors import Refused

VERSION = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,3})(?:[-+].*)?")


class Shape(t.NamedTuple):
    """How the configuration looks from a version on."""

    since: tuple[int, int, int]
    memory_search: tuple[str, ...]
    # What stops each call to a host outside AWS: https://docs.openclaw.ai/gateway/configuration-reference
    quiet: dict[str, t.Any]


SHAPES = (
    Shape(
        since=(2026, 2, 0),
        memory_search=("agents", "defaults", "memorySearch"),
        quiet={
            "update": {"checkOnStart": False},
            "models": {"pricing": {"enabled": False}},
            "discovery": {"mdns": {"mode": "off"}},
        },
    ),
    Shape(
        since=(2026, 9, 0),
        memory_search=("memory", "search"),
        quiet={
            "update": {"checkOnStart": False},
            "models": {"catalogRefresh": {"enabled": False}},
            "discovery": {"mdns": {"mode": "off"}},
        },
    ),
)


def shape_of(version: str) -> Shape:
    """The shape that a version of OpenClaw reads."""
    found = VERSION.fullmatch(version)
    if not found:
        raise Refused(f"openclaw_version: {version!r} is not a version of OpenClaw. Write one like 2026.5.7.")
    number = tuple(int(part) for part in found.groups())
    fitting = [shape for shape in SHAPES if shape.since <= number]
    if not fitting:
        oldest = ".".join(str(part) for part in SHAPES[0].since[:2])
        raise Refused(f"openclaw_version: {version} is older than {oldest}, the oldest that this module writes for.")
    return fitting[-1]
