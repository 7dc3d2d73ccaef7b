# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way that traffic from a subnet takes to an AWS service, and each network ACL that it has to pass.

Pure. Private to the collection. Takes the facts that C(vpc_network_info) returns.
"""

from __future__ import annotations

import typing as t

from .acl import Span
from .acl import span
from .usable import WORKING_STATES

Facts = dict[str, t.Any]

HTTPS: Span = (443, 443)
# Where answers arrive: at Linux, whose range is net.ipv4.ip_local_port_range (32768 60999), and at a NAT gateway.
# https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html
LINUX_PORTS: Span = (32768, 60999)
NAT_PORTS: Span = (1024, 65535)
# Where no public service answers: https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast.
SPECIAL = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "224.0.0.0/3"),
)
DEFAULT = "0.0.0.0/0"
EVERYWHERE = (span(DEFAULT),)
PUBLIC = tuple(
    (before[1] + 1, after[0] - 1) for before, after in zip(map(span, SPECIAL), map(span, SPECIAL[1:]), strict=False)
)


class Leg(t.NamedTuple):
    """One network ACL that traffic passes in one direction."""

    subnet: Facts
    egress: bool
    ranges: tuple[Span, ...]
    ports: Span
    what: str


class Way(t.NamedTuple):
    """The kind of way (endpoint, gateway, nat, transit, other or none), what it leads through, and its name."""

    kind: str
    through: str
    subnet_ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        titles = {
            "endpoint": "an interface endpoint",
            "gateway": "a gateway endpoint",
            "nat": "NAT gateway",
            "transit": "transit gateway",
            "other": "the default route to",
        }
        return f"{titles[self.kind]} {self.through}".rstrip()


def default_target(subnet: Facts) -> str:
    """What the default route of a subnet leads to, whether or not that is still there."""
    return next((route["target"] for route in subnet["routes"] if route["cidr"] == DEFAULT), "")


def endpoint_for(service: Facts, facts: Facts, subnet: Facts) -> Facts | None:
    """The endpoint that a service's usual name leads to from a subnet: private DNS leaves no other way."""
    for endpoint in facts["vpc_endpoints"]:
        same = (endpoint["service"], endpoint["type"]) == (service["service"], service["type"])
        if not same or endpoint["state"] not in WORKING_STATES:
            continue
        if endpoint["type"] == "interface" and endpoint["private_dns"]:
            return endpoint
        if endpoint["type"] == "gateway" and subnet["route_table_id"] in endpoint["route_table_ids"]:
            return endpoint
    return None


def way_to(service: Facts, subnet: Facts, facts: Facts, planned: t.Sequence[Facts]) -> Way:
    """How a service is reached from a subnet, once what is C(planned) exists."""
    endpoint = endpoint_for(service, facts, subnet)
    if endpoint and endpoint["type"] == "gateway":
        return Way("gateway", endpoint["id"])
    if endpoint:
        return Way("endpoint", "that exists", tuple(endpoint["subnet_ids"]))
    made = next((each for each in planned if each["service"] == service["service"]), None)
    if made and made["type"] == "gateway":
        return Way("gateway", "of the deployment")
    if made:
        return Way("endpoint", "of the deployment", tuple(made["subnet_ids"]))
    kind = subnet["default_route"]
    return Way(kind, "" if kind == "none" else default_target(subnet))


def legs(way: Way, subnet: Facts, facts: Facts) -> list[Leg]:
    """The network ACLs that traffic to a service passes on a way, there and back. Within a subnet there are none."""
    if way.kind == "endpoint":
        ends = [each for each in facts["subnets"] if each["id"] in way.subnet_ids and each["id"] != subnet["id"]]
        return [leg for end in ends for leg in _between(subnet, end)]
    # What is behind another network may have names that lead to private addresses.
    there = PUBLIC if way.kind in ("nat", "gateway") else EVERYWHERE
    out = [
        Leg(subnet, True, there, HTTPS, "port 443 out to AWS's addresses"),
        Leg(subnet, False, there, LINUX_PORTS, "answers from AWS's addresses (ports 32768-60999 in)"),
    ]
    return out + (_through_nat(subnet, way, facts) if way.kind == "nat" else [])


def _between(subnet: Facts, end: Facts) -> list[Leg]:
    here, there = (span(subnet["cidr"]),), (span(end["cidr"]),)
    return [
        Leg(subnet, True, there, HTTPS, f"port 443 out to {end['cidr']}, where the endpoint is"),
        Leg(end, False, here, HTTPS, f"port 443 in from {subnet['cidr']} to the endpoint"),
        Leg(end, True, here, LINUX_PORTS, f"the endpoint's answers (ports 32768-60999 out) to {subnet['cidr']}"),
        Leg(subnet, False, there, LINUX_PORTS, f"the endpoint's answers (ports 32768-60999 in) from {end['cidr']}"),
    ]


def _through_nat(subnet: Facts, way: Way, facts: Facts) -> list[Leg]:
    gateway = next((each for each in facts["nat_gateways"] if each["id"] == way.through), None)
    beside = next((each for each in facts["subnets"] if gateway and each["id"] == gateway["subnet_id"]), None)
    if not beside:
        return []
    here = (span(subnet["cidr"]),)
    return [
        Leg(beside, False, here, HTTPS, f"port 443 in from {subnet['cidr']} to the NAT gateway"),
        Leg(beside, True, PUBLIC, HTTPS, "port 443 out from the NAT gateway to the internet"),
        Leg(beside, False, PUBLIC, NAT_PORTS, "answers from the internet (ports 1024-65535 in) to the NAT gateway"),
        Leg(beside, True, here, LINUX_PORTS, f"the NAT gateway's answers (ports 32768-60999 out) to {subnet['cidr']}"),
    ]
