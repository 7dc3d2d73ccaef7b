# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plugin with the provider of Amazon Bedrock: whether one is needed, whence, and what the gateway says of it.

Pure. Private to the collection.
"""

from __future__ import annotations

import base64
import json
import re
import typing as t

from .._openclaw.versions import PROVIDER_IS_A_PLUGIN
from .problems import Problem
from .problems import problem
from .releases import known_release

Values = t.Mapping[str, t.Any]

PLUGIN = "amazon-bedrock"
PACKAGE = "@openclaw/amazon-bedrock-provider"
EXACT = r"(?P<name>(@[\w.-]+/)?[\w.-]+)@(?P<version>\d+\.\d+\.\d+(-[\w.]+)?)"
SOURCES = {
    "npm": re.compile(rf"(npm:)?{EXACT}"),
    "clawhub": re.compile(rf"clawhub:{EXACT}"),
    "url": re.compile(r"https://[\w.:~-]+/[\w./~%+@-]+\.(tgz|tar\.gz)"),
    "path": re.compile(r"(/|~/).+\.(tgz|tar\.gz)"),
}
# What has no checksum that somebody has published.
WITHOUT_CHECKSUM = ("url", "path")
DEFAULT_COMMAND = ["node", "dist/index.js"]
CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}|sha512-[A-Za-z0-9+/]{86}==")
WRONG_CHECKSUM = "Write sha256: and 64 hexadecimal digits, as `sha256sum` prints them, or npm's sha512-…"


def kind_of(source: str) -> str:
    """The kind of a source; empty if it is none, or leaves open what it would bring."""
    return next((kind for kind, pattern in SOURCES.items() if pattern.fullmatch(source)), "")


def bundles_provider(release: tuple[int, ...]) -> bool:
    """Whether a release of OpenClaw has the provider in itself."""
    return release < PROVIDER_IS_A_PLUGIN


def source(values: Values) -> str:
    """Where the plugin comes from: what the user says, or npm's of the same release, or nothing if it is bundled."""
    release = known_release(values)
    if values["openclaw_bedrock_plugin_source"] or release is None or bundles_provider(release):
        return values["openclaw_bedrock_plugin_source"] or ""
    return f"{PACKAGE}@{values['openclaw_version']}"


def provider_plugin(values: Values) -> dict[str, t.Any]:
    """The plugin to install, where it comes from, and how the gateway is asked for it; nothing if none is."""
    wanted = source(values)
    if not wanted:
        return {}
    kind = kind_of(wanted)
    return {
        "id": PLUGIN,
        "source": wanted,
        "kind": kind,
        "version": wanted.rpartition("@")[2] if kind == "npm" else "",
        "checksum": values["openclaw_bedrock_plugin_checksum"] or "",
        "question": question(values["openclaw_command"], PLUGIN),
    }


def check_provider(values: Values) -> t.Iterator[Problem]:
    """Where the plugin comes from, and what it is checked by."""
    given, checksum = values["openclaw_bedrock_plugin_source"], values["openclaw_bedrock_plugin_checksum"]
    if checksum and not CHECKSUM.fullmatch(checksum):
        yield problem(
            f"{checksum!r} is not a checksum.",
            f"openclaw_bedrock_plugin_checksum: {checksum}",
            "The plugin is compared with it before it is installed.",
            WRONG_CHECKSUM,
        )
    if not given:
        return
    kind, where = kind_of(given), f"openclaw_bedrock_plugin_source: {given}"
    if not kind:
        yield problem(
            f"{given!r} does not say exactly which plugin is meant.",
            where,
            "The plugin runs in the gateway with all that the gateway may do, and must not change unnoticed.",
            f"Name a package with its exact version ({PACKAGE}@2026.9.6, or clawhub:{PACKAGE}@2026.9.6), or a .tgz as"
            " https://… or as a path from / or ~/ on.",
        )
    if kind in WITHOUT_CHECKSUM and not checksum:
        yield problem(
            "The plugin has no checksum.",
            f"{where}, openclaw_bedrock_plugin_checksum: ''",
            "Nobody has published one for it, so that nobody would notice another file in its place.",
            f"Set openclaw_bedrock_plugin_checksum. {WRONG_CHECKSUM}",
        )
    if kind == "clawhub" and checksum:
        yield problem(
            "A checksum can't be compared with what ClawHub sends.",
            f"{where}, openclaw_bedrock_plugin_checksum: {checksum}",
            "OpenClaw fetches it and compares it with the digest that ClawHub has published.",
            "Leave openclaw_bedrock_plugin_checksum out, or name a .tgz in openclaw_bedrock_plugin_source.",
        )
    artifacts = values["openclaw_setup_artifacts"]
    if artifacts == "none" or (artifacts == "controller" and kind == "clawhub"):
        yield problem(
            f"The plugin can't be installed with openclaw_setup_artifacts: {artifacts}.",
            f"{where}, openclaw_setup_artifacts: {artifacts}",
            "OpenClaw installs it on the setup host, and fetches from ClawHub by itself.",
            "Use openclaw_setup_artifacts: download"
            + (", or name a .tgz." if artifacts == "controller" else " or controller."),
        )


