# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where in a VPC a deployment goes, and everything that stands in its way. Pure. Private to the collection.

Takes the facts that C(vpc_network_info) returns.
"""

from __future__ import annotations

import typing as t

from .._aws.ownership import is_owned
from .._config.problems import Problem
from .._config.problems import problem
from .usable import concerns
from .usable import endpoint_faults

Facts = dict[str, t.Any]


def choose_network(facts: Facts, wanted: Facts) -> Facts:
    """Choose mode, subnets and endpoints, and name all problems at once.

    C(wanted) holds C(vpc) (as asked for), C(name), C(mode) (auto, endpoints or nat), C(zones), C(instance_type),
    C(subnet_ids), C(endpoints), C(nat_endpoints) and C(extra_endpoints) (lists of service and type), C(image) and
    C(image_needs_internet). The choice depends on nothing but the arguments, so the same network gives the same choice.
    """
    choice: Facts = {"mode": None, "vpc": None, "subnets": [], "route_table_ids": [], "endpoints": []}
    if facts["problems"]:
        # What was not read can't be judged.
        return {**choice, "problems": list(facts["problems"])}
    if len(facts["vpcs"]) != 1:
        return {**choice, "problems": [_vpc_problem(facts, wanted)]}

    vpc = facts["vpcs"][0]
    problems = _dns_problems(vpc)
    subnets = _chosen_subnets(facts, wanted, problems)
    has_way_out = bool(subnets) and all(_has_way_out(subnet) for subnet in subnets)
    mode = wanted["mode"]
    if mode == "auto":
        mode = "nat" if has_way_out else "endpoints"
    choice.update(mode=mode, vpc=vpc, subnets=subnets)
    choice["route_table_ids"] = sorted({subnet["route_table_id"] for subnet in subnets})
    if subnets:
        problems += _way_out_problems(mode, has_way_out, subnets, wanted)
        choice["endpoints"] = _endpoints(facts, _services(mode, wanted), subnets, problems)
        problems += _existing_endpoint_problems(facts, wanted, choice)
    return {**choice, "problems": problems}


def _vpc_problem(facts: Facts, wanted: Facts) -> Problem:
    where = f"openclaw_vpc, region {facts['region']}"
    if facts["vpcs"]:
        ids = ", ".join(vpc["id"] for vpc in facts["vpcs"])
        return problem(
            f"{len(facts['vpcs'])} VPCs are named {wanted['vpc']!r}: {ids}",
            where,
            "Nobody can tell which of them is meant.",
            "Set openclaw_vpc to the ID of one of them.",
        )
    known = ", ".join(_called(vpc) for vpc in facts["available_vpcs"]) or "none at all"
    return problem(
        f"There is no VPC with the name or ID {wanted['vpc']!r}",
        where,
        f"The deployment goes into a VPC that exists. In this account and region there are: {known}.",
        "Set openclaw_vpc to one of these, or openclaw_region to the region where that VPC is.",
    )


def _called(thing: Facts) -> str:
    return f"{thing['name']} ({thing['id']})" if thing["name"] else thing["id"]


def _dns_problems(vpc: Facts) -> list[Problem]:
    attributes = (
        ("dns_support", "enableDnsSupport", "enable-dns-support"),
        ("dns_hostnames", "enableDnsHostnames", "enable-dns-hostnames"),
    )
    return [
        problem(
            f"{attribute} is off",
            f"VPC {_called(vpc)}",
            "Neither the file system nor an endpoint with private DNS can be found by name there.",
            f"aws ec2 modify-vpc-attribute --vpc-id {vpc['id']} --{option}, or in the VPC console: Edit VPC settings.",
        )
        for key, attribute, option in attributes
        if not vpc[key]
    ]


def _has_way_out(subnet: Facts) -> bool:
    return subnet["default_route"] != "none"


def _is_private(subnet: Facts) -> bool:
    return subnet["default_route"] != "internet"


def _preference(subnet: Facts) -> tuple[bool, str, str]:
    return (not _has_way_out(subnet), subnet["az"], subnet["id"])


def _chosen_subnets(facts: Facts, wanted: Facts, problems: list[Problem]) -> list[Facts]:
    if wanted["subnet_ids"]:
        return _named_subnets(facts, wanted, problems)
    return _found_subnets(facts, wanted, problems)


def _found_subnets(facts: Facts, wanted: Facts, problems: list[Problem]) -> list[Facts]:
    """One private subnet in each of as many zones as wanted; those with a way out come first unless told otherwise."""
    vpc = facts["vpcs"][0]
    private = [subnet for subnet in facts["subnets"] if _is_private(subnet)]
    if wanted["mode"] == "nat" and any(map(_has_way_out, private)):
        private = [subnet for subnet in private if _has_way_out(subnet)]
    if not private:
        problems.append(
            problem(
                "There is no private subnet",
                f"VPC {_called(vpc)}",
                "The gateway must not stand in the internet, and each of the VPC's"
                f" {len(facts['subnets'])} subnets leads to an internet gateway by default.",
                "Make a subnet whose route table has no default route, or one to a NAT gateway; or choose another"
                " VPC (openclaw_vpc).",
            )
        )
        return []
    by_zone: dict[str, Facts] = {}
    order = _preference if wanted["mode"] != "endpoints" else lambda subnet: (subnet["az"], subnet["id"])
    for subnet in sorted(private, key=order):
        if subnet["az"] in facts["instance_type_zones"]:
            by_zone.setdefault(subnet["az"], subnet)
    if len(by_zone) < wanted["zones"]:
        problems.append(_zones_problem(facts, wanted, private, by_zone))
    return list(by_zone.values())[: wanted["zones"]]


def _zones_problem(facts: Facts, wanted: Facts, private: list[Facts], by_zone: dict[str, Facts]) -> Problem:
    without = sorted({subnet["az"] for subnet in private} - set(facts["instance_type_zones"]))
    lacking = f" {wanted['instance_type']} is not offered in {', '.join(without)}." if without else ""
    return problem(
        f"{len(by_zone)} of {wanted['zones']} zones can be used: {', '.join(sorted(by_zone)) or 'none'}",
        f"VPC {_called(facts['vpcs'][0])}, openclaw_zones {wanted['zones']}",
        f"Each zone needs a private subnet and hosts of type {wanted['instance_type']}. There are private subnets in"
        f" {', '.join(sorted({subnet['az'] for subnet in private}))}.{lacking}",
        "Lower openclaw_zones, or add private subnets in other zones, or choose another openclaw_instance_type.",
    )


def _named_subnets(facts: Facts, wanted: Facts, problems: list[Problem]) -> list[Facts]:
    """Exactly the subnets the user named, with what is wrong with them."""
    vpc = facts["vpcs"][0]
    named = {subnet["id"]: subnet for subnet in facts["subnets"] if subnet["id"] in wanted["subnet_ids"]}
    unknown = sorted(set(wanted["subnet_ids"]) - set(named))
    if unknown:
        known = ", ".join(f"{_called(subnet)} in {subnet['az']}" for subnet in facts["subnets"] if _is_private(subnet))
        problems.append(
            problem(
                f"Not in the VPC: {', '.join(unknown)}",
                f"openclaw_subnet_ids, VPC {_called(vpc)}",
                f"The gateway can only go into subnets of its VPC. Private ones are: {known or 'none'}.",
                "Name subnets of that VPC, or leave openclaw_subnet_ids empty to have them chosen.",
            )
        )
    zones: dict[str, list[str]] = {}
    for subnet in sorted(named.values(), key=lambda each: (each["az"], each["id"])):
        zones.setdefault(subnet["az"], []).append(subnet["id"])
        problems += _subnet_problems(subnet, facts, wanted)
    for zone, ids in zones.items():
        if len(ids) > 1:
            problems.append(
                problem(
                    f"{len(ids)} subnets in one zone: {', '.join(ids)}",
                    f"openclaw_subnet_ids, zone {zone}",
                    "AWS allows a file system and an endpoint one subnet in each zone.",
                    "Keep one of them.",
                )
            )
    return [named[ids[0]] for ids in zones.values() if _is_private(named[ids[0]])]


def _subnet_problems(subnet: Facts, facts: Facts, wanted: Facts) -> list[Problem]:
    where = f"openclaw_subnet_ids, subnet {_called(subnet)} in {subnet['az']}"
    found = []
    if not _is_private(subnet):
        found.append(
            problem(
                "The subnet is public",
                where,
                f"Its route table {subnet['route_table_id']} leads to an internet gateway, and the gateway must not"
                " stand in the internet. Without a public address it would also have no way out through it.",
                "Name a private subnet.",
            )
        )
    if subnet["az"] not in facts["instance_type_zones"]:
        found.append(
            problem(
                f"{wanted['instance_type']} is not offered in {subnet['az']}",
                where,
                f"No host could start there. It is offered in {', '.join(facts['instance_type_zones']) or 'no zone'}.",
                "Name a subnet in one of these zones, or choose another openclaw_instance_type.",
            )
        )
    return found


def _way_out_problems(mode: str, has_way_out: bool, subnets: list[Facts], wanted: Facts) -> list[Problem]:
    if has_way_out:
        return []
    closed = ", ".join(
        f"{_called(subnet)} (route table {subnet['route_table_id']})" for subnet in subnets if not _has_way_out(subnet)
    )
    found = []
    if mode == "nat":
        found.append(
            problem(
                "There is no way out of the subnets",
                closed,
                "openclaw_network_mode is nat, so AWS's services are to be reached through a default route.",
                "Add a route 0.0.0.0/0 to a NAT gateway, or set openclaw_network_mode to auto or endpoints.",
            )
        )
    if wanted["image_needs_internet"]:
        found.append(
            problem(
                f"The image {wanted['image']} cannot be pulled",
                closed,
                "Its registry is on the internet, and these subnets have no default route. Endpoints lead to AWS only.",
                "Copy the image into ECR in this account and region and set openclaw_image_repository to it, or choose"
                " subnets with a route to a NAT gateway.",
            )
        )
    return found


def _services(mode: str, wanted: Facts) -> list[Facts]:
    listed = wanted["endpoints" if mode == "endpoints" else "nat_endpoints"] + wanted["extra_endpoints"]
    return list({(service["service"], service["type"]): service for service in listed}.values())


def _endpoints(facts: Facts, services: list[Facts], subnets: list[Facts], problems: list[Problem]) -> list[Facts]:
    endpoints = []
    for service in services:
        endpoint = {**service, "subnet_ids": []}
        if service["type"] == "interface":
            zones = facts["endpoint_zones"].get(service["service"], [])
            endpoint["subnet_ids"] = _endpoint_subnets(zones, subnets, facts["subnets"])
            if not endpoint["subnet_ids"]:
                problems.append(_no_zone_problem(service["service"], zones, facts))
        endpoints.append(endpoint)
    return endpoints


def _endpoint_subnets(zones: list[str], chosen: list[Facts], subnets: list[Facts]) -> list[str]:
    """The chosen subnets where the service exists, else one other private subnet where it does."""
    supported = [subnet["id"] for subnet in chosen if subnet["az"] in zones]
    if supported:
        return supported
    return [subnet["id"] for subnet in subnets if subnet["az"] in zones and _is_private(subnet)][:1]


def _no_zone_problem(service: str, zones: list[str], facts: Facts) -> Problem:
    where = f"endpoint {service}, region {facts['region']}, VPC {_called(facts['vpcs'][0])}"
    if not zones:
        return problem(
            f"There is no endpoint service {service}",
            where,
            "AWS does not offer it in this region, so the service can only be reached through the internet.",
            "Choose subnets with a way out (openclaw_network_mode: nat), another region, or, if you asked for it"
            " yourself, take it off openclaw_extra_endpoints.",
        )
    return problem(
        f"The endpoint {service} fits in no private subnet",
        where,
        f"AWS offers it in {', '.join(zones)}, and the VPC has no private subnet there.",
        "Add a private subnet in one of these zones.",
    )


def _existing_endpoint_problems(facts: Facts, wanted: Facts, choice: Facts) -> list[Problem]:
    """Endpoints of others for the same service are used, not doubled; so they must be usable."""
    ours = {"openclaw:deployment": wanted["name"], "openclaw:region": facts["region"]}
    found = []
    for service in choice["endpoints"]:
        existing = [
            endpoint
            for endpoint in facts["vpc_endpoints"]
            if (endpoint["service"], endpoint["type"]) == (service["service"], service["type"])
            and concerns(endpoint, choice["route_table_ids"])
        ]
        faults = {
            endpoint["id"]: endpoint_faults(endpoint, choice["route_table_ids"], choice["vpc"]["cidr_blocks"])
            for endpoint in existing
        }
        if any(is_owned(endpoint["tags"], ours) or not faults[endpoint["id"]] for endpoint in existing):
            continue
        found += [
            problem(
                f"The existing endpoint for {service['service']} cannot be used: {', '.join(faults[endpoint['id']])}",
                f"endpoint {endpoint['id']}, VPC {_called(choice['vpc'])}",
                "It was not made by this deployment, so it is not changed. A second one beside it would collide with"
                " it, or be paid for twice.",
                "Mend it (its owner may have reasons), or delete it and let this deployment make its own.",
            )
            for endpoint in existing
        ]
    return found
