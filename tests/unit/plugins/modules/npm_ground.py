"""An npm that is a script, and the modules that use it, run in this process."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from ansible.module_utils.common import warnings
from ansible.module_utils.testing import patch_module_args

MODULES = "ansible_collections.openclaw.ecs.plugins.modules"
# Installs a program, and notes how it was called. An installation lasts as long as a file `hold` is there.
SCRIPT = """#!/bin/sh
here=$(dirname "$0")
[ "$*" = --version ] && {{ echo {version}; exit; }}
echo "$*" >> "$here/calls"
while [ -e "$here/hold" ]; do sleep 0.05; done
{fails}
for word; do case "$word" in --prefix=*) prefix=${{word#--prefix=}};; esac; done
mkdir -p "$prefix/bin" "$prefix/lib/node_modules/openclaw"
echo 'the program' > "$prefix/lib/node_modules/openclaw/openclaw.mjs"
chmod 755 "$prefix/lib/node_modules/openclaw/openclaw.mjs"
ln -s ../lib/node_modules/openclaw/openclaw.mjs "$prefix/bin/openclaw"
"""


@dataclass(frozen=True)
class Npm:
    """An npm in a folder of its own."""

    program: Path

    @property
    def calls(self) -> list[str]:
        """How it was called to install something."""
        noted = self.program.parent / "calls"
        return noted.read_text().splitlines() if noted.exists() else []


def make_npm(folder: Path, version: str = "10.9.3", fails: str = "") -> Npm:
    """Write the script; C(fails) is what it does instead of its work."""
    folder.mkdir(exist_ok=True)
    program = folder / "npm"
    program.write_text(SCRIPT.format(version=version, fails=fails))
    program.chmod(0o755)
    return Npm(program)


def run(name: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """Run a module in this process; gives its result."""
    printed = io.StringIO()
    with (
        patch_module_args({**options, "_ansible_check_mode": check_mode}),
        mock.patch.object(warnings, "_global_warnings", {}),
        mock.patch.object(sys, "stdin", io.StringIO()),
        contextlib.redirect_stdout(printed),
        contextlib.suppress(SystemExit),
    ):
        importlib.import_module(f"{MODULES}.{name}").main()
    return json.loads(printed.getvalue())
