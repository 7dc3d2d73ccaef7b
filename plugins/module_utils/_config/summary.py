# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run did and what it costs, for a person. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from .costs import cost_lines

DONE = {"create": "created", "update": "changed", "delete": "deleted"}
WOULD = {"create": "would create", "update": "would change", "delete": "would delete"}


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
    lines += cost_lines(cost)
    lines.append("What to do next")
    if check_mode:
        lines.append("  ansible-playbook openclaw.ecs.deploy   does all of it.")
    elif running:
        lines.append("  ansible-playbook openclaw.ecs.status   tells whether it is healthy and how to reach it.")
    else:
        lines.append("  ansible-playbook openclaw.ecs.onboard   configures the gateway and starts it.")
    return "\n".join(lines)
