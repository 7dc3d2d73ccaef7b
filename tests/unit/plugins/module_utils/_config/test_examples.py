# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples in docs/configuration.md: their variables lead to the configuration that stands below them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import typing as t

import pytest
import yaml

from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import plan_deployment
from local_aws import install
from tests.conftest import REPOSITORY
from tests.unit.plugins.modules.config_ground import run

DOCUMENT = (REPOSITORY / "docs" / "configuration.md").read_text()
BLOCK = re.compile(r"^```(\w+(?: \w+)?)\n(.*?)^```$|^##+ ([^\n]*)$", re.MULTILINE | re.DOTALL)
DEFAULTS = REPOSITORY / "roles" / "openclaw" / "defaults" / "main.yml"
# What the examples' release is checked with; others are by `make test-config`.
RELEASE = install.openclaw_version()


class Example(t.NamedTuple):
    """Variables, the file that they lead to, and those that are there before: the user's own, and the gateway's."""

    title: str
    variables: str
    result: t.Any
    mine: str
    before: str


def read(document: str) -> tuple[list[Example], list[dict[str, t.Any]]]:
    """The examples, and the tasks for playbooks of the user's own."""
    examples, tasks = [], []
    blocks: dict[str, str] = {}
    title = ""
    for kind, text, heading in BLOCK.findall(document):
        if heading:
            title = heading
        elif kind == "yaml" and text.startswith("- "):
            tasks += yaml.safe_load(text)
        elif kind == "json":
            mine, before = blocks.get("json mine", ""), blocks.get("json5 before", "")
            examples.append(Example(title, blocks["yaml"], json.loads(text), mine, before))
            blocks = {}
        else:
            assert kind in ("json mine", "json5 before", "yaml", "console"), f"{title}: {kind} is not known"
            assert kind not in blocks or kind == "console", f"{title}: there is no result"
            blocks[kind] = text
    assert set(blocks) <= {"console"}, f"{title}: there is no result"
    return examples, tasks


EXAMPLES, TASKS = read(DOCUMENT)


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """`openclaw config validate`, in a home of its own."""
    places = install.install()
    home = tmp_path_factory.mktemp("home")
    words = [
        *("env", f"HOME={home}", f"OPENCLAW_STATE_DIR={home}", f"PATH={os.defpath}", "OPENCLAW_CONFIG_PATH=%s"),
        *(str(places.node), str(places.openclaw / "openclaw.mjs"), "config", "validate"),
    ]
    return shlex.join(words)


@pytest.fixture
def resolve(tmp_path):
    """The variables of a deployment, with what Ansible would put in for the templates in them."""

    def resolve(example):
        (tmp_path / "openclaw.json").write_text(example.mine)
        (tmp_path / "example.yml").write_text(example.variables)
        named = ["openclaw_region=eu-central-1", "openclaw_vpc=home", f"inventory_dir={tmp_path}"]
        command = [sys.executable, "-m", "tests.tools.resolve", *named, str(DEFAULTS), str(tmp_path / "example.yml")]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        variables = json.loads(done.stdout)
        del variables["inventory_dir"]
        return variables

    return resolve


def differences(expected, found, path=""):
    """Where what is found does not have what is expected. Objects may have more; elements of a list, too."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from differences(value, found[key], f"{path}.{key}") if key in found else [f"{path}.{key}: missing"]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, pair in enumerate(zip(expected, found, strict=True)):
            yield from differences(*pair, f"{path}[{number}]")
    elif expected != found:
        yield f"{path}: {found} instead of {expected}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_variables_lead_to_the_configuration(example, resolve, facts, options, catalog, tmp_path, command):
    deployment = plan_deployment(resolve(example), facts, options, catalog)
    assert deployment["problems"] == []
    unknown = "openclaw_model_details" in example.variables
    assert all(unknown and "not among" in warning for warning in deployment["warnings"]), deployment["warnings"]
    path = tmp_path / "state" / "openclaw.json"
    if example.before:
        path.parent.mkdir()
        path.write_text(example.before)
    config = {name: value for name, value in deployment["config"].items() if name != "path"}
    if config["openclaw_version"] == RELEASE:
        config["validate"] = command
    result = run(path, **config)
    assert "failed" not in result, result["msg"]
    assert list(differences(example.result, json.loads(path.read_text()))) == []
    assert not run(path, **config)["changed"]


def test_the_tasks_give_back_what_was_there(tmp_path):
    path = tmp_path / "openclaw.json"
    path.write_text('{"mine": 1}')
    restored, absent = ({**task["openclaw.ecs.openclaw_config"]} for task in TASKS)
    assert restored.pop("path") == absent.pop("path") == "/data/.openclaw/openclaw.json"
    run(path)
    assert run(path, **absent)["changed"]
    assert json.loads(path.read_text()) == {"mine": 1}
    backup = run(path)["backup_file"]
    assert re.fullmatch(r"openclaw\.json\.backup-\d{8}T\d{6}\.\d{6}Z", os.path.basename(restored["backup_file"]))
    assert run(path, **{**restored, "backup_file": backup})["changed"]
    assert json.loads(path.read_text()) == {"mine": 1}


def test_every_variable_that_is_named_exists(options):
    named = set(re.findall(r"\bopenclaw_\w+", DOCUMENT)) - {"openclaw_config"}
    assert named - set(options) == set()


def test_the_releases_are_those_that_the_collection_knows(catalog):
    rows = [
        f"| {each['since']} and later | `{each['node']}` | {each['node_version']} | {each['memory']} MiB |".replace(
            "||", r"\|\|"
        )
        for each in catalog["releases"]["needs"]
    ]
    assert re.findall(r"^\| 2026.*$", DOCUMENT, re.MULTILINE) == rows


@pytest.mark.parametrize(
    ("expected", "found", "wrong"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}, []),
        ({"a": {"b": 1}}, {"a": {}}, [".a.b: missing"]),
        ({"a": [1]}, {"a": [1, 2]}, [".a: [1, 2] instead of [1]"]),
        ([{"id": 1}], [{"id": 2, "name": "x"}], ["[0].id: 2 instead of 1"]),
        ({"a": {}}, {"a": 1}, [".a: 1 instead of {}"]),
    ],
)
def test_differences_are_found(expected, found, wrong):
    assert list(differences(expected, found)) == wrong


@pytest.mark.parametrize(
    "document", ["```yaml\na: 1\n```\n", "```yaml\na: 1\n```\n```yaml\na: 2\n```\n", "```python\n1\n```\n"]
)
def test_an_example_without_a_result_is_not_passed_over(document):
    with pytest.raises(AssertionError, match="there is no result|is not known"):
        read(document)
