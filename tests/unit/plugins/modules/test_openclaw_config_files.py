"""What the module does with files: owners, leftovers, links, backups, and what killed runs have left."""

from __future__ import annotations

import json
import os
import pwd
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.modules.config_ground import FILES
from tests.unit.plugins.modules.config_ground import OTHER_MODEL
from tests.unit.plugins.modules.config_ground import files
from tests.unit.plugins.modules.config_ground import run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / ".openclaw"
    folder.mkdir()
    return folder / "openclaw.json"


@pytest.fixture
def sidecar(path: Path) -> Path:
    return path.with_name("openclaw.json.managed.json")


@pytest.fixture
def chowned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Notes each change of an owner, and makes none."""
    made: list[tuple[int, int]] = []
    for name in ("chown", "fchown"):
        monkeypatch.setattr(os, name, lambda _file, uid, gid, **_how: made.append((uid, gid)))
    return made


def without_backups(path: Path) -> dict[str, Any]:
    return {name: content for name, content in files(path.parent).items() if "backup" not in name}


def listed(sidecar: Path) -> list[str]:
    """What is listed in a file as ours, in an order that does not matter."""
    content = json.loads(sidecar.read_text())
    assert "replaced" not in content
    return sorted(f"{kind} {json.dumps(each)}" for kind, entries in content["managed"].items() for each in entries)


def test_owner_is_not_touched_if_it_is_the_right_one(path: Path, chowned: list[Any]) -> None:
    assert run(path, owner=pwd.getpwuid(os.geteuid()).pw_name)["changed"]
    assert chowned == []


def test_everything_that_is_made_gets_its_owner(tmp_path: Path, chowned: list[Any]) -> None:
    path = tmp_path / "data" / "openclaw.json"
    run(path, owner="4242", group="4243")
    assert len(chowned) == 5  # the folder, the configuration, its backup, and the two lists
    assert set(chowned) == {(4242, 4243)}
    chowned.clear()
    again = run(path, owner="4242", group="4243")
    assert (again["changed"], again["changed_attributes"]) == (True, ["uid", "gid"])
    assert chowned == [(4242, 4243)]


def test_folder_that_a_killed_run_has_left_empty_gets_its_owner(path: Path, chowned: list[Any]) -> None:
    run(path, owner="4242")
    assert chowned[0] == (4242, os.getegid())
    chowned.clear()
    run(path, owner="4242", primary_model=OTHER_MODEL)
    assert len(chowned) == 5  # the configuration, two backups and two lists, but not the folder


def test_owner_that_can_not_be_given_is_told_and_nothing_changes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "chown", lambda *_arguments, **_how: None)
    result = run(path, owner="4242")
    assert result["failed"]
    assert f"belongs to {os.geteuid()}:{os.getegid()}, and can't be given to 4242:" in result["msg"]
    assert files(path.parent) == {}


def test_error_of_the_system_is_told_with_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"{FILES}.os.write", full)
    assert run(path)["msg"] == f"{path}: No space left on device"
    monkeypatch.undo()
    assert files(path.parent) == {}


def test_file_that_may_not_be_read_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise PermissionError(13, "Permission denied", arguments[0])

    monkeypatch.setattr(f"{FILES}.os.open", refuse)
    assert run(path, check_mode=True)["msg"] == f"{path}: Permission denied"


def test_mode_for_reading_only(path: Path) -> None:
    run(path, mode="0400")
    assert path.stat().st_mode & 0o777 == 0o400
    assert not run(path, mode="400")["changed"]


def test_leftovers_are_removed_and_what_only_looks_alike_stays(path: Path) -> None:
    leftover = path.with_name(".openclaw.json.0123456789abcdef.new")
    alike = [
        path.with_name(name) for name in (".openclaw.json.x.new", "openclaw.json.bak", ".other.0123456789abcdef.new")
    ]
    for each in (leftover, *alike):
        each.write_text("x")
    run(path)
    assert not leftover.exists()
    assert all(each.read_text() == "x" for each in alike)


def test_backups_of_others_stay(path: Path) -> None:
    others = [path.with_name(name) for name in ("openclaw.json.bak", "openclaw.json.bak.1", "openclaw.json.last-good")]
    for each in others:
        each.write_text("x")
    for number in range(3):
        run(path, backups=1, control_ui_origins=[f"http://localhost:{number}"])
    assert all(each.exists() for each in others)
    assert len(list(path.parent.glob("*.backup-*Z"))) == 1


def test_kept_copy_without_its_backup_is_removed(path: Path) -> None:
    stray = path.with_name("openclaw.json.backup-20200101T000000.000000Z.managed.json")
    stray.write_text("{}")
    run(path)
    assert not stray.exists()


@pytest.mark.parametrize("replaced", [True, False])
def test_list_that_a_killed_run_has_left_is_finished_with_its_time(path: Path, sidecar: Path, replaced: bool) -> None:
    path.write_text('{"gateway": {"mode": "remote"}}')
    run(path)
    before, old, expected = path.read_text(), json.loads(sidecar.read_text()), listed(sidecar)
    run(path, primary_model=OTHER_MODEL)
    unfinished = json.dumps({**json.loads(sidecar.read_text()), "replaced": old["managed"]})
    if replaced:
        expected = listed(sidecar)
    else:
        path.write_text(before)
    sidecar.write_text(unfinished)
    os.utime(sidecar, ns=(10**18, 10**18 + 123456789))
    wanted = {"primary_model": OTHER_MODEL} if replaced else {}
    foretold = run(path, check_mode=True, **wanted)
    assert sidecar.read_text() == unfinished
    result = run(path, **wanted)
    assert not foretold["changed"]
    assert not result["changed"]
    assert listed(sidecar) == expected
    assert sidecar.stat().st_mtime_ns == 10**18 + 123456789
    assert result["managed_at"] == "2001-09-09T01:46:40.123457+00:00"
    run(path, state="absent")
    assert json.loads(path.read_text()) == {"gateway": {"mode": "remote"}}


def test_list_of_nothing_that_a_killed_run_has_left_is_removed(path: Path, sidecar: Path) -> None:
    path.write_text("{}")
    run(path)
    content = json.loads(sidecar.read_text())
    path.write_text("{}")
    nothing = {kind: [] for kind in content["managed"]}
    sidecar.write_text(json.dumps({**content, "managed": nothing, "replaced": content["managed"]}))
    assert not run(path, state="absent")["changed"]
    assert not sidecar.exists()


def test_list_that_can_not_be_read_is_refused_and_kept(path: Path, sidecar: Path) -> None:
    sidecar.write_bytes(b"\xff{")
    for state in ("present", "absent"):
        result = run(path, state=state)
        assert f"{sidecar} can't be read" in result["msg"]
    assert sidecar.read_bytes() == b"\xff{"


def test_list_that_is_a_link_is_refused(path: Path, sidecar: Path) -> None:
    sidecar.symlink_to("/dev/null")
    assert f"{sidecar} is a symbolic link" in run(path)["msg"]


def test_lock_that_is_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.with_name(".openclaw.json.lock").symlink_to(tmp_path / "elsewhere")
    assert run(path)["failed"]
    assert not (tmp_path / "elsewhere").exists()


def test_socket_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)
        assert f"{path} is a socket" in run(path)["msg"]


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert f"{tmp_path}/file is a file" in run(tmp_path / "file" / "openclaw.json")["msg"]


def test_link_further_up_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert run(tmp_path / "link" / ".openclaw" / "openclaw.json")["changed"]
    assert (tmp_path / "real" / ".openclaw" / "openclaw.json").exists()


@pytest.mark.parametrize("state", ["absent", "restored"])
def test_nothing_to_do_makes_nothing(tmp_path: Path, state: str) -> None:
    path = tmp_path / ".openclaw" / "openclaw.json"
    result = run(path, state=state)
    assert (result["changed"], result["changed_paths"], result["backup_file"]) == (False, [], None)
    assert list(tmp_path.iterdir()) == []


def test_restored_without_a_backup_leaves_everything(path: Path) -> None:
    run(path)
    path.chmod(0o644)
    before = files(path.parent)
    assert not run(path, state="restored")["changed"]
    assert files(path.parent) == before
    assert path.stat().st_mode & 0o777 == 0o644


def test_restored_from_what_is_no_backup_names_those_there_are(path: Path, tmp_path: Path) -> None:
    backup = Path(run(path)["backup_file"])
    before = files(path.parent)
    elsewhere = tmp_path / backup.name
    elsewhere.write_bytes(backup.read_bytes())
    for wrong in (elsewhere, path, path.with_name(f"{path.name}.backup-20200101T000000.000000Z")):
        result = run(path, state="restored", backup_file=str(wrong))
        assert result["msg"].endswith(f"{wrong} is not a backup of this configuration. There are: {backup}.")
    assert files(path.parent) == before


def test_restored_in_check_mode(path: Path) -> None:
    path.write_text('{"a": 1}')
    backup = run(path)["backup_file"]
    before = files(path.parent)
    result = run(path, check_mode=True, state="restored", backup_file=backup)
    assert result["changed"]
    assert "gateway.mode" in result["changed_paths"]
    assert result["restart_required"]
    assert files(path.parent) == before


def test_restored_over_what_can_not_be_read_keeps_that_as_a_backup(path: Path) -> None:
    path.write_text('{"a": 1}')
    backup = run(path)["backup_file"]
    path.write_text("{broken")
    result = run(path, state="restored", backup_file=backup)
    assert path.read_text() == '{"a": 1}'
    assert Path(result["backup_file"]).read_text() == "{broken"


def test_command_that_is_not_there_is_told(path: Path) -> None:
    result = run(path, validate="/nowhere/openclaw config validate %s")
    assert result["msg"] == "validate: /nowhere/openclaw can't be run (No such file or directory). Nothing was changed."
    assert files(path.parent) == {}


def test_command_is_run_only_for_a_new_file_in_earnest(path: Path) -> None:
    log = path.with_name("log")
    command = f"sh -c 'echo run >> {log}' %s"
    run(path, check_mode=True, validate=command)
    assert not log.exists()
    backup = run(path, validate=command)["backup_file"]
    run(path, validate=command)
    run(path, validate=command, state="restored", backup_file=backup)
    assert log.read_text() == "run\n"


def test_keys_that_stand_twice_are_told(path: Path) -> None:
    path.write_text("{a: 1,\n a: 2, b: {c: 1, c: 1}}")
    result = run(path, check_mode=True)
    assert "'a' in line 2, 'c' in line 2" in json.dumps(result["warnings"])


def test_advice_is_a_warning(path: Path) -> None:
    assert "has no setting that keeps it from" in json.dumps(run(path, openclaw_version="2026.4.26")["warnings"])
    assert "warnings" not in run(path, openclaw_version="2026.4.27")


def test_backup_keeps_the_time_and_bytes_of_the_original(path: Path) -> None:
    path.write_text("{/* mine */}")
    os.utime(path, ns=(10**18, 10**18))
    result = run(path)
    backup = Path(result["backup_file"])
    assert (backup.read_text(), backup.stat().st_mtime_ns) == ("{/* mine */}", 10**18)
    run(path, state="restored", backup_file=str(backup))
    assert (path.read_text(), path.stat().st_mtime_ns) == ("{/* mine */}", 10**18)
    assert without_backups(path).keys() == {"openclaw.json"}
