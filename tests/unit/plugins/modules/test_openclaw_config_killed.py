"""The module dies at each call of the system with which it handles files.

What is left is whole, and the next run ends in the same place.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import parse
from tests.unit.plugins.modules.config_ground import OTHER_MODEL
from tests.unit.plugins.modules.config_ground import run
from tests.unit.plugins.modules.config_ground import run_and_die

THEIRS = '{\n  // mine\n  gateway: {mode: "remote", port: 1},\n  agents: {defaults: {model: "openai/gpt-5"}},\n}\n'
THEIR_DATA = {"gateway": {"mode": "remote", "port": 1}, "agents": {"defaults": {"model": "openai/gpt-5"}}}
MOST_CALLS = 400
HOLD = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""
Options = dict[str, Any]


def config_in(data: Path) -> Path:
    return data / ".openclaw" / "openclaw.json"


def content(data: Path) -> Any:
    """What the configuration says; None if there is none. One that is torn can't be read."""
    path = config_in(data)
    return parse(path.read_text()).data if path.exists() else None


def write_theirs(data: Path) -> None:
    config_in(data).parent.mkdir()
    config_in(data).write_text(THEIRS)
    config_in(data).chmod(0o600)


def nothing(data: Path) -> Options:
    return {}


def theirs(data: Path) -> Options:
    write_theirs(data)
    return {}


def managed_with_all_backups(data: Path) -> Options:
    write_theirs(data)
    for number in range(4):
        run(config_in(data), control_ui_origins=[f"http://localhost:{number}"], backups=2)
    return {"primary_model": OTHER_MODEL, "backups": 2}


def to_be_taken_back(data: Path) -> Options:
    write_theirs(data)
    run(config_in(data))
    return {"state": "absent"}


def to_be_removed(data: Path) -> Options:
    run(config_in(data))
    return {"state": "absent"}


def to_be_restored(data: Path) -> Options:
    write_theirs(data)
    run(config_in(data))
    result = run(config_in(data), primary_model=OTHER_MODEL)
    return {"state": "restored", "backup_file": Path(result["backup_file"]).name}


def to_be_restored_to_nothing(data: Path) -> Options:
    return {"state": "restored", "backup_file": Path(run(config_in(data))["backup_file"]).name}


def left_by_a_killed_run(data: Path) -> Options:
    """Killed after the configuration was replaced, and before the list of what is managed was finished."""
    write_theirs(data)
    run(config_in(data))
    before = content(data)
    for at in range(1, MOST_CALLS):
        trial = data.with_name("trial")
        shutil.copytree(data, trial)
        assert run_and_die(config_in(trial), at, primary_model=OTHER_MODEL)
        if content(trial) != before:
            shutil.rmtree(data)
            trial.rename(data)
            break
        shutil.rmtree(trial)
    assert '"replaced"' in config_in(data).with_name("openclaw.json.managed.json").read_text()
    return {"primary_model": OTHER_MODEL, "fallback_models": [OTHER_MODEL]}


def of_another_mode(data: Path) -> Options:
    write_theirs(data)
    run(config_in(data))
    config_in(data).chmod(0o644)
    return {}


def to_be_validated(data: Path) -> Options:
    write_theirs(data)
    return {"validate": "true %s"}


def given(data: Path, options: Options) -> Options:
    """The options, with the backup where this copy of the folder has it."""
    if "backup_file" in options:
        return {**options, "backup_file": str(config_in(data).with_name(options["backup_file"]))}
    return options


@pytest.mark.parametrize(
    "prepare",
    [
        nothing,
        theirs,
        managed_with_all_backups,
        to_be_taken_back,
        to_be_removed,
        to_be_restored,
        to_be_restored_to_nothing,
        left_by_a_killed_run,
        of_another_mode,
        to_be_validated,
    ],
)
def test_dies_at_every_call(tmp_path: Path, prepare: Callable[[Path], Options]) -> None:
    start = tmp_path / "start"
    start.mkdir()
    options = prepare(start)
    before = content(start)
    whole = tmp_path / "whole"
    shutil.copytree(start, whole)
    assert run(config_in(whole), **given(whole, options))["changed"]
    after = content(whole)
    originally = None if prepare in (nothing, to_be_removed, to_be_restored_to_nothing) else THEIR_DATA

    died_at = 0
    for at in range(1, MOST_CALLS):
        data = tmp_path / str(at)
        shutil.copytree(start, data)
        if not run_and_die(config_in(data), at, **given(data, options)):
            break
        died_at = at
        assert content(data) in (before, after)
        taken_back = tmp_path / f"{at}-taken-back"
        shutil.copytree(data, taken_back)
        assert "failed" not in run(config_in(taken_back), state="absent")
        assert content(taken_back) == originally

        assert "failed" not in run(config_in(data), **given(data, options))
        assert content(data) == after
        assert not run(config_in(data), **given(data, options))["changed"]
        listing = {path.name for path in config_in(data).parent.iterdir()}
        assert not [name for name in listing if name.endswith(".new")]
        assert {".openclaw.json.lock"} <= listing
        if options.get("state") != "restored":
            assert len([name for name in listing if name.endswith("Z")]) <= options.get("backups", 5)
        run(config_in(data), state="absent")
        assert content(data) == originally
    assert died_at > 20


def test_a_lock_that_is_held_is_waited_for_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    data.mkdir()
    theirs(data)
    monkeypatch.setattr("ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.files.LOCK_SECONDS", 0)
    with (config_in(data).parent / ".openclaw.json.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run(config_in(data))
        assert result["failed"]
        assert "Another run is changing the configuration" in result["msg"]
        assert run(config_in(data), check_mode=True)["changed"]
        assert config_in(data).read_text() == THEIRS
    assert run(config_in(data))["changed"]
    assert json.loads(config_in(data).read_text())["gateway"]["port"] == 1


def test_a_lock_goes_with_its_process(tmp_path: Path) -> None:
    theirs(tmp_path)
    lock = config_in(tmp_path).parent / ".openclaw.json.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE)
    assert holder.stdout.readline()
    threading.Timer(0.5, holder.kill).start()
    started = time.monotonic()
    assert run(config_in(tmp_path))["changed"]
    assert time.monotonic() - started > 0.4
    assert holder.wait() == -signal.SIGKILL
    holder.stdout.close()
