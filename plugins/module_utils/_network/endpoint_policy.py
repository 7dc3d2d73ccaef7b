# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which actions the policy of an endpoint shuts out for certain. Pure. Private to the collection.

Conditions and resources may let through or not, depending on the call; what depends is taken as let through.
U(https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html)
"""

from __future__ import annotations

import fnmatch
import typing as t

Statement = t.Mapping[str, t.Any]


def _listed(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def _names(statement: Statement, action: str) -> bool:
    """Whether a statement is about an action. IAM compares actions without regard to case."""

    def among(patterns: t.Any) -> bool:
        return any(fnmatch.fnmatchcase(action.lower(), str(each).lower()) for each in _listed(patterns))

    return among(statement["Action"]) if "Action" in statement else not among(statement.get("NotAction", []))


def _may_be_ours(statement: Statement, account_id: str) -> bool:
    """Whether the statement's principals may be roles of this account."""
    principal = statement.get("Principal", "*")
    if not isinstance(principal, dict):
        return True
    known = [str(each) for each in _listed(principal.get("AWS", []))]
    return any(each == "*" or account_id in each for each in known)


def _is_for_everybody(statement: Statement) -> bool:
    anybody = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return anybody and "*" in _listed(statement.get("Resource")) and not statement.get("Condition")


def shut_out(policy: t.Mapping[str, t.Any] | None, actions: t.Iterable[str], account_id: str) -> list[str]:
    """Those of the actions that no role of the account can use through the endpoint."""
    if policy is None:
        return []
    statements = _listed(policy.get("Statement", []))
    allowing = [each for each in statements if each["Effect"] == "Allow" and _may_be_ours(each, account_id)]
    denying = [each for each in statements if each["Effect"] == "Deny" and _is_for_everybody(each)]
    return [
        action
        for action in actions
        if not any(_names(each, action) for each in allowing) or any(_names(each, action) for each in denying)
    ]
