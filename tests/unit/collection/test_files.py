"""What holds for every file of the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.tools import variables

REPOSITORY = Path(__file__).resolve().parents[3]
LONGEST = 450
# Ansible reads a role's arguments from one file, and all variables of the user are arguments of one role.
NOT_OURS_TO_SHORTEN = ("LICENSE", "package-lock.json", "roles/openclaw/meta/argument_specs.yml")
# Paths that exist on one machine only.
# Homes, and wherever this clone happens to be.
FOREIGN_PATH = re.compile(rf"(?<![\w./-])(/(root|home/\w+|Users/\w+)/|{re.escape(str(REPOSITORY))}\b)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def files(*patterns: str) -> list[Path]:
    """The files that git knows or would add, and that exist."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(listing, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.splitlines()
    return [REPOSITORY / name for name in names if (REPOSITORY / name).is_file()]


def relative(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"cd {REPOSITORY}", True),
        ("/root/.ansible", True),
        ("/home/somebody/.ssh", True),
        ("/home/runtime", False),
        (f"network{REPOSITORY}", False),
    ],
)
def test_pattern_finds_paths_of_one_machine(text: str, found: bool) -> None:
    assert bool(FOREIGN_PATH.search(text)) is found


def test_no_file_names_a_path_of_one_machine() -> None:
    here = Path(__file__)
    wrong = [
        f"{relative(path)}: {line}"
        for path in files()
        if path != here
        for line in path.read_text(errors="replace").splitlines()
        if FOREIGN_PATH.search(line)
    ]
    assert wrong == []


def test_no_file_is_too_long_to_be_read() -> None:
    lengths = {relative(path): path.read_text(errors="replace").count("\n") for path in files()}
    assert {
        name: lines for name, lines in lengths.items() if lines >= LONGEST and not name.endswith(NOT_OURS_TO_SHORTEN)
    } == {}


def test_links_between_documents_lead_somewhere() -> None:
    wrong = [
        f"{relative(path)}: {target}"
        for path in files("*.md")
        for target in LINK.findall(path.read_text())
        if not (path.parent / target).exists()
    ]
    assert wrong == []


def test_what_users_are_told_to_set_exists() -> None:
    told = {
        (relative(path), name)
        for path in files("plugins", "docs", "README.md")
        for name in re.findall(r"-e (openclaw_\w+)", path.read_text())
    }
    assert told
    assert {(path, name) for path, name in told if name not in variables.options("openclaw")} == set()
