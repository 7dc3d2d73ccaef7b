# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What security groups are and are to be. Pure. Private to the collection.

A rule's other side is an address range, or a group of the same set by its name: so rules can be planned before the
groups have IDs.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.errors import DeploymentError
from .._aws.ownership import member_tags
from .._aws.ownership import require_owned
from .._aws.ownership import wanted_tags
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_present

DIRECTIONS = ("ingress", "egress")
ALL_PROTOCOLS = "-1"


class Rule(t.NamedTuple):
    """What a rule admits. Its description is kept beside it, since AWS can change only that."""

    protocol: str
    from_port: int | None
    to_port: int | None
    peer: str

    def __str__(self) -> str:
        """The rule as it is shown in a diff."""
        ports = "" if self.protocol == ALL_PROTOCOLS else f" {self.from_port}-{self.to_port}"
        return f"{'all' if self.protocol == ALL_PROTOCOLS else self.protocol}{ports} {self.peer}"


Rules = dict[Rule, str]
ALLOW_ALL: Rules = {Rule(ALL_PROTOCOLS, None, None, "0.0.0.0/0"): ""}
ALLOW_ALL_IPV6 = Rule(ALL_PROTOCOLS, None, None, "::/0")

# How the API writes the other side of a rule: the list it is in, and its key there.
PEERS = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId"),
)


def _peer_list(peer: str) -> tuple[str, str]:
    if peer.startswith("sg-"):
        return PEERS[3]
    if peer.startswith("pl-"):
        return PEERS[2]
    return PEERS[1] if ":" in peer else PEERS[0]


def _current_rules(permissions: t.Iterable[t.Mapping[str, t.Any]], names: t.Mapping[str, str]) -> Rules:
    rules: Rules = {}
    for permission in permissions:
        for peers, key in PEERS:
            for peer in permission.get(peers, []):
                name = names.get(peer[key], peer[key])
                rule = Rule(permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort"), name)
                rules[rule] = peer.get("Description", "")
    return rules


def normalize(groups: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, Settings]:
    """The groups of the API by their name."""
    groups = list(groups)
    names = {group["GroupId"]: group["GroupName"] for group in groups}
    return {
        group["GroupName"]: {
            "id": group["GroupId"],
            "ingress": _current_rules(group.get("IpPermissions", []), names),
            "egress": _current_rules(group.get("IpPermissionsEgress", []), names),
            "tags": boto3_tag_list_to_ansible_dict(group.get("Tags", [])),
        }
        for group in groups
    }


def _canonical(peer: str) -> str:
    """An address range as AWS writes it: 10.1.2.3/8 is 10.0.0.0/8."""
    return str(ipaddress.ip_network(peer, strict=False)) if "/" in peer else peer


def _desired_rules(entries: t.Iterable[t.Mapping[str, t.Any]]) -> Rules:
    rules: Rules = {}
    for entry in entries:
        everything = entry["protocol"] == ALL_PROTOCOLS
        ports = (None, None) if everything else (entry["from_port"], entry["to_port"])
        for peer in [*map(_canonical, entry["cidr_blocks"]), *entry["source_groups"]]:
            rules[Rule(entry["protocol"], *ports, peer)] = entry["description"]
    return rules


def desired_rules(group: t.Mapping[str, t.Any], current: Settings | None) -> dict[str, Rules]:
    """The rules of a group by direction. Without egress rules everything may go out, as AWS itself sets it up."""
    if group["egress"] is not None:
        egress = _desired_rules(group["egress"])
    else:
        # In a VPC with IPv6 addresses AWS adds a second rule of its own.
        current_egress = current["egress"] if current else {}
        egress = {**ALLOW_ALL, **{rule: text for rule, text in current_egress.items() if rule == ALLOW_ALL_IPV6}}
    return {"ingress": _desired_rules(group["ingress"]), "egress": egress}


def require_known_groups(groups: list[t.Mapping[str, t.Any]]) -> None:
    """Refuse rules whose other side is a group that is not in the set."""
    known = {group["name"] for group in groups}
    for group in groups:
        rules = [*group["ingress"], *(group["egress"] or [])]
        unknown = sorted({name for rule in rules for name in rule["source_groups"]} - known)
        if unknown:
            raise DeploymentError(
                message=(
                    f"The rules of security group {group['name']} name {', '.join(unknown)} in source_groups, and the"
                    f" task has no such group. It has: {', '.join(sorted(known))}. Nothing was done."
                )
            )


def plan(params: t.Mapping[str, t.Any], current: t.Mapping[str, Settings]) -> list[Change]:
    """Create the groups that are missing; purge the rules of the others to what is listed."""
    require_known_groups(params["groups"])
    changes = []
    for group in params["groups"]:
        found = current.get(group["name"])
        tags = member_tags(group["name"], params["tags"])
        if found:
            require_owned(f"Security group {group['name']} ({found['id']})", found["tags"], params["tags"])
        desired = {
            **{direction: _shown(rules) for direction, rules in desired_rules(group, found).items()},
            "tags": wanted_tags(found["tags"] if found else {}, tags),
        }
        shown = found and {**found, **{direction: _shown(found[direction]) for direction in DIRECTIONS}}
        changes.append(plan_present("security group", group["name"], shown, desired))
    return changes


def _shown(rules: Rules) -> dict[str, str]:
    return {str(rule): description for rule, description in sorted(rules.items(), key=lambda item: str(item[0]))}


class RuleChanges(t.NamedTuple):
    """What is to be done to the rules of one direction."""

    authorize: Rules
    describe: Rules
    revoke: Rules


def rule_changes(current: Rules, desired: Rules) -> RuleChanges:
    """The rules to add, to describe anew and to take off."""
    return RuleChanges(
        authorize={rule: text for rule, text in desired.items() if rule not in current},
        describe={rule: text for rule, text in desired.items() if rule in current and current[rule] != text},
        revoke={rule: text for rule, text in current.items() if rule not in desired},
    )


def permissions(rules: Rules, ids: t.Mapping[str, str]) -> list[Settings]:
    """Rules as the API takes them; C(ids) holds the IDs of the set's groups by name."""
    listed = []
    for rule, description in rules.items():
        permission: Settings = {"IpProtocol": rule.protocol}
        if rule.from_port is not None:
            permission.update(FromPort=rule.from_port, ToPort=rule.to_port)
        peer = ids.get(rule.peer, rule.peer)
        peers, key = _peer_list(peer)
        permission[peers] = [{key: peer, **({"Description": description} if description else {})}]
        listed.append(permission)
    return listed


def cross_references(group: Settings, names: t.Collection[str]) -> dict[str, Rules]:
    """The rules of a group whose other side is in the set: while they exist, AWS does not delete that other group."""
    return {
        direction: {rule: text for rule, text in group[direction].items() if rule.peer in names}
        for direction in DIRECTIONS
    }
