# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a value as OpenClaw does: JSON, two spaces, the order of the keys kept. Tells whether two values are the same.

Pure. Private to the collection.
"""

from __future__ import annotations

import json
import math
import re
import typing as t
from decimal import Decimal

LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def write(value: t.Any) -> str:
    """The text of a file that holds the value."""
    return _write(value, "\n") + "\n"


def _write(value: t.Any, line: str) -> str:
    inner = f"{line}  "
    if isinstance(value, dict) and value:
        return "{" + ",".join(f"{inner}{_string(key)}: {_write(value[key], inner)}" for key in value) + f"{line}}}"
    if isinstance(value, list) and value:
        return "[" + ",".join(inner + _write(each, inner) for each in value) + f"{line}]"
    if isinstance(value, str):
        return _string(value)
    # A decimal fraction as it was read; an infinity, which JSON does not have, as JSON5 and so OpenClaw reads it.
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def _string(value: str) -> str:
    return LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def exact(value: t.Any) -> t.Any:
    """The value with its fractions as they would be written, so that 0.1 is what 0.1 is in a file."""
    if isinstance(value, dict):
        return {key: exact(each) for key, each in value.items()}
    if isinstance(value, list):
        return [exact(each) for each in value]
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(repr(value))
    return value


def same(one: t.Any, other: t.Any) -> bool:
    """Whether two values are the same, whatever the order of keys and the spelling of numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(each, other[index]) for index, each in enumerate(one))
    if _is_number(one) and _is_number(other):
        return one == other or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and one == other


def _is_number(value: t.Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
