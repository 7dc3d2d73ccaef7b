#!/usr/bin/python3
"""Stand-in for swapon: checks the swap area and notes it; this machine's memory stays as it is."""

from __future__ import annotations

import os
import sys

NOTED = "/run/swaps"
PAGE = os.sysconf("SC_PAGE_SIZE")


def main(arguments: list[str]) -> int:
    """Check and note."""
    if os.geteuid() != 0:
        return fail("swapon: must be superuser")
    if not arguments or arguments[0] in ("-s", "--show", "--summary"):
        if os.path.exists(NOTED):
            with open(NOTED) as file:
                sys.stdout.write("NAME TYPE SIZE USED PRIO\n" + file.read())
        return 0
    for path in [argument for argument in arguments if not argument.startswith("-")]:
        if not os.path.exists(path):
            return fail(f"swapon: cannot open {path}: No such file or directory")
        with open(path, "rb") as file:
            file.seek(PAGE - 10)
            if file.read(10) != b"SWAPSPACE2":
                return fail(f"swapon: {path}: read swap header failed")
        mode = os.stat(path).st_mode & 0o777
        if mode & 0o077:
            sys.stderr.write(f"swapon: {path}: insecure permissions {mode:04o}, 0600 suggested.\n")
        with open(NOTED, "a") as file:
            file.write(f"{path} file {os.path.getsize(path) // 2**20}M 0B -2\n")
    return 0


def fail(text: str) -> int:
    """Say it and be the exit code."""
    sys.stderr.write(f"{text}\n")
    return 255


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
