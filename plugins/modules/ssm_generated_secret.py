#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_generated_secret
version_added: 0.1.0
short_description: Make a random secret once, in AWS Systems Manager Parameter Store
description:
  - Creates a C(SecureString) parameter with a random value. A parameter that exists keeps its value.
  - The value is made by the module and goes to AWS alone. It is never read, returned, shown or compared, so neither the
    play nor whoever runs it needs the right to read it.
  - A parameter is tagged or deleted only if its tags say that it belongs to the deployment in O(tags).
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  name:
    description: Name of the parameter.
    type: str
    required: true
  description:
    description: Description that a new parameter gets.
    type: str
    default: Made by openclaw.ecs
  bytes:
    description: Number of random bytes. The value is their hexadecimal form, so twice as long.
    type: int
    default: 32
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: PutParameter
    description: What Parameter Store does with a parameter that exists.
    link: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
"""

EXAMPLES = r"""
- name: Make the token of the gateway
  openclaw.ecs.ssm_generated_secret:
    name: /openclaw/openclaw/gateway-token
    description: Token of the OpenClaw gateway
    tags:
      Name: /openclaw/openclaw/gateway-token
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: parameter
      name: /openclaw/openclaw/gateway-token
      action: keep
"""

import secrets

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import wanted_tags
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_absent
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_present
from ansible_collections.openclaw.ecs.plugins.module_utils._ssm import api


def ensure_present(client, params, change, current_tags):
    if change.action == "create":
        value = secrets.token_hex(params["bytes"])
        api.create_secret(client, params["name"], value, params["description"], params["tags"])
    elif change.action == "update":
        api.tag_parameter(client, params["name"], tags_to_set(current_tags, params["tags"]))


def manage(module):
    client = module.client("ssm")
    params = module.params
    name = params["name"]
    current = {"tags": api.parameter_tags(client, name)} if api.parameter_exists(client, name) else None
    tags = current["tags"] if current else {}
    if current:
        require_owned(f"Parameter {name}", tags, params["tags"])
    if params["state"] == "present":
        change = plan_present("parameter", name, current, {"tags": wanted_tags(tags, params["tags"])})
        if not module.check_mode:
            ensure_present(client, params, change, tags)
    else:
        change = plan_absent("parameter", name, current)
        if change and not module.check_mode:
            api.delete_parameter(client, name)
    module.exit_changes([change] if change else [])


def main():
    argument_spec = {
        "name": {"required": True},
        "description": {"default": "Made by openclaw.ecs"},
        "bytes": {"type": "int", "default": 32},
        **RESOURCE_ARGUMENTS,
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
