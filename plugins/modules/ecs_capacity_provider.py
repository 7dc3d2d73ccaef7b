#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_capacity_provider
version_added: 0.1.0
short_description: Manage an Amazon ECS capacity provider with managed scaling, and its place in a cluster
description:
  - Creates a capacity provider that starts and ends the hosts of an auto scaling group as tasks need them, makes it the
    default strategy of a cluster, changes both, and takes them back.
  - Other capacity providers of the cluster stay in it.
  - The capacity provider and the cluster are changed only if their tags say that they belong to the deployment in
    O(tags).
  - The auto scaling group of a capacity provider can't be changed in AWS. If it differs, the module fails and leaves
    the capacity provider as it is.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  name:
    description: Name of the capacity provider.
    type: str
    required: true
  cluster:
    description: Name of the cluster.
    type: str
    required: true
  auto_scaling_group_arn:
    description: ARN of the auto scaling group. Required with O(state=present).
    type: str
  target_capacity:
    description: How much of the hosts is to be used, in percent. V(100) starts no host to spare.
    type: int
    default: 100
  minimum_scaling_step_size:
    description: How many hosts to start at least at a time.
    type: int
    default: 1
  maximum_scaling_step_size:
    description:
      - How many hosts to start at most at a time.
      - From no host at all AWS asks for two whatever is set here. The group's maximum size limits that.
    type: int
    default: 10000
  instance_warmup_period:
    description: How long a new host is not counted by CloudWatch metrics, in seconds.
    type: int
    default: 300
  managed_draining:
    description: Whether ECS moves the tasks away before a host is ended.
    type: str
    choices: [ENABLED, DISABLED]
    default: ENABLED
  managed_termination_protection:
    description:
      - Whether hosts with tasks are protected from scaling in.
      - V(ENABLED) asks for an auto scaling group whose new instances are protected from scaling in.
    type: str
    choices: [ENABLED, DISABLED]
    default: DISABLED
  wait:
    description:
      - Whether to wait until the cluster has attached the capacity provider or, with O(state=absent), until the
        capacity provider is gone.
      - What AWS needs in between, an active provider before it is attached and a detached one before it is deleted, is
        always waited for.
    type: bool
    default: true
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - openclaw.ecs.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Cluster auto scaling
    description: How ECS decides how many hosts there are to be.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html
  - name: Two instances are started from zero
    description: What AWS answers about it.
    link: https://github.com/aws/containers-roadmap/issues/1716
"""

EXAMPLES = r"""
- name: Start a host when a task needs one
  openclaw.ecs.ecs_capacity_provider:
    name: openclaw-host
    cluster: openclaw
    auto_scaling_group_arn: "{{ host_group.host_group.auto_scaling_group_arn }}"
    tags:
      Name: openclaw-host
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
capacity_provider:
  description: The capacity provider as it is, or in check mode as it would be. V(null) if there is none.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the capacity provider.
      type: str
      sample: arn:aws:ecs:eu-central-1:123456789012:capacity-provider/openclaw-host
    name:
      description: Name of the capacity provider.
      type: str
      sample: openclaw-host
    status:
      description: Status of the capacity provider.
      type: str
      sample: ACTIVE
    auto_scaling_group_arn:
      description: ARN of the auto scaling group.
      type: str
      sample: "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:\
        01234567-89ab-cdef-0123-456789abcdef:autoScalingGroupName/openclaw-host"
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: capacity provider
      name: openclaw-host
      action: create
    - resource: cluster capacity providers
      name: openclaw
      action: update
      settings: [capacity_providers, default_strategy]
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
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import capacity_provider


def create(module, client, change, found):
    """Create the capacity provider, when a former one of its name is gone; gives its ARN."""
    timeout = module.params["wait_timeout"]
    if capacity_provider.is_leaving(found):
        api.wait_for_capacity_provider_deletion(client, change.name, timeout)
    arguments = capacity_provider.creation_arguments(change)
    passing = (api.ROLE_NOT_READY, api.UPDATE_IN_PROGRESS)
    return outlast(lambda: api.create_capacity_provider(client, **arguments), timeout, *passing)["capacityProviderArn"]


