# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Found by name, owned by tag: what lacks the deployment's tags is never changed or deleted.

Private to the collection.
"""

from __future__ import annotations

import typing as t

from .errors import DeploymentError

OWNER_PREFIX = "openclaw:"


def is_owned(current_tags: t.Mapping[str, str], tags: t.Mapping[str, str]) -> bool:
    """Whether a resource with C(current_tags) belongs to the deployment that C(tags) describe."""
    owner = {key: value for key, value in tags.items() if key.startswith(OWNER_PREFIX)}
    return all(current_tags.get(key) == value for key, value in owner.items())


def require_owned(what: str, current_tags: t.Mapping[str, str], tags: t.Mapping[str, str]) -> None:
    """Refuse to touch a resource of the right name that belongs to somebody else."""
    if is_owned(current_tags, tags):
        return
    owner = {key: value for key, value in tags.items() if key.startswith(OWNER_PREFIX)}
    raise DeploymentError(
        message=(
            f"{what} exists, but its tags {dict(current_tags)} do not say that it belongs to this deployment"
            f" ({owner}). It is left as it is. Choose another openclaw_name, or remove it, or give it"
            " those tags if it is yours."
        )
    )


def tags_to_set(current_tags: t.Mapping[str, str], tags: t.Mapping[str, str]) -> dict[str, str]:
    """The tags that are missing or differ. Tags of others stay: they are never removed."""
    return {key: value for key, value in tags.items() if current_tags.get(key) != value}


def wanted_tags(current_tags: t.Mapping[str, str], tags: t.Mapping[str, str]) -> dict[str, str]:
    """The tags as they are to be afterwards: those of others, and ours."""
    return {**current_tags, **tags}


def member_tags(name: str, tags: t.Mapping[str, str]) -> dict[str, str]:
    """The tags of a member of a set of resources: its own name, and those of all."""
    return {**tags, "Name": name}
