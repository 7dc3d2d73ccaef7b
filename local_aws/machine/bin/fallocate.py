#!/usr/bin/python3
"""Stand-in for fallocate: the file has its size, but takes no room on this machine's disk."""

from __future__ import annotations

import argparse
import sys

UNITS = {"": 1, "K": 2**10, "KiB": 2**10, "M": 2**20, "MiB": 2**20, "G": 2**30, "GiB": 2**30, "GB": 10**9, "MB": 10**6}


def main() -> int:
    """Make the file as long as it shall be."""
    parser = argparse.ArgumentParser(prog="fallocate")
    parser.add_argument("-l", "--length", required=True)
    parser.add_argument("file")
    given = parser.parse_args()
    digits = given.length.rstrip("KMGiB")
    unit = given.length[len(digits) :]
    if not digits.isdigit() or unit not in UNITS:
        sys.stderr.write(f"fallocate: invalid length value specified: '{given.length}'\n")
        return 1
    with open(given.file, "ab") as file:
        file.truncate(max(file.tell(), int(digits) * UNITS[unit]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
