# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an endpoint that somebody else made can be used. Pure. Private to the collection."""

from __future__ import annotations

import ipaddress
import typing as t

# https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html, 2026-11-22
WORKING_STATES = ("available", "pending")
LEAVING_STATES = ("deleting", "deleted")


def is_leaving(endpoint: t.Mapping[str, t.Any]) -> bool:
    """Whether an endpoint is being deleted."""
    return endpoint["state"] in LEAVING_STATES


def concerns(endpoint: t.Mapping[str, t.Any], route_table_ids: t.Iterable[str]) -> bool:
    """Whether an endpoint is one that the deployment would use or collide with.

    Several gateway endpoints for one service may be in a VPC, but only one of them in a route table:
    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    if is_leaving(endpoint):
        return False
    return endpoint["type"] != "gateway" or bool(set(route_table_ids) & set(endpoint["route_table_ids"]))


def uncovered(cidrs: t.Iterable[str], admitted: t.Iterable[str]) -> list[str]:
    """The address ranges that the admitted ones, taken together, do not cover."""
    networks = list(ipaddress.collapse_addresses(ipaddress.IPv4Network(cidr) for cidr in admitted))
    return [cidr for cidr in cidrs if not any(ipaddress.IPv4Network(cidr).subnet_of(each) for each in networks)]


def shape_faults(endpoint: t.Mapping[str, t.Any], route_table_ids: t.Iterable[str]) -> list[str]:
    """What about the endpoint itself keeps the deployment from using it."""
    faults = []
    if endpoint["state"] not in WORKING_STATES:
        faults.append(f"its state is {endpoint['state']}")
    if endpoint["type"] == "interface" and not endpoint["private_dns"]:
        faults.append("private DNS is off, so the service's name does not lead to it")
    missing = sorted(set(route_table_ids) - set(endpoint["route_table_ids"]))
    if endpoint["type"] == "gateway" and missing:
        faults.append(f"it is not in route table {' and '.join(missing)}")
    return faults


def endpoint_faults(
    endpoint: t.Mapping[str, t.Any], route_table_ids: t.Iterable[str], cidrs: t.Iterable[str]
) -> list[str]:
    """All that keeps a deployment in these route tables and address ranges from using the endpoint."""
    faults = shape_faults(endpoint, route_table_ids)
    if endpoint["type"] == "interface":
        groups = endpoint["security_groups"]
        closed = uncovered(cidrs, [cidr for group in groups for cidr in group["https_cidrs"]])
        if closed:
            names = ", ".join(f"{group['name']} ({group['id']})" for group in groups) or "none"
            faults.append(f"its security groups ({names}) do not admit port 443 from {' and '.join(closed)}")
    return faults
