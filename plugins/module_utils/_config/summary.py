# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run did and what it costs, for a person. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

DONE = {"create": "created", "update": "changed", "delete": "deleted"}
WOULD = {"create": "would create", "update": "would change", "delete": "would delete"}

Costs = list[dict[str, t.Any]]


def costs(deployment: t.Mapping[str, t.Any], prices: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What the deployment costs a month: from now on, and in addition while the gateway runs.

    C(prices) is data by region. A region that is not in it is estimated with the prices of the default region.
    """
    region = deployment["region"]
    known = region if region in prices["regions"] else prices["default_region"]
    price = prices["regions"][known]
    hours = prices["hours_per_month"]
    values = deployment["values"]
    interfaces = sum(
        len(each["subnet_ids"]) for each in deployment["network"]["endpoints"] if each["type"] == "interface"
    )
    instance = price["instance_hour"].get(values["openclaw_instance_type"])
    return {
        "prices_of": known,
        "from_now_on": [
            _line(f"{interfaces} interfaces of VPC endpoints", interfaces * price["interface_endpoint_hour"] * hours),
            _line("file system, per GB that is stored", price["file_system_gb_month"]),
        ][0 if interfaces else 1 :],
        "while_running": [
            _line(f"host {values['openclaw_instance_type']}", instance and instance * hours),
            _line(
                f"volume of the host, {values['openclaw_volume_size']} GiB",
                values["openclaw_volume_size"] * price["volume_gb_month"],
            ),
        ],
    }


def _line(what: str, usd: float | None) -> dict[str, t.Any]:
    return {"what": what, "usd_per_month": None if usd is None else round(usd, 2)}


def _cost_lines(lines: Costs) -> list[str]:
    return [
        f"    {line['what']}: "
        + ("price not known here" if line["usd_per_month"] is None else f"${line['usd_per_month']:.2f} a month")
        for line in lines
    ]


def action_lines(actions: t.Sequence[t.Mapping[str, t.Any]], check_mode: bool) -> list[str]:
    """Created, changed and deleted resources with their names; the kept ones as a number."""
    words = WOULD if check_mode else DONE
    lines = []
    for action, word in words.items():
        those = [each for each in actions if each["action"] == action]
        lines += [f"  {word}: {each['resource']} {each['name']}{_settings(each)}" for each in those]
    kept = sum(each["action"] == "keep" for each in actions)
    return [*lines, f"  kept as they are: {kept}"]


def _settings(action: t.Mapping[str, t.Any]) -> str:
    return f" ({', '.join(action['settings'])})" if action.get("settings") else ""


def deployment_summary(
    actions: t.Sequence[t.Mapping[str, t.Any]],
    deployment: t.Mapping[str, t.Any],
    cost: t.Mapping[str, t.Any],
    running: int,
    check_mode: bool = False,
) -> str:
    """The closing words of a deployment: what was done, what it costs from now on, what to do next."""
    name = deployment["values"]["openclaw_name"]
    network = deployment["network"]
    changed = any(each["action"] != "keep" for each in actions)
    head = f"Deployment {name} in {deployment['region']}" + ("" if changed else ": nothing to change")
    lines = [head, *action_lines(actions, check_mode)]
    lines.append(f"  network: {network['mode']}, subnets {', '.join(each['id'] for each in network['subnets'])}")
    lines.append(f"What it costs, estimated with prices of {cost['prices_of']}")
    lines += ["  from now on, whether the gateway runs or not:", *_cost_lines(cost["from_now_on"])]
    lines += ["  in addition, while the gateway runs:", *_cost_lines(cost["while_running"])]
    lines.append("  Bedrock tokens, traffic, logs and recovery points come on top.")
    lines.append("What to do next")
    if running:
        lines.append("  ansible-playbook openclaw.ecs.status   tells whether it is healthy and how to reach it.")
    else:
        lines.append("  ansible-playbook openclaw.ecs.onboard   configures the gateway and starts it.")
    return "\n".join(lines)
