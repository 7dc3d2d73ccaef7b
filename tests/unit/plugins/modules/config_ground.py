"""Runs the module openclaw_config as Ansible does on a host: as a process that is given its options."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]
MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"
OTHER_MODEL = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
START = """
import runpy, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
runpy.run_module("ansible_collections.openclaw.ecs.plugins.modules.openclaw_config", run_name="__main__")
"""


def options(path: Path, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    """Options that lead to the recommended file, owned by whoever runs the test."""
    defaults = {
        "path": str(path),
        "owner": str(os.geteuid()),
        "group": str(os.getegid()),
        "primary_model": MODEL,
        "region": "us-east-1",
    }
    if given.get("state", "present") != "present":
        del defaults["primary_model"], defaults["region"]
    return {**defaults, **given, "_ansible_check_mode": check_mode, "_ansible_diff": True}


def run(path: Path, check_mode: bool = False, before: Sequence[str] = (), **given: Any) -> dict[str, Any]:
    """Run the module, with lines of Python before it; gives its result."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*before, START])],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": options(path, check_mode, **given)}),
        env={**os.environ, "PYTHONPATH": str(ROOT / ".collections")},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """All that is in a folder but the lock: names to content and time of the last change."""
    return {
        each.name: (each.read_bytes(), each.stat().st_mtime_ns)
        for each in folder.iterdir()
        if not each.name.endswith(".lock")
    }
