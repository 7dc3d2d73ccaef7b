# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What roles and instance profiles are and are to be. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.ownership import member_tags
from .._aws.ownership import require_owned
from .._aws.ownership import wanted_tags
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_absent
from .._aws.plan import plan_present

# Without a version AWS reads a policy as this one:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html, 2026-11-22
POLICY_VERSION = "2012-10-17"


class Member(t.NamedTuple):
    """A role of the set and its instance profile as they are; nothing where there is none."""

    role: Settings | None
    profile: Settings | None


def normalize_role(
    role: t.Mapping[str, t.Any], managed_policies: list[str], inline_policies: dict[str, t.Any]
) -> Settings:
    """A role of the API with its policies."""
    return {
        "arn": role["Arn"],
        "id": role["RoleId"],
        "description": role.get("Description", ""),
        "trust": role["AssumeRolePolicyDocument"],
        "managed_policies": managed_policies,
        "inline_policies": inline_policies,
        "tags": boto3_tag_list_to_ansible_dict(role.get("Tags", [])),
    }


def normalize_profile(profile: t.Mapping[str, t.Any]) -> Settings:
    """An instance profile of the API."""
    return {
        "arn": profile["Arn"],
        "roles": [role["RoleName"] for role in profile["Roles"]],
        "tags": boto3_tag_list_to_ansible_dict(profile.get("Tags", [])),
    }


def trust_policy(service: str, conditions: t.Mapping[str, t.Any] | None) -> Settings:
    """Let one AWS service assume the role, under the conditions."""
    statement: Settings = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if conditions:
        statement["Condition"] = dict(conditions)
    return {"Version": POLICY_VERSION, "Statement": [statement]}


def _same_words(current: t.Any, desired: Settings) -> Settings:
    """The current document where it says the same as the desired one, so that only differences in meaning count."""
    return desired if current is None or compare_policies(current, desired) else current


def _plan_role(wanted: t.Mapping[str, t.Any], tags: dict[str, str], current: Settings | None) -> Change:
    trust = trust_policy(wanted["service"], wanted["trust_conditions"])
    inline = wanted["inline_policies"]
    if current:
        trust = _same_words(current["trust"], trust)
        inline = {
            name: _same_words(current["inline_policies"].get(name), document) for name, document in inline.items()
        }
    desired = {
        "description": wanted["description"],
        "trust": trust,
        "managed_policies": sorted(wanted["managed_policies"]),
        "inline_policies": inline,
        "tags": wanted_tags(current["tags"] if current else {}, tags),
    }
    return plan_present("role", wanted["name"], current, desired)


def _plan_profile(name: str, tags: dict[str, str], current: Settings | None) -> Change:
    desired = {"roles": [name], "tags": wanted_tags(current["tags"] if current else {}, tags)}
    return plan_present("instance profile", name, current, desired)


def _found(name: str, member: Member) -> list[tuple[str, Settings]]:
    pairs = (("Role", member.role), ("Instance profile", member.profile))
    return [(f"{kind} {name} ({found['arn']})", found) for kind, found in pairs if found]


def require_all_owned(current: t.Mapping[str, Member], tags: t.Mapping[str, str]) -> None:
    """Refuse to touch any role or profile if one of them belongs to somebody else."""
    for name, member in current.items():
        for what, found in _found(name, member):
            require_owned(what, found["tags"], tags)


def plan(params: t.Mapping[str, t.Any], current: t.Mapping[str, Member]) -> list[Change]:
    """Create what is missing; purge policies and trust of the rest to what is listed."""
    require_all_owned(current, params["tags"])
    changes = []
    for wanted in params["roles"]:
        name = wanted["name"]
        tags = member_tags(name, params["tags"])
        changes.append(_plan_role(wanted, tags, current[name].role))
        if wanted["instance_profile"]:
            changes.append(_plan_profile(name, tags, current[name].profile))
    return changes


def plan_removal(params: t.Mapping[str, t.Any], current: t.Mapping[str, Member]) -> list[Change]:
    """Delete what exists: all profiles first, since a role that is in one, be it another's, can't be deleted."""
    require_all_owned(current, params["tags"])
    profiles = [plan_absent("instance profile", name, member.profile) for name, member in current.items()]
    roles = [plan_absent("role", name, member.role) for name, member in current.items()]
    return [change for change in [*profiles, *roles] if change]
