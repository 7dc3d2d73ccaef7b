# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in a configuration: where they are, and how they are kept out of what is shown. Pure.

Private to the collection.
A reference to a secret, like ${NAME} or an object with source, provider and id, is none.
U(https://docs.openclaw.ai/gateway/secrets)
"""

from __future__ import annotations

import re
import typing as t
from decimal import Decimal

from .paths import Path

MASK = "********"
# Shorter ones are part of too many harmless words for being hidden in a text.
SHORTEST_IN_TEXT = 4
SECRET_KEY = re.compile(
    r"(?i)(token|password|passwd|passphrase|secret|api_?-?key|private_?-?key|access_?-?key|encrypt_?-?key|auth_?-?key"
    r"|authorization|cookie|credential|credentials|webhook_?-?url|service_?account|jwt)$"
)
REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
# A variable may be given to a program for any purpose, so nothing tells which are secret.
ENVIRONMENT = "env"
# Secrets that are known by what they look like, and the password in an address.
SECRET_TEXT = re.compile(
    r"\b(?:sk-[\w-]{16,}|xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}|gh[pousr]_\w{20,}|A[KS]IA[A-Z0-9]{16}|\d{6,}:[\w-]{30,})"
    r"|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)"
)


class Secret(t.NamedTuple):
    """A text that must not be seen, where it is, and whether there is no doubt about it."""

    path: Path
    text: str
    certain: bool


def secrets(config: t.Any, path: Path = ()) -> t.Iterator[Secret]:
    """What may be a secret in plain text in a configuration."""
    if isinstance(config, dict):
        for key in config:
            yield from secrets(config[key], (*path, key))
    elif isinstance(config, list):
        for each in config:
            yield from secrets(each, path)
    elif isinstance(config, (str, int, float, Decimal)) and not isinstance(config, bool):
        yield from _secrets_in(str(config), path)


def _secrets_in(text: str, path: Path) -> t.Iterator[Secret]:
    named = bool(path) and bool(SECRET_KEY.search(path[-1]))
    if REFERENCE.search(text) or not text:
        return
    if named or ENVIRONMENT in path[:-1]:
        yield Secret(path, text, named)
    else:
        yield from (Secret(path, found[0], True) for found in SECRET_TEXT.finditer(text))


def masked(config: t.Any, path: Path = ()) -> t.Any:
    """The configuration as it may be shown."""
    if isinstance(config, dict):
        return {key: masked(config[key], (*path, key)) for key in config}
    if isinstance(config, list):
        return [masked(each, path) for each in config]
    found = [secret.text for secret in secrets(config, path)]
    if not found:
        return config
    return MASK if found == [str(config)] else mask_text(config, found)


def mask_text(text: str, hidden: t.Iterable[str]) -> str:
    """A text in which certain secrets, and those that look like one, can't be read."""
    for secret in sorted({each for each in hidden if len(each) >= SHORTEST_IN_TEXT}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return SECRET_TEXT.sub(MASK, text)
