# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where OpenClaw's versions have the settings that this module writes. Data. Private to the collection.

Found with `openclaw config validate` of 2026.3.24, 3.31, 4.26, 4.29, 5.7, 5.12, 6.11, 7.1, 8.1 and 9.6, and in the
schemas of releases between them, on 2026-11-22.
"""

from __future__ import annotations

import re

from .errors import Refused

VERSION = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,3})(?:[-+].*)?")
OLDEST = (2026, 3, 24)
PLUGIN_CONFIG = ("plugins", "entries", "amazon-bedrock", "config")
PLACES = {
    "discovery": (((2026, 4, 5), (*PLUGIN_CONFIG, "discovery")),),
    "guardrail": (((2026, 4, 1), (*PLUGIN_CONFIG, "guardrail")),),
    "memory_search": (
        ((2026, 3, 31), ("agents", "defaults", "memorySearch")),
        ((2026, 8, 1), ("memory", "search")),
    ),
    "model_prices": (
        ((2026, 4, 27), ("models", "pricing", "enabled")),
        ((2026, 8, 1), ("models", "catalogRefresh", "enabled")),
    ),
    "service_tier": (((2026, 5, 12), ("agents", "defaults", "params", "serviceTier")),),
}
# The first that does not bundle the provider of Amazon Bedrock, by the folder dist/extensions of the npm packages of
# the versions above on 2026-11-22: 2026.5.7 has it; 2026.5.12, the next one that npm has, and the later ones have not.
# There it is the plugin @openclaw/amazon-bedrock-provider: https://docs.openclaw.ai/plugins/reference/amazon-bedrock;
# the change log of 2026.5.12 says the same.
PROVIDER_IS_A_PLUGIN = (2026, 5, 12)

Number = tuple[int, ...]


def parse_version(version: str) -> Number:
    """The numbers of a version of OpenClaw."""
    found = VERSION.fullmatch(version)
    if not found:
        raise Refused(f"openclaw_version: {version!r} is not a version of OpenClaw. Write one like 2026.5.7.")
    number = tuple(int(part) for part in found.groups())
    if number < OLDEST:
        raise Refused(f"openclaw_version: {version} is too old. This module writes for {dots(OLDEST)} and later.")
    return number


def place(setting: str, version: Number) -> tuple[str, ...] | None:
    """The path of a setting in a version, if it is there."""
    found = [path for since, path in PLACES[setting] if since <= version]
    return found[-1] if found else None


def first_with(setting: str) -> str:
    """The first version that has a setting."""
    return dots(PLACES[setting][0][0])


def dots(number: Number) -> str:
    """A version as it is written."""
    return ".".join(str(part) for part in number)
