# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config import provider
from tests import provider_plugin as stand_in

ARCHIVE = stand_in.pack("2026.9.6")
SHA256, INTEGRITY = stand_in.sha256(ARCHIVE), stand_in.integrity(ARCHIVE)
NPM = "@openclaw/amazon-bedrock-provider@2026.9.6"
HTTPS = "https://files.example/amazon-bedrock-2026.9.6.tgz"


def values(source="", checksum="", version="2026.9.6", artifacts="download"):
    return {
        "openclaw_version": version,
        "openclaw_bedrock_plugin_source": source,
        "openclaw_bedrock_plugin_checksum": checksum,
        "openclaw_setup_artifacts": artifacts,
        "openclaw_command": ["node", "dist/index.js", "gateway", "--port", "1"],
    }


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (NPM, "npm"),
        ("npm:amazon-bedrock@1.2.3-beta.1", "npm"),
        (f"clawhub:{NPM}", "clawhub"),
        (HTTPS, "url"),
        ("/srv/my plugins/p.tar.gz", "path"),
        ("~/p.tgz", "path"),
        ("@openclaw/amazon-bedrock-provider", ""),
        ("@openclaw/amazon-bedrock-provider@latest", ""),
        ("@openclaw/amazon-bedrock-provider@^2026.9.6", ""),
        ("@openclaw/amazon-bedrock-provider@2026.9", ""),
        ("clawhub:amazon-bedrock", ""),
        ("http://files.example/p.tgz", ""),
        ("https://files.example/p.zip", ""),
        ("git:github.com/a/b@v1", ""),
        ("p.tgz", ""),
        (f"--force {NPM}", ""),
        (f"{NPM}\n--force", ""),
    ],
)
def test_a_source_says_exactly_what_is_meant_or_nothing(source, kind):
    assert provider.kind_of(source) == kind
    assert (
        len(list(provider.check_provider(values(source, "" if kind in ("npm", "clawhub") else SHA256)))) == 0
    ) == bool(kind)


@pytest.mark.parametrize(
    ("version", "source", "found"),
    [
        ("2026.5.7", "", ""),
        ("2026.5.12", "", "@openclaw/amazon-bedrock-provider@2026.5.12"),
        ("2026.9.6", "", NPM),
        ("2026.5.7", HTTPS, HTTPS),
        ("not a version", "", ""),
    ],
)
def test_a_plugin_is_needed_from_the_release_on_that_does_not_bundle_it(version, source, found):
    assert provider.source(values(source, version=version)) == found
    assert bool(provider.provider_plugin(values(source, version=version))) == bool(found)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (values(), []),
        (values(checksum=INTEGRITY), []),
        (values(checksum="sha256:abc"), ["'sha256:abc' is not a checksum."]),
        (values(HTTPS), ["The plugin has no checksum."]),
        (values("/p.tgz"), ["The plugin has no checksum."]),
        (values(HTTPS, SHA256), []),
        (values("/p.tgz", INTEGRITY, artifacts="controller"), []),
        (values(f"clawhub:{NPM}", SHA256), ["A checksum can't be compared with what ClawHub sends."]),
        (
            values(f"clawhub:{NPM}", artifacts="controller"),
            ["can't be installed with openclaw_setup_artifacts: controller"],
        ),
        (values(NPM, artifacts="none"), ["can't be installed with openclaw_setup_artifacts: none"]),
        (values(artifacts="none"), []),
        (values("x", "y"), ["'y' is not a checksum.", "'x' does not say exactly which plugin is meant."]),
    ],
)
def test_everything_that_is_wrong_is_told(given, words):
    found = [each["what"] for each in provider.check_provider(given)]
    assert len(found) == len(words)
    for what, word in zip(found, words, strict=True):
        assert word in what


def test_the_plugin_of_a_package_has_its_version():
    assert provider.provider_plugin(values())["version"] == "2026.9.6"
    assert provider.provider_plugin(values(HTTPS, SHA256))["version"] == ""


@pytest.mark.parametrize(
    ("found", "checksum", "words"),
    [
        ({"exists": False}, SHA256, "There is no file /p.tgz"),
        ({"exists": True, "isreg": False, "readable": True}, SHA256, "There is no file /p.tgz"),
        ({"exists": True, "isreg": True, "readable": False}, SHA256, "There is no file /p.tgz"),
        ({"exists": True, "isreg": True, "readable": True, "checksum": "0" * 64}, SHA256, "does not have the checksum"),
        ({"exists": True, "isreg": True, "readable": True, "checksum": SHA256[7:]}, SHA256, ""),
        (
            {"exists": True, "isreg": True, "readable": True, "checksum": provider.hexadecimal(INTEGRITY)},
            INTEGRITY,
            "",
        ),
    ],
)
def test_a_file_is_looked_at_before_anything_is_made(found, checksum, words):
    told = provider.file_problems(provider.provider_plugin(values("/p.tgz", checksum)), found)
    assert [words in each["what"] for each in told] == ([True] if words else [])


def test_a_plugin_from_elsewhere_has_no_file():
    assert provider.file_problems(provider.provider_plugin(values()), {}) == []
    assert provider.file_problems({}, {}) == []


@pytest.mark.parametrize(
    ("command", "start"),
    [
        (["node", "dist/index.js", "gateway", "--port", "1"], ["node", "dist/index.js"]),
        (["openclaw", "gateway"], ["openclaw"]),
        (["sh", "-c", "something else"], ["node", "dist/index.js"]),
    ],
)
def test_the_question_is_put_to_the_program_that_the_gateway_is(command, start):
    program, *rest = start
    [_node, _e, script] = provider.question(command, "amazon-bedrock")
    arguments = [*rest, "plugins", "inspect", "amazon-bedrock", "--runtime", "--json"]
    assert f"spawnSync({json.dumps(program)}, {json.dumps(arguments)}, {{uid: 1000" in script


def answer(status="loaded", ids=("amazon-bedrock",), **plugin):
    told = {"plugin": {"status": status, "providerIds": list(ids), **plugin}, "diagnostics": [{"message": "look here"}]}
    return {"rc": 0, "stdout": "a warning {of sorts}\n" + json.dumps(told, indent=2)}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(), []),
        (
            answer(status="error", ids=(), error="Cannot find module"),
            ["status error", "Cannot find module", "look here"],
        ),
        (answer(status="disabled"), ["status disabled"]),
        (answer(ids=("openai",)), ["status loaded", "look here"]),
        ({"rc": 1, "stdout": "Plugin not found: amazon-bedrock."}, ["Plugin not found: amazon-bedrock."]),
        ({"rc": 1, "stdout": '{\n  "half": '}, ['"half"']),
        ({"rc": 0, "stdout": "{\n}"}, ["{\n}"]),
        ({"rc": 127, "stdout": ""}, ["nothing"]),
    ],
)
def test_what_the_gateway_says_of_its_provider(given, words):
    found = provider.provider_problem(given, "amazon-bedrock")
    assert bool(found) == bool(words)
    for word in words:
        assert word in found


def test_the_question_is_a_script_that_node_reads():
    node = [each for each in provider.question(["node", "gateway"], "x") if each != "-e"]
    checked = subprocess.run([node[0], "--check", "-"], input=node[1], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
