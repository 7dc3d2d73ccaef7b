#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: npm_bundle
version_added: 0.1.0
short_description: Pack an npm package with all that it depends on, for another machine
description:
  - Installs a package with npm for a Linux with glibc, whatever machine this is, and packs what it installed into one
    archive. Unpacked into C(/usr/local) or another prefix, it is there as after C(npm install --global).
  - The archive is kept with its checksum. A second run checks it, and makes it anew if it is not what was packed.
  - npm checks what it fetches by the checksums of the registry. No script of a package is run.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  package:
    description: Name of the package.
    type: str
    required: true
  version:
    description: Its version.
    type: str
    required: true
  cpu:
    description: Processor of the machine that it is for, as npm calls it.
    type: str
    choices: [arm64, x64]
    required: true
  folder:
    description: Folder to keep the archive in. It is made if it is missing.
    type: path
    required: true
  npm:
    description: Path of npm, 10.3.0 or later. By default C(npm) is looked for in E(PATH).
    type: path
    default: ""
  registry:
    description: The npm registry.
    type: str
    default: https://registry.npmjs.org
extends_documentation_fragment:
  - openclaw.ecs.attributes
attributes:
  diff_mode:
    support: none
    description: An archive is there or not.
notes:
  - The name of the archive tells package, version and processor. Two runs at a time do not get in each other's way.
  - C(package-lock.json) plays no part. What is not pinned by the package itself is of the newest fitting version at the
    time of packing.
seealso:
  - module: openclaw.ecs.npm_bundle_info
  - name: npm install
    description: The options that install for another machine.
    link: https://docs.npmjs.com/cli/v10/commands/npm-install
"""

EXAMPLES = r"""
- name: OpenClaw for a Graviton host
  openclaw.ecs.npm_bundle:
    package: openclaw
    version: 2026.5.7
    cpu: arm64
    folder: ~/.cache/openclaw.ecs
  register: bundle
  delegate_to: localhost

- name: Bring it there
  ansible.builtin.unarchive:
    src: "{{ bundle.path }}"
    dest: /usr/local
    creates: /usr/local/bin/openclaw
"""

RETURN = r"""
path:
  description: The archive.
  returned: success
  type: str
  sample: /var/lib/operator/.cache/openclaw.ecs/openclaw-2026.5.7-linux-arm64.tar.gz
checksum:
  description: SHA-256 of the archive, in hexadecimal. In check mode empty, if it would be made.
  returned: success
  type: str
  sample: 8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4
"""

import contextlib
import fcntl
import gzip
import os
import shutil
import tarfile
import tempfile

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openclaw.ecs.plugins.module_utils._controller.programs import locate
from ansible_collections.openclaw.ecs.plugins.module_utils._npm import bundle

# Of OpenClaw 2026.5.7 it makes 103 MB in 15 seconds; 1 would make 122 MB in 8, measured in 2026-11.
COMPRESSION = 6


def is_whole(module, path):
    """Whether the archive is the one whose checksum was written down."""
    try:
        with open(f"{path}.sha256") as file:
            noted = file.read()
    except FileNotFoundError:
        return False
    return noted == bundle.checksum_line(module.sha256(path) or "", os.path.basename(path))


@contextlib.contextmanager
def locked(path):
    """Alone with what is at this path, until the end of the process at the latest."""
    with open(f"{path}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch(module, prefix):
    """Install the package into a folder."""
    npm = locate(module.params["npm"], bundle.NPM.name)
    if not npm:
        module.fail_json(msg=f"{module.params['npm'] or bundle.NPM.name} is not there. Nothing was fetched.")
    command = bundle.install_command(npm, prefix, module.params)
    rc, out, err = module.run_command(command, path_prefix=os.path.dirname(npm))
    if rc:
        package = f"{module.params['package']}@{module.params['version']}"
        module.fail_json(
            msg=f"npm could not install {package} from {module.params['registry']}: it ended with {rc}.",
            rc=rc,
            stdout=out,
            stderr=err,
        )


def anonymous(entry):
    """An entry of an archive that belongs to root."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def pack(prefix, path):
    with gzip.open(path, "wb", compresslevel=COMPRESSION) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name in sorted(os.listdir(prefix)):
            archive.add(os.path.join(prefix, name), name, filter=anonymous)


def make(module, path):
    """Fetch, pack, and put in place; what an earlier run has left behind goes first."""
    unfinished = f"{path}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    os.makedirs(unfinished)
    # An npm whose module was killed may still be writing, to a folder of another name.
    prefix, packed = tempfile.mkdtemp(dir=unfinished), os.path.join(unfinished, "packed")
    try:
        fetch(module, prefix)
        pack(prefix, packed)
        os.replace(packed, path)
        with open(f"{path}.sha256", "w") as file:
            file.write(bundle.checksum_line(module.sha256(path), os.path.basename(path)))
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def work(module):
    folder = module.params["folder"]
    name = bundle.file_name(module.params["package"], module.params["version"], module.params["cpu"])
    path = os.path.join(folder, name)
    if module.check_mode:
        whole = is_whole(module, path)
        module.exit_json(changed=not whole, path=path, checksum=module.sha256(path) if whole else "")
    os.makedirs(folder, exist_ok=True)
    with locked(path):
        whole = is_whole(module, path)
        if not whole:
            make(module, path)
    module.exit_json(changed=not whole, path=path, checksum=module.sha256(path))


def main():
    argument_spec = {
        "package": {"required": True},
        "version": {"required": True},
        "cpu": {"required": True, "choices": ["arm64", "x64"]},
        "folder": {"type": "path", "required": True},
        "npm": {"type": "path", "default": ""},
        "registry": {"default": "https://registry.npmjs.org"},
    }
    module = AnsibleModule(argument_spec=argument_spec, supports_check_mode=True)
    try:
        work(module)
    except OSError as error:
        module.fail_json(msg=f"{module.params['folder']}: {error}")


if __name__ == "__main__":
    main()
