#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_manager_info
version_added: 0.1.0
short_description: Tell whether Ansible can open sessions with Session Manager
description:
  - Looks at the Session Manager plugin of the machine it runs on, and at the document that sessions are opened with,
    and tells all at once what would break a session with an instance whose role may do nothing but Session Manager.
  - It only reads, never reports a change, and does not fail because of a problem; RV(problems) tells.
  - An account that never set preferences has no document C(SSM-SessionManagerRunShell). AWS's defaults hold then, and
    are no problem.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  plugin:
    description: Path of the plugin. By default C(session-manager-plugin) is looked for in E(PATH).
    type: path
    default: ""
  document:
    description:
      - Name of the session document. By default C(SSM-SessionManagerRunShell), which holds the preferences of the
        account in this region.
    type: str
    default: ""
extends_documentation_fragment:
  - openclaw.ecs.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - Needs C(ssm:GetDocument). Where that is denied, it is one of the problems.
  - Whether the caller may start a session (C(ssm:StartSession)) is not looked at.
seealso:
  - plugin: amazon.aws.aws_ssm
    plugin_type: connection
  - name: Install the Session Manager plugin
    description: For all platforms.
    link: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html
  - name: Session document schema
    description: What the preferences mean.
    link: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
"""

EXAMPLES = r"""
- name: Look whether a session is possible
  openclaw.ecs.session_manager_info:
  register: sessions

- name: Stop before a host is paid for
  ansible.builtin.fail:
    msg: "{{ sessions.problems | openclaw.ecs.problem_report }}"
  when: sessions.problems | length > 0
"""

RETURN = r"""
plugin:
  description: The Session Manager plugin.
  returned: success
  type: dict
  contains:
    path:
      description: Where it is; empty if it is not there.
      type: str
      sample: /usr/local/bin/session-manager-plugin
    version:
      description: What it says its version is; empty if it says none.
      type: str
      sample: 1.2.764.0
document:
  description: Name of the document that was looked at.
  returned: success
  type: str
  sample: SSM-SessionManagerRunShell
preferences:
  description: The C(inputs) of the document; V(null) if there is no document, or the caller may not see it.
  returned: success
  type: dict
  sample:
    idleSessionTimeout: "20"
problems:
  description: What would break a session.
  returned: success
  type: list
  elements: dict
  contains:
    what:
      description: What was found.
      type: str
      sample: Session Manager's runAsEnabled is set to True
    where:
      description: Where it was found.
      type: str
      sample: Systems Manager in eu-central-1, document SSM-SessionManagerRunShell
    why:
      description: Why it matters.
      type: str
      sample: The session runs as a user of the operating system, and is refused where there is no such user.
    fix:
      description: What to do.
      type: str
      sample: In the preferences of Session Manager set runAsEnabled to false
"""

import platform
import shutil

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._controller import programs
from ansible_collections.openclaw.ecs.plugins.module_utils._network.reading import is_denied
from ansible_collections.openclaw.ecs.plugins.module_utils._ssm import session
from ansible_collections.openclaw.ecs.plugins.module_utils._ssm import session_api


def install_hint():
    linux = "debian" if shutil.which("dpkg") else "rpm"
    return session.install_hint({"Darwin": "macos"}.get(platform.system(), linux), platform.machine())


def read_document(module, name):
    """The document, if there is one, and the problem if it may not be read."""
    try:
        return session_api.get_document(module.client("ssm"), name), []
    except DeploymentError as error:
        if not is_denied(error):
            raise
        return None, [session.reading_problem(name, module.region, str(error.exception))]


def look(module):
    name = module.params["document"] or session.DEFAULT_DOCUMENT
    wanted = module.params["plugin"]
    plugin = programs.look_at(module, wanted, session.PLUGIN.name)
    document, denied = read_document(module, name)
    module.exit_json(
        changed=False,
        plugin={key: plugin[key] for key in ("path", "version")},
        document=name,
        preferences=session.preferences(document),
        problems=[
            *programs.problems(session.PLUGIN, wanted, plugin, install_hint()),
            *(denied or session.document_problems(name, document, module.region)),
        ],
    )


def main():
    argument_spec = {"plugin": {"type": "path", "default": ""}, "document": {"default": ""}}
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), look)


if __name__ == "__main__":
    main()
