#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: openclaw_plugin
version_added: 0.1.0
short_description: Install a plugin of OpenClaw into its state directory
description:
  - Has OpenClaw's own C(openclaw plugins install) install a plugin from an archive or from ClawHub, and writes down
    what it was. What is there already is not installed again.
  - An archive is compared with O(checksum), and looked into, before anything is touched.
  - If the installation fails, what was installed before is installed again. The same can be done later, see O(state).
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  id:
    description: ID of the plugin, as its C(openclaw.plugin.json) has it.
    type: str
    required: true
  state:
    description:
      - V(present) installs it.
      - V(restored) puts back what was there before the last change. If there was nothing, it is uninstalled.
    type: str
    choices: [present, restored]
    default: present
  source:
    description:
      - Where the plugin comes from. If the last one came from there, and with the same checksum, nothing is done.
      - Needed for O(state=present). It is given to OpenClaw only if there is no O(archive).
    type: str
  checksum:
    description: Checksum of the archive, as V(sha256:) and hexadecimal digits, or as npm's V(sha512-) and Base64.
    type: str
    default: ""
  version:
    description: Version that must be in the archive.
    type: str
    default: ""
  archive:
    description: The plugin as C(npm pack) packs it. It is not needed if nothing is to be done, nor in check mode.
    type: path
  state_dir:
    description: OpenClaw's state directory.
    type: path
    required: true
  command:
    description:
      - Command that runs OpenClaw for this state directory, as the user that it belongs to. No shell reads it.
      - It should have a configuration of its own (E(OPENCLAW_CONFIG_PATH)), as it writes that the plugin is enabled.
        M(openclaw.ecs.openclaw_config) does that without touching anything else.
    type: str
    required: true
  openclaw_version:
    description: Version of OpenClaw.
    type: str
    required: true
  owner:
    description: Number of the user that what is made belongs to.
    type: int
    default: 1000
  group:
    description: Number of the group that what is made belongs to.
    type: int
    default: 1000
extends_documentation_fragment:
  - openclaw.ecs.attributes
attributes:
  diff_mode:
    support: none
    description: A plugin is files.
notes:
  - No gateway may run on the state directory meanwhile. OpenClaw keeps what it installs in a database.
  - What is written down, and the archives, are in C(openclaw-plugin-*) in the state directory.
seealso:
  - name: Install plugins
    description: What OpenClaw does then.
    link: https://docs.openclaw.ai/cli/plugins/install
  - module: openclaw.ecs.openclaw_config
"""

EXAMPLES = r"""
- name: The provider of Amazon Bedrock
  openclaw.ecs.openclaw_plugin:
    id: amazon-bedrock
    source: "@openclaw/amazon-bedrock-provider@2026.9.6"
    version: 2026.9.6
    archive: /opt/openclaw-amazon-bedrock-provider-2026.9.6.tgz
    state_dir: /data/.openclaw
    openclaw_version: 2026.9.6
    command: >-
      setpriv --reuid=1000 --regid=1000 --clear-groups
      env HOME=/tmp OPENCLAW_STATE_DIR=/data/.openclaw OPENCLAW_CONFIG_PATH=/tmp/openclaw.json openclaw
"""

RETURN = r"""
installed:
  description:
    - What is there now; V(null) if nothing is that this module has installed, and in check mode if it would change.
  returned: success
  type: dict
  contains:
    source:
      description: Where it came from.
      type: str
      sample: "@openclaw/amazon-bedrock-provider@2026.9.6"
    version:
      description: Its version, as OpenClaw tells it.
      type: str
      sample: 2026.9.6
    checksums:
      description: Its checksums, in both forms; none if OpenClaw has fetched it.
      type: list
      elements: str
      sample: ["sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"]
    archive:
      description: Name of the file in the state directory that it was installed from; empty if OpenClaw has fetched it.
      type: str
      sample: openclaw-plugin-amazon-bedrock-8f434346648f6b96.tgz
    place:
      description: Folder that it is in.
      type: str
      sample: /data/.openclaw/npm/projects/openclaw-amazon-bedrock-provider-53c77d25cd
"""

import os
import shlex

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw import files as file_system
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw import plugin as plugins
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.errors import Refused
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.files import Attributes
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.files import Files
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.versions import parse_version

FOLDER_MODE = 0o700


def run_cli(module):
    """A function that runs OpenClaw, and gives its exit code and all that it said."""
    prefix = shlex.split(module.params["command"])

    def cli(*arguments):
        code, out, err = module.run_command([*prefix, *arguments], cwd="/", handle_exceptions=False)
        return code, "\n".join(part.strip() for part in (out, err) if part.strip())

    return cli


def read_archive(path):
    """The archive, if there is one."""
    if path is None:
        return None
    found = file_system.read(path)
    if found is None:
        raise Refused(f"archive: {path} does not exist.")
    return found.content


def work(module):
    params = module.params
    folder, plugin_id = params["state_dir"], params["id"]
    wanted = plugins.Wanted(plugin_id, params["source"] or "", params["checksum"], params["version"])
    now, before = plugins.read_records(folder, plugin_id) if file_system.folder_exists(folder) else (None, None)
    done = params["state"] == "present" and plugins.is_there(now, wanted)
    if done or module.check_mode:
        return {"changed": not done, "installed": now if done else None}
    owner = Attributes(params["owner"], params["group"], FOLDER_MODE)
    file_system.make_folder(folder, owner)
    files = Files(os.path.join(folder, plugins.record_name(plugin_id)), owner)
    with files.locked():
        plugin = plugins.Plugin(files, plugin_id, run_cli(module), parse_version(params["openclaw_version"]))
        if params["state"] == "restored":
            return {"changed": True, "installed": plugin.restore()}
        return {"changed": True, "installed": plugin.replace(wanted._replace(archive=read_archive(params["archive"])))}


def main():
    argument_spec = {
        "id": {"required": True},
        "state": {"choices": ["present", "restored"], "default": "present"},
        "source": {},
        "checksum": {"default": ""},
        "version": {"default": ""},
        "archive": {"type": "path"},
        "state_dir": {"type": "path", "required": True},
        "command": {"required": True},
        "openclaw_version": {"required": True},
        "owner": {"type": "int", "default": 1000},
        "group": {"type": "int", "default": 1000},
    }
    module = AnsibleModule(
        argument_spec=argument_spec, required_if=[("state", "present", ["source"])], supports_check_mode=True
    )
    try:
        result = work(module)
    except Refused as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['state_dir']}: {error.strerror}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
