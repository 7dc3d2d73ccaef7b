# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network ACL lets through. Pure. Private to the collection.

The rule with the lowest number that matches decides, and what none matches is denied:
U(https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html)
"""

from __future__ import annotations

import ipaddress
import typing as t

Facts = t.Mapping[str, t.Any]
Span = tuple[int, int]

# IANA's number of TCP and AWS's word for all protocols.
TCP_OR_ALL = ("6", "-1")
ALL, SOME, NONE = "all", "some", "none"


def span(cidr: str) -> Span:
    """The first and the last address of a range, as numbers."""
    network = ipaddress.IPv4Network(cidr)
    return int(network.network_address), int(network.broadcast_address)


def _pieces(whole: Span, others: t.Iterable[Span]) -> list[Span]:
    """A span cut where one of the others begins or ends, so that each piece is wholly in or out of each of them."""
    cuts = {whole[0], whole[1] + 1}
    for low, high in others:
        cuts |= {cut for cut in (low, high + 1) if whole[0] < cut <= whole[1]}
    ordered = sorted(cuts)
    return [(low, following - 1) for low, following in zip(ordered, ordered[1:], strict=False)]


def _within(piece: Span, span: Span) -> bool:
    return span[0] <= piece[0] and piece[1] <= span[1]


def lets_through(acl: Facts, egress: bool, ranges: t.Iterable[Span], ports: Span) -> str:
    """Whether an ACL lets TCP through in one direction, to or from C(all), C(some) or C(none) of the addresses.

    An address counts only if all of the ports are open to it: a connection takes any of them.
    """
    rules = [
        (span(rule["cidr"]), tuple(rule["ports"]), rule["allow"])
        for rule in sorted(acl["rules"], key=lambda each: each["number"])
        if rule["egress"] == egress and rule["protocol"] in TCP_OR_ALL
    ]
    verdicts = {
        all(
            next((allow for addresses, of, allow in rules if _within(piece, addresses) and _within(port, of)), False)
            for port in _pieces(ports, [of for _addresses, of, _allow in rules])
        )
        for range_ in ranges
        for piece in _pieces(range_, [addresses for addresses, _of, _allow in rules])
    }
    return SOME if len(verdicts) == 2 else ALL if verdicts == {True} else NONE
