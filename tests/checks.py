"""The checks of the project, as data, the long ones first; `run.py` beside it starts them in this order."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

# What runs there, with the Python of Amazon Linux 2023, which is not here.
ON_THE_SETUP_HOST = (
    "plugins/modules/openclaw_config.py",
    "plugins/modules/openclaw_plugin.py",
    "plugins/module_utils/_openclaw",
)

# What no check here can show, and why.
NOT_SHOWN_HERE = {
    "real AWS": "there is no account; what the local AWS emulates is in local_aws/README.md",
    "the configuration with other releases of OpenClaw": "make test-config, about an hour; it takes them from npm",
    "onboarding ended at each point, three ways of its failing, and with a plugin": "make test-long, about an hour",
    "pull and start of the arm64 image": "there is no Docker; the same OpenClaw release, from npm, runs instead",
}


@dataclass(frozen=True)
class Check:
    """A command that ends with 0 if all is well."""

    name: str
    group: str
    command: tuple[str, ...]
    minutes: int = 20


def pytest(path: Path) -> tuple[str, ...]:
    """The command that runs the tests in a file or folder, and says which it left out."""
    return (sys.executable, "-m", "pytest", "-rs", str(path.relative_to(REPOSITORY)))


def scenarios() -> list[str]:
    """The molecule scenarios; `default` makes what the others share, and is run with each of them."""
    found = sorted(path.parent.name for path in (REPOSITORY / "extensions" / "molecule").glob("*/molecule.yml"))
    return [name for name in found if name != "default"]


def tests(folder: str, pattern: str) -> list[Path]:
    """Files or folders with tests."""
    return sorted((REPOSITORY / "tests" / folder).glob(pattern))


CHECKS = [
    *(Check(f"e2e-{path.stem[5:]}", "e2e", pytest(path), 30) for path in tests("e2e", "test_*.py")),
    Check("sanity", "sanity", (sys.executable, "tests/sanity/run.py")),
    *(Check(f"molecule-{name}", "molecule", ("molecule", "test", "-s", name)) for name in scenarios()),
    *(Check(f"unit-{path.name}", "unit", pytest(path)) for path in tests("unit", "[a-z]*/")),
    Check("artifact", "artifact", pytest(REPOSITORY / "tests" / "artifact")),
    Check("ansible-lint", "lint", ("ansible-lint", "--strict")),
    Check("yamllint", "lint", ("yamllint", "--strict", ".")),
    Check("ruff", "lint", ("ruff", "check", "--no-cache", ".")),
    Check("format", "lint", ("ruff", "format", "--no-cache", "--check", ".")),
    Check("shellcheck", "lint", ("shellcheck", ".ci/run", "inventories/local/env")),
    Check("changelog", "lint", ("antsibull-changelog", "lint")),
    Check("language-level", "lint", ("vermin", "--target=3.9-", "--violations", "--no-tips", *ON_THE_SETUP_HOST)),
]
