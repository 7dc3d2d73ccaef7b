"""Runs the module openclaw_config: in this process, as one of its own, and as one that dies on the way."""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import io
import json
import os
import subprocess
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from ansible.module_utils.common import warnings
from ansible.module_utils.testing import patch_module_args

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw import versions

ROOT = Path(__file__).resolve().parents[4]
MODULE = "ansible_collections.openclaw.ecs.plugins.modules.openclaw_config"
FILES = "ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.files"
MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"
OTHER_MODEL = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
EVERYTHING = {
    "fallback_models": [OTHER_MODEL],
    "image_model": "us.amazon.nova-pro-v1:0",
    "models": [{"id": "some.new-model", "name": "New", "cost": {"input": 0.5}, "context_window": 1000}],
    "discovery": {
        "enabled": True,
        "region": "us-east-1",
        "provider_filter": ["anthropic"],
        "refresh_interval": 0,
        "default_context_window": 32000,
        "default_max_tokens": 4096,
    },
    "guardrail": {"identifier": "abc123", "version": "1", "stream_processing_mode": "sync", "trace": "enabled"},
    "service_tier": "flex",
    "memory_search": True,
    "gateway_auth_mode": "token",
    "trusted_proxies": ["10.0.0.0/8"],
    "control_ui_origins": ["https://gateway.example"],
    "channels": {
        "telegram": {"enabled": False, "botToken": "${TELEGRAM_BOT_TOKEN}"},
        "discord": {"enabled": False, "token": {"source": "env", "provider": "default", "id": "DISCORD_TOKEN"}},
    },
    "overrides": {"tools": {"deny": ["browser"]}, "session": {"dmScope": "main"}},
}
# What a module is, for Ansible: a program that reads its options and prints its result.
PROGRAM = f"""
import runpy, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
runpy.run_module({MODULE!r}, run_name="__main__")
"""
DIED = 99


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
    return {**defaults, "_ansible_check_mode": check_mode, "_ansible_diff": True, **given}


def everything(version: str) -> dict[str, Any]:
    """Each option that a version of OpenClaw has a setting for."""
    number = versions.parse_version(version)
    lacking = [option for option in versions.PLACES if not versions.place(option, number)]
    return {
        "openclaw_version": version,
        **{option: value for option, value in EVERYTHING.items() if option not in lacking},
    }


def run(path: Path, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    """Run the module in this process; gives its result."""
    printed = io.StringIO()
    with (
        patch_module_args(options(path, check_mode, **given)),
        mock.patch.object(warnings, "_global_warnings", {}),
        mock.patch.object(sys, "stdin", io.StringIO()),
        contextlib.redirect_stdout(printed),
        contextlib.suppress(SystemExit),
    ):
        importlib.import_module(MODULE).main()
    return json.loads(printed.getvalue())


def run_as_process(path: Path, **given: Any) -> dict[str, Any]:
    """Run the module as Ansible does on a host; gives its result."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": options(path, **given)}),
        env={**os.environ, "PYTHONPATH": str(ROOT / ".collections")},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


class Dying:
    """A module whose calls of the system are counted down together with others', until one is the last of the process.

    That one is not made, but for half of what is to be written.
    """

    def __init__(self, module: types.ModuleType, left: list[int]) -> None:
        self._module = module
        self._left = left

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if not isinstance(found, types.BuiltinFunctionType):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._left[0] -= 1
            if not self._left[0]:
                if name == "write":
                    found(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os._exit(DIED)
            return found(*arguments, **named)

        return call


def run_and_die(path: Path, at: int, **given: Any) -> bool:
    """Run the module in a process of its own that dies at its n-th call of the system; tells if it came to that."""
    child = os.fork()
    if not child:
        left = [at]
        files = importlib.import_module(FILES)
        files.os, files.fcntl = Dying(os, left), Dying(fcntl, left)
        try:
            os._exit(int("failed" in run(path, **given)))
        finally:
            os._exit(2)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, DIED)
    return code == DIED


def files(folder: Path) -> Mapping[str, tuple[bytes, int]]:
    """All that is in a folder but the lock: names to content and time of the last change."""
    return {
        each.name: (each.read_bytes(), each.stat().st_mtime_ns)
        for each in folder.iterdir()
        if not each.name.endswith(".lock")
    }
