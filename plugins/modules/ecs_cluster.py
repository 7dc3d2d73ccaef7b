#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_cluster
version_added: 0.1.0
short_description: Manage an Amazon ECS cluster with its Container Insights and the recording of ECS Exec
description:
  - Creates, changes and deletes a cluster. Capacity providers are left as they are; see
    M(openclaw.ecs.ecs_capacity_provider).
  - The cluster is changed or deleted only if its tags say that it belongs to the deployment in O(tags).
  - In an account in which ECS was never used, AWS needs some seconds until the service-linked role of ECS works. The
    module tries again until then, O(wait_timeout) at most.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  container_insights:
    description: Whether CloudWatch Container Insights collects metrics of the cluster. They are billed.
    type: str
    choices: [disabled, enabled, enhanced]
    default: disabled
  exec_logging:
    description:
      - Where ECS Exec records what is typed and shown in its sessions.
      - V(DEFAULT) is the log configuration of the task, V(OVERRIDE) is O(exec_log_group), V(NONE) is nowhere.
      - Except with V(NONE), the task role needs permissions for the logs.
    type: str
    choices: [NONE, DEFAULT, OVERRIDE]
    default: NONE
  exec_log_group:
    description: Name of the CloudWatch log group for O(exec_logging=OVERRIDE), which requires it. It has to exist.
    type: str
  exec_kms_key_id:
    description: ID, alias or ARN of the KMS key that encrypts the data between the client and the container.
    type: str
  wait:
    description:
      - Whether to wait until the cluster is active or, with O(state=absent), inactive.
      - With O(state=absent), what is left in the cluster is given O(wait_timeout) to go in any case.
    type: bool
    default: true
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - openclaw.ecs.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - With O(state=absent), hosts that are still registered in a cluster without services are deregistered. Their EC2
    instances stay.
seealso:
  - name: Logging and auditing ECS Exec
    description: What the task role needs for each kind of recording.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
  - name: Service-linked role of ECS
    description: The role that ECS makes on its first use.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
"""

EXAMPLES = r"""
- name: Record what is done in the gateway's container
  openclaw.ecs.ecs_cluster:
    name: openclaw
    exec_logging: OVERRIDE
    exec_log_group: /openclaw/openclaw/exec
    tags:
      Name: openclaw
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
cluster:
  description: The cluster as it is, or in check mode as it would be. V(null) if there is none.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the cluster.
      type: str
      sample: arn:aws:ecs:eu-central-1:123456789012:cluster/openclaw
    name:
      description: Name of the cluster.
      type: str
      sample: openclaw
    status:
      description: Status of the cluster.
      type: str
      sample: ACTIVE
    container_insights:
      description: The setting of Container Insights.
      type: str
      sample: disabled
    execution_logging:
      description: How ECS Exec records its sessions, in AWS's words.
      type: dict
      sample:
        logging: OVERRIDE
        logConfiguration:
          cloudWatchLogGroupName: /openclaw/openclaw/exec
    registered_hosts:
      description: Number of container instances.
      type: int
      sample: 1
    running_tasks:
      description: Number of running tasks.
      type: int
      sample: 1
    active_services:
      description: Number of active services.
      type: int
      sample: 1
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: cluster
      name: openclaw
      action: create
"""

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import WAIT_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_absent
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import api_cluster as api
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import cluster


def ensure_present(module, client, current, leaving):
    name, timeout = module.params["name"], module.params["wait_timeout"]
    change = cluster.plan(module.params, current)
    after = cluster.expected(change, current)
    if not module.check_mode:
        if change.action == "create":
            if leaving:
                api.wait_for_cluster_deletion(client, name, timeout)
            arguments = cluster.creation_arguments(change)
            created = outlast(lambda: api.create_cluster(client, **arguments), timeout, api.ROLE_NOT_READY)
            after.update(arn=created["clusterArn"], status=created["status"])
        elif change.action == "update":
            if set(change.differences) - {"tags"}:
                api.update_cluster(client, cluster=name, **cluster.request(change))
            if "tags" in change.differences:
                api.tag_resource(client, current["arn"], tags_to_set(current["tags"], change.after["tags"]))
        if module.params["wait"] and after["status"] != "ACTIVE":
            api.wait_for_cluster(client, name, timeout)
            after["status"] = "ACTIVE"
    module.exit_changes([change], cluster=after)


def deregister_hosts(client, name):
    """Take the hosts out of a cluster that runs nothing any more; AWS refuses to delete it before."""
    for arn in api.list_container_instances(client, name):
        api.deregister_container_instance(client, name, arn)


def ensure_absent(module, client, current, leaving):
    name, timeout = module.params["name"], module.params["wait_timeout"]
    change = plan_absent(cluster.RESOURCE, name, current)
    if not module.check_mode:
        if change:
            if not current["active_services"]:
                deregister_hosts(client, name)
            passing = (api.CLUSTER_NOT_EMPTY, api.CLUSTER_STILL_ATTACHED, api.UPDATE_IN_PROGRESS)
            outlast(lambda: api.delete_cluster(client, name), timeout, *passing)
        if module.params["wait"] and (change or leaving):
            api.wait_for_cluster_deletion(client, name, timeout)
    module.exit_changes([change] if change else [], cluster=None)


def manage(module):
    client = module.client("ecs")
    name = module.params["name"]
    found = api.describe_cluster(client, name, "SETTINGS", "CONFIGURATIONS")
    gone = not found or found["status"] in cluster.GONE
    leaving = found is not None and found["status"] == "DEPROVISIONING"
    current = None if gone else cluster.normalize(found)
    if current:
        require_owned(f"Cluster {name}", current["tags"], module.params["tags"])
    (ensure_present if module.params["state"] == "present" else ensure_absent)(module, client, current, leaving)


def main():
    argument_spec = {
        "name": {"required": True},
        "container_insights": {"choices": ["disabled", "enabled", "enhanced"], "default": "disabled"},
        "exec_logging": {"choices": ["NONE", "DEFAULT", "OVERRIDE"], "default": "NONE"},
        "exec_log_group": {},
        "exec_kms_key_id": {"no_log": False},
        **RESOURCE_ARGUMENTS,
        **WAIT_ARGUMENTS,
    }
    run_module(
        OpenClawAWSModule(
            argument_spec=argument_spec,
            required_if=[("exec_logging", "OVERRIDE", ["exec_log_group"])],
            supports_check_mode=True,
        ),
        manage,
    )


if __name__ == "__main__":
    main()
