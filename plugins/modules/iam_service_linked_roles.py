#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_service_linked_roles
version_added: 0.1.0
short_description: Make sure that service-linked roles exist
description:
  - Creates the service-linked roles that are missing. AWS services act through them in the account.
  - AWS creates such a role by itself on the first use of a service, but that first use may fail while the role is being
    made. Made beforehand, it is there in time, or nearly so.
  - The roles belong to the account, not to a deployment. They are never changed and never deleted.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  services:
    description: The services, for example V(ecs.amazonaws.com).
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Create a service-linked role
    description: What these roles are, and the permission that creating one needs.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
"""

EXAMPLES = r"""
- name: Make sure that ECS, auto scaling and EFS can act
  openclaw.ecs.iam_service_linked_roles:
    services:
      - ecs.amazonaws.com
      - autoscaling.amazonaws.com
      - elasticfilesystem.amazonaws.com
"""

RETURN = r"""
service_linked_roles:
  description:
    - The roles by service, each with its C(name) and C(arn). In check mode those of a role that does not exist yet are
      the text C((known after it is created)).
  returned: success
  type: dict
  sample:
    ecs.amazonaws.com:
      name: AWSServiceRoleForECS
      arn: arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS
actions:
  description: What was done, or in check mode would be done, to which role.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: service-linked role
      name: ecs.amazonaws.com
      action: create
"""

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import passing
from ansible_collections.openclaw.ecs.plugins.module_utils._iam import api
from ansible_collections.openclaw.ecs.plugins.module_utils._iam import service_linked

# CreateServiceLinkedRole: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
TAKEN = passing("InvalidInput", text="has been taken in this account")


def create(client, service):
    try:
        return service_linked.normalize(api.create_service_linked_role(client, service))
    except DeploymentError as error:
        if not TAKEN(error):
            raise
        # AWS itself, on the first use of the service, was faster.
        return service_linked.by_service(api.list_service_linked_roles(client))[service]


def manage(module):
    client = module.client("iam")
    current = service_linked.by_service(api.list_service_linked_roles(client))
    changes = service_linked.plan(module.params["services"], current)
    found = {change.name: current.get(change.name, {"name": UNKNOWN, "arn": UNKNOWN}) for change in changes}
    if not module.check_mode:
        for change in changes:
            if change.action == "create":
                found[change.name] = create(client, change.name)
    module.exit_changes(changes, service_linked_roles=found)


def main():
    argument_spec = {"services": {"type": "list", "elements": "str", "required": True}}
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