def file_problems(plugin: Values, found: Values) -> list[Problem]:
    """What is wrong with the plugin's file on this machine, by its C(stat)."""
    if plugin.get("kind") != "path":
        return []
    where = f"openclaw_bedrock_plugin_source: {plugin['source']}"
    if not found.get("exists") or not found.get("isreg") or not found.get("readable"):
        return [
            problem(
                f"There is no file {plugin['source']} that can be read.",
                where,
                "The plugin is brought to the setup host from here.",
                "Put it there, or name another file.",
            )
        ]
    if found.get("checksum") != hexadecimal(plugin["checksum"]):
        return [
            problem(
                f"{plugin['source']} does not have the checksum {plugin['checksum']}.",
                f"{where}, openclaw_bedrock_plugin_checksum",
                "It may be another plugin than the one that you have looked at.",
                "Find out who has changed it, or correct the checksum.",
            )
        ]
    return []


def hexadecimal(checksum: str) -> str:
    """The digits of a checksum in either form."""
    if checksum.startswith("sha256:"):
        return checksum.removeprefix("sha256:")
    return base64.b64decode(checksum.removeprefix("sha512-")).hex()


def question(command: t.Sequence[str], plugin_id: str) -> list[str]:
    """The command that tells, in the gateway's container, whether a plugin can be loaded and what is in it.

    C(command) is the one that the gateway is started with. A session is root, and as root OpenClaw refuses the folders
    of the gateway's user; so it is run as that.
    """
    start = list(command[: command.index("gateway")]) if "gateway" in command else DEFAULT_COMMAND
    program, *arguments = [*start, "plugins", "inspect", plugin_id, "--runtime", "--json"]
    options = "{uid: 1000, gid: 1000, stdio: 'inherit'}"
    spawn = f"require('child_process').spawnSync({json.dumps(program)}, {json.dumps(arguments)}, {options})"
    return ["node", "-e", f"process.exit({spawn}.status ?? 1)"]


def provider_problem(answer: Values, plugin_id: str) -> str:
    """What is wrong with the provider by the answer to the question; empty if it is loaded."""
    said = answer.get("stdout", "").strip()
    try:
        told = json.JSONDecoder().raw_decode(said, said.index("{\n"))[0]
        plugin = told["plugin"]
        if plugin["status"] == "loaded" and plugin_id in plugin["providerIds"]:
            return ""
        reasons = [each.get("message", "") for each in told.get("diagnostics", [])]
        found = [f"status {plugin['status']}", plugin.get("error") or "", *reasons]
        said = "; ".join(dict.fromkeys(each for each in found if each))
    except (ValueError, KeyError, TypeError):
        pass
    return (
        f"The gateway runs, but has not loaded the provider {plugin_id}, so that it can't call a model. It says:"
        f" {said[-1500:] or 'nothing'}"
    )
