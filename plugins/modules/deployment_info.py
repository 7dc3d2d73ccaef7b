#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_info
version_added: 0.1.0
short_description: Tell what exists of a deployment, what it does and what of it is billed
description:
  - Reads everything that belongs to a deployment, found by name and owned by tag, and the tasks of its service.
  - What has the right name but not the tags belongs to somebody else and is left out, but for a bucket with the setup
    bucket's name, whose state is V(foreign) then.
  - What AWS still shows after its deletion, such as inactive clusters and terminated instances, is left out too.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  names:
    description:
      - Names of the resources, as the role C(openclaw) derives them.
      - Needed are C(cluster), C(service), C(capacity_provider), C(host_group), C(task_family), C(file_system),
        C(execution_role), C(task_role), C(instance_role), C(setup_role), C(setup_host), C(setup_bucket_prefix),
        C(gateway_log_group), C(exec_log_group) and C(token_parameter). Others are ignored.
    type: dict
    required: true
  tags:
    description: Tags of the deployment. Those that begin with C(openclaw:) tell the owner, the others are ignored.
    type: dict
    required: true
extends_documentation_fragment:
  - openclaw.ecs.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - Backups are left out if the caller may not C(backup:ListRecoveryPointsByResource). They can be found only as long as
    the file system exists.
  - The setup bucket, C(<setup_bucket_prefix>-<account>-<region>), is left out if the caller may not
    C(s3:GetBucketTagging), which is also what AWS answers if another account has a bucket of that name.
  - The value of the token is never read.
seealso:
  - name: Viewing stopped tasks
    description: AWS shows stopped tasks for about an hour.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
"""

EXAMPLES = r"""
- name: Look at what exists
  openclaw.ecs.deployment_info:
    names: "{{ openclaw_deployment.names }}"
    tags: "{{ openclaw_deployment.tags }}"
  register: existing

- name: Show what costs something
  ansible.builtin.debug:
    msg: "{{ existing.remaining | selectattr('billed') | list }}"
"""

RETURN = r"""
resources:
  description:
    - What exists, as lists by kind. V(clusters), V(services), V(capacity_providers), V(task_definitions),
      V(auto_scaling_groups), V(launch_templates), V(instances), V(setup_hosts), V(security_groups), V(endpoints),
      V(file_systems), V(mount_targets), V(access_points), V(recovery_points), V(roles), V(instance_profiles),
      V(log_groups), V(container_insights_log_groups), V(parameters) and V(setup_buckets).
    - Every resource has C(name), C(id) (the ARN where AWS goes by it), C(state) and C(tags).
    - Services have C(desired_count), C(running_count), C(pending_count), C(deployments), C(task_definition), C(exec)
      and C(events); clusters C(container_instances), C(running_tasks) and C(capacity_providers); auto scaling groups
      C(desired_capacity), C(min_size), C(max_size) and C(instance_ids); instances and setup hosts C(type),
      C(private_ip), C(subnet_id) and C(launch_time); security groups C(vpc_id); endpoints C(vpc_id), C(type) and
      C(zones); file systems C(arn) and C(size_bytes); mount targets C(subnet_id) and C(ip_address); access points
      C(arn) and C(path); recovery points C(vault); log groups C(stored_bytes) and C(retention_days); task definitions
      C(revision); launch templates and parameters C(version).
  returned: success
  type: dict
  sample:
    clusters:
      - name: openclaw
        id: arn:aws:ecs:eu-central-1:123456789012:cluster/openclaw
        state: ACTIVE
        tags:
          openclaw:deployment: openclaw
        container_instances: 1
        running_tasks: 1
        capacity_providers: [openclaw-host]
tasks:
  description: The tasks of the service, also those stopped in the last hour.
  returned: success
  type: list
  elements: dict
  contains:
    arn:
      description: Full ARN of the task.
      type: str
      sample: arn:aws:ecs:eu-central-1:123456789012:task/openclaw/0123456789abcdef0123456789abcdef
    id:
      description: Last part of the ARN.
      type: str
      sample: 0123456789abcdef0123456789abcdef
    status:
      description: What the task does.
      type: str
      sample: RUNNING
    desired_status:
      description: What the task is to do.
      type: str
      sample: RUNNING
    health:
      description: Result of its health check.
      type: str
      sample: HEALTHY
    private_ip:
      description: Address of its network interface.
      type: str
      sample: 10.20.0.7
    started_at:
      description: When it started.
      type: str
      sample: "2026-11-22 10:00:00+00:00"
    stopped_reason:
      description: Why it stopped, in AWS's words; empty if it has not.
      type: str
      sample: Essential container in task exited
    stop_code:
      description: Kind of that reason.
      type: str
      sample: EssentialContainerExited
    containers:
      description: Its containers, with C(name), C(status), C(health), C(exit_code), C(reason),
        C(runtime_id) and C(exec_agent).
      type: list
      elements: dict
      sample:
        - name: openclaw
          status: RUNNING
events:
  description: The last five events of the service, newest first.
  returned: success
  type: list
  elements: str
  sample: ["(service openclaw-gateway) has reached a steady state."]
remaining:
  description: Everything that exists as one list, what is billed first.
  returned: success
  type: list
  elements: dict
  contains:
    resource:
      description: What it is.
      type: str
      sample: VPC endpoint
    name:
      description: Its name.
      type: str
      sample: logs
    id:
      description: Its ID or ARN.
      type: str
      sample: vpce-0123456789abcdef0
    billed:
      description: Whether it costs something by being there.
      type: bool
      sample: true
    note:
      description: How it is billed, and what else one should know about it.
      type: str
      sample: billed per hour and zone, whether tasks run or not
"""

import functools

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import service_wait
from ansible_collections.openclaw.ecs.plugins.module_utils._status import kinds
from ansible_collections.openclaw.ecs.plugins.module_utils._status.reader import Reader

REQUIRED_NAMES = (
    "cluster",
    "service",
    "capacity_provider",
    "host_group",
    "task_family",
    "file_system",
    "execution_role",
    "task_role",
    "instance_role",
    "setup_role",
    "setup_host",
    "setup_bucket_prefix",
    "gateway_log_group",
    "exec_log_group",
    "token_parameter",
)


def report(module):
    names = module.params["names"]
    missing = [name for name in REQUIRED_NAMES if not names.get(name)]
    if missing:
        module.fail_json(msg=f"names lacks {', '.join(missing)}. Give it what the role openclaw derives.")
    clients = functools.cache(module.client)
    reader = Reader(clients, module.region, names, module.params["tags"])
    resources = reader.resources()
    tasks = []
    if resources["services"]:
        tasks = service_wait.read_tasks(clients("ecs"), names["cluster"], names["service"])
    events = [event for each in resources["services"] for event in each["events"]]
    module.exit_json(
        changed=False, resources=resources, tasks=tasks, events=events, remaining=kinds.remaining(resources)
    )


def main():
    argument_spec = {
        "names": {"type": "dict", "required": True},
        "tags": {"type": "dict", "required": True},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), report)


if __name__ == "__main__":
    main()
