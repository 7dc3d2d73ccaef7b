#!/usr/bin/python3
"""Stand-in for shutdown and poweroff: at once, after minutes, or not after all.

freedesktop.org/software/systemd/man/latest/shutdown.html
"""

from __future__ import annotations

import os
import sys
import time

from host import ask

SCHEDULED = "/run/systemd/shutdown/scheduled"


def main(arguments: list[str]) -> int:
    """Read the words and do it."""
    program = os.path.basename(sys.argv[0])
    words = [word for word in arguments if word not in ("-h", "-P", "--poweroff", "-H", "--no-wall")]
    if os.geteuid() != 0:
        sys.stderr.write(
            "Failed to set wall message, ignoring: Access denied\nFailed to schedule shutdown: Access denied\n"
        )
        return 1
    if "-c" in words:
        ask("/shutdown", minutes=None)
        if os.path.exists(SCHEDULED):
            os.unlink(SCHEDULED)
        return 0
    if words and words[0].startswith("-"):
        sys.stderr.write(f"{program}: {words[0]} is not known here\n")
        return 1
    when = words[0] if words else ("now" if program == "poweroff" else "+1")
    minutes = "0" if when == "now" else when.removeprefix("+")
    if not minutes.isdigit():
        sys.stderr.write(f"Failed to parse time specification: {when}\n")
        return 1
    moment = time.strftime("%a %Y-%m-%d %H:%M:%S UTC", time.gmtime(time.time() + 60 * int(minutes)))
    if int(minutes):
        os.makedirs(os.path.dirname(SCHEDULED), exist_ok=True)
        with open(SCHEDULED, "w") as file:
            file.write(f"USEC={int((time.time() + 60 * int(minutes)) * 1e6)}\nMODE=poweroff\n")
        sys.stderr.write(f"Shutdown scheduled for {moment}, use 'shutdown -c' to cancel.\n")
    ask("/shutdown", minutes=int(minutes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
