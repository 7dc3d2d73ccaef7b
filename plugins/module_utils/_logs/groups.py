# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What log groups are and are to be. Pure. Private to the collection."""

from __future__ import annotations

import os.path
import typing as t

from .._aws.ownership import member_tags
from .._aws.ownership import require_owned
from .._aws.ownership import wanted_tags
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_absent
from .._aws.plan import plan_present

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html, 2026-11-22
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def common_prefix(names: t.Sequence[str]) -> str:
    """What all names begin with: by it all groups are found in one call."""
    return os.path.commonprefix(list(names))


def normalize(group: t.Mapping[str, t.Any]) -> Settings:
    """A log group of the API, without its tags. Its ARN may end in C(:*), which means its streams."""
    return {"arn": group["arn"].removesuffix(":*"), "retention_days": group.get("retentionInDays")}


def select(groups: t.Iterable[t.Mapping[str, t.Any]], names: t.Collection[str]) -> dict[str, Settings]:
    """Those of the groups that have one of the names."""
    return {group["logGroupName"]: normalize(group) for group in groups if group["logGroupName"] in names}


def require_all_owned(current: t.Mapping[str, Settings], tags: t.Mapping[str, str]) -> None:
    """Refuse to touch any log group if one of them belongs to somebody else."""
    for name, found in current.items():
        require_owned(f"Log group {name}", found["tags"], tags)


def plan(params: t.Mapping[str, t.Any], current: t.Mapping[str, Settings]) -> list[Change]:
    """Create the groups that are missing, set retention and tags of the others."""
    require_all_owned(current, params["tags"])
    changes = []
    for group in params["groups"]:
        found = current.get(group["name"])
        tags = member_tags(group["name"], params["tags"])
        desired = {
            "retention_days": group["retention_days"],
            "tags": wanted_tags(found["tags"] if found else {}, tags),
        }
        changes.append(plan_present("log group", group["name"], found, desired))
    return changes


def plan_removal(params: t.Mapping[str, t.Any], current: t.Mapping[str, Settings]) -> list[Change]:
    """Delete the groups that exist."""
    require_all_owned(current, params["tags"])
    planned = [plan_absent("log group", group["name"], current.get(group["name"])) for group in params["groups"]]
    return [change for change in planned if change]
