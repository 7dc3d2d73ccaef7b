"""What a role declares, what it documents and what it uses is the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools import variables

REPOSITORY = Path(__file__).resolve().parents[3]
ROLES = sorted(path.name for path in (REPOSITORY / "roles").iterdir())
# The role that holds the user's variables; the others are filled by the playbooks.
USERS = "openclaw"
USING = ("tasks", "vars")
FILLED = [role for role in ROLES if role != USERS]


def load(path: str) -> Any:
    return yaml.safe_load((REPOSITORY / path).read_text())


def texts(role: str, folder: str) -> str:
    return "\n".join(path.read_text() for path in sorted((REPOSITORY / "roles" / role / folder).rglob("*.*")))


def made_by(role: str) -> set[str]:
    """The variables that a role sets itself."""
    tasks = texts(role, "tasks")
    return set(re.findall(r"register: (\w+)", tasks)) | set(re.findall(rf"^    ({role}_\w+): ", tasks, re.MULTILINE))


def entry_points_used(role: str) -> set[str]:
    """The entry points with which the playbooks call a role."""
    plays = [play for path in (REPOSITORY / "playbooks").glob("*.yml") for play in yaml.safe_load(path.read_text())]
    tasks = [task for play in plays for task in play.get("tasks", [])]
    tasks += [each for task in tasks for section in ("block", "rescue", "always") for each in task.get(section, [])]
    calls = [task.get("ansible.builtin.import_role", {}) for task in tasks]
    return {call.get("tasks_from", "main") for call in calls if call.get("name") == f"openclaw.ecs.{role}"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["README.md", "defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml"])
def test_role_is_complete(role: str, path: str) -> None:
    assert (REPOSITORY / "roles" / role / path).is_file()


@pytest.mark.parametrize("role", ROLES)
def test_role_has_a_molecule_scenario(role: str) -> None:
    assert (REPOSITORY / "extensions" / "molecule" / role / "molecule.yml").is_file()


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_those_of_the_argument_specification(role: str) -> None:
    options = variables.options(role)
    defaults = load(f"roles/{role}/defaults/main.yml")
    computed = {name for name, value in defaults.items() if value is None or "lookup(" in str(value)}
    assert {name: value for name, value in defaults.items() if name not in computed} == {
        name: option["default"] for name, option in options.items() if "default" in option
    }
    assert computed == {
        name for name, option in options.items() if "default" not in option and not option.get("required")
    }


@pytest.mark.parametrize("role", FILLED)
def test_role_uses_the_variables_that_it_declares(role: str) -> None:
    used = set(re.findall(rf"(?<![\w.]){role}_\w+", "".join(texts(role, each) for each in USING)))
    assert used - made_by(role) == set(variables.options(role))


@pytest.mark.parametrize("role", FILLED)
def test_playbooks_fill_what_the_role_declares(role: str) -> None:
    options = variables.options(role)
    filled = {name for name in load("playbooks/vars/roles.yml") if name.startswith(f"{role}_")}
    assert filled <= set(options)
    assert {name for name, option in options.items() if option.get("required")} <= filled


@pytest.mark.parametrize("role", FILLED)
def test_role_declares_the_entry_points_that_playbooks_use(role: str) -> None:
    assert entry_points_used(role) <= set(load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"])


@pytest.mark.parametrize("role", ROLES)
def test_readme_tells_the_entry_points(role: str) -> None:
    told = re.findall(
        r"^\| `(\w+)` \| [^|]+ \|$", (REPOSITORY / "roles" / role / "README.md").read_text(), re.MULTILINE
    )
    assert entry_points_used(role) <= set(told)


@pytest.mark.parametrize(("path", "role"), variables.readmes().items(), ids=str)
def test_readme_has_the_table_of_variables(path: Path, role: str) -> None:
    text = path.read_text()
    assert text == variables.rendered(text, role), "run: python tests/tools/variables.py"
    assert variables.table(role) in text


def test_table_tells_type_default_choices_and_description() -> None:
    assert (
        "| `openclaw_throughput_mode` | str | `elastic` | Throughput mode of the file system."
        " One of `elastic`, `bursting`. |\n"
    ) in variables.table(USERS)


def waiting_tasks() -> list[tuple[str, dict[str, Any]]]:
    """The tasks that wait, with the limit each has. Those for which it depends say so where they are included."""
    found = []
    for path in sorted((REPOSITORY / "roles").glob("*/tasks/*.yml")):
        for task in yaml.safe_load(path.read_text()):
            limits = [
                args["wait_timeout"] for args in task.values() if isinstance(args, dict) and "wait_timeout" in args
            ]
            found += [(limit, task) for limit in limits if "_wait }}" not in str(task)]
    return found


@pytest.mark.parametrize(
    ("limit", "task"), waiting_tasks(), ids=lambda each: each.get("name") if isinstance(each, dict) else ""
)
def test_what_waits_says_for_how_long_at_most(limit: Any, task: dict[str, Any]) -> None:
    assert task["name"].endswith(f"; seconds at most: {limit}")
