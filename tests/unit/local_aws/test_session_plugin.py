"""The stand-in for session-manager-plugin, on a real machine of the local AWS."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.conftest import LocalAws
from tests.unit.local_aws.machine_host import Host
from tests.unit.local_aws.machine_host import wait

PLUGIN = REPOSITORY / "local_aws" / "bin" / "session-manager-plugin"
SECONDS = 30
USER = {"Action": ["ssm:StartSession", "ssm:TerminateSession"], "Resource": "*"}
OPEN = {"Action": "ssmmessages:OpenDataChannel", "Resource": "arn:aws:ssm:*:*:session/${aws:username}-*"}


@pytest.fixture
def machine(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> str:
    """A machine that is online."""
    host = Host(local_aws).launch()
    wait(lambda: is_online(local_aws, host.instance_id))
    return host.instance_id


def is_online(local_aws: LocalAws, instance_id: str) -> bool:
    """Whether Systems Manager says so."""
    wanted = [{"Key": "InstanceIds", "Values": [instance_id]}, {"Key": "PingStatus", "Values": ["Online"]}]
    return bool(local_aws.client("ssm").describe_instance_information(Filters=wanted)["InstanceInformationList"])


class Shell:
    """The plugin, started as Ansible starts it, but with a pipe for its output."""

    def __init__(self, local_aws: LocalAws, response: dict[str, Any]) -> None:
        """Start it with the answer of StartSession."""
        answer = json.dumps({name: response[name] for name in ("SessionId", "TokenValue", "StreamUrl")})
        arguments = [answer, "us-east-1", "StartSession", "", json.dumps({"Target": "i-1"}), local_aws.endpoint]
        self.process = subprocess.Popen([PLUGIN, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=PATH)
        self.shown = ""

    def type(self, text: str) -> None:
        """Type a line."""
        self.process.stdin.write(f"{text}\n".encode())
        self.process.stdin.flush()

    def wait_for(self, text: str) -> None:
        """Read until this has been shown."""
        deadline = time.monotonic() + SECONDS
        while text not in self.shown:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} was not shown, but {self.shown!r}"
            data = os.read(self.process.stdout.fileno(), 4096)
            assert data, f"it ended with {self.shown!r}"
            self.shown += data.decode()

    def end(self) -> tuple[int, str]:
        """Its exit code and all that it has shown."""
        code = self.process.wait(SECONDS)
        return code, self.shown + self.process.stdout.read().decode()


PATH = {"PATH": os.environ["PATH"]}


@pytest.fixture
def session(local_aws: LocalAws, machine: str) -> dict[str, Any]:
    """The answer of StartSession, called by a user who may do no more than that."""
    return local_aws.client("ssm", local_aws.user("admin", USER, OPEN)).start_session(Target=machine)


@pytest.fixture
def shell(local_aws: LocalAws, session: dict[str, Any]) -> Iterator[Shell]:
    """An open shell on the machine."""
    started = Shell(local_aws, session)
    started.wait_for("$ ")
    yield started
    started.process.kill()


def alive(mark: str) -> bool:
    """Whether a process with this among its arguments runs, in whichever sandbox."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and mark.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                return True
    return False


def gone(mark: str) -> bool:
    """True as soon as no such process runs any more."""
    return wait(lambda: not alive(mark), SECONDS)


