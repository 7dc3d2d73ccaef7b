# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment costs a month, estimated from a table of prices. Pure. Private to the collection."""

from __future__ import annotations

import collections
import typing as t

Facts = t.Mapping[str, t.Any]
Line = dict[str, t.Any]

GIB = 1 << 30
LIVE = ("pending", "running")


class Quantities(t.NamedTuple):
    """What is billed because it is there. C(stored_gb) is None if it is not known."""

    interfaces: int
    hosts: t.Sequence[str]
    volume_gib: int
    stored_gb: float | None
    recovery_points: bool


def planned_quantities(deployment: Facts) -> Quantities:
    """What a deployment has while its gateway runs."""
    values = deployment["values"]
    interfaces = [each for each in deployment["network"]["endpoints"] if each["type"] == "interface"]
    return Quantities(
        interfaces=sum(len(each["subnet_ids"]) for each in interfaces),
        hosts=[values["openclaw_instance_type"]],
        volume_gib=values["openclaw_volume_size"],
        stored_gb=None,
        recovery_points=values["openclaw_backup"],
    )


def existing_quantities(existing: Facts, values: Facts) -> Quantities:
    """What there is of a deployment; the hosts' volumes are taken to have the size that the variables say."""
    resources = existing["resources"]
    instances = [each for each in resources["instances"] if each["state"] in LIVE]
    hosts = [each["type"] for each in [*instances, *resources["setup_hosts"]]]
    interfaces = [each for each in resources["endpoints"] if each["type"] == "interface"]
    return Quantities(
        interfaces=sum(each["zones"] for each in interfaces),
        hosts=hosts,
        volume_gib=values["openclaw_volume_size"] * len(instances),
        stored_gb=sum(each["size_bytes"] for each in resources["file_systems"]) / GIB,
        recovery_points=values["openclaw_backup"],
    )


def costs(quantities: Quantities, region: str, prices: Facts) -> dict[str, t.Any]:
    """What is billed a month, line by line: in any case, and in addition while the gateway runs.

    C(prices) is data by region. A region that is not in it is estimated with the prices of the default region.
    """
    known = region if region in prices["regions"] else prices["default_region"]
    price = {"hours": prices["hours_per_month"], **prices["regions"][known]}
    always = [*_endpoints(quantities, price), *_storage(quantities, price)]
    running = [*_hosts(quantities, price), *_logs(quantities, price)]
    return {
        "prices_of": known,
        "from_now_on": always,
        "while_running": running,
        "total": {"from_now_on": _total(always), "while_running": _total(running)},
    }


def planned_costs(deployment: Facts, prices: Facts) -> dict[str, t.Any]:
    """What a deployment costs a month: from now on, and in addition while the gateway runs."""
    return costs(planned_quantities(deployment), deployment["region"], prices)


def existing_costs(existing: Facts, deployment: Facts, prices: Facts) -> dict[str, t.Any]:
    """What that costs a month which there is of a deployment."""
    return costs(existing_quantities(existing, deployment["values"]), deployment["region"], prices)


def _endpoints(quantities: Quantities, price: Facts) -> t.Iterator[Line]:
    if quantities.interfaces:
        monthly = price["interface_endpoint_hour"] * price["hours"]
        yield _line(f"{quantities.interfaces} interfaces of VPC endpoints", quantities.interfaces * monthly)


def _storage(quantities: Quantities, price: Facts) -> t.Iterator[Line]:
    if quantities.stored_gb is None:
        yield _line("file system", price["file_system_gb_month"], per="GB stored")
    else:
        stored = quantities.stored_gb
        yield _line(f"file system, {stored:.2f} GB stored", stored * price["file_system_gb_month"])
    if quantities.recovery_points:
        yield _line("recovery points", price["recovery_point_gb_month"], per="GB stored")


def _hosts(quantities: Quantities, price: Facts) -> t.Iterator[Line]:
    for instance_type, number in sorted(collections.Counter(quantities.hosts).items()):
        hourly = price["instance_hour"].get(instance_type)
        what = f"host {instance_type}" if number == 1 else f"{number} hosts {instance_type}"
        yield _line(what, hourly and hourly * price["hours"] * number)
    if quantities.volume_gib:
        yield _line(f"volumes, {quantities.volume_gib} GiB", quantities.volume_gib * price["volume_gb_month"])


def _logs(quantities: Quantities, price: Facts) -> t.Iterator[Line]:
    if quantities.hosts:
        yield _line("logs", price["logs_gb"], per="GB written")


def _line(what: str, usd: float | None, per: str = "") -> Line:
    return {"what": what, "usd_per_month": None if usd is None else round(usd, 2), "per": per}


def _total(lines: t.Iterable[Line]) -> float:
    return round(sum(each["usd_per_month"] or 0 for each in lines if not each["per"]), 2)


def cost_lines(cost: Facts) -> list[str]:
    """What is billed a month, in words."""
    total = cost["total"]
    running = ["  in addition, while the gateway runs:", *map(_in_words, cost["while_running"])]
    return [
        f"What it costs a month, estimated with prices of {cost['prices_of']}",
        "  from now on, whether the gateway runs or not:",
        *map(_in_words, cost["from_now_on"]),
        *(running if cost["while_running"] else []),
        f"  in all: ${total['from_now_on']:.2f}, and ${total['while_running']:.2f} more while the gateway runs",
        "  Bedrock tokens, traffic, and what has no price here, come on top.",
    ]


def _in_words(line: Line) -> str:
    if line["usd_per_month"] is None:
        return f"    {line['what']}: price not known here"
    return f"    {line['what']}: ${line['usd_per_month']:.2f}" + (f" for each {line['per']}" if line["per"] else "")
