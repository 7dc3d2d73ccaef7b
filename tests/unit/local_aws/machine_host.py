"""A machine of the local AWS as tests use it: a file system, a role and a group, and commands over its session."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from unittest import mock

from local_aws import machine
from local_aws.sandbox import SandboxError
from tests.conftest import LocalAws
from tests.unit.local_aws import test_instances as instances

MOUNTING = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
USER_DATA = "#!/bin/bash\nset -eu\ndnf install -y amazon-efs-utils\nmkdir /data\n"
UNIX = {"Uid": 1000, "Gid": 1000}
OWNER = {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "750"}
PATIENCE_SECONDS = 20


def wait(what: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What a question answers as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not become true in {seconds} seconds")


@dataclass
class Host:
    """One machine and what it needs; a network's name decides where."""

    aws: LocalAws
    network: str = "home"
    actions: list[str] = field(default_factory=lambda: [*instances.AGENT, *MOUNTING])
    instance_id: str = ""

    def __post_init__(self) -> None:
        """Make the role and the group."""
        self.profile = instances.profile(self.aws, *self.actions)
        self.group = instances.group(self.aws, self.network)
        self.subnet = self.aws.network(self.network)["a"]

    def launch(self, user_data: str = "", *, until_up: bool = True, **changes: Any) -> Host:
        """Launch it, and wait until it is up."""
        interface = {"SubnetId": self.subnet, "Groups": [self.group]}
        made = instances.launch(
            self.aws,
            network=interface,
            IamInstanceProfile={"Arn": self.profile},
            **({"UserData": user_data} if user_data else {}),
            **changes,
        )
        self.instance_id = made["InstanceId"]
        if until_up:
            wait(self.is_up)
        return self

    def is_up(self) -> bool:
        """Whether a command can be run on it."""
        try:
            self.command("true")
        except SandboxError:
            return False
        return True

    def command(self, script: str) -> list[str]:
        """The command that runs a script on it as its session does."""
        with mock.patch.dict(os.environ, self.aws.environment):
            return machine.enter(self.instance_id, ["/bin/bash", "-c", script], {})

    def run(self, script: str, *, root: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a script on it."""
        argv = self.command(f"sudo -n bash -c {json.dumps(script)}" if root else script)
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    def output(self, script: str, *, root: bool = False) -> str:
        """What a script prints that must succeed."""
        done = self.run(script, root=root)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout.strip()

    def show(self) -> dict[str, Any]:
        """It as EC2 describes it."""
        return instances.show(self.aws, self.instance_id)

    def state(self) -> str:
        """Its state."""
        return self.show()["State"]["Name"]


@dataclass
class FileSystem:
    """A file system with one access point, and a mount target that admits a group."""

    host: Host
    subnet: str = ""

    def __post_init__(self) -> None:
        """Make it."""
        self.efs, ec2 = self.host.aws.client("efs"), self.host.aws.client("ec2")
        self.id = self.efs.create_file_system(CreationToken="x")["FileSystemId"]
        vpc = self.host.aws.network(self.host.network)["vpc"]
        self.group = ec2.create_security_group(GroupName="x-efs", Description="x", VpcId=vpc)["GroupId"]
        pair = {"UserIdGroupPairs": [{"GroupId": self.host.group}]}
        self.rule = [{"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, **pair}]
        ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=self.rule)
        self.efs.create_mount_target(
            FileSystemId=self.id, SubnetId=self.subnet or self.host.subnet, SecurityGroups=[self.group]
        )
        self.point = self.efs.create_access_point(
            ClientToken="x",
            FileSystemId=self.id,
            PosixUser=UNIX,
            RootDirectory={"Path": "/openclaw", "CreationInfo": OWNER},
        )["AccessPointId"]

    def policy(self, *statements: dict[str, Any]) -> None:
        """Give it a policy."""
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        self.efs.put_file_system_policy(FileSystemId=self.id, Policy=json.dumps(document))

    def mount(self, options: str | None = None) -> subprocess.CompletedProcess[str]:
        """Mount it on the machine."""
        given = f"tls,iam,accesspoint={self.point}" if options is None else options
        return self.host.run(f"sudo mount -t efs -o {given} {self.id}:/ /data")
