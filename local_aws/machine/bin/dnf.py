#!/usr/bin/python3
"""Stand-in for dnf: `install` of a few packages, from Amazon's repository in S3, as far as there is a way to it."""

from __future__ import annotations

import os
import sys

from host import ask

# What a package puts in place; what is in /usr of this machine anyway needs nothing.
PACKAGES = {
    "amazon-efs-utils": {"/sbin/mount.efs": "mount_efs.py"},
    **{name: {} for name in ("tar", "gzip", "xz", "unzip", "bzip2", "git", "jq", "util-linux", "python3-botocore")},
}
RELEASE = "2023.9.20251110"
BUCKET = "al2023-repos-us-east-1-de612dc2"


def main(arguments: list[str]) -> int:
    """Install, or say what dnf says."""
    words = [word for word in arguments if not word.startswith("-")]
    if os.geteuid() != 0:
        return fail(
            "Error: This command has to be run with superuser privileges (under the root user on most systems)."
        )
    if words[:1] not in (["install"], ["makecache"], ["upgrade"], ["update"]):
        return fail(f"dnf: only `dnf install` is known here, not {' '.join(arguments)}")
    if not any(option in arguments for option in ("-y", "--assumeyes")) and words[0] != "makecache":
        return fail("Operation aborted.")
    problem = no_metadata()
    if problem:
        sys.stderr.write(problem)
    wanted = words[1:]
    unknown = [name for name in wanted if problem or name not in PACKAGES]
    for name in unknown:
        print(f"No match for argument: {name}")
    if unknown:
        return fail(f"Error: Unable to find a match: {' '.join(unknown)}")
    for name in wanted:
        install(name)
    print("Complete!" if wanted else "Dependencies resolved.\nNothing to do.\nComplete!")
    return 1 if problem else 0


def install(name: str) -> None:
    """Put a package's files in place."""
    there = [os.path.lexists(path) for path in PACKAGES[name]]
    if all(there):
        print(f"Package {name} is already installed.")
        return
    for path, script in PACKAGES[name].items():
        os.symlink(f"/usr/stand-ins/{script}", path)
    print(f"Installed:\n  {name}")


def no_metadata() -> str:
    """What dnf says when nothing answers, or a policy is in the way; nothing if the repository can be read.

    github.com/amazonlinux/amazon-linux-2023/issues/135
    """
    host = f"{BUCKET}.s3.dualstack.us-east-1.amazonaws.com"
    path = f"core/mirrors/{RELEASE}/aarch64/mirror.list"
    if ask("/way", service="s3")["problem"]:
        said = f"Curl error (28): Timeout was reached for https://{host}/{path} [Failed to connect to {host} port 443 "
        said += "after 30001 ms: Timeout was reached]"
    elif ask("/object", arn=f"arn:aws:s3:::{BUCKET}/{path}")["refusal"]:
        said = f"Status code: 403 for https://{host}/{path}"
    else:
        return ""
    print("Amazon Linux 2023 repository                    0.0  B/s |   0  B     06:00")
    return (
        f"Errors during downloading metadata for repository 'amazonlinux':\n  - {said}\n"
        "Error: Failed to download metadata for repo 'amazonlinux': Cannot prepare internal mirrorlist: "
        f"{said}\nIgnoring repositories: amazonlinux\n"
    )


def fail(text: str) -> int:
    """Say it and be the exit code."""
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
