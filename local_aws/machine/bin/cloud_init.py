#!/usr/bin/python3
"""Stand-in for cloud-init: `status`, with --wait and --long. cloudinit.readthedocs.io/en/latest/reference/cli.html"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

STATUS = "/var/lib/cloud/data/status.json"


def read() -> dict[str, Any]:
    """What the first process has noted."""
    try:
        with open(STATUS) as file:
            return json.load(file)
    except OSError:
        return {"status": "not run", "errors": []}


def main(arguments: list[str]) -> int:
    """Say how far it is; exit code 1 if it went wrong."""
    if arguments[:1] != ["status"]:
        sys.stderr.write("cloud-init: only `cloud-init status` is known here\n")
        return 2
    found = read()
    while "--wait" in arguments and found["status"] in ("not run", "running"):
        sys.stdout.write(".")
        sys.stdout.flush()
        time.sleep(0.25)
        found = read()
    if "--wait" in arguments:
        print()
    print(f"status: {found['status']}")
    if "--long" in arguments:
        print(f"detail:\n{chr(10).join(found['errors']) or 'DataSourceEc2'}")
    return 1 if found["status"] == "error" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
