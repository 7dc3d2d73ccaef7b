# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether ECS Exec can reach into a task, check by check, each with its remedy. Pure. Private to the collection.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
"""

from __future__ import annotations

import fnmatch
import typing as t

from .._aws.plan import Settings
from .._network.usable import is_leaving
from .._network.usable import uncovered

SERVICE = "ssmmessages"
ACTIONS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
# A task's interface has no public address on EC2, so that a route to an internet gateway leads nowhere.
WAYS_OUT = ("nat", "transit", "other")
# Static keys take the agent's place of the task role: https://github.com/aws-containers/amazon-ecs-exec-checker/issues/49
STATIC_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
# Checks whose answer comes with time; the others need somebody to do something.
COMES_WITH_TIME = ("task_running", "task_exec", "agent_running")


def check(name: str, ok: bool | None, detail: str, fix: str = "") -> Settings:
    """One check as it is returned; what is well needs no remedy."""
    return {"id": name, "ok": ok, "detail": detail, "fix": "" if ok else fix}


def no_service(cluster: str, name: str) -> Settings:
    """There is nothing to reach into."""
    return check(
        "service_exists",
        False,
        f"no service {name} in cluster {cluster}",
        "Run deploy.yml, or mend the names of cluster and service.",
    )


def service_exec(service: Settings) -> Settings:
    """Whether the service lets ECS Exec in."""
    return check(
        "service_exec",
        service["exec"],
        f"ECS Exec is {'on' if service['exec'] else 'off'} for service {service['name']}",
        "Run deploy.yml, which switches it on and starts the tasks anew; only new tasks get it.",
    )


def choose_task(tasks: t.Sequence[Settings], wanted: str | None) -> Settings | None:
    """The task to look at: the one named by ARN or ID, else the newest that has not stopped."""
    living = [task for task in tasks if task["status"] != "STOPPED"]
    if wanted:
        return next((task for task in living if wanted in (task["arn"], task["id"])), None)
    return max(living, key=lambda task: (task["status"] == "RUNNING", task["started_at"]), default=None)


def task_checks(service: Settings, task: Settings | None, container: str) -> list[Settings]:
    """Whether a task runs, was started with ECS Exec, and its agent runs."""
    if task is None:
        fix = "Start the gateway: deploy.yml with -e openclaw_desired_count=1."
        if service["desired_count"]:
            fix = "Look at the stop reasons and events that status.yml shows, and mend what they name."
        return [check("task_running", False, f"no such task among {service['desired_count']} desired", fix)]
    running = check(
        "task_running",
        task["status"] == "RUNNING",
        f"task {task['id']} is {task['status']}",
        "Wait until it runs; status.yml shows what it waits for.",
    )
    exec_on = check(
        "task_exec",
        task["exec"],
        f"task {task['id']} was started with ECS Exec {'on' if task['exec'] else 'off'}",
        "Start a new task: aws ecs update-service --force-new-deployment --cluster … --service …",
    )
    return [running, exec_on, _agent_check(task, container)]


def _agent_check(task: Settings, name: str) -> Settings:
    container = next((each for each in task["containers"] if each["name"] == name), None)
    if container is None:
        known = ", ".join(each["name"] for each in task["containers"])
        return check("agent_running", False, f"the task has no container {name}, but {known}", "Name one of those.")
    status = container["exec_agent"] or "not there"
    reason = f" ({container['exec_agent_reason']})" if container["exec_agent_reason"] else ""
    return check(
        "agent_running",
        status == "RUNNING",
        f"the ECS Exec agent in container {name} is {status}{reason}",
        "It starts some seconds after the container. If it stays like this: task role, route to ssmmessages, a writable"
        " root file system, and an ECS agent of version 1.50.2 or newer on the host are what it needs.",
    )


def container_checks(definition: t.Mapping[str, t.Any], name: str) -> list[Settings]:
    """What in the task definition gets in the agent's way."""
    containers = definition.get("containerDefinitions", [])
    container = next((each for each in containers if each["name"] == name), {})
    variables = [each["name"] for key in ("environment", "secrets") for each in container.get(key, [])]
    static = [each for each in variables if each in STATIC_CREDENTIALS]
    read_only = container.get("readonlyRootFilesystem", False)
    return [
        check(
            "no_static_credentials",
            not static,
            f"the container's environment sets {' and '.join(static) or 'no AWS keys'}",
            f"Take {' and '.join(static)} out of the task definition: with them the agent does not use the task role.",
        ),
        check(
            "writable_root",
            not read_only,
            f"the container's root file system is {'read-only' if read_only else 'writable'}",
            "Set readonlyRootFilesystem to false: the agent writes its files there.",
        ),
    ]


