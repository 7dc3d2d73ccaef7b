"""The parts of a machine that can be looked at without one: its metadata, its disk, its sandbox."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from local_aws.machine import disk
from local_aws.machine.metadata import META
from local_aws.machine.metadata import Metadata
from local_aws.machine.metadata import read

MACHINE = {
    "InstanceId": "i-0123456789abcdef0",
    "ImageId": "ami-0123456789abcdef0",
    "InstanceType": "t4g.micro",
    "Architecture": "arm64",
    "LaunchTime": "2026-11-22T18:00:00.000Z",
    "PrivateIpAddress": "10.20.0.5",
    "PrivateDnsName": "ip-10-20-0-5.ec2.internal",
    "Placement": {"AvailabilityZone": "us-east-1a"},
    "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
    "IamInstanceProfile": {"Arn": "arn:aws:iam::000000000000:instance-profile/x"},
    "UserData": base64.b64encode(b"#!/bin/bash\n").decode(),
}
TTL, TOKEN = b"x-aws-ec2-metadata-token-ttl-seconds", b"x-aws-ec2-metadata-token"


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def service(clock: Clock, has_role: bool = True, **options: str) -> Metadata:
    """The metadata service of the machine."""
    machine = {**MACHINE, "MetadataOptions": {**MACHINE["MetadataOptions"], **options}}
    return Metadata(lambda: machine, lambda: ("x", {"AccessKeyId": "ASIA1"}) if has_role else None, clock)


def ask(made: Metadata, method: str, path: str, **headers: str) -> tuple[int, str]:
    """One request; headers by their short names."""
    names = {TTL: "ttl", TOKEN: "token"}
    reply = made.answer(method, path, lambda name: headers.get(names[name], ""))
    return reply.status, reply.body


def test_a_token_opens_the_pages_until_it_is_old() -> None:
    clock = Clock()
    made = service(clock)
    status, token = ask(made, "PUT", "/latest/api/token", ttl="60")
    assert (status, len(token) > 20) == (200, True)
    assert ask(made, "GET", f"{META}/instance-id", token=token) == (200, MACHINE["InstanceId"])
    clock.now = 61
    assert ask(made, "GET", f"{META}/instance-id", token=token)[0] == 401


@pytest.mark.parametrize(
    ("method", "path", "headers", "options", "status"),
    [
        ("GET", f"{META}/instance-id", {}, {}, 401),
        ("GET", f"{META}/instance-id", {"token": "made-up"}, {}, 401),
        ("GET", f"{META}/instance-id", {"token": "made-up"}, {"HttpTokens": "optional"}, 401),
        ("GET", f"{META}/instance-id", {}, {"HttpTokens": "optional"}, 200),
        ("GET", f"{META}/instance-id", {}, {"HttpEndpoint": "disabled"}, 403),
        ("GET", f"{META}/nothing", {}, {"HttpTokens": "optional"}, 404),
        ("GET", "/latest/api/token", {"ttl": "60"}, {}, 405),
        ("PUT", "/latest/api/token", {}, {}, 400),
        ("PUT", "/latest/api/token", {"ttl": "0"}, {}, 400),
        ("PUT", "/latest/api/token", {"ttl": "21601"}, {}, 400),
        ("POST", f"{META}/instance-id", {}, {}, 405),
    ],
)
def test_answers(method: str, path: str, headers: dict[str, str], options: dict[str, str], status: int) -> None:
    assert ask(service(Clock(), **options), method, path, **headers)[0] == status


def test_pages_of_the_role() -> None:
    made = service(Clock(), HttpTokens="optional")
    role = f"{META}/iam/security-credentials/"
    assert ask(made, "GET", role) == (200, "x")
    assert json.loads(ask(made, "GET", f"{role}x")[1]) == {"Code": "Success", "AccessKeyId": "ASIA1"}
    assert ask(made, "GET", "/latest/user-data") == (200, "#!/bin/bash\n")
    assert ask(service(Clock(), has_role=False, HttpTokens="optional"), "GET", role)[0] == 404


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/a", 200, "b\nc/"),
        ("/a/", 200, "b\nc/"),
        ("/a/c", 200, "d"),
        ("/a/b", 200, "1"),
        ("/b", 404, ""),
        ("", 200, "a/"),
    ],
)
def test_names_below_a_path(path: str, status: int, body: str) -> None:
    reply = read({"/a/b": "1", "/a/c/d": "2"}, path)
    assert (reply.status, reply.body) == (status, body)


def test_a_disk_is_made_once(tmp_path: Path) -> None:
    disk.make_disk(MACHINE, tmp_path)
    made = tmp_path / "disk"
    assert (made / "var/lib/cloud/instance/user-data.txt").read_bytes() == b"#!/bin/bash\n"
    assert "ssm-user:x:1001:" in (made / "etc/passwd").read_text()
    assert ":1000:" not in (made / "etc/passwd").read_text()
    commands = {path.name: path.readlink() for path in (made / "sbin").iterdir()}
    assert os.access(disk.STAND_INS / commands["sudo"].name, os.X_OK)
    assert "mount.efs" not in commands
    (made / "etc/hosts").write_text("changed")
    disk.make_disk(MACHINE, tmp_path)
    assert (made / "etc/hosts").read_text() == "changed"


@pytest.mark.parametrize(("port", "doors"), [(4570, {"imds", "aws", "internet"}), (0, {"imds", "aws"})])
def test_what_a_machine_reaches(tmp_path: Path, port: int, doors: set[str]) -> None:
    spec = disk.spec_for(MACHINE, tmp_path, 4566, port)
    inside: dict[str, Any] = {Path(forward.connect).name: forward.listen for forward in spec.forwards}
    assert set(inside) == doors
    assert inside["imds"] == "tcp:169.254.169.254:80"
    assert spec.own_network
    written = {bind.target for bind in spec.binds if bind.write}
    assert written == {"/var/log/cloud-init-output.log", "/run/local-aws"}
