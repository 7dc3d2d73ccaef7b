#!/usr/bin/python3
"""Stand-in for mount.efs of amazon-efs-utils: its options, its words, and credentials from the metadata service.

github.com/aws/efs-utils, version 2; what AWS itself decides, whoever plays the hardware asks it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from host import ask

METADATA = "http://169.254.169.254/latest"
MOUNT_FAILED = 32
NO_CREDENTIALS = (
    "AWS Access Key ID and Secret Access Key are not found in AWS credentials file (~/.aws/credentials), config file "
    "(~/.aws/config), from ECS credentials relative uri, or from the instance security credentials service"
)
REFUSALS = {
    "NO_NAME": (
        'Failed to resolve "{name}" - check that your file system ID is correct, and ensure that the VPC has an EFS '
        "mount target for this file system ID.\nSee https://docs.aws.amazon.com/console/efs/mount-dns-name for more "
        "detail.\nAttempting to lookup mount target ip address using botocore. Failed to import necessary dependency "
        "botocore, please install botocore first."
    ),
    "NO_ANSWER": "b'mount.nfs4: Connection reset by peer'",
    "DENIED": "b'mount.nfs4: access denied by server while mounting 127.0.0.1:/'",
}


def main(arguments: list[str]) -> int:
    """Check the options, fetch credentials, and have it mounted."""
    if os.geteuid() != 0:
        return fail("only root can run this command")
    if len(arguments) < 2:
        return fail("Usage: mount.efs [--version] [-h|--help] <fsname> <mountpoint> [-o <options>]")
    device, target, options = arguments[0], arguments[1], read_options(arguments[2:])
    problem = check(device, options)
    if problem:
        return fail(problem)
    if not os.path.isdir(target):
        return fail(f"mount.nfs4: mount point {target} does not exist", MOUNT_FAILED)
    credentials = fetch_credentials() if "iam" in options else None
    if "iam" in options and credentials is None:
        return fail(NO_CREDENTIALS)
    system, _, path = device.partition(":")
    return mount(
        {
            "file_system": system,
            "path": path or "/",
            "access_point": options.get("accesspoint"),
            "target": os.path.realpath(target),
            "tls": "tls" in options,
            "iam": "iam" in options,
            "credentials": credentials,
            "read_only": "ro" in options,
        }
    )


def read_options(words: list[str]) -> dict[str, str]:
    """The options behind -o, which may come more than once."""
    given = [words[number + 1] for number, word in enumerate(words[:-1]) if word == "-o"]
    pairs = [option.partition("=") for text in given for option in text.split(",") if option]
    return {name: value for name, _, value in pairs}


def check(device: str, options: dict[str, str]) -> str | None:
    """What is wrong with the options, in the helper's words."""
    if not re.fullmatch(r"fs-[0-9a-f]+(:/.*)?", device):
        return f"Invalid file system name: {device}"
    for needing in ("accesspoint", "iam"):
        if needing in options and "tls" not in options:
            return f'The "tls" option is required when mounting via "{needing}"'
    if "accesspoint" in options and not re.fullmatch(r"fsap-[0-9a-f]{17}", options["accesspoint"]):
        return f"Access Point ID {options['accesspoint']} is malformed"
    if "awsprofile" in options and "iam" not in options:
        return 'The "iam" option is required when mounting with named profile option, "awsprofile"'
    return None


def fetch_credentials() -> dict[str, Any] | None:
    """The role's credentials from the metadata service; None if it has none."""
    try:
        token = fetch("/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, "PUT")
        header = {"X-aws-ec2-metadata-token": token}
        path = "/meta-data/iam/security-credentials/"
        return json.loads(fetch(path + fetch(path, header), header))
    except (urllib.error.URLError, ValueError):
        return None


def fetch(path: str, headers: dict[str, str], method: str = "GET") -> str:
    """One page of the metadata service."""
    request = urllib.request.Request(METADATA + path, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read().decode()


def mount(request: dict[str, Any]) -> int:
    """Have it mounted, and tried again as the helper does where that may help."""
    attempts = 3 if request["access_point"] else 1
    for attempt in range(1, attempts + 1):
        answer = ask("/mount", **request)
        refusal = answer.get("refusal")
        if refusal is None:
            return fail(answer["problem"], MOUNT_FAILED) if answer.get("problem") else 0
        name = f"{request['file_system']}.efs.us-east-1.amazonaws.com"
        text = REFUSALS[refusal].format(name=name)
        if refusal == "NO_NAME":
            return fail(text)
        if attempt < attempts:
            why = "timeout after 15 sec" if refusal == "NO_ANSWER" else text
            sys.stderr.write(
                f"Mount attempt {attempt}/{attempts} failed due to {why}, wait 15 sec before next attempt.\n"
            )
            time.sleep(15 * answer["wait"])
    return fail(text, MOUNT_FAILED)


def fail(text: str, code: int = 1) -> int:
    """Say it and be the exit code."""
    sys.stderr.write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
