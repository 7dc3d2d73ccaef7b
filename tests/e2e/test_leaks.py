# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret is seen anywhere but where it belongs, with everything said that Ansible can say (-vvvv --diff)."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

IN_THE_FILE = "canary-in-the-file-5c1d"
IN_THE_PARAMETER = "canary-in-the-parameter-9f27"
LOUD = ("-vvvv", "--diff")


class Bucket(threading.Thread):
    """Reads every object of every bucket, as long as there are any."""

    def __init__(self, aws) -> None:
        super().__init__(daemon=True)
        self.s3, self.seen, self.over = aws.client("s3"), {}, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.05):
            try:
                for bucket in self.s3.list_buckets()["Buckets"]:
                    for each in self.s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
                        if each["Key"] not in self.seen:
                            got = self.s3.get_object(Bucket=bucket["Name"], Key=each["Key"])
                            self.seen[each["Key"]] = got["Body"].read()
            except (ClientError, BotoCoreError):
                continue


@pytest.fixture(scope="module")
def secrets(journey):
    """The values that must not be seen, by what they are."""
    ssm = journey.aws.client("ssm")
    parameter = "/openclaw/telegram-token"
    ssm.put_parameter(Name=parameter, Value=IN_THE_PARAMETER, Type="SecureString")
    arn = f"arn:aws:ssm:us-east-1:000000000000:parameter{parameter}"
    first = journey.deploy(*LOUD, desired_count=1, secrets={"TELEGRAM_BOT_TOKEN": arn})
    token = ssm.get_parameter(Name="/openclaw/openclaw/gateway-token", WithDecryption=True)["Parameter"]["Value"]
    return first, {
        "the gateway's token": token,
        "a secret in Parameter Store": IN_THE_PARAMETER,
        "a secret in openclaw.json": IN_THE_FILE,
        "the operator's secret access key": journey.aws.env["AWS_SECRET_ACCESS_KEY"],
    }


@pytest.fixture(scope="module")
def everything(journey, secrets):
    """All that is said, and all that is written down, from the first deployment on: texts by where they were."""
    first, values = secrets
    journey.plant_config(json.dumps({"channels": {"telegram": {"enabled": False, "botToken": IN_THE_FILE}}}))
    bucket = Bucket(journey.aws)
    bucket.start()
    runs = {"deploy": first}
    runs["onboard"] = journey.onboard(*LOUD)
    runs["onboard again"] = journey.onboard(*LOUD, control_ui_origins=["https://another.example"])
    runs["onboard that fails"] = journey.playbook("onboard", *LOUD, config_overrides={"nope": 1})
    assert runs["onboard that fails"].code != 0
    kept = journey.onboard(*LOUD, setup_keep=True)
    runs["onboard, host kept"] = kept
    runs["status"] = journey.playbook("status", *LOUD)
    bucket.over.set()
    found = {name: run.output for name, run in runs.items()}
    found |= {f"object {key}": body.decode(errors="replace") for key, body in bucket.seen.items()}
    found |= dict(written_down(journey))
    runs["destroy"] = journey.playbook("destroy", *LOUD, confirm="openclaw")
    found["destroy"] = runs["destroy"].output
    return values, found, runs


def written_down(journey) -> Iterator[tuple[str, str]]:
    """Task definitions, user data, logs, tags and calls."""
    ecs, ec2, logs = (journey.aws.client(name) for name in ("ecs", "ec2", "logs"))
    for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
        yield arn, json.dumps(ecs.describe_task_definition(taskDefinition=arn), default=str)
    for reservation in ec2.describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            name = instance["InstanceId"]
            data = ec2.describe_instance_attribute(InstanceId=name, Attribute="userData")["UserData"].get("Value", "")
            yield f"user data of {name}", base64.b64decode(data).decode()
            yield name, json.dumps(instance, default=str)
    versions = ec2.describe_launch_template_versions(LaunchTemplateName="openclaw-host")["LaunchTemplateVersions"]
    yield "launch template", json.dumps(versions, default=str)
    for group in logs.describe_log_groups()["logGroups"]:
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        yield group["logGroupName"], "\n".join(each["message"] for each in events)
    yield "calls", json.dumps(journey.aws.log())
    for path in (journey.aws.directory / "machines").rglob("*"):
        if is_readable_text(path) and "spec.json" not in path.name:
            yield str(path), path.read_text(errors="replace")


def is_readable_text(path: Path) -> bool:
    """Whether a file of a machine is what its processes wrote: neither what was installed, nor the gateway's folder."""
    inside = {"lib", "node_modules", "data", "opt", "proc", "sys"} & set(path.parts)
    return not inside and path.is_file() and not path.is_symlink() and path.stat().st_size < 10_000_000


def test_no_secret_is_seen(everything):
    values, found, _runs = everything
    seen = [f"{what} in {where}" for what, value in values.items() for where, text in found.items() if value in text]
    assert seen == []


def test_what_was_looked_at_is_there(everything):
    _values, found, runs = everything
    assert all(run.output for run in runs.values())
    assert "EXEC" in found["onboard"]
    assert sum(name.startswith("object ") for name in found) >= 5
    assert any(name.startswith("user data of") and "shutdown" in text for name, text in found.items())
    assert any(name.endswith("/gateway") and "ready" in text for name, text in found.items())


def test_the_secret_in_the_file_is_still_there(journey, everything):
    assert journey.config()["channels"]["telegram"]["botToken"] == IN_THE_FILE
