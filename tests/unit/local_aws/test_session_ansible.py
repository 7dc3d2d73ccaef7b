"""Ansible's real aws_ssm connection over the local AWS: sessions, S3 transfers, become, with just its permissions."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.conftest import LocalAws
from tests.unit.local_aws.machine_host import Host
from tests.unit.local_aws.machine_host import wait
from tests.unit.local_aws.test_session_plugin import is_online

BUCKET = "x-setup"
BIG = os.urandom(2_000_000)
PERMISSIONS = [
    {"Action": "ssm:StartSession", "Resource": ["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:*:document/*"]},
    {
        "Action": ["ssm:TerminateSession", "ssmmessages:OpenDataChannel"],
        "Resource": "arn:aws:ssm:*:*:session/${aws:username}-*",
    },
    {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"},
    {"Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": f"arn:aws:s3:::{BUCKET}/*"},
]


@pytest.fixture
def host(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> Host:
    """A machine that is online, and the bucket for its files."""
    launched = Host(local_aws).launch()
    wait(lambda: is_online(local_aws, launched.instance_id))
    local_aws.client("s3").create_bucket(Bucket=BUCKET)
    return launched


def play(local_aws: LocalAws, host: Host, key: dict[str, str], place: Path, tasks: list[dict[str, Any]]) -> list[Any]:
    """Run tasks on the machine; returns their results."""
    inventory = {
        "ansible_connection": "amazon.aws.aws_ssm",
        "ansible_aws_ssm_instance_id": host.instance_id,
        "ansible_aws_ssm_region": "us-east-1",
        "ansible_aws_ssm_bucket_name": BUCKET,
        "ansible_aws_ssm_bucket_endpoint_url": local_aws.endpoint,
        "ansible_aws_ssm_s3_addressing_style": "path",
        "ansible_aws_ssm_timeout": 30,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    (place / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"setup": inventory}}}))
    (place / "play.yml").write_text(yaml.safe_dump([{"hosts": "setup", "gather_facts": False, "tasks": tasks}]))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", place / "hosts.yml", place / "play.yml"],
        env={
            **local_aws.environment,
            **local_aws.env,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_LOCALHOST_WARNING": "false",
        },
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    return [task["hosts"]["setup"] for one in report["plays"] for task in one["tasks"]]


def test_tasks_over_the_real_connection(local_aws, host, tmp_path):
    (tmp_path / "big").write_bytes(BIG)
    file = {"src": str(tmp_path / "big"), "dest": "/opt/big", "owner": "1000", "mode": "0600"}
    copied = {"ansible.builtin.copy": file}
    tasks = [
        {"ansible.builtin.ping": {}},
        {"ansible.builtin.raw": "id -un; echo grüße"},
        {"ansible.builtin.command": "id -un", "become": True},
        {**copied, "become": True},
        {**copied, "become": True},
        {"ansible.builtin.fetch": {"src": "/opt/big", "dest": f"{tmp_path}/back", "flat": True}, "become": True},
        {"ansible.builtin.setup": {"gather_subset": "!all,!min,distribution"}},
        {"ansible.builtin.shell": "echo out; echo err >&2; exit 7", "ignore_errors": True},
    ]
    ping, raw, command, copy, again, fetch, setup, failed = play(
        local_aws, host, local_aws.user("admin", *PERMISSIONS), tmp_path, tasks
    )
    assert ping["ping"] == "pong"
    assert raw["stdout"].split() == ["ssm-user", "grüße"]
    assert command["stdout"] == "root"
    assert (copy["changed"], copy["owner"], copy["mode"]) == (True, "1000", "0600")
    assert again["changed"] is False
    assert fetch["changed"]
    assert (tmp_path / "back").read_bytes() == BIG
    assert setup["ansible_facts"]["ansible_distribution"] == "Amazon"
    assert (failed["rc"], failed["stdout"], failed["stderr"]) == (7, "out", "err")
    entries = [entry for entry in local_aws.log() if entry["principal_arn"].endswith("user/admin")]
    assert {entry["error_code"] for entry in entries} == {None}
    assert local_aws.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert local_aws.client("ssm").describe_sessions(State="Active")["Sessions"] == []


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("ssm:StartSession", "AccessDeniedException.*not authorized to perform: ssm:StartSession"),
        ("s3:ListBucket", "403.*HeadBucket operation: Forbidden"),
    ],
)
def test_without_a_permission(local_aws, host, tmp_path, missing, message):
    admin = local_aws.user("admin", *[each for each in PERMISSIONS if each["Action"] != missing])
    [answer] = play(local_aws, host, admin, tmp_path, [{"ansible.builtin.ping": {}}])
    assert re.search(message, answer["msg"])
