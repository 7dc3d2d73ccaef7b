#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service
version_added: 0.1.0
short_description: Manage an Amazon ECS service, and wait until its tasks are healthy
description:
  - Creates, changes and deletes a service whose tasks have network interfaces of their own (C(awsvpc)) and run on a
    capacity provider. Every option is compared with what is there, and whatever differs is changed.
  - A new deployment is started when the count leaves zero, when something changed that running tasks would not see, and
    on request. Raising the count alone starts none in ECS, and then no circuit breaker would judge the tasks.
  - With O(wait) the module looks at the tasks themselves, says why any stopped, and gives up after
    O(failed_tasks_limit) of them or at O(wait_timeout). Then it puts back whatever it changed, and fails with each
    task's reason, exit code and log stream, and with the last lines of the log of the one that failed last. A service
    that it had created is left with zero tasks.
  - The service is changed or deleted only if its tags say that it belongs to the deployment in O(tags).
  - A service with another scheduling strategy or deployment controller can't be changed into this one, and is refused.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  name:
    description: Name of the service.
    type: str
    required: true
  cluster:
    description: Name of the cluster.
    type: str
    required: true
  task_definition:
    description:
      - ARN of the revision of the task definition to run.
      - Required to create the service. Without it a service that exists keeps its own.
    type: str
  desired_count:
    description:
      - Number of tasks to run.
      - Without it a service that exists keeps its count, and a new one gets zero.
    type: int
  capacity_provider:
    description:
      - Name of the capacity provider that the tasks run on.
      - Required to create the service. Without it a service that exists keeps its own.
    type: str
  subnet_ids:
    description:
      - IDs of the subnets the tasks may run in.
      - Required to create the service. Without it a service that exists keeps its own.
    type: list
    elements: str
  security_group_ids:
    description:
      - IDs of the security groups of the tasks.
      - Required to create the service. Without it a service that exists keeps its own.
    type: list
    elements: str
  exec:
    description: Whether ECS Exec is possible in the tasks. They are replaced when this changes.
    type: bool
    default: true
  minimum_healthy_percent:
    description: Share of the desired count that must stay healthy in a deployment, in percent.
    type: int
    default: 0
  maximum_percent:
    description:
      - Share of the desired count that may run in a deployment, in percent.
      - With V(100) and O(minimum_healthy_percent=0) the old task has stopped before the new one starts. The gateway
        needs this, as two of them would write to the same files.
    type: int
    default: 100
  circuit_breaker:
    description: Whether ECS gives up a deployment whose tasks keep failing, and goes back to the one before.
    type: bool
    default: true
  availability_zone_rebalancing:
    description: Whether ECS moves tasks to even out zones. AWS refuses V(ENABLED) with O(maximum_percent=100).
    type: str
    choices: [DISABLED, ENABLED]
    default: DISABLED
  force_new_deployment:
    description:
      - Whether to start the tasks anew even if nothing changed.
      - Has no effect with zero tasks. With any other count, the module reports a change every time.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until all tasks run and are healthy, or with O(desired_count=0) or O(state=absent) until none is
        left.
      - Tasks without a health check in their task definition never count as healthy.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait at most, in seconds. Also the limit for outlasting a service of that name that drains.
    type: int
    default: 900
  failed_tasks_limit:
    description: How many tasks may fail before the module gives up.
    type: int
    default: 3
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - The lines of the log need C(logs:GetLogEvents). Where that is denied, or there is no log, the message says so.
seealso:
  - name: UpdateService
    description: What of a service can be changed, and what starts a new deployment.
    link: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
  - name: Deployment circuit breaker
    description: When ECS gives up a deployment.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
  - name: Stopped tasks error codes
    description: What the reasons of stopped tasks mean.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

EXAMPLES = r"""
- name: Set the gateway's service up, and leave its count as it is
  openclaw.ecs.ecs_service: &service
    name: openclaw-gateway
    cluster: openclaw
    task_definition: arn:aws:ecs:eu-central-1:123456789012:task-definition/openclaw-gateway:3
    capacity_provider: openclaw-host
    subnet_ids: [subnet-0123456789abcdef0]
    security_group_ids: [sg-0123456789abcdef0]
    tags:
      Name: openclaw-gateway
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1

- name: Start the gateway and wait until it is healthy
  openclaw.ecs.ecs_service:
    <<: *service
    desired_count: 1

- name: Start the gateway anew, as it was deployed
  openclaw.ecs.ecs_service:
    name: openclaw-gateway
    cluster: openclaw
    desired_count: 1
    force_new_deployment: true
    tags:
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
service:
  description: The service as it is, or in check mode as it would be. V(null) if there is none.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the service.
      type: str
      sample: arn:aws:ecs:eu-central-1:123456789012:service/openclaw/openclaw-gateway
    name:
      description: Name of the service.
      type: str
      sample: openclaw-gateway
    status:
      description: Status of the service.
      type: str
      sample: ACTIVE
    desired_count:
      description: Number of tasks to run.
      type: int
      sample: 1
    running_count:
      description: Number of tasks that run.
      type: int
      sample: 1
    pending_count:
      description: Number of tasks that are being started.
      type: int
      sample: 0
    task_definition:
      description: ARN of the task definition.
      type: str
      sample: arn:aws:ecs:eu-central-1:123456789012:task-definition/openclaw-gateway:3
    deployments:
      description: Deployments of the service, with id, status, rollout_state, rollout_state_reason and counts.
      type: list
      elements: dict
      sample:
        - id: ecs-svc/1234567890123456789
          status: PRIMARY
          rollout_state: COMPLETED
    tasks:
      description: ARNs of the tasks that have not stopped. Not looked up in check mode.
      type: list
      elements: str
      sample: [arn:aws:ecs:eu-central-1:123456789012:task/openclaw/0123456789abcdef0123456789abcdef]
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: service
      name: openclaw-gateway
      action: update
      settings: [desired_count, new_deployment]
"""

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_absent
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import passing
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import api_service
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service_wait
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import task_definition_api

