#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_exec_command
version_added: 0.1.0
short_description: Run a command in the container of a task over ECS Exec
description:
  - Opens a session of ECS Exec, runs one command in it, and gives what the command has written and ended with.
  - It is run as root in the container's working directory, with the environment of its task definition. No shell reads
    its arguments.
  - Right after the start of a container its agent may not be connected yet; that is tried again for a while.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  cluster:
    description: Name of the cluster.
    type: str
    required: true
  task:
    description: ARN or ID of the task.
    type: str
    required: true
  container:
    description: Name of the container.
    type: str
    default: openclaw
  command:
    description: The command and its arguments.
    type: list
    elements: str
    required: true
  plugin:
    description:
      - Path of session-manager-plugin, 1.2.497.0 or later. By default it is looked for in E(PATH).
    type: path
    default: ""
  timeout:
    description: How long the command may take, in seconds.
    type: int
    default: 120
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: partial
    details: The command is not run, and what it would have answered is not returned.
    description: Reports what would change without changing it.
  diff_mode:
    support: none
    description: What a command changes is not known.
notes:
  - Needs C(ecs:ExecuteCommand) on cluster and task, and what M(openclaw.ecs.ecs_exec_readiness) looks at.
  - A session is a terminal, so that RV(stdout) has what was written to the standard error, too.
seealso:
  - module: openclaw.ecs.ecs_exec_readiness
  - name: Monitor Amazon ECS containers with ECS Exec
    description: What ECS Exec is.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
"""

EXAMPLES = r"""
- name: Ask the gateway about its plugins
  openclaw.ecs.ecs_exec_command:
    cluster: openclaw
    task: 0123456789abcdef0123456789abcdef
    command: [node, dist/index.js, plugins, list, --json]
  register: asked
  changed_when: false
"""

RETURN = r"""
rc:
  description: What the command ended with. It does not fail the module.
  returned: success, but in check mode
  type: int
  sample: 0
stdout:
  description: What the command has written, to its standard output and its standard error.
  returned: success, but in check mode
  type: str
  sample: '{"plugins": []}'
"""

import secrets

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._controller.programs import locate
from ansible_collections.openclaw.ecs.plugins.module_utils._ecs import exec_session
from ansible_collections.openclaw.ecs.plugins.module_utils._ssm.session import PLUGIN


def work(module):
    params = module.params
    if module.check_mode:
        module.exit_json(changed=True)
    plugin = locate(params["plugin"], PLUGIN.name)
    if not plugin:
        raise DeploymentError(
            message=f"{params['plugin'] or PLUGIN.name} is not there, without which there is no session."
        )
    client, mark = module.client("ecs"), secrets.token_hex(16)
    command = exec_session.marked(params["command"], mark)
    opened = exec_session.execute_command(client, params["cluster"], params["task"], params["container"], command)
    arguments, variables = exec_session.plugin_arguments(opened["session"], module.region, client.meta.endpoint_url)
    shown = exec_session.run_session(plugin, arguments, variables, params["timeout"])
    answer = exec_session.between_marks(shown, mark)
    if answer is None:
        raise DeploymentError(message=f"The session ended before the command did. It had shown: {shown.strip()}")
    module.exit_json(changed=True, rc=answer.code, stdout=answer.output)


def main():
    argument_spec = {
        "cluster": {"required": True},
        "task": {"required": True},
        "container": {"default": "openclaw"},
        "command": {"type": "list", "elements": "str", "required": True},
        "plugin": {"type": "path", "default": ""},
        "timeout": {"type": "int", "default": 120},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), work)


if __name__ == "__main__":
    main()