def update(module, client, change, current):
    """Change what differs."""
    if set(change.differences) - {"tags"}:
        arguments = {"name": change.name, "autoScalingGroupProvider": capacity_provider.group_provider(change)}
        outlast(
            lambda: api.update_capacity_provider(client, **arguments),
            module.params["wait_timeout"],
            api.UPDATE_IN_PROGRESS,
        )
    if "tags" in change.differences:
        api.tag_resource(client, current["arn"], tags_to_set(current["tags"], change.after["tags"]))


def put_into_cluster(module, client, change):
    """Make the cluster have the capacity providers of a plan."""
    arguments = capacity_provider.attachment_arguments(change)
    passing = (api.PROVIDER_IN_USE, api.UPDATE_IN_PROGRESS)
    outlast(lambda: api.put_cluster_capacity_providers(client, **arguments), module.params["wait_timeout"], *passing)


def ensure_present(module, client, found, current, cluster):
    params, timeout = module.params, module.params["wait_timeout"]
    change = capacity_provider.plan(params, current)
    attachment = capacity_provider.plan_attachment(params["cluster"], params["name"], cluster)
    after = capacity_provider.expected(change, current)
    if not module.check_mode:
        if change.action == "create":
            after["arn"] = create(module, client, change, found)
        elif change.action == "update":
            update(module, client, change, current)
        if change.action != "keep" or after["status"] != "ACTIVE":
            api.wait_for_capacity_provider(client, params["name"], timeout)
            after["status"] = "ACTIVE"
        if attachment.action != "keep":
            put_into_cluster(module, client, attachment)
        if params["wait"] and (attachment.action != "keep" or cluster["status"] == "UPDATE_IN_PROGRESS"):
            api.wait_for_attachments(client, params["cluster"], timeout)
    module.exit_changes([change, attachment], capacity_provider=after)


def ensure_absent(module, client, found, current, cluster):
    params, timeout = module.params, module.params["wait_timeout"]
    detachment = capacity_provider.plan_detachment(params["cluster"], params["name"], cluster)
    change = plan_absent(capacity_provider.PROVIDER, params["name"], current)
    if not module.check_mode:
        if detachment:
            put_into_cluster(module, client, detachment)
        if change:
            if cluster:
                api.wait_for_attachments(client, params["cluster"], timeout)
            outlast(lambda: api.delete_capacity_provider(client, params["name"]), timeout, api.UPDATE_IN_PROGRESS)
        if params["wait"] and (change or capacity_provider.is_leaving(found)):
            api.wait_for_capacity_provider_deletion(client, params["name"], timeout)
    module.exit_changes([each for each in (detachment, change) if each], capacity_provider=None)


def manage(module):
    params = module.params
    client = module.client("ecs")
    found = api.describe_capacity_provider(client, params["name"])
    gone = capacity_provider.is_gone(found) or capacity_provider.is_leaving(found)
    current = None if gone else capacity_provider.normalize(found)
    cluster = api.describe_cluster(client, params["cluster"], "ATTACHMENTS")
    cluster = capacity_provider.normalize_cluster(cluster) if cluster and cluster["status"] != "INACTIVE" else None
    if current:
        require_owned(f"Capacity provider {params['name']}", current["tags"], params["tags"])
    if cluster:
        require_owned(f"Cluster {params['cluster']}", cluster["tags"], params["tags"])
    ensure = ensure_present if params["state"] == "present" else ensure_absent
    ensure(module, client, found, current, cluster)


def main():
    switch = ["ENABLED", "DISABLED"]
    argument_spec = {
        "name": {"required": True},
        "cluster": {"required": True},
        "auto_scaling_group_arn": {},
        "target_capacity": {"type": "int", "default": 100},
        "minimum_scaling_step_size": {"type": "int", "default": 1},
        "maximum_scaling_step_size": {"type": "int", "default": 10000},
        "instance_warmup_period": {"type": "int", "default": 300},
        "managed_draining": {"choices": switch, "default": "ENABLED"},
        "managed_termination_protection": {"choices": switch, "default": "DISABLED"},
        **RESOURCE_ARGUMENTS,
        **WAIT_ARGUMENTS,
    }
    run_module(
        OpenClawAWSModule(
            argument_spec=argument_spec,
            required_if=[("state", "present", ["auto_scaling_group_arn"])],
            supports_check_mode=True,
        ),
        manage,
    )


if __name__ == "__main__":
    main()
