#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: npm_bundle_info
version_added: 0.1.0
short_description: Tell whether npm packages can be packed for another machine
description:
  - Looks at npm and at a folder of the machine it runs on, and tells all at once what would keep
    M(openclaw.ecs.npm_bundle) from doing its work there.
  - It only reads, never reports a change, and does not fail because of a problem; RV(problems) tells.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  npm:
    description: Path of npm. By default C(npm) is looked for in E(PATH).
    type: path
    default: ""
  folder:
    description: The folder that the packed packages are to be kept in. It need not exist.
    type: path
    required: true
extends_documentation_fragment:
  - openclaw.ecs.attributes.info
notes:
  - Whether the registry is reached is not looked at.
seealso:
  - module: openclaw.ecs.npm_bundle
"""

EXAMPLES = r"""
- name: Look whether packages can be packed
  openclaw.ecs.npm_bundle_info:
    folder: ~/.cache/openclaw.ecs
  register: packing

- name: Stop before anything is made
  ansible.builtin.fail:
    msg: "{{ packing.problems | openclaw.ecs.problem_report }}"
  when: packing.problems | length > 0
"""

RETURN = r"""
npm:
  description: The npm that was found.
  returned: success
  type: dict
  contains:
    path:
      description: Where it is; empty if it is not there.
      type: str
      sample: /usr/bin/npm
    version:
      description: What it says its version is; empty if it says none.
      type: str
      sample: 10.9.3
problems:
  description: What would keep packages from being packed.
  returned: success
  type: list
  elements: dict
  contains:
    what:
      description: What was found.
      type: str
      sample: npm is not there
    where:
      description: Where it was found.
      type: str
      sample: PATH of the machine that runs Ansible
    why:
      description: Why it matters.
      type: str
      sample: "With openclaw_setup_artifacts: controller it fetches OpenClaw on this machine, for the setup host."
    fix:
      description: What to do.
      type: str
      sample: Install npm 10.3.0 or later
"""

import os
import shutil

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openclaw.ecs.plugins.module_utils._controller import programs
from ansible_collections.openclaw.ecs.plugins.module_utils._npm import bundle


def look_at_folder(folder):
    nearest = os.path.abspath(folder)
    while not os.path.lexists(nearest):
        nearest = os.path.dirname(nearest)
    is_folder = os.path.isdir(nearest)
    return {
        "nearest": nearest,
        "is_folder": is_folder,
        "writable": os.access(nearest, os.W_OK | os.X_OK),
        "free_bytes": shutil.disk_usage(nearest).free if is_folder else 0,
    }


def main():
    argument_spec = {"npm": {"type": "path", "default": ""}, "folder": {"type": "path", "required": True}}
    module = AnsibleModule(argument_spec=argument_spec, supports_check_mode=True)
    wanted, folder = module.params["npm"], module.params["folder"]
    npm = programs.look_at(module, wanted, bundle.NPM.name)
    module.exit_json(
        changed=False,
        npm={key: npm[key] for key in ("path", "version")},
        problems=[
            *programs.problems(bundle.NPM, wanted, npm, bundle.INSTALL),
            *bundle.folder_problems(folder, look_at_folder(folder)),
        ],
    )


if __name__ == "__main__":
    main()
