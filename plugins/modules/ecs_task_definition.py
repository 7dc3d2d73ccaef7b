#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition
version_added: 0.1.0
short_description: Manage the task definition of an Amazon ECS task family
description:
  - Compares O(definition) as a whole with the family's latest active revision, and registers a new revision if any
    setting differs, is missing or is no longer wanted. What AWS fills in by itself is no difference, nor is the order
    of environment variables, secrets, volumes and the like.
  - Differing tags alone are put on the revision there is, since a new revision would restart the task.
  - The definition is checked against the request that AWS accepts, in check mode too. Roles, images and parameters that
    it names are not looked at.
  - With O(state=absent) every revision of the family is deregistered and then deleted. Tasks that still run one go on.
  - The family is changed or deleted only if the tags of its revisions say that it belongs to the deployment in O(tags).
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  family:
    description: Name of the task family.
    type: str
    required: true
  definition:
    description:
      - The request of C(RegisterTaskDefinition) as AWS names its fields, without C(family) and C(tags).
      - Numbers and booleans that templating made strings are converted; fields that are null are left out.
      - Required with O(state=present).
    type: dict
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: RegisterTaskDefinition
    description: The fields of a task definition, their units and limits.
    link: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
  - name: Deleting a task definition revision
    description: What becomes of tasks that still use it.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/delete-task-definition-v2.html
"""

EXAMPLES = r"""
- name: Describe the gateway's task
  openclaw.ecs.ecs_task_definition:
    family: openclaw-gateway
    definition:
      networkMode: awsvpc
      requiresCompatibilities: [EC2]
      executionRoleArn: arn:aws:iam::123456789012:role/openclaw-eu-central-1-execution
      containerDefinitions:
        - name: openclaw
          image: alpine/openclaw:2026.5.7
          memoryReservation: 1024
    tags:
      Name: openclaw-gateway
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
task_definition:
  description: The latest revision as it is, or in check mode as it would be. V(null) if there is none.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the revision.
      type: str
      sample: arn:aws:ecs:eu-central-1:123456789012:task-definition/openclaw-gateway:3
    family:
      description: Name of the family.
      type: str
      sample: openclaw-gateway
    revision:
      description: Number of the revision. Unknown in check mode if one would be registered.
      type: raw
      sample: 3
    status:
      description: Whether tasks can be started from it.
      type: str
      sample: ACTIVE
    settings:
      description: The compared settings; those of a container are named by container and setting.
      type: dict
      sample:
        networkMode: awsvpc
        openclaw.image: alpine/openclaw:2026.5.7
    tags:
      description: Tags of the revision.
      type: dict
      sample:
        Name: openclaw-gateway
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: task definition
      name: openclaw-gateway
      action: update
      settings: [openclaw.image]
"""

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_absent
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import task_definition
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import task_definition_api as api


def describe(client, name, tags):
    """A revision in our terms, refused if it is somebody else's."""
    described = api.describe_task_definition(client, name)
    if not described:
        return None
    current = task_definition.normalize(described)
    require_owned(f"Task definition {current['arn']}", current["tags"], tags)
    return current


def ensure_present(module, client):
    family, tags = module.params["family"], module.params["tags"]
    shape = client.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
    arguments = task_definition.request(family, module.params["definition"], shape)
    current = describe(client, family, tags)
    change = task_definition.plan(family, arguments, tags, current)
    after = current
    if task_definition.needs_revision(change):
        after = {"arn": UNKNOWN, "family": family, "revision": UNKNOWN, "status": "ACTIVE"}
        after.update(settings=task_definition.settings(arguments), tags=change.after["tags"])
        if not module.check_mode:
            arguments = task_definition.registration_arguments(arguments, change.after["tags"])
            after = task_definition.normalize(api.register_task_definition(client, **arguments))
    elif change.action == "update":
        after = {**current, "tags": change.after["tags"]}
        if not module.check_mode:
            missing = tags_to_set(current["tags"], tags)
            api.tag_resource(client, current["arn"], ansible_dict_to_boto3_tag_list(missing, "key", "value"))
    module.exit_changes([change], task_definition=after)


def ensure_absent(module, client):
    family = module.params["family"]
    arns = api.list_task_definitions(client, family)
    revisions = [each for arn in arns if (each := describe(client, arn, module.params["tags"]))]
    change = plan_absent("task definition", family, {"revisions": arns} if revisions else None)
    if change and not module.check_mode:
        for revision in revisions:
            if revision["status"] == "ACTIVE":
                api.deregister_task_definition(client, revision["arn"])
        api.delete_task_definitions(client, [revision["arn"] for revision in revisions])
    module.exit_changes([change] if change else [], task_definition=None)


def manage(module):
    client = module.client("ecs")
    (ensure_present if module.params["state"] == "present" else ensure_absent)(module, client)


def main():
    argument_spec = {
        "family": {"required": True},
        "definition": {"type": "dict"},
        **RESOURCE_ARGUMENTS,
    }
    module = OpenClawAWSModule(
        argument_spec=argument_spec,
        required_if=[("state", "present", ["definition"])],
        supports_check_mode=True,
    )
    run_module(module, manage)


if __name__ == "__main__":
    main()
