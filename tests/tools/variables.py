"""`python tests/tools/variables.py`: write the tables of variables in the READMEs from the argument specifications."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
START, END = "<!-- variables -->\n", "<!-- end of variables -->"
MARKUP = re.compile(r"\b[CVO]\(([^)]*)\)")


def options(role: str) -> dict[str, dict[str, Any]]:
    """The options of all entry points of a role."""
    specification = yaml.safe_load((REPOSITORY / "roles" / role / "meta" / "argument_specs.yml").read_text())
    entry_points = specification["argument_specs"].values()
    return {name: option for entry_point in entry_points for name, option in entry_point["options"].items()}


def table(role: str) -> str:
    """The variables of a role as a table in Markdown."""
    rows = [_row(name, option) for name, option in options(role).items()]
    return "\n".join(["| variable | type | default | what it is |", "|---|---|---|---|", *rows]) + "\n"


def rendered(text: str, role: str) -> str:
    """The text with the table between the two marks."""
    before, _, rest = text.partition(START)
    return f"{before}{START}{table(role)}{END}{rest.partition(END)[2]}"


def readmes() -> dict[Path, str]:
    """The files with a table, and the role that it is about."""
    roles = sorted(path.name for path in (REPOSITORY / "roles").iterdir() if path.is_dir())
    return {REPOSITORY / "README.md": "openclaw"} | {
        REPOSITORY / "roles" / role / "README.md": role for role in roles if role != "openclaw"
    }


def _row(name: str, option: dict[str, Any]) -> str:
    kind = f"list of {option['elements']}" if "elements" in option else option["type"]
    return f"| `{name}` | {kind} | {_default(option)} | {_description(option)} |"


def _default(option: dict[str, Any]) -> str:
    if option.get("required"):
        return "required"
    value = option.get("default")
    if value in (None, ""):
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text}`".replace("|", "\\|")


def _description(option: dict[str, Any]) -> str:
    lines = option["description"] if isinstance(option["description"], list) else [option["description"]]
    if "choices" in option:
        lines = [*lines, f"One of {', '.join(f'`{choice}`' for choice in option['choices'])}."]
    if "options" in option:
        fields = (f"`{name}` ({_description(each).rstrip('.')})" for name, each in option["options"].items())
        lines = [*lines, f"Keys: {', '.join(fields)}."]
    return MARKUP.sub(r"`\1`", " ".join(lines)).replace("|", "\\|")


def main() -> None:
    """Write the tables."""
    for path, role in readmes().items():
        path.write_text(rendered(path.read_text(), role))


if __name__ == "__main__":
    main()
