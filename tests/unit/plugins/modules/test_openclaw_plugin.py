# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""openclaw_plugin with a program that stands for OpenClaw's; tests/config has it with the real one."""

from __future__ import annotations

import io
import json
import os
import sys

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.openclaw.ecs.plugins.modules import openclaw_plugin
from tests.provider_plugin import integrity
from tests.provider_plugin import pack
from tests.provider_plugin import sha256

SOURCE = "@openclaw/amazon-bedrock-provider@1.0.0"
# Notes what it is called with, and unpacks the version of an archive. Where `refuse` is, it installs nothing else.
OPENCLAW = """#!{python}
import json, os, shutil, sys, tarfile
state = {state!r}
place = os.path.join(state, "extensions", "amazon-bedrock")
words = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps(words) + "\\n")
if words[1] == "install":
    if "--help" in words:
        print("--accept-capabilities" if os.path.exists({log!r} + ".consent") else "--force")
        sys.exit()
    what = words[2].split("npm-pack:")[-1]
    version = words[2].rpartition("@")[2]
    if os.path.isfile(what):
        version = json.load(tarfile.open(what).extractfile("package/package.json"))["version"]
    if version == "6.6.6":
        print("no space", file=sys.stderr)
        sys.exit(1)
    os.makedirs(place, exist_ok=True)
    open(os.path.join(place, "version"), "w").write(version)
elif words[1] == "uninstall":
    if not os.path.isdir(place):
        sys.exit(1)
    shutil.rmtree(place)
elif not os.path.isdir(place) or open(os.path.join(place, "version")).read() == "7.7.7":
    print("Plugin not found: amazon-bedrock")
    sys.exit(1)
else:
    version = open(os.path.join(place, "version")).read()
    print(json.dumps({{"plugin": {{"version": version, "rootDir": place}}, "install": {{}}}}, indent=2))
"""


