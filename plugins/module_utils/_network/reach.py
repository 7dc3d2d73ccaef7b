# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Through what a deployment reaches each AWS service that it needs, and what keeps it from there.

Pure. Private to the collection. Where a deployment goes is chosen in C(choice); what is said there is not said again.
It says no more than the descriptions tell: a problem is what fails for certain, and what may fail is a doubt.
"""

from __future__ import annotations

import typing as t

from .._aws.ownership import is_owned
from .._config.problems import Finding
from .._config.problems import Problem
from .._config.problems import finding
from .._config.problems import problem
from . import acl
from . import ways
from .endpoint_policy import shut_out
from .usable import WORKING_STATES
from .usable import is_leaving
from .usable import uncovered

Facts = dict[str, t.Any]
# What a subnet has to give besides the endpoints: host, gateway, mount target and setup host.
ADDRESSES = 4
# All that is private. Whoever allows all of it has named no network of their own.
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
# Targets of routes through which no answer gets to a private network.
OUTWARD = ("nat-", "igw-", "eigw-")


def reach(facts: Facts, choice: Facts, needs: Facts) -> tuple[list[Problem], list[Finding]]:
    """All that stands between the chosen subnets and what is needed: problems, and findings that are none.

    C(needs) holds C(services) (each with service, type and the C(actions) that are called), C(name) of the deployment,
    C(mode) as asked for, C(allowed_cidrs) and C(port) of the gateway.
    """
    problems: list[Problem] = []
    findings: list[Finding] = []
    ours = {"openclaw:deployment": needs["name"], "openclaw:region": facts["region"]}
    foreign = [each for each in facts["vpc_endpoints"] if not is_owned(each["tags"], ours)]
    for subnet in choice["subnets"]:
        broken = _broken_way_out(subnet, facts, choice, needs)
        problems += broken
        shut, doubtful = _shut_endpoints(subnet, facts, choice, needs, foreign)
        problems += shut
        findings += doubtful
        findings += _idle_endpoints(subnet, choice, needs, foreign)
        used = _ways(subnet, facts, choice, needs)
        if broken:
            used = {way: names for way, names in used.items() if way.kind != "nat"}
        stopped, doubtful, blocked = _acl_faults(subnet, facts, used)
        problems += stopped
        findings += doubtful
        for way, names in used.items():
            findings += [] if way in blocked else _reached(way, subnet, facts, names)
        findings += _addresses(subnet, facts, choice)
        findings += _way_back(subnet, choice, needs)
    if choice["subnets"] and all(subnet["default_route"] == "none" for subnet in choice["subnets"]):
        findings.append(_closed_in(choice))
    unique = {each["what"]: each for each in problems}
    return list(unique.values()), findings


def _closed_in(choice: Facts) -> Finding:
    return finding(
        "note",
        problem(
            "Nothing outside of AWS can be reached: no web, no Telegram or other chat, no npm",
            ", ".join(_called(subnet) for subnet in choice["subnets"]),
            "These subnets have no default route.",
            "If the assistant needs it, choose subnets with a route to a NAT gateway (openclaw_subnet_ids). For"
            " onboard.yml alone, openclaw_setup_artifacts: controller is enough.",
        ),
    )


def _called(subnet: Facts) -> str:
    return f"subnet {subnet['name'] or subnet['id']} ({subnet['id']}, {subnet['az']})"


def _ways(subnet: Facts, facts: Facts, choice: Facts, needs: Facts) -> dict[ways.Way, list[str]]:
    found: dict[ways.Way, list[str]] = {}
    for service in needs["services"]:
        way = ways.way_to(service, subnet, facts, choice["endpoints"])
        if way.kind not in ("none", "internet"):
            found.setdefault(way, []).append(service["service"])
    return found


def _broken_way_out(subnet: Facts, facts: Facts, choice: Facts, needs: Facts) -> list[Problem]:
    """A way out that is there, and leads nowhere. Who asked for endpoints does without it."""
    if needs["mode"] == "endpoints":
        return []
    target = ways.default_target(subnet)
    table = f"route table {subnet['route_table_id']} of {_called(subnet)}"
    if any(route["blackhole"] for route in subnet["routes"] if route["cidr"] == ways.DEFAULT):
        return [
            problem(
                f"The default route of {subnet['id']} leads to {target}, which is gone",
                table,
                "AWS drops what takes this route (its state is blackhole).",
                "Point the route 0.0.0.0/0 to a NAT gateway that exists, or delete it; or set openclaw_network_mode:"
                " endpoints, and the way out is not used.",
            )
        ]
    if subnet["default_route"] != "nat" or choice["mode"] != "nat":
        return []
    gateway = next((each for each in facts["nat_gateways"] if each["id"] == target), None)
    return _nat_problems(gateway, table, facts) if gateway else []


def _nat_problems(gateway: Facts, where: str, facts: Facts) -> list[Problem]:
    if gateway["state"] not in WORKING_STATES:
        return [
            problem(
                f"The NAT gateway {gateway['id']} is {gateway['state']}",
                where,
                f"Nothing gets out through it. {gateway['failure']}".rstrip(),
                "Make a NAT gateway in a public subnet, and point the route 0.0.0.0/0 to it.",
            )
        ]
    beside = next((each for each in facts["subnets"] if each["id"] == gateway["subnet_id"]), None)
    if gateway["public"] and beside and beside["default_route"] != "internet":
        return [
            problem(
                f"The NAT gateway {gateway['id']} is in a subnet that does not lead to the internet",
                f"route table {beside['route_table_id']} of {_called(beside)}",
                "A NAT gateway sends on what it gets by the route table of its own subnet, and there 0.0.0.0/0 is no"
                " internet gateway.",
                "Give that subnet a route 0.0.0.0/0 to the VPC's internet gateway.",
            )
        ]
    return []


def _shut_endpoints(
    subnet: Facts, facts: Facts, choice: Facts, needs: Facts, foreign: t.Sequence[Facts]
) -> tuple[list[Problem], list[Finding]]:
    """Endpoints of others that lie in the way, and let nothing through."""
    chosen = {each["service"] for each in choice["endpoints"]}
    problems, doubts = [], []
    for service in needs["services"]:
        endpoint = ways.endpoint_for(service, facts, subnet)
        if endpoint is None or endpoint not in foreign:
            continue
        open_to = [cidr for group in endpoint["security_groups"] for cidr in group["https_cidrs"]]
        # The choice has looked at the groups of those that the deployment would make itself.
        if (
            endpoint["type"] == "interface"
            and service["service"] not in chosen
            and uncovered([subnet["cidr"]], open_to)
        ):
            if any(group["https_groups"] for group in endpoint["security_groups"]):
                doubts.append(finding("not known", _group_problem(endpoint, subnet, "Whether the security")))
            else:
                problems.append(_group_problem(endpoint, subnet, "The security"))
        refused = shut_out(endpoint["policy"], service["actions"], facts["account_id"])
        if refused:
            problems.append(_policy_problem(endpoint, refused))
    return problems, doubts


def _policy_problem(endpoint: Facts, refused: t.Sequence[str]) -> Problem:
    return problem(
        f"The policy of endpoint {endpoint['id']} does not let through {', '.join(refused)}",
        f"endpoint {endpoint['id']} for {endpoint['service']}",
        f"{endpoint['service']} is reached through this endpoint alone, and it refuses what gateway or host must call.",
        "Allow these actions in the endpoint's policy (its owner may have reasons), or delete the endpoint.",
    )


def _group_problem(endpoint: Facts, subnet: Facts, begin: str) -> Problem:
    names = ", ".join(f"{group['name']} ({group['id']})" for group in endpoint["security_groups"]) or "none"
    admit = "do not admit" if begin.startswith("The") else "admit"
    return problem(
        f"{begin} groups of endpoint {endpoint['id']} {admit} port 443 from {subnet['cidr']}",
        f"endpoint {endpoint['id']} for {endpoint['service']}, groups: {names}",
        f"With private DNS on, the service's name leads to this endpoint for all of the VPC, also for {_called(subnet)}"
        " and in spite of any other way out. A group that is admitted counts only where the deployment is in it.",
        f"Admit TCP 443 from {subnet['cidr']} in one of these groups, or turn private DNS off for this endpoint.",
    )


def _idle_endpoints(subnet: Facts, choice: Facts, needs: Facts, foreign: t.Sequence[Facts]) -> list[Finding]:
    """Endpoints of others that could be used and can't, where there is another way."""
    chosen = {each["service"] for each in choice["endpoints"]}
    services = {each["service"] for each in needs["services"]} - chosen
    return [
        finding(
            "not known",
            problem(
                f"Whether the endpoint {each['id']} for {each['service']} is in the way",
                f"endpoint {each['id']}, state {each['state']}",
                "It has private DNS and does not work. Where the service's name leads meanwhile can't be seen.",
                "Mend or delete it.",
            ),
        )
        for each in foreign
        if each["service"] in services
        and each["private_dns"]
        and each["state"] not in WORKING_STATES
        and not is_leaving(each)
        and subnet is choice["subnets"][0]
    ]


