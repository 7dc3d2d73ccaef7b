"""What runs on the setup host needs nothing but its Python: no other package, and nothing else of the collection."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks import CHECKS
from tests.checks import ON_THE_SETUP_HOST
from tests.checks import REPOSITORY

OWN = "ansible_collections.openclaw.ecs.plugins.module_utils._openclaw"
FILES = [
    path
    for place in ON_THE_SETUP_HOST
    for path in ([REPOSITORY / place] if place.endswith(".py") else sorted((REPOSITORY / place).glob("**/*.py")))
]


def imported(path: Path) -> Iterator[str]:
    """The names of the modules that a file imports; those beside it begin with a dot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_the_standard_library_is_imported(path: Path) -> None:
    foreign = {
        name
        for name in imported(path)
        if not name.startswith((OWN, ".")) or name.startswith("..")
        if name.split(".")[0] not in sys.stdlib_module_names
    }
    assert foreign <= {"ansible.module_utils.basic"}


def test_the_language_level_is_checked() -> None:
    (check,) = (each for each in CHECKS if each.name == "language-level")
    assert "--target=3.9-" in check.command
    assert len(FILES) > 10
