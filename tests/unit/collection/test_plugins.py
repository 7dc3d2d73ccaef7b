"""Modules and filters are listed, documented, tested and called as they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
PLUGINS = REPOSITORY / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))


def constants(path: Path) -> dict[str, str]:
    """The strings that a Python file assigns to names, in classes too."""
    return {
        target.id: node.value.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def options(module: str) -> dict[str, Any]:
    """The documented options of a module, with those of the collection's own fragments."""
    documentation = yaml.safe_load(constants(PLUGINS / "modules" / f"{module}.py")["DOCUMENTATION"])
    found = dict(documentation.get("options") or {})
    for name in documentation["extends_documentation_fragment"]:
        if name.startswith("openclaw.ecs."):
            fragment, _, part = name.removeprefix("openclaw.ecs.").partition(".")
            texts = constants(PLUGINS / "doc_fragments" / f"{fragment}.py")
            found |= yaml.safe_load(texts[part.upper() or "DOCUMENTATION"]).get("options") or {}
    return found


def calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every call of a module of the collection in a role: the file, the module and its arguments."""
    for path in sorted((REPOSITORY / "roles").glob("*/tasks/*.yml")):
        for task in yaml.safe_load(path.read_text()):
            for name, arguments in task.items():
                if name.startswith("openclaw.ecs."):
                    yield str(path.relative_to(REPOSITORY)), name.removeprefix("openclaw.ecs."), arguments


def test_action_group_lists_the_modules_that_call_aws() -> None:
    group = yaml.safe_load((REPOSITORY / "meta" / "runtime.yml").read_text())["action_groups"]["aws"]
    documentation = {name: constants(PLUGINS / "modules" / f"{name}.py")["DOCUMENTATION"] for name in MODULES}
    assert [each for each in group if isinstance(each, str)] == [
        name for name in MODULES if "amazon.aws.common.modules" in documentation[name]
    ]


@pytest.mark.parametrize("module", MODULES)
def test_module_has_tests(module: str) -> None:
    assert "def test_" in (REPOSITORY / "tests/unit/plugins/modules" / f"test_{module}.py").read_text()


@pytest.mark.parametrize("module", MODULES)
def test_module_is_in_the_changelog(module: str) -> None:
    changelog = yaml.safe_load((REPOSITORY / "changelogs" / "changelog.yaml").read_text())
    assert module in {each["name"] for release in changelog["releases"].values() for each in release.get("modules", [])}


@pytest.mark.parametrize(("path", "module", "arguments"), list(calls()))
def test_roles_call_modules_with_options_that_they_have(path: str, module: str, arguments: dict[str, Any]) -> None:
    known = options(module)
    assert set(arguments) <= set(known), path
    assert {name for name, option in known.items() if option.get("required")} <= set(arguments), path


def test_filters_are_documented() -> None:
    tree = ast.parse((PLUGINS / "filter" / "deployment.py").read_text())
    (filters,) = (node.value for node in ast.walk(tree) if isinstance(node, ast.Return))
    documented = {yaml.safe_load(path.read_text())["DOCUMENTATION"]["name"] for path in PLUGINS.glob("filter/*.yml")}
    assert {key.value for key in filters.keys} == documented
