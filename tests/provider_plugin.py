# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plugin that stands for the one with the provider of Amazon Bedrock, packed as `npm pack` does it.

It registers a provider of that ID and nothing else, as https://docs.openclaw.ai/plugins/sdk-provider-plugins has it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

PACKAGE = "@openclaw/amazon-bedrock-provider"
ENTRY = """import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";

export default definePluginEntry({
  id: "amazon-bedrock",
  name: "Stand-in",
  description: "Registers a provider that calls nothing",
  register(api) {
    %s
  },
});
"""
REGISTERS = 'api.registerProvider({ id: "amazon-bedrock", label: "Stand-in", auth: [] });'
BREAKS = 'throw new Error("this one is broken");'


def pack(version: str, register: str = REGISTERS, plugin_id: str = "amazon-bedrock", **files: str) -> bytes:
    """The archive; further files have their content."""
    manifest: dict[str, Any] = {
        "id": plugin_id,
        "activation": {"onStartup": False},
        "enabledByDefault": True,
        "providers": ["amazon-bedrock"],
        "configSchema": {"type": "object", "additionalProperties": True, "properties": {}},
    }
    package: dict[str, Any] = {
        "name": PACKAGE,
        "version": version,
        "type": "module",
        "peerDependencies": {"openclaw": "*"},
        "openclaw": {"extensions": ["./index.js"], "compat": {"pluginApi": ">=2026.3.24"}},
    }
    content = {
        "package.json": json.dumps(package),
        "openclaw.plugin.json": json.dumps(manifest),
        "index.js": ENTRY % register,
        **files,
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in content.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


def sha256(archive: bytes) -> str:
    """The checksum as `sha256sum` has it."""
    return f"sha256:{hashlib.sha256(archive).hexdigest()}"


def integrity(archive: bytes) -> str:
    """The checksum as npm has it."""
    return f"sha512-{base64.b64encode(hashlib.sha512(archive).digest()).decode()}"