class Ground:
    """A state directory and the program."""

    def __init__(self, tmp_path, capsys, monkeypatch):
        self.state, self.log = tmp_path / "state", tmp_path / "log"
        self.program = tmp_path / "openclaw"
        self.program.write_text(OPENCLAW.format(python=sys.executable, state=str(self.state), log=str(self.log)))
        self.program.chmod(0o755)
        self.archives, self.capsys, self.monkeypatch = tmp_path, capsys, monkeypatch

    def archive(self, version, **options):
        path = self.archives / f"{version}.tgz"
        path.write_bytes(pack(version, **options))
        return path

    def run(self, check_mode=False, **params):
        arguments = {
            "id": "amazon-bedrock",
            "state_dir": str(self.state),
            "command": str(self.program),
            "openclaw_version": "2026.9.6",
            "owner": os.getuid(),
            "group": os.getgid(),
            "_ansible_check_mode": check_mode,
            **{name: str(value) for name, value in params.items()},
        }
        self.monkeypatch.setattr(sys, "stdin", io.StringIO())
        with patch_module_args(arguments), pytest.raises(SystemExit):
            openclaw_plugin.main()
        return json.loads(self.capsys.readouterr().out)

    def install(self, version, **params):
        source = params.pop("source", f"@openclaw/amazon-bedrock-provider@{version}")
        return self.run(source=source, archive=self.archive(version), **params)

    @property
    def there(self):
        """The version that is installed."""
        file = self.state / "extensions" / "amazon-bedrock" / "version"
        return file.read_text() if file.exists() else None

    @property
    def said(self):
        """What the program was called with."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def kept(self):
        return sorted(each.name for each in self.state.glob("openclaw-plugin-*"))


@pytest.fixture
def ground(tmp_path, capsys, monkeypatch):
    return Ground(tmp_path, capsys, monkeypatch)


def test_it_is_installed_from_the_kept_archive(ground):
    result = ground.install("1.0.0")
    assert (result["changed"], result["installed"]["version"], ground.there) == (True, "1.0.0", "1.0.0")
    archive = result["installed"]["archive"]
    assert (ground.state / archive).read_bytes() == (ground.archives / "1.0.0.tgz").read_bytes()
    assert ground.said[1] == ["plugins", "install", f"npm-pack:{ground.state}/{archive}", "--force"]
    assert ground.kept() == sorted([archive, "openclaw-plugin-amazon-bedrock.json"])
    assert all((ground.state / name).stat().st_mode & 0o777 == 0o600 for name in ground.kept())


def test_a_second_run_does_not_even_ask(ground):
    ground.install("1.0.0")
    asked, kept = len(ground.said), {name: (ground.state / name).stat().st_mtime_ns for name in ground.kept()}
    result = ground.run(source=SOURCE)
    assert (result["changed"], result["installed"]["version"]) == (False, "1.0.0")
    assert len(ground.said) == asked
    assert {name: (ground.state / name).stat().st_mtime_ns for name in ground.kept()} == kept


@pytest.mark.parametrize("form", [sha256, integrity])
def test_the_checksum_of_what_is_there_may_be_given_in_either_form(ground, form):
    ground.install("1.0.0")
    assert not ground.run(source=SOURCE, checksum=form(pack("1.0.0")))["changed"]
    assert ground.run(source=SOURCE, checksum=form(pack("2.0.0")), check_mode=True)["changed"]


def test_check_mode_touches_nothing(ground):
    result = ground.run(source=SOURCE, check_mode=True)
    assert (result["changed"], result["installed"], ground.said, ground.state.exists()) == (True, None, [], False)


def test_what_somebody_has_removed_is_installed_again(ground):
    ground.install("1.0.0")
    (ground.state / "extensions" / "amazon-bedrock" / "version").unlink()
    (ground.state / "extensions" / "amazon-bedrock").rmdir()
    assert ground.install("1.0.0")["changed"]
    assert ground.there == "1.0.0"


def test_another_source_takes_its_place_and_the_one_before_can_be_put_back(ground):
    first = ground.install("1.0.0")["installed"]
    second = ground.install("2.0.0")["installed"]
    assert ground.there == "2.0.0"
    assert ground.kept() == sorted([first["archive"], second["archive"], "openclaw-plugin-amazon-bedrock.json"])
    assert ground.run(state="restored")["installed"] == first
    assert ground.there == "1.0.0"
    assert ground.kept() == sorted([first["archive"], "openclaw-plugin-amazon-bedrock.json"])
    assert not ground.run(source=SOURCE)["changed"]


def test_where_none_was_before_it_is_uninstalled(ground):
    ground.install("1.0.0")
    assert ground.run(state="restored")["installed"] is None
    assert (ground.there, ground.kept()) == (None, ["openclaw-plugin-amazon-bedrock.json"])
    assert ground.run(source=SOURCE, check_mode=True)["changed"]


@pytest.mark.parametrize("before", [None, "1.0.0"])
@pytest.mark.parametrize(("version", "words"), [("6.6.6", "no space"), ("7.7.7", "does not find the plugin")])
def test_what_can_t_be_installed_leaves_what_was_there(ground, before, version, words):
    if before:
        ground.install(before)
    kept = ground.kept()
    result = ground.install(version)
    assert result["failed"]
    assert words in result["msg"]
    assert "The plugin is as it was before." in result["msg"]
    assert ground.there == before
    record = ground.state / "openclaw-plugin-amazon-bedrock.json"
    assert before is None or json.loads(record.read_text())["now"]["version"] == before
    assert set(kept) <= set(ground.kept())


@pytest.mark.parametrize(
    ("options", "params", "words"),
    [
        ({}, {"checksum": sha256(b"")}, "is not the file that the checksum"),
        ({"plugin_id": "other"}, {}, "is not the plugin amazon-bedrock but 'other'"),
        ({}, {"version": "1.0.1"}, "holds version '1.0.0'"),
    ],
)
def test_another_plugin_than_is_wanted_is_not_even_tried(ground, options, params, words):
    result = ground.run(source=SOURCE, archive=ground.archive("1.0.0", **options), **params)
    assert result["failed"]
    assert words in result["msg"]
    assert ground.said == []


@pytest.mark.parametrize("content", [b"", b"no archive", pack("1.0.0")[:100]])
def test_what_is_no_plugin_s_archive_is_refused(ground, content):
    path = ground.archives / "x.tgz"
    path.write_bytes(content)
    result = ground.run(source=SOURCE, archive=path)
    assert result["failed"]
    assert "is not a plugin as `npm pack` packs it" in result["msg"]
    assert ground.said == []


def test_what_openclaw_fetches_itself_is_named_to_it(ground):
    result = ground.run(source="clawhub:amazon-bedrock@1.0.0")
    assert ground.said[1][2] == "clawhub:amazon-bedrock@1.0.0"
    assert (result["installed"]["archive"], result["installed"]["checksums"]) == ("", [])
    assert not ground.run(source="clawhub:amazon-bedrock@1.0.0")["changed"]


def test_a_release_that_asks_for_consent_gets_it(ground):
    ground.log.with_name("log.consent").touch()
    ground.install("1.0.0")
    assert ground.said[1][3:] == ["--force", "--accept-capabilities"]


def test_a_release_that_bundles_the_provider_takes_the_archive_as_it_is(ground):
    ground.install("1.0.0", openclaw_version="2026.5.7")
    assert ground.said[1][2].startswith(f"{ground.state}/openclaw-plugin-amazon-bedrock-")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"now": {"source": "' + SOURCE + '"}}', '{"now": 7}'])
def test_a_list_that_can_t_be_believed_installs_it_again(ground, content):
    ground.install("1.0.0")
    (ground.state / "openclaw-plugin-amazon-bedrock.json").write_text(content)
    assert ground.run(source=SOURCE, check_mode=True)["changed"]


def test_no_link_is_followed(ground):
    ground.state.mkdir()
    victim = ground.archives / "victim"
    victim.write_text("mine")
    (ground.state / "openclaw-plugin-amazon-bedrock.json").symlink_to(victim)
    result = ground.install("1.0.0")
    assert result["failed"]
    assert "a symbolic link" in result["msg"]
    assert victim.read_text() == "mine"