DRAINING = passing("InvalidParameterException", text="still draining")
NEW_LINKED_ROLE = passing("InvalidParameterException", text="service linked role")


def apply(client, params, change, current):
    """Carry the plan out; gives the service afterwards."""
    if change.action == "create":
        arguments = service.creation_arguments(params, change)
        created = outlast(
            lambda: api_service.create_service(client, **arguments), params["wait_timeout"], DRAINING, NEW_LINKED_ROLE
        )
        return service.normalize({**created, "tags": arguments["tags"]})
    missing = tags_to_set(current["tags"], params["tags"])
    if missing:
        task_definition_api.tag_resource(
            client, current["arn"], ansible_dict_to_boto3_tag_list(missing, "key", "value")
        )
    arguments = service.update_arguments(change)
    if not arguments:
        return {**current, "tags": change.after["tags"]}
    updated = api_service.update_service(client, cluster=params["cluster"], service=params["name"], **arguments)
    return {**service.normalize(updated), "tags": change.after["tags"]}


def put_back(client, params, change):
    """Undo what this run changed and is still in force, and say so."""
    if change.action == "keep":
        return "Nothing was changed by this run, and the service is left as it is."
    try:
        live = service.normalize(api_service.describe_service(client, params["cluster"], params["name"]))
        arguments = service.restoring_arguments(change, live)
        if arguments:
            api_service.update_service(client, cluster=params["cluster"], service=params["name"], **arguments)
    except DeploymentError as error:
        return f"Putting the service back as it was failed: {error}. It is still as described above."
    return f"The service was put back as it was before this run ({', '.join(sorted(arguments)) or 'ECS had done so'})."


def wait_until_ready(module, client, change, current, after):
    """Wait for the primary deployment; if it fails, put back what was changed and fail with its report."""
    params = module.params
    deployment = service.primary(after)["id"]
    before = service.primary(current) if current else None
    rollout = service_wait.Rollout(
        params["cluster"], params["name"], deployment, params["wait_timeout"], params["failed_tasks_limit"]
    )
    is_new = before is None or before["id"] != deployment
    try:
        return service_wait.await_deployment(module.client, rollout, is_new, module.warn)
    except service_wait.RolloutError as error:
        raise DeploymentError(message=f"{error.message}\n{put_back(client, params, change)}") from error


def ensure_present(module, client, current):
    params = module.params
    change = service.plan(params, current)
    if module.check_mode:
        module.exit_changes([change], service=service.result(params["name"], {**(current or {}), **change.after}))
    after = current if change.action == "keep" else apply(client, params, change, current)
    tasks = []
    if service.has_tasks(after) or (current and service.has_tasks(current)):
        if params["wait"]:
            after, tasks = wait_until_ready(module, client, change, current, after)
        else:
            tasks = service_wait.read_living_tasks(client, params["cluster"], params["name"])
    module.exit_changes([change], service=service.result(params["name"], after, [task["arn"] for task in tasks]))


def ensure_absent(module, client, current):
    cluster, name, timeout = (module.params[key] for key in ("cluster", "name", "wait_timeout"))
    # A service that drains is deleted already, and only has to be waited for.
    change = plan_absent("service", name, current if current and current["status"] == "ACTIVE" else None)
    if current and not module.check_mode:
        tasks = service_wait.read_living_tasks(client, cluster, name)
        if change:
            api_service.delete_service(client, cluster, name)
        if module.params["wait"]:
            api_service.wait_for_inactive(client, cluster, name, timeout)
            api_service.wait_for_stopped(client, cluster, [task["arn"] for task in tasks], timeout)
    module.exit_changes([change] if change else [], service=None)


def manage(module):
    params = module.params
    client = module.client("ecs")
    described = api_service.describe_service(client, params["cluster"], params["name"])
    current = service.normalize(described) if described and described["status"] != "INACTIVE" else None
    if current:
        require_owned(f"Service {current['arn']}", current["tags"], params["tags"])
    if params["state"] == "absent":
        ensure_absent(module, client, current)
    else:
        ensure_present(module, client, current if current and current["status"] == "ACTIVE" else None)


def main():
    argument_spec = {
        "name": {"required": True},
        "cluster": {"required": True},
        "task_definition": {},
        "desired_count": {"type": "int"},
        "capacity_provider": {},
        "subnet_ids": {"type": "list", "elements": "str"},
        "security_group_ids": {"type": "list", "elements": "str"},
        "exec": {"type": "bool", "default": True},
        "minimum_healthy_percent": {"type": "int", "default": 0},
        "maximum_percent": {"type": "int", "default": 100},
        "circuit_breaker": {"type": "bool", "default": True},
        "availability_zone_rebalancing": {"choices": ["DISABLED", "ENABLED"], "default": "DISABLED"},
        "force_new_deployment": {"type": "bool", "default": False},
        "failed_tasks_limit": {"type": "int", "default": 3},
        **RESOURCE_ARGUMENTS,
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 900},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
