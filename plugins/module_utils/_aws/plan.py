# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module means to do, as data: made by pure functions, shown in check mode, carried out otherwise.

Private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from dataclasses import field

UNKNOWN = "(known after it is created)"

Settings = dict[str, t.Any]


@dataclass(frozen=True)
class Change:
    """One resource and what becomes of it: C(create), C(update), C(delete) or C(keep)."""

    resource: str
    name: str
    action: str
    before: Settings = field(default_factory=dict)
    after: Settings = field(default_factory=dict)

    @property
    def differences(self) -> list[str]:
        """The names of the settings that change, in order."""
        return sorted(key for key in {*self.before, *self.after} if self.before.get(key) != self.after.get(key))

    def as_action(self) -> Settings:
        """The change as it is returned: resource, name, action and the names of the settings that an update changes."""
        action: Settings = {"resource": self.resource, "name": self.name, "action": self.action}
        if self.action == "update":
            action["settings"] = self.differences
        return action


def plan_present(resource: str, name: str, current: Settings | None, desired: Settings) -> Change:
    """Create what is missing, update what differs in a setting of C(desired), keep the rest.

    Settings that only C(current) has are not ours to judge and are left out of the comparison.
    """
    if current is None:
        return Change(resource, name, "create", after=desired)
    before = {key: current.get(key) for key in desired}
    return Change(resource, name, "keep" if before == desired else "update", before=before, after=desired)


def plan_absent(resource: str, name: str, current: Settings | None) -> Change | None:
    """Delete what exists; nothing is to be done about what does not."""
    return None if current is None else Change(resource, name, "delete", before=current)


def summarize(changes: list[Change], with_diff: bool = False) -> Settings:
    """C(changed), C(actions) and the diff of a module's changes."""
    result: Settings = {
        "changed": any(change.action != "keep" for change in changes),
        "actions": [change.as_action() for change in changes],
    }
    if with_diff and result["changed"]:
        shown = [change for change in changes if change.action != "keep"]
        result["diff"] = {
            "before": {f"{change.resource} {change.name}": change.before for change in shown},
            "after": {f"{change.resource} {change.name}": change.after for change in shown},
        }
    return result
