# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file system's policy is and is to be. Pure. Private to the collection."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies

from .._aws.plan import Change
from .._aws.plan import plan_absent
from .._aws.plan import plan_present

RESOURCE = "file system policy"


def plan(
    file_system_id: str, state: str, wanted: t.Mapping[str, t.Any] | None, current_json: str | None
) -> Change | None:
    """Policies that say the same in different words, or with an ID that EFS made up, are the same."""
    current = {"policy": json.loads(current_json)} if current_json else None
    if state == "absent":
        return plan_absent(RESOURCE, file_system_id, current)
    if current:
        # The example of https://docs.aws.amazon.com/efs/latest/ug/API_PutFileSystemPolicy.html answers with an Id.
        comparable = {key: value for key, value in current["policy"].items() if key != "Id" or "Id" in wanted}
        if not compare_policies(comparable, wanted):
            current = {"policy": wanted}
    return plan_present(RESOURCE, file_system_id, current, {"policy": wanted})