def _acl_faults(
    subnet: Facts, facts: Facts, used: dict[ways.Way, list[str]]
) -> tuple[list[Problem], list[Finding], set[ways.Way]]:
    """What network ACLs stop for certain, what they may stop, and the ways that are closed by them."""
    faults: dict[tuple[str, str, str], tuple[ways.Leg, list[str]]] = {}
    blocked = set()
    for way, names in used.items():
        for leg in ways.legs(way, subnet, facts):
            access = leg.subnet["network_acl"]
            verdict = acl.lets_through(access, leg.egress, leg.ranges, leg.ports) if access else acl.ALL
            if verdict == acl.NONE:
                blocked.add(way)
            if verdict != acl.ALL:
                faults.setdefault((verdict, leg.subnet["id"], leg.what), (leg, []))[1].extend(names)
    problems, doubts = [], []
    for (verdict, _subnet_id, _what), (leg, services) in faults.items():
        if verdict == acl.NONE:
            problems.append(_acl_problem("stops", leg, services, subnet))
        else:
            fault = _acl_problem("lets through only some of", leg, services, subnet)
            doubts.append(finding("not known", fault))
    return problems, doubts, blocked


def _acl_problem(does: str, leg: ways.Leg, services: t.Sequence[str], subnet: Facts) -> Problem:
    access = leg.subnet["network_acl"]["id"]
    return problem(
        f"Network ACL {access} {does} {leg.what}",
        f"{_called(leg.subnet)}; on the way from {_called(subnet)}",
        f"This is how {', '.join(services)} is reached. A network ACL has no memory: answers need a rule of their own.",
        f"Allow it ({'outbound' if leg.egress else 'inbound'} rule, TCP) in {access}.",
    )


