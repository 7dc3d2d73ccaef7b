#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_file_system_policy
version_added: 0.1.0
short_description: Manage the resource policy of an Amazon EFS file system
description:
  - Puts or deletes the policy that decides, beside the policies of the roles, who may mount a file system and how.
  - Policies are compared by what they say, not by how they are written.
  - A policy is changed or deleted only if the tags of its file system say that it belongs to the deployment in O(tags).
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  file_system_id:
    description: ID of the file system.
    type: str
    required: true
  policy:
    description:
      - The policy document. Required with O(state=present).
      - Refusals are safest limited to C(elasticfilesystem:Client*). Calls to the API lack the condition keys of a
        mount, and a policy that refuses them can lock out everybody.
    type: dict
  tags:
    description:
      - The tags that the file system has. Those that begin with C(openclaw:) tell the owner.
      - A policy has no tags of its own; none are put on.
    type: dict
    required: true
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Using IAM to control access to file systems
    description: The default policy, the actions of NFS clients, and the condition keys.
    link: https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
"""

EXAMPLES = r"""
- name: Let nobody mount without TLS
  openclaw.ecs.efs_file_system_policy:
    file_system_id: fs-0123456789abcdef0
    policy:
      Version: "2012-10-17"
      Statement:
        - Sid: NoMountWithoutTls
          Effect: Deny
          Principal: "*"
          Action: elasticfilesystem:Client*
          Resource: "*"
          Condition:
            Bool:
              aws:SecureTransport: "false"
    tags:
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
policy:
  description: The policy as it is, or in check mode as it would be. V(null) if there is none.
  returned: success
  type: dict
  sample:
    Version: "2012-10-17"
    Statement: []
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: file system policy
      name: fs-0123456789abcdef0
      action: create
"""

import json

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import api
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import file_system_policy


def require_owned_file_system(client, file_system_id, tags):
    """The policy belongs to whom the file system belongs to."""
    for found in api.describe_file_systems_by_id(client, file_system_id):
        require_owned(f"File system {file_system_id}", boto3_tag_list_to_ansible_dict(found["Tags"]), tags)


def manage(module):
    params = module.params
    client = module.client("efs")
    file_system_id = params["file_system_id"]
    # In check mode the file system may not exist yet, and its ID be a placeholder that AWS does not accept.
    known = file_system_id != UNKNOWN
    current = api.describe_file_system_policy(client, file_system_id) if known else None
    change = file_system_policy.plan(file_system_id, params["state"], params["policy"], current)
    if change and change.action != "keep" and known:
        require_owned_file_system(client, file_system_id, params["tags"])
        if not module.check_mode:
            if change.action == "delete":
                api.delete_file_system_policy(client, file_system_id)
            else:
                api.put_file_system_policy(client, file_system_id, json.dumps(params["policy"]))
    module.exit_changes([change] if change else [], policy=params["policy"] if params["state"] == "present" else None)


def main():
    argument_spec = {
        "file_system_id": {"required": True},
        "policy": {"type": "dict"},
        **RESOURCE_ARGUMENTS,
    }
    run_module(
        OpenClawAWSModule(
            argument_spec=argument_spec, required_if=[("state", "present", ["policy"])], supports_check_mode=True
        ),
        manage,
    )


if __name__ == "__main__":
    main()
