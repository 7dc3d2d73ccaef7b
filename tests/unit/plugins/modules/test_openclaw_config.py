"""The module as a process: what it writes, keeps, gives back and refuses."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.unit.plugins.modules.config_ground import MODEL
from tests.unit.plugins.modules.config_ground import OTHER_MODEL
from tests.unit.plugins.modules.config_ground import files
from tests.unit.plugins.modules.config_ground import run
from tests.unit.plugins.modules.config_ground import run_as_process

DETAILS = {
    "id": MODEL,
    "name": "Claude Opus 4.5",
    "reasoning": True,
    "input": ["text", "image"],
    "cost": {"input": 0},
    "context_window": 200000,
    "max_tokens": 8192,
}
# What the gateway was measured with: it calls no host outside AWS, and leaves the file as it is.
RECOMMENDED = {
    "gateway": {"mode": "local", "bind": "lan", "controlUi": {"allowedOrigins": ["http://localhost:18789"]}},
    "plugins": {"entries": {"amazon-bedrock": {"enabled": True}}},
    "update": {"checkOnStart": False},
    "models": {
        "pricing": {"enabled": False},
        "providers": {
            "amazon-bedrock": {
                "baseUrl": "https://bedrock-runtime.us-east-1.amazonaws.com",
                "api": "bedrock-converse-stream",
                "auth": "aws-sdk",
                "models": [
                    {
                        "id": MODEL,
                        "name": "Claude Opus 4.5",
                        "reasoning": True,
                        "input": ["text", "image"],
                        "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
                        "contextWindow": 200000,
                        "maxTokens": 8192,
                    }
                ],
            }
        },
    },
    "discovery": {"mdns": {"mode": "off"}},
    "agents": {"defaults": {"model": {"primary": f"amazon-bedrock/{MODEL}"}}},
}
THEIRS = """// mine
{
  gateway: {mode: 'remote', auth: {token: "canary-0123456789"}, controlUi: {allowedOrigins: ["https://my.example"]}},
  channels: {telegram: {botToken: "${TELEGRAM}", enabled: true}},
  agents: {defaults: {model: "openai/gpt-5"}, list: [{id: "main", default: true}]},
  models: {providers: {mine: {baseUrl: "http://x", models: []}}},
}
"""
THEIR_DATA = {
    "gateway": {
        "mode": "remote",
        "auth": {"token": "canary-0123456789"},
        "controlUi": {"allowedOrigins": ["https://my.example"]},
    },
    "channels": {"telegram": {"botToken": "${TELEGRAM}", "enabled": True}},
    "agents": {"defaults": {"model": "openai/gpt-5"}, "list": [{"id": "main", "default": True}]},
    "models": {"providers": {"mine": {"baseUrl": "http://x", "models": []}}},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".openclaw" / "openclaw.json"


@pytest.fixture
def theirs(path: Path) -> Path:
    path.parent.mkdir()
    path.write_text(THEIRS)
    path.chmod(0o600)
    return path


def test_writes_the_recommended_file_and_nothing_the_second_time(path: Path) -> None:
    first = run_as_process(path, models=[DETAILS])
    assert first["changed"]
    assert json.loads(path.read_text()) == RECOMMENDED
    assert not first["config_exists_before"]
    assert first["restart_required"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    before = files(path.parent)
    again = run(path, models=[DETAILS])
    assert not again["changed"]
    assert again["changed_paths"] == []
    assert again["managed_at"] == first["managed_at"] is not None
    assert files(path.parent) == before


def test_keeps_what_is_theirs_and_gives_back_what_was_there(theirs: Path) -> None:
    result = run(theirs, fallback_models=[OTHER_MODEL])
    written = json.loads(theirs.read_text())
    assert written["gateway"]["mode"] == "local"
    assert written["gateway"]["auth"] == {"token": "canary-0123456789"}
    assert written["gateway"]["controlUi"]["allowedOrigins"] == ["https://my.example", "http://localhost:18789"]
    assert written["channels"] == THEIR_DATA["channels"]
    assert written["agents"]["list"] == THEIR_DATA["agents"]["list"]
    assert written["agents"]["defaults"]["model"] == {
        "primary": f"amazon-bedrock/{MODEL}",
        "fallbacks": [f"amazon-bedrock/{OTHER_MODEL}"],
    }
    assert written["models"]["providers"]["mine"] == THEIR_DATA["models"]["providers"]["mine"]
    assert Path(result["backup_file"]).read_text() == THEIRS
    assert "The comments in" in json.dumps(result["warnings"])
    gone = run(theirs, state="absent")
    assert gone["changed"]
    assert json.loads(theirs.read_text()) == THEIR_DATA
    assert gone["managed_at"] is None
    assert not run(theirs, state="absent")["changed"]


def test_a_new_file_needs_no_warning(path: Path) -> None:
    assert "warnings" not in run(path)


def test_absent_removes_a_file_that_was_made_here_and_emptied(path: Path) -> None:
    run(path)
    path.write_text("{}")
    assert run(path, state="absent")["changed"]
    assert not path.exists()


def test_absent_removes_a_file_that_was_made_here(path: Path) -> None:
    run(path)
    assert run(path, state="absent")["changed"]
    assert not path.exists()


@pytest.mark.parametrize("existing", [None, THEIRS])
def test_restored_is_as_it_was(path: Path, existing: str | None) -> None:
    if existing:
        path.parent.mkdir()
        path.write_text(existing)
    result = run(path)
    path.write_text("{what: a gateway, that does not start")
    restored = run(path, state="restored", backup_file=result["backup_file"])
    assert restored["changed"]
    assert (path.read_text() if path.exists() else None) == existing
    assert not path.with_name("openclaw.json.managed.json").exists()
    assert not run(path, state="restored", backup_file=result["backup_file"])["changed"]


def test_restored_goes_back_to_what_was_managed_before(theirs: Path) -> None:
    first = run(theirs)
    before = {name: content for name, content in files(theirs.parent).items() if "backup" not in name}
    second = run(theirs, primary_model=OTHER_MODEL)
    assert second["changed_paths"] == ["agents.defaults.model.primary", "models.providers.amazon-bedrock.models"]
    assert not second["restart_required"]
    restored = run(theirs, state="restored", backup_file=second["backup_file"])
    assert {name: content for name, content in files(theirs.parent).items() if "backup" not in name} == before
    assert restored["managed_at"] == first["managed_at"]


def test_check_mode_foretells_the_real_run_and_touches_nothing(theirs: Path) -> None:
    before = files(theirs.parent)
    foretold = run(theirs, check_mode=True)
    assert files(theirs.parent) == before
    assert list(theirs.parent.iterdir()) == [theirs]
    real = run(theirs)
    same = ("changed", "changed_paths", "changed_attributes", "restart_paths", "diff", "warnings")
    assert {key: foretold[key] for key in same} == {key: real[key] for key in same}


def test_diff_shows_no_secret(theirs: Path) -> None:
    result = run(theirs)
    assert "canary" not in json.dumps(result)
    assert '"token": "********"' in result["diff"]["before"]
    assert '"botToken": "${TELEGRAM}"' in result["diff"]["after"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{a: 1,\n b 2}", "line 2, column 4: '2' where a colon is expected"),
        ("[]", "The file is a list, where an object is needed"),
        ('{$include: "./all.json5"}', "The file is or has an $include"),
        ('{gateway: {$include: "./gateway.json5"}}', "gateway is or has an $include"),
        ('{agents: "x"}', "agents is a text, where an object is needed"),
        ("", "line 1, column 1: the end of the file where a value is expected"),
    ],
)
def test_refuses_a_file_and_leaves_it_as_it_is(theirs: Path, text: str, message: str) -> None:
    theirs.write_text(text)
    before = files(theirs.parent)
    for check_mode in (True, False):
        result = run(theirs, check_mode=check_mode)
        assert result["failed"]
        assert message in result["msg"]
        assert files(theirs.parent) == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"primary_model": "Claude Opus"}, "primary_model: 'Claude Opus' is not a Bedrock model ID"),
        ({"primary_model": f"amazon-bedrock/{MODEL}"}, "names a provider"),
        ({"fallback_models": ["opus"]}, "fallback_models: 'opus' is not a Bedrock model ID"),
        ({"region": "us-east"}, "region: 'us-east' is not an AWS region"),
        ({"validate": "openclaw config validate"}, "validate: there is no %s in it"),
        ({"mode": "0644"}, "mode: 0644"),
        ({"mode": "384"}, "mode: 384"),
        ({"owner": "nobody-of-that-name"}, "owner: there is no 'nobody-of-that-name'"),
        ({"mode": "0701"}, "mode: 0701"),
        ({"mode": "0200"}, "mode: 0200"),
        ({"backups": 0}, "backups: 0"),
        ({"backups": 101}, "backups: 101"),
        ({"openclaw_version": "latest"}, "openclaw_version: 'latest' is not a version"),
        ({"overrides": {"gateway": {"auth": {"token": "hunter2hunter2"}}}}, "overrides: gateway.auth.token holds"),
    ],
)
def test_refuses_bad_options(path: Path, given: dict[str, object], message: str) -> None:
    result = run(path, **given)
    assert result["failed"]
    assert message in result["msg"]
    assert "hunter2" not in json.dumps(result)
    assert not path.parent.exists()


def test_what_the_command_rejects_is_not_put_in_place(theirs: Path) -> None:
    before = files(theirs.parent)
    result = run(theirs, validate="sh -c 'cat %s; exit 3'")
    assert result["failed"]
    assert "sh ended with 3 and said:\n{" in result["msg"]
    assert '"token": "********"' in result["msg"]
    assert files(theirs.parent) == before
    assert "canary" not in json.dumps(result)


def test_command_sees_the_new_file_in_the_same_folder(theirs: Path) -> None:
    run(theirs, validate=f"sh -c 'dirname $0 > {theirs.parent}/seen; cat $0 >> {theirs.parent}/seen' %s")
    assert (theirs.parent / "seen").read_text() == f"{theirs.parent}\n{theirs.read_text()}"


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "link to its folder"])
def test_refuses_what_is_not_a_regular_file(tmp_path: Path, path: Path, kind: str) -> None:
    real = tmp_path / "real"
    real.mkdir()
    if kind == "link to its folder":
        path.parent.symlink_to(real)
    else:
        path.parent.mkdir()
    if kind == "link":
        (real / "openclaw.json").write_text("{}")
        path.symlink_to(real / "openclaw.json")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    result = run(path)
    assert result["failed"]
    assert ("symbolic link" if "link" in kind else f"named {kind}" if kind == "pipe" else kind) in result["msg"]
    assert list(real.iterdir()) == ([real / "openclaw.json"] if kind == "link" else [])


def test_folder_above_must_exist(tmp_path: Path) -> None:
    result = run(tmp_path / "data" / ".openclaw" / "openclaw.json")
    assert (
        result["msg"]
        == f"{tmp_path}/data does not exist. Is the file system mounted that {tmp_path}/data/.openclaw is on?"
    )


def test_backups_are_bounded(theirs: Path) -> None:
    for number in range(4):
        run(theirs, backups=2, control_ui_origins=[f"http://localhost:{number}"])
    backups = sorted(theirs.parent.glob("*.backup-*Z"))
    assert len(backups) == 2
    assert len(list(theirs.parent.glob("*.backup-*.managed.json"))) == 2
    assert "http://localhost:2" in backups[-1].read_text()


def test_mode_alone_is_mended_without_a_backup(theirs: Path) -> None:
    run(theirs)
    theirs.chmod(0o644)
    result = run(theirs)
    assert (result["changed"], result["changed_attributes"], result["changed_paths"]) == (True, ["mode"], [])
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o600
    assert result["backup_file"] is None


def test_as_many_backups_as_can_be_asked_for(path: Path) -> None:
    assert "failed" not in run(path, backups=100)


def test_no_diff_unless_it_is_asked_for(path: Path) -> None:
    assert "diff" not in run(path, _ansible_diff=False)
    assert "diff" not in run(path)
