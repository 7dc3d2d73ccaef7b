"""npm_bundle_info with npms that are scripts, and folders that will do or not."""

from __future__ import annotations

import shutil

import pytest

from tests.unit.plugins.modules.npm_ground import make_npm
from tests.unit.plugins.modules.npm_ground import run


@pytest.fixture
def npm(tmp_path):
    return make_npm(tmp_path / "npm").program


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def whats(result):
    assert not result.get("failed"), result["msg"]
    assert not result["changed"]
    return [each["what"] for each in result["problems"]]


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_npm_and_a_folder_that_is_yet_to_be_made_are_no_problem(npm, folder, check_mode):
    result = run("npm_bundle_info", check_mode, npm=str(npm), folder=str(folder / "a" / "b"))
    assert whats(result) == []
    assert result["npm"] == {"path": str(npm), "version": "10.9.3"}
    assert not folder.exists()


def test_npm_is_found_on_the_path_with_the_node_beside_it(npm, folder, monkeypatch):
    node = npm.with_name("node")
    node.write_text('#!/bin/sh\nexec /bin/sh "$@"\n')
    node.chmod(0o755)
    npm.write_text(npm.read_text().replace("#!/bin/sh", "#!/usr/bin/env node"))
    assert whats(run("npm_bundle_info", npm=str(npm), folder=str(folder))) == []
    monkeypatch.setenv("PATH", str(npm.parent), prepend=":")
    assert run("npm_bundle_info", folder=str(folder))["npm"]["path"] == str(npm)


@pytest.mark.parametrize(
    ("version", "what"),
    [
        ("10.2.5", "is of version 10.2.5, and 10.3.0 or later is needed"),
        ("9.9.9", "is of version 9.9.9"),
        ("nothing", "--version does not tell a version: nothing"),
    ],
)
def test_an_npm_that_can_not_do_it_is_told(tmp_path, folder, version, what):
    npm = make_npm(tmp_path / "npm", version).program
    result = run("npm_bundle_info", npm=str(npm), folder=str(folder))
    [found] = whats(result)
    assert what in found
    assert "npm 10.3.0 or later" in result["problems"][0]["fix"]


def test_all_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "file").write_text("")
    result = run("npm_bundle_info", folder=str(tmp_path / "file" / "cache"))
    assert whats(result) == ["npm is not there", f"{tmp_path}/file is not a folder"]
    assert [each["where"] for each in result["problems"]] == [
        "PATH of the machine that runs Ansible",
        f"openclaw_setup_artifacts_folder: {tmp_path}/file/cache",
    ]


def test_a_full_disk_is_told(npm, folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(2**40, 2**40, 2**29))
    [found] = whats(run("npm_bundle_info", npm=str(npm), folder=str(folder)))
    assert found == f"{folder.parent} has 512 MiB left, and 1024 are needed"