def permission_check(role_arn: str, decisions: t.Mapping[str, bool] | None) -> Settings:
    """Whether the task role may open the channels; C(None) for decisions that could not be read."""
    if not role_arn:
        return check("task_role_permissions", False, "the task has no task role", f"Give it one with {_list(ACTIONS)}.")
    if decisions is None:
        return check(
            "task_role_permissions",
            None,
            f"not checked: the caller may neither simulate nor read the policies of {role_arn}",
            "Allow iam:SimulatePrincipalPolicy to the caller, or see to it yourself that the role is allowed"
            f" {_list(ACTIONS)}.",
        )
    missing = [action for action in ACTIONS if not decisions.get(action)]
    return check(
        "task_role_permissions",
        not missing,
        f"{role_arn} is not allowed {_list(missing)}" if missing else f"{role_arn} is allowed all four actions",
        "Run deploy.yml, which puts the role's policy right; a boundary or a policy of the organization has to be"
        " changed by whoever set it.",
    )


def _list(actions: t.Sequence[str]) -> str:
    return ", ".join(actions)


def decide(policies: t.Iterable[t.Mapping[str, t.Any]], actions: t.Iterable[str] = ACTIONS) -> dict[str, bool]:
    """Which actions on all resources the policy documents allow. A Deny counts whatever it is about, to be careful.

    An Allow counts without condition and for all resources only: these actions know no resources.
    """
    statements = [
        statement for policy in policies for statement in _as_list(policy.get("Statement", [])) if "Effect" in statement
    ]

    def matches(statement: t.Mapping[str, t.Any], action: str) -> bool:
        patterns = _as_list(statement.get("Action", []))
        excepted = _as_list(statement.get("NotAction", []))
        if excepted:
            return not any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in excepted)
        return any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in patterns)

    def allows(statement: t.Mapping[str, t.Any]) -> bool:
        unconditional = "Condition" not in statement and "*" in _as_list(statement.get("Resource", []))
        return statement["Effect"] == "Allow" and unconditional

    return {
        action: any(allows(each) and matches(each, action) for each in statements)
        and not any(each["Effect"] == "Deny" and matches(each, action) for each in statements)
        for action in actions
    }


def _as_list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def route_check(
    endpoints: t.Iterable[Settings], subnets: t.Sequence[Settings], security_group_ids: t.Iterable[str]
) -> Settings:
    """Whether tasks in these subnets and groups reach the service: by its endpoint, else by a way out of the VPC.

    An endpoint with private DNS takes the service's name for the whole VPC, so that it decides alone.
    """
    candidates = [
        each for each in endpoints if each["service"] == SERVICE and each["private_dns"] and not is_leaving(each)
    ]
    if candidates:
        return _endpoint_check(candidates[0], subnets, set(security_group_ids))
    closed = [subnet for subnet in subnets if subnet["default_route"] not in WAYS_OUT]
    where = " and ".join(f"{subnet['id']} (default route: {subnet['default_route']})" for subnet in closed)
    return check(
        "route_to_ssmmessages",
        not closed,
        f"no endpoint with private DNS, and no way out from {where}" if closed else "through the subnets' way out",
        f"Add the interface endpoint {SERVICE} to the VPC (openclaw_network_mode: endpoints), or a NAT route to"
        " the subnet's route table.",
    )


def _endpoint_check(endpoint: Settings, subnets: t.Sequence[Settings], group_ids: set[str]) -> Settings:
    groups = endpoint["security_groups"]
    by_group = group_ids & {each for group in groups for each in group["https_groups"]}
    closed = uncovered(
        [subnet["cidr"] for subnet in subnets], [each for group in groups for each in group["https_cidrs"]]
    )
    names = ", ".join(f"{group['name']} ({group['id']})" for group in groups) or "none"
    if endpoint["state"] != "available":
        return check(
            "route_to_ssmmessages",
            False,
            f"endpoint {endpoint['id']} is {endpoint['state']}",
            "Wait if it is pending; in any other state it has to be deleted and made anew.",
        )
    return check(
        "route_to_ssmmessages",
        bool(by_group) or not closed,
        f"endpoint {endpoint['id']}, security groups {names}"
        + ("" if by_group or not closed else f" admit port 443 neither from the task's group nor from {_list(closed)}"),
        "Admit TCP 443 from the task's security group or from the VPC's address ranges in a group of the endpoint.",
    )


def is_ready(checks: t.Iterable[Settings]) -> bool:
    """Whether no check failed. One that could not be made does not stand in the way."""
    return all(each["ok"] is not False for each in checks)


def is_worth_waiting(checks: t.Iterable[Settings]) -> bool:
    """Whether something failed, and all that failed may come with time."""
    failed = [each["id"] for each in checks if each["ok"] is False]
    return bool(failed) and all(each in COMES_WITH_TIME for each in failed)
