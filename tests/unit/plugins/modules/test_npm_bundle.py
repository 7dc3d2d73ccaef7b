"""npm_bundle with an npm that is a script: what it packs, when it packs anew, and what it leaves behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from tests.unit.plugins.modules.npm_ground import MODULES
from tests.unit.plugins.modules.npm_ground import Npm
from tests.unit.plugins.modules.npm_ground import make_npm
from tests.unit.plugins.modules.npm_ground import run

ROOT = Path(__file__).resolve().parents[4]
NAME = "openclaw-2026.5.7-linux-arm64.tar.gz"
PROGRAM = f"""
import runpy, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
runpy.run_module("{MODULES}.npm_bundle", run_name="__main__")
"""


@pytest.fixture
def npm(tmp_path):
    return make_npm(tmp_path / "npm")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "openclaw.ecs"


def options(npm: Npm, folder: Path, **changed):
    wanted = {"package": "openclaw", "version": "2026.5.7", "cpu": "arm64", "registry": "https://npm.example"}
    return {**wanted, "folder": str(folder), "npm": str(npm.program), **changed}


def bundle(npm: Npm, folder: Path, check_mode: bool = False, **changed):
    result = run("npm_bundle", check_mode, **options(npm, folder, **changed))
    assert not result.get("failed"), result["msg"]
    return result


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_npm_installs_is_packed_as_root_s(npm, folder):
    result = bundle(npm, folder)
    assert result["changed"]
    assert result["path"] == str(folder / NAME)
    assert result["checksum"] == sha256(folder / NAME)
    with tarfile.open(folder / NAME) as archive:
        entries = {entry.name: entry for entry in archive}
        assert archive.extractfile("bin/openclaw").read() == b"the program\n"
    assert entries["bin/openclaw"].linkname == "../lib/node_modules/openclaw/openclaw.mjs"
    assert entries["lib/node_modules/openclaw/openclaw.mjs"].mode == 0o755
    assert {(entry.uid, entry.gid, entry.uname) for entry in entries.values()} == {(0, 0, "root")}
    [call] = npm.calls
    assert "--cpu=arm64" in call
    assert "--registry=https://npm.example" in call
    assert call.endswith(" openclaw@2026.5.7")


def test_nothing_but_the_archive_and_what_it_is_checked_with_is_left(npm, folder):
    bundle(npm, folder)
    assert sorted(each.name for each in folder.iterdir()) == [NAME, f"{NAME}.lock", f"{NAME}.sha256"]
    subprocess.run(["sha256sum", "--check", f"{NAME}.sha256"], cwd=folder, check=True, capture_output=True)


def test_a_second_run_fetches_nothing(npm, folder):
    first = bundle(npm, folder)
    second = bundle(npm, folder)
    assert not second["changed"]
    assert (second["path"], second["checksum"]) == (first["path"], first["checksum"])
    assert len(npm.calls) == 1


@pytest.mark.parametrize("changed", [{"version": "2026.5.8"}, {"cpu": "x64"}, {"package": "other"}])
def test_another_package_version_or_processor_has_an_archive_of_its_own(npm, folder, changed):
    first, second = bundle(npm, folder), bundle(npm, folder, **changed)
    assert second["changed"]
    assert second["path"] != first["path"]
    assert not bundle(npm, folder)["changed"]


@pytest.mark.parametrize("spoil", ["archive", "half", "no archive", "checksum", "no checksum"])
def test_what_is_not_what_was_packed_is_packed_anew(npm, folder, spoil):
    bundle(npm, folder)
    archive, noted = folder / NAME, folder / f"{NAME}.sha256"
    if spoil == "archive":
        archive.write_bytes(archive.read_bytes() + b"x")
    elif spoil == "half":
        os.truncate(archive, archive.stat().st_size // 2)
    elif spoil == "checksum":
        noted.write_text("")
    else:
        (noted if spoil == "no checksum" else archive).unlink()
    assert bundle(npm, folder, check_mode=True)["changed"]
    again = bundle(npm, folder)
    assert again["changed"]
    assert again["checksum"] == sha256(archive)
    assert not bundle(npm, folder)["changed"]


def test_check_mode_foretells_and_touches_nothing(npm, folder):
    foretold = bundle(npm, folder, check_mode=True)
    assert (foretold["changed"], foretold["path"], foretold["checksum"]) == (True, str(folder / NAME), "")
    assert not folder.exists()
    made = bundle(npm, folder)
    foretold = bundle(npm, folder, check_mode=True)
    assert (foretold["changed"], foretold["checksum"]) == (False, made["checksum"])


def test_a_failure_of_npm_is_told_in_its_words_and_leaves_nothing(tmp_path, folder):
    npm = make_npm(tmp_path / "npm", fails='echo "npm error code E404" >&2; exit 1')
    result = run("npm_bundle", **options(npm, folder))
    assert result["failed"]
    assert result["msg"] == "npm could not install openclaw@2026.5.7 from https://npm.example: it ended with 1."
    assert "E404" in result["stderr"]
    assert [each.name for each in folder.iterdir()] == [f"{NAME}.lock"]


def test_an_archive_that_was_good_outlives_a_failure(npm, tmp_path, folder):
    bundle(npm, folder)
    broken = make_npm(tmp_path / "broken", fails="exit 1")
    assert run("npm_bundle", **options(broken, folder, version="2026.5.8"))["failed"]
    assert not bundle(npm, folder)["changed"]


def test_an_npm_that_is_not_there_is_named(npm, folder):
    result = run("npm_bundle", **{**options(npm, folder), "npm": "/nowhere/npm"})
    assert result["msg"] == "/nowhere/npm is not there. Nothing was fetched."


def test_a_folder_that_can_not_be_made_is_named(npm, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("npm_bundle", **options(npm, tmp_path / "file" / "cache"))
    assert result["failed"]
    assert result["msg"].startswith(f"{tmp_path}/file/cache: ")
    assert npm.calls == []


def start(npm: Npm, folder: Path) -> subprocess.Popen[str]:
    """Start the module as Ansible does."""
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".collections")},
        text=True,
        start_new_session=True,
    )
    assert started.stdin
    started.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options(npm, folder)}))
    started.stdin.close()
    started.stdin = None
    return started


def wait_for_calls(npm: Npm, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(npm.calls) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_runs_at_a_time_fetch_once(npm, folder):
    hold = npm.program.parent / "hold"
    hold.touch()
    first = start(npm, folder)
    wait_for_calls(npm, 1)
    second = start(npm, folder)
    hold.unlink()
    results = [json.loads(each.communicate(timeout=60)[0]) for each in (first, second)]
    assert [each["changed"] for each in results] == [True, False]
    assert results[0]["checksum"] == results[1]["checksum"]
    assert len(npm.calls) == 1


def test_a_run_that_is_killed_is_in_nobody_s_way(npm, folder):
    hold = npm.program.parent / "hold"
    hold.touch()
    killed = start(npm, folder)
    wait_for_calls(npm, 1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=60)
    assert (folder / f"{NAME}.unfinished").exists()
    hold.unlink()
    assert bundle(npm, folder)["changed"]
    assert sorted(each.name for each in folder.iterdir()) == [NAME, f"{NAME}.lock", f"{NAME}.sha256"]
