# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a deployment: whole for a file, and in words for a person. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from .costs import cost_lines

Facts = t.Mapping[str, t.Any]


def status(existing: Facts, readiness: Facts, deployment: Facts, cost: Facts) -> dict[str, t.Any]:
    """The state of a deployment, from what C(deployment_info) and C(ecs_exec_readiness) have found, and its costs."""
    tasks = existing["tasks"]
    running = next((each for each in tasks if each["status"] == "RUNNING"), None)
    services = existing["resources"]["services"]
    return {
        "deployment": deployment["values"]["openclaw_name"],
        "region": deployment["region"],
        "healthy": bool(running) and running["health"] == "HEALTHY",
        "desired_count": services[0]["desired_count"] if services else 0,
        "running_count": services[0]["running_count"] if services else 0,
        "gateway": gateway(running, deployment) if running else None,
        "exec": {"ready": readiness["ready"], "checks": readiness["checks"]},
        "tasks": tasks,
        "stopped": [
            {"task": each["id"], "reason": each["stopped_reason"], "containers": each["containers"]}
            for each in tasks
            if each["stopped_reason"]
        ],
        "events": existing["events"],
        "resources": existing["resources"],
        "costs": cost,
    }


def gateway(task: Facts, deployment: Facts) -> dict[str, t.Any]:
    """Where the gateway is, and the commands that lead to it."""
    names, port = deployment["names"], deployment["values"]["openclaw_gateway_port"]
    region, cluster = deployment["region"], names["cluster"]
    container = next((each for each in task["containers"] if each["name"] == "openclaw"), {})
    target = f"ecs:{cluster}_{task['id']}_{container.get('runtime_id', '')}"
    return {
        "task": task["arn"],
        "health": task["health"],
        "private_ip": task["private_ip"],
        "url": f"http://{task['private_ip']}:{port}",
        "commands": {
            "shell": (
                f"aws ecs execute-command --region {region} --cluster {cluster} --task {task['arn']}"
                " --container openclaw --interactive --command /bin/sh"
            ),
            "port_forward": (
                f"aws ssm start-session --region {region} --target {target}"
                " --document-name AWS-StartPortForwardingSession"
                f" --parameters portNumber={port},localPortNumber={port}"
            ),
            "token": (
                f"aws ssm get-parameter --region {region} --with-decryption --name {names['token_parameter']}"
                " --query Parameter.Value --output text"
            ),
        },
    }


def status_lines(found: Facts) -> list[str]:
    """The state of a deployment in words."""
    lines = [
        f"Deployment {found['deployment']} in {found['region']}:"
        f" {found['running_count']} of {found['desired_count']} gateways run" + _health(found)
    ]
    if found["gateway"]:
        lines += _gateway_lines(found["gateway"])
    for each in found["stopped"]:
        lines.append(f"  stopped: {each['task']}: {each['reason']}")
        lines += [
            f"    container {one['name']}: exit code {one['exit_code']} {one['reason'] or ''}".rstrip()
            for one in each["containers"]
        ]
    if found["events"]:
        lines += ["Last events of the service", *(f"  {event}" for event in found["events"])]
    if found["desired_count"]:
        lines.append("ECS Exec is ready" if found["exec"]["ready"] else "ECS Exec is not ready")
        lines += [_check_line(check) for check in found["exec"]["checks"]]
    lines.append("What exists")
    for kind, resources in found["resources"].items():
        lines += [f"  {kind.replace('_', ' ')}: {each['name']} {each['id']} {each['state']}" for each in resources]
    return lines + cost_lines(found["costs"])


def _health(found: Facts) -> str:
    if found["healthy"]:
        return ", healthy"
    return f", {found['gateway']['health'].lower()}" if found["gateway"] else ""


def _gateway_lines(found: Facts) -> list[str]:
    commands = found["commands"]
    return [
        f"  task: {found['task']}",
        f"  from your networks: {found['url']}",
        f"  without a VPN: {commands['port_forward']}",
        f"  its token: {commands['token']}",
        f"  a shell in it: {commands['shell']}",
    ]


def _check_line(check: Facts) -> str:
    mark = {True: "ok", False: "NOT OK", None: "not known"}[check["ok"]]
    line = f"  {mark}: {check['id']}: {check['detail']}"
    return line if check["ok"] or not check["fix"] else f"{line}\n    mend: {check['fix']}"


def remaining_lines(remaining: t.Sequence[Facts]) -> list[str]:
    """What still exists after a deployment was taken away, what is billed first."""
    if not remaining:
        return ["Nothing of the deployment is left."]
    return [
        "What stays" + (", and is billed" if any(each["billed"] for each in remaining) else ""),
        *(
            f"  {each['resource']} {each['name']} {each['id']}" + (f" ({each['note']})" if each["note"] else "")
            for each in remaining
        ),
    ]
