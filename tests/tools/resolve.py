"""`python -m tests.tools.resolve NAME=VALUE... FILE...`: the variables in YAML files, templates filled in, as JSON.

A program of its own: a process in which Ansible was imported is no place to test modules any more.
"""

from __future__ import annotations

import json
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar


def main(arguments: list[str]) -> None:
    """Later files win over earlier ones, and what is named here over all of them."""
    init_plugin_loader()
    loader = DataLoader()
    named = dict(each.split("=", 1) for each in arguments if "=" in each)
    variables = {}
    for file in arguments[len(named) :]:
        variables.update(loader.load_from_file(file, trusted_as_template=True))
    variables.update(named)
    templar = Templar(loader, variables)
    print(json.dumps({name: templar.template(value) for name, value in variables.items()}))


if __name__ == "__main__":
    main(sys.argv[1:])
