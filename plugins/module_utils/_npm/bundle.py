# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An npm package with all that it depends on, installed for another machine and packed: how, and what it takes.

Pure. Private to the collection.
"""

from __future__ import annotations

import typing as t

from .._config.problems import Problem
from .._config.problems import problem
from .._controller.programs import Program

Facts = t.Mapping[str, t.Any]

# The first with --libc; --cpu and --os are older. https://github.com/npm/cli/releases/tag/v10.3.0
NPM = Program(
    name="npm",
    variable="openclaw_npm",
    why="With openclaw_setup_artifacts: controller it fetches OpenClaw on this machine, for the setup host.",
    minimum="10.3.0",
)
INSTALL = (
    f"Install Node with npm {NPM.minimum} or later, or name one in openclaw_npm:"
    " https://docs.npmjs.com/downloading-and-installing-node-js-and-npm"
)
# OpenClaw 2026.5.7 takes 523 MB unpacked and 103 MB packed, its Node 55 MB; measured in 2026-11.
NEEDED_BYTES = 1024**3


def file_name(package: str, version: str, cpu: str) -> str:
    """The name of a packed package, which nothing else has."""
    return f"{package.lstrip('@').replace('/', '-')}-{version}-linux-{cpu}.tar.gz"


def install_command(npm: str, prefix: str, params: Facts) -> list[str]:
    """The command that installs a package into a folder as if it were the machine that it is for."""
    return [
        npm,
        "install",
        "--global",
        f"--prefix={prefix}",
        f"--registry={params['registry']}",
        "--os=linux",
        f"--cpu={params['cpu']}",
        "--libc=glibc",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        f"{params['package']}@{params['version']}",
    ]


def checksum_line(digest: str, name: str) -> str:
    """What is kept beside a file to check it with: a line for C(sha256sum --check)."""
    return f"{digest}  {name}\n"


def folder_problems(folder: str, found: Facts) -> list[Problem]:
    """What is wrong with the folder that the files are kept in.

    C(nearest) is the folder itself or, if it is yet to be made, the nearest one above it that exists.
    """
    where = f"openclaw_setup_artifacts_folder: {folder}"
    why = "With openclaw_setup_artifacts: controller Node and OpenClaw are kept there, for this run and the next."
    another = "name another folder in openclaw_setup_artifacts_folder"
    nearest = found["nearest"]
    if not found["is_folder"]:
        return [problem(f"{nearest} is not a folder", where, why, f"Remove it, or {another}.")]
    if not found["writable"]:
        return [problem(f"{nearest} can't be written to", where, why, f"Make it writable for you, or {another}.")]
    if found["free_bytes"] < NEEDED_BYTES:
        what = f"{nearest} has {found['free_bytes'] // 1024**2} MiB left, and {NEEDED_BYTES // 1024**2} are needed"
        return [problem(what, where, why, f"Make room, or {another}.")]
    return []