def _reached(way: ways.Way, subnet: Facts, facts: Facts, services: t.Sequence[str]) -> list[Finding]:
    where = _called(subnet)
    gateway = next((each for each in facts["nat_gateways"] if each["id"] == way.through), None)
    if way.kind in ("transit", "other") or (gateway and not gateway["public"]):
        return [
            finding(
                "not known",
                problem(
                    f"Whether {way} leads to {', '.join(services)}",
                    where,
                    "What becomes of traffic behind it is decided in another network.",
                    "Ask who runs that network, or set openclaw_network_mode: endpoints.",
                ),
            )
        ]
    zones = {each["az"] for each in facts["subnets"] if each["id"] in way.subnet_ids}
    across = "" if not zones or subnet["az"] in zones else f", in {', '.join(sorted(zones))}: across zones"
    return [finding("ok", problem(f"{', '.join(services)}: through {way}{across}", where, "", ""))]


def _addresses(subnet: Facts, facts: Facts, choice: Facts) -> list[Finding]:
    """Whether the free addresses may be too few. What exists already has its own, so it is no more than a doubt."""
    existing = {each["service"] for each in facts["vpc_endpoints"] if subnet["id"] in each["subnet_ids"]}
    missing = [each for each in choice["endpoints"] if subnet["id"] in each["subnet_ids"]]
    wanted = ADDRESSES + len([each for each in missing if each["service"] not in existing])
    free = subnet["available_ips"]
    if free is None or free >= wanted:
        return []
    return [
        finding(
            "not known",
            problem(
                f"Whether {free} free addresses are enough for up to {wanted}",
                _called(subnet),
                "Each endpoint, the host, the gateway, the mount target and the setup host need one; what exists"
                " already has its own.",
                "Free some, or name a larger subnet in openclaw_subnet_ids.",
            ),
        )
    ]


def _way_back(subnet: Facts, choice: Facts, needs: Facts) -> list[Finding]:
    """Allowed networks outside of the VPC to which no answer of the gateway finds a way."""
    found = []
    for cidr in needs["allowed_cidrs"]:
        if cidr in PRIVATE or any(_overlap(cidr, each) for each in choice["vpc"]["cidr_blocks"]):
            continue
        routes = [
            route
            for route in subnet["routes"]
            if _overlap(cidr, route["cidr"]) and not route["blackhole"] and not route["target"].startswith(OUTWARD)
        ]
        if not routes:
            found.append(
                finding(
                    "not known",
                    problem(
                        f"How the gateway's answers get to {cidr}",
                        f"openclaw_gateway_allowed_cidrs; route table {subnet['route_table_id']} of {_called(subnet)}",
                        "The route table has no route there, so nobody there can connect. A port forward over Session"
                        " Manager works all the same.",
                        f"Add a route for {cidr} to the VPN or transit gateway, or take it off the list.",
                    ),
                )
            )
        elif subnet["network_acl"]:
            found += _closed_back(cidr, subnet, needs["port"])
    return found


def _closed_back(cidr: str, subnet: Facts, port: int) -> list[Finding]:
    access, there = subnet["network_acl"], [acl.span(cidr)]
    inward = acl.lets_through(access, False, there, (port, port))
    outward = acl.lets_through(access, True, there, ways.LINUX_PORTS)
    if acl.NONE not in (inward, outward):
        return []
    return [
        finding(
            "not known",
            problem(
                f"Whether {cidr} can connect to the gateway",
                f"network ACL {access['id']} of {_called(subnet)}",
                f"It stops port {port} in, or the answers out (ports 32768-60999).",
                f"Allow both in {access['id']}, or take {cidr} off openclaw_gateway_allowed_cidrs.",
            ),
        )
    ]


def _overlap(one: str, other: str) -> bool:
    first, second = acl.span(one), acl.span(other)
    return first[0] <= second[1] and second[0] <= first[1]
