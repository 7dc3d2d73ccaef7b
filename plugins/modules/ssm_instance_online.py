#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_instance_online
version_added: 0.1.0
short_description: Wait until an EC2 instance is online in AWS Systems Manager
description:
  - Waits until the agent of an instance is connected to Systems Manager, so that a session with it can be opened.
  - Fails at once when the instance stops or terminates meanwhile, with the reason that AWS gives.
  - Fails at O(wait_timeout) with what is known of the instance, and with what to look at.
  - Only reads, and never reports a change.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  instance_id:
    description:
      - ID of the instance.
      - In check mode it may be the V((known after it is created\)) of an instance that does not exist yet; then nothing
        is waited for.
    type: str
    required: true
  wait_timeout:
    description: How long to wait at most, in seconds.
    type: int
    default: 300
extends_documentation_fragment:
  - openclaw.ecs.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - Needs C(ssm:DescribeInstanceInformation) and C(ec2:DescribeInstances).
seealso:
  - name: DescribeInstanceInformation
    description: What the states mean.
    link: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_InstanceInformation.html
  - name: Troubleshooting managed node availability
    description: Why an instance is not online.
    link: https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-troubleshooting-managed-nodes.html
"""

EXAMPLES = r"""
- name: Wait until the setup host can be reached
  openclaw.ecs.ssm_instance_online:
    instance_id: i-0123456789abcdef0
"""

RETURN = r"""
instance:
  description: The instance as Systems Manager knows it.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the instance.
      type: str
      sample: i-0123456789abcdef0
    ping_status:
      description: State of its agent's connection.
      type: str
      sample: Online
    agent_version:
      description: Version of its agent.
      type: str
      sample: 3.3.2299.0
    platform_name:
      description: Name of its operating system.
      type: str
      sample: Amazon Linux
"""

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._ssm import online
from ansible_collections.openclaw.ecs.plugins.module_utils._ssm import session_api

# Between two looks at the instance itself, in seconds.
STRETCH = 15


def came_online(client, instance_id, timeout):
    """Whether the instance came online in this stretch of time; every error but that is one."""
    try:
        session_api.wait_until_online(client, instance_id, timeout)
    except DeploymentError as error:
        if not session_api.ran_out_of_time(error):
            raise
        return False
    return True


def wait_until_online(module):
    instance_id, timeout = module.params["instance_id"], module.params["wait_timeout"]
    ssm, ec2 = module.client("ssm"), module.client("ec2")
    instance = None
    for begun in range(0, max(timeout, 1), STRETCH):
        if came_online(ssm, instance_id, min(STRETCH, timeout - begun)):
            return
        instance = session_api.describe_instance(ec2, instance_id)
        if online.has_ended(instance):
            raise DeploymentError(message=online.ended_message(instance_id, instance))
    known = session_api.describe_instance_information(ssm, instance_id)
    raise DeploymentError(message=online.late_message(instance_id, timeout, known, instance))


def wait(module):
    instance_id = module.params["instance_id"]
    if module.check_mode and instance_id == UNKNOWN:
        unknown = dict.fromkeys(("id", "ping_status", "agent_version", "platform_name"), UNKNOWN)
        module.exit_json(changed=False, instance=unknown)
    wait_until_online(module)
    found = session_api.describe_instance_information(module.client("ssm"), instance_id)
    module.exit_json(changed=False, instance=online.normalize(found))


def main():
    argument_spec = {
        "instance_id": {"required": True},
        "wait_timeout": {"type": "int", "default": 300},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), wait)


if __name__ == "__main__":
    main()
