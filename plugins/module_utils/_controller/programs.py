# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of the machine that runs Ansible: where one is, what it says of itself, and what is wrong with it.

Private to the collection.
"""

from __future__ import annotations

import os
import re
import shutil
import typing as t

from .._config.problems import Problem
from .._config.problems import problem

Facts = t.Mapping[str, t.Any]


class Program(t.NamedTuple):
    """A program that is needed: its name, the variable that names it, what it is for, the oldest that will do."""

    name: str
    variable: str
    why: str
    minimum: str


def locate(wanted: str, name: str) -> str:
    """The program that is wanted, or else the one of that name in C(PATH); empty if it is not there."""
    if wanted:
        return wanted if os.path.isfile(wanted) else ""
    return shutil.which(name) or ""


def look_at(module: t.Any, wanted: str, name: str) -> dict[str, t.Any]:
    """A program's C(path), whether it is C(executable), what it C(said) about its version, and this C(version)."""
    path = locate(wanted, name)
    executable = os.access(path, os.X_OK)
    said = _ask_version(module, path) if executable else ""
    return {"path": path, "executable": executable, "said": said, "version": parse_version(said)}


def _ask_version(module: t.Any, path: str) -> str:
    try:
        _rc, out, err = module.run_command(
            [path, "--version"], path_prefix=os.path.dirname(path), handle_exceptions=False
        )
    except OSError as error:
        return str(error)
    return out or err


def parse_version(text: str) -> str:
    """The version in what a program says; empty if it says none."""
    found = re.search(r"\d+(\.\d+)+", text)
    return found.group() if found else ""


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def problems(program: Program, wanted: str, found: Facts, install: str) -> list[Problem]:
    """What is wrong with a program that was looked at; C(install) tells how to get it."""
    where = f"{program.variable}: {wanted}" if wanted else "PATH of the machine that runs Ansible"
    path = found["path"]
    if not path:
        what, fix = f"{wanted or program.name} is not there", install
    elif not found["executable"]:
        what, fix = f"{path} is not executable", f"chmod +x {path}, or {install}"
    elif not found["version"]:
        what = f"{path} --version does not tell a version: {found['said'].strip() or 'no output'}"
        fix = f"{install}. Is it made for this machine?"
    elif _number(found["version"]) < _number(program.minimum):
        what = f"{path} is of version {found['version']}, and {program.minimum} or later is needed"
        fix = install
    else:
        return []
    return [problem(what, where, program.why, fix)]