def run_in_foreground(shell: Shell, mark: str) -> None:
    """Start something that runs until its terminal is gone."""
    shell.type(f"sudo sleep {mark}")
    wait(lambda: alive(mark), SECONDS)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([], "was installed successfully"),
        (["--version"], "1.2."),
        (["help"], "Unknown operation help."),
        (["{}", "us-east-1", "Other", "", "{}"], "Invalid Operation"),
        (["{", "us-east-1", "StartSession", "", "{}", "http://127.0.0.1:1"], "Cannot perform start session: "),
        (
            [
                json.dumps({"SessionId": "a-1", "TokenValue": "t", "StreamUrl": "u"}),
                "us-east-1",
                "StartSession",
                "",
                "{}",
                "http://127.0.0.1:1",
            ],
            "Starting session with SessionId: a-1\nCannot perform start session: ",
        ),
    ],
)
def test_without_a_session(arguments, shown):
    done = subprocess.run([PLUGIN, *arguments], capture_output=True, text=True, env=PATH, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in done.stdout


def test_a_shell_of_ssm_user_until_exit(local_aws, session, shell):
    assert shell.shown.startswith(f"\nStarting session with SessionId: {session['SessionId']}\n")
    shell.type("id -un; pwd; sudo id -un; echo $HOME $TERM")
    shell.wait_for("/home/ssm-user xterm-256color")
    assert "ssm-user\r\n/usr/bin\r\nroot\r\n" in shell.shown
    ssm = local_aws.client("ssm")
    [shown] = ssm.describe_sessions(State="Active")["Sessions"]
    assert (shown["SessionId"], shown["Status"]) == (session["SessionId"], "Connected")
    shell.type("exit")
    code, text = shell.end()
    assert code == 0
    assert text.endswith(f"\n\nExiting session with sessionId: {session['SessionId']}.\n\n")
    assert [one["Status"] for one in ssm.describe_sessions(State="History")["Sessions"]] == ["Terminated"]


def test_long_input_is_not_lost(shell):
    shell.type("stty -echo")
    shell.type(f"printf '%s' '{'x' * 20000}' | wc -c; echo done")
    shell.wait_for("20000\r\ndone")


def test_it_ends_when_its_input_ends(shell):
    run_in_foreground(shell, "86311")
    shell.process.stdin.close()
    code, text = shell.end()
    assert code == 0
    assert text.endswith("Cannot perform start session: EOF\n")
    assert gone("86311")


def test_it_ends_when_the_session_is_terminated(local_aws, session, shell):
    run_in_foreground(shell, "86312")
    local_aws.client("ssm").terminate_session(SessionId=session["SessionId"])
    code, text = shell.end()
    assert code == 0
    assert f"Exiting session with sessionId: {session['SessionId']}." in text
    assert gone("86312")


def test_it_ends_with_the_machine(local_aws, machine, session, shell):
    local_aws.client("ec2").terminate_instances(InstanceIds=[machine])
    code, text = shell.end()
    assert code == 0
    assert f"Exiting session with sessionId: {session['SessionId']}." in text
    assert local_aws.client("ssm").describe_sessions(State="Active")["Sessions"] == []


def test_killed_it_leaves_nothing(shell):
    run_in_foreground(shell, "86313")
    shell.process.kill()
    shell.process.wait(SECONDS)
    assert gone("86313")


def test_a_session_opens_with_its_own_token_and_only_while_it_is_there(local_aws, session):
    wrong = Shell(local_aws, {**session, "TokenValue": "x"})
    assert wrong.end() == (
        0,
        f"\nStarting session with SessionId: {session['SessionId']}\nSession: {session['SessionId']} timed out.\n",
    )
    again = local_aws.client("ssm").resume_session(SessionId=session["SessionId"])
    assert "timed out" in Shell(local_aws, session).end()[1]
    resumed = Shell(local_aws, again)
    resumed.wait_for("$ ")
    resumed.type("exit")
    assert resumed.end()[0] == 0
    assert "timed out" in Shell(local_aws, again).end()[1]


def test_who_started_it_must_be_allowed_to_open_its_channel(local_aws, machine):
    user = local_aws.user("admin", USER)
    started = local_aws.client("ssm", user).start_session(Target=machine)
    since = local_aws.log()[-1]["n"] + 1
    arn = f"arn:aws:ssm:us-east-1:000000000000:session/{started['SessionId']}"
    assert (
        f"is not authorized to perform: ssmmessages:OpenDataChannel on resource: {arn}"
        in Shell(local_aws, started).end()[1]
    )
    [entry] = local_aws.log(since)
    assert (entry["service"], entry["action"], entry["status"]) == ("ssmmessages", "OpenDataChannel", 403)


def test_ending_a_session_takes_permission(local_aws, session):
    foreign = local_aws.client(
        "ssm",
        local_aws.user(
            "other", {"Action": "ssm:TerminateSession", "Resource": "arn:aws:ssm:*:*:session/${aws:username}-*"}
        ),
    )
    with pytest.raises(foreign.exceptions.ClientError, match="ssm:TerminateSession on resource: .*:session/admin-"):
        foreign.terminate_session(SessionId=session["SessionId"])
    by_tag = local_aws.user(
        "tagged",
        {
            "Action": "ssm:TerminateSession",
            "Resource": "*",
            "Condition": {"StringEquals": {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}},
        },
    )
    with pytest.raises(foreign.exceptions.ClientError, match="AccessDenied"):
        local_aws.client("ssm", by_tag).terminate_session(SessionId=session["SessionId"])


@pytest.mark.parametrize(
    ("inputs", "shown"),
    [
        ({"runAsEnabled": True, "runAsDefaultUser": "bob"}, "RunAs user bob does not exist"),
        (
            {"s3BucketName": "b", "s3EncryptionEnabled": True},
            "s3:GetEncryptionConfiguration on resource: arn:aws:s3:::b",
        ),
        ({"kmsKeyId": "1234"}, "kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:000000000000:key/1234"),
    ],
)
def test_preferences_of_the_account_break_a_session(local_aws, machine, inputs, shown):
    text = json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})
    ssm = local_aws.client("ssm", local_aws.user("admin", USER, OPEN))
    local_aws.client("ssm").create_document(
        Name="SSM-SessionManagerRunShell", Content=text, DocumentType="Session", DocumentFormat="JSON"
    )
    started = ssm.start_session(Target=machine)
    code, said = Shell(local_aws, started).end()
    assert code == 0
    assert f"\n\nSessionId: {started['SessionId']} : " in said
    assert shown in said


def test_a_shell_profile_runs_first_and_a_document_of_ones_own_is_used(local_aws, machine):
    text = {
        "schemaVersion": "1.0",
        "sessionType": "Standard_Stream",
        "inputs": {"shellProfile": {"linux": "echo p-$USER"}},
    }
    root = local_aws.client("ssm")
    root.create_document(Name="mine", Content=json.dumps(text), DocumentType="Session", DocumentFormat="JSON")
    plain, own = (root.start_session(Target=machine, **more) for more in ({}, {"DocumentName": "mine"}))
    with_profile = Shell(local_aws, own)
    with_profile.wait_for("\rp-ssm-user\r\n")
    without = Shell(local_aws, plain)
    without.type("exit")
    assert "p-ssm-user" not in without.end()[1]
    with_profile.process.kill()
