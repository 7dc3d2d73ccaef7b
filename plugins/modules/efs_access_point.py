#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_access_point
version_added: 0.1.0
short_description: Manage an access point of an Amazon EFS file system
description:
  - Creates, tags and deletes an access point, the entrance to one folder of a file system under one POSIX identity.
  - The access point is found by the name it was created under. It is changed or deleted only if its tags say that it
    belongs to the deployment in O(tags).
  - Path, identity and permissions of an access point can't be changed in AWS. If they differ, the module fails and
    leaves the access point as it is.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  name:
    description: Name of the access point. It is used as the C(ClientToken), and so makes creation idempotent.
    type: str
    required: true
  file_system_id:
    description: ID of the file system.
    type: str
    required: true
  path:
    description: The folder that is the root of everything seen through the access point. Created on first use.
    type: str
    default: /
  uid:
    description: User ID that all access through the access point has, and that owns the folder when it is created.
    type: int
    default: 1000
  gid:
    description: Group ID that all access through the access point has, and that owns the folder when it is created.
    type: int
    default: 1000
  permissions:
    description: Mode of the folder when it is created, in octal.
    type: str
    default: "755"
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - openclaw.ecs.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Working with access points
    description: How EFS enforces the identity and the folder of an access point.
    link: https://docs.aws.amazon.com/efs/latest/ug/efs-access-points.html
"""

EXAMPLES = r"""
- name: Give the gateway its folder
  openclaw.ecs.efs_access_point:
    name: openclaw-gateway
    file_system_id: fs-0123456789abcdef0
    path: /openclaw
    tags:
      Name: openclaw-gateway
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
access_point:
  description: The access point as it is, or in check mode as it would be. V(null) if there is none.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the access point.
      type: str
      sample: fsap-0123456789abcdef0
    arn:
      description: ARN of the access point.
      type: str
      sample: arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0
    state:
      description: Lifecycle state.
      type: str
      sample: available
    path:
      description: Folder that is the root.
      type: str
      sample: /openclaw
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: access point
      name: openclaw-gateway
      action: create
"""

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import WAIT_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_absent
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import access_point
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import api


def ensure_present(module, client, current):
    params = module.params
    change = access_point.plan(params, current)
    after = {**(current or {"id": UNKNOWN, "arn": UNKNOWN, "state": UNKNOWN}), **change.after}
    if not module.check_mode:
        if change.action == "create":
            tags = ansible_dict_to_boto3_tag_list(params["tags"])
            after = access_point.normalize(
                api.create_access_point(client, Tags=tags, **access_point.creation_arguments(params))
            )
        elif change.action == "update":
            tags = ansible_dict_to_boto3_tag_list(tags_to_set(current["tags"], params["tags"]))
            api.tag_resource(client, current["id"], tags)
        if params["wait"] and after["state"] != "available":
            api.wait_for_access_point(client, after["id"], params["wait_timeout"])
            after["state"] = "available"
    module.exit_changes([change], access_point=after)


def ensure_absent(module, client, current):
    change = plan_absent("access point", module.params["name"], current)
    if change and not module.check_mode:
        api.delete_access_point(client, current["id"])
    module.exit_changes([change] if change else [], access_point=None)


def manage(module):
    client = module.client("efs")
    # In check mode the file system may not exist yet, and its ID be a placeholder that AWS does not accept.
    known = module.params["file_system_id"] != UNKNOWN
    current = access_point.find(
        api.describe_access_points(client, module.params["file_system_id"]) if known else [], module.params["name"]
    )
    if current:
        require_owned(f"Access point {current['id']}", current["tags"], module.params["tags"])
    (ensure_present if module.params["state"] == "present" else ensure_absent)(module, client, current)


def main():
    argument_spec = {
        "name": {"required": True},
        "file_system_id": {"required": True},
        "path": {"default": "/"},
        "uid": {"type": "int", "default": 1000},
        "gid": {"type": "int", "default": 1000},
        "permissions": {"default": "755"},
        **RESOURCE_ARGUMENTS,
        **WAIT_ARGUMENTS,
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
