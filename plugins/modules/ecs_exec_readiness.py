#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_exec_readiness
version_added: 0.1.0
short_description: Tell whether ECS Exec can reach into a task of a service
description:
  - Looks at everything that ECS Exec needs, and says of each whether it is there and how to mend it, all at once.
  - It only reads, never reports a change, and does not fail because something is missing; RV(ready) tells.
  - C(RUNNING) of the agent means that it was started. Its connection may take up to a minute longer.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  cluster:
    description: Name of the cluster.
    type: str
    required: true
  service:
    description: Name of the service.
    type: str
    required: true
  task:
    description: ARN or ID of the task to look at. Without it, the one that was started last.
    type: str
  container:
    description: Name of the container to reach into.
    type: str
    default: openclaw
  wait:
    description:
      - Whether to wait for what comes with time, which are the checks V(task_running), V(task_exec) and
        V(agent_running).
      - The wait ends at once if another check fails, since that needs somebody to do something.
    type: bool
    default: false
  wait_timeout:
    description: How long to wait at most, in seconds.
    type: int
    default: 180
extends_documentation_fragment:
  - openclaw.ecs.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - The task role's permissions are simulated by IAM. Where the caller may not C(iam:SimulatePrincipalPolicy), the
    role's policies are read and judged here, without boundaries and policies of the organization.
seealso:
  - name: Monitor Amazon ECS containers with ECS Exec
    description: What ECS Exec needs.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
"""

EXAMPLES = r"""
- name: Wait until one can reach into the gateway
  openclaw.ecs.ecs_exec_readiness:
    cluster: openclaw
    service: openclaw-gateway
    wait: true
  register: readiness

- name: Show what is missing
  ansible.builtin.debug:
    msg: "{{ readiness.checks | rejectattr('ok') | map(attribute='fix') | list }}"
  when: not readiness.ready
"""

RETURN = r"""
ready:
  description: Whether no check failed.
  returned: success
  type: bool
  sample: true
task:
  description: ARN of the task that was looked at; V(null) if there is none.
  returned: success
  type: str
  sample: arn:aws:ecs:eu-central-1:123456789012:task/openclaw/0123456789abcdef0123456789abcdef
checks:
  description: All checks, in the order in which they build on each other.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
        - Name of the check, one of V(service_exists), V(service_exec), V(task_running), V(task_exec),
          V(agent_running), V(no_static_credentials), V(writable_root), V(task_role_permissions) and
          V(route_to_ssmmessages).
      type: str
      sample: route_to_ssmmessages
    ok:
      description: Whether it is as it should be; V(null) if the caller is not allowed to find out.
      type: bool
      sample: false
    detail:
      description: What was found.
      type: str
      sample: "no endpoint with private DNS, and no way out from subnet-0123456789abcdef0 (default route: none)"
    fix:
      description: What to do about it; empty if nothing is to be done.
      type: str
      sample: Add the interface endpoint ssmmessages to the VPC, or a NAT route to the subnet's route table.
"""

import time

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import api_service
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import exec_readiness
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import exec_readiness_api
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service as services
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service_wait
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import task_definition_api
from ansible_collections.openclaw.ecs.plugins.module_utils._network import api as network_api
from ansible_collections.openclaw.ecs.plugins.module_utils._network import facts
from ansible_collections.openclaw.ecs.plugins.module_utils._network.reading import is_denied

PAUSE = 3


def read_service(client, cluster, name):
    """The service in our terms; none if there is none that could have tasks."""
    described = api_service.describe_service(client, cluster, name)
    return services.normalize(described) if described and described["status"] == "ACTIVE" else None


def check_permissions(module, definition):
    """Ask IAM; where that is not allowed, read the role's policies; where that is not either, say so."""
    role_arn = definition.get("taskRoleArn", "")
    iam = module.client("iam")
    attempts = (
        lambda: exec_readiness_api.simulate(iam, role_arn, exec_readiness.ACTIONS),
        lambda: exec_readiness.decide(exec_readiness_api.read_policies(iam, role_arn.rsplit("/", 1)[-1])),
    )
    for attempt in attempts if role_arn else ():
        try:
            return exec_readiness.permission_check(role_arn, attempt())
        except DeploymentError as error:
            if not is_denied(error):
                raise
    return exec_readiness.permission_check(role_arn, None)


def check_route(module, service, task):
    """Whether the task, or without one any task of the service, reaches the service that ECS Exec goes through."""
    ec2 = module.client("ec2")
    subnet_ids = [task["subnet_id"]] if task and task["subnet_id"] else service["subnet_ids"]
    described = network_api.describe_subnets_by_id(ec2, subnet_ids)
    vpc_id = described[0]["VpcId"]
    subnets = facts.normalize_subnets(described, network_api.describe_route_tables(ec2, vpc_id))
    endpoints = [
        endpoint
        for each in network_api.describe_vpc_endpoints(ec2, vpc_id)
        if (endpoint := facts.normalize_endpoint(module.region, each))["service"] == exec_readiness.SERVICE
    ]
    group_ids = sorted({group for each in endpoints for group in each["security_group_ids"]})
    groups = network_api.describe_security_groups(ec2, network_api.named("group-id", *group_ids)) if group_ids else []
    complete = facts.complete_endpoints(endpoints, subnets, groups)
    return exec_readiness.route_check(complete, subnets, service["security_group_ids"])


def find_task(module, client):
    """The task to look at."""
    seen = service_wait.read_tasks(client, module.params["cluster"], module.params["service"])
    return exec_readiness.choose_task(seen, module.params["task"])


def lasting_checks(module, client, service, task):
    """The checks whose answer time does not change."""
    arn = task["task_definition"] if task else service["task_definition"]
    definition = (task_definition_api.describe_task_definition(client, arn) or {}).get("taskDefinition", {})
    return [
        *exec_readiness.container_checks(definition, module.params["container"]),
        check_permissions(module, definition),
        check_route(module, service, task),
    ]


def report(module):
    params = module.params
    client = module.client("ecs")
    service = read_service(client, params["cluster"], params["service"])
    if service is None:
        missing = exec_readiness.no_service(params["cluster"], params["service"])
        module.exit_json(changed=False, ready=False, checks=[missing], task=None)
    task = find_task(module, client)
    lasting = lasting_checks(module, client, service, task)
    attempts = params["wait_timeout"] // PAUSE if params["wait"] else 0
    for attempt in range(attempts + 1):
        if attempt:
            time.sleep(PAUSE)
            task = find_task(module, client)
        checks = [
            exec_readiness.service_exec(service),
            *exec_readiness.task_checks(service, task, params["container"]),
            *lasting,
        ]
        if not exec_readiness.is_worth_waiting(checks):
            break
    ready = exec_readiness.is_ready(checks)
    module.exit_json(changed=False, ready=ready, checks=checks, task=task["arn"] if task else None)


def main():
    argument_spec = {
        "cluster": {"required": True},
        "service": {"required": True},
        "task": {},
        "container": {"default": "openclaw"},
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 180},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), report)


if __name__ == "__main__":
    main()
