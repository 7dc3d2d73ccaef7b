"""The module amazon.aws.ec2_instance against the local AWS: check mode, second run, changes and the end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.conftest import LocalAws
from tests.unit.local_aws.test_instances import IMAGE
from tests.unit.local_aws.test_instances import group
from tests.unit.local_aws.test_instances import profile

FILTERS = {"tag:Name": "x-setup", "instance-state-name": ["pending", "running", "stopping", "stopped"]}


def run(local_aws: LocalAws, tmp_path: Path, *tasks: dict[str, Any]) -> list[dict[str, Any]]:
    """What each of the tasks of a play returns: options of ec2_instance, with `check_mode` for the task."""
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "name": "instance",
                "amazon.aws.ec2_instance": {key: value for key, value in task.items() if key != "check_mode"},
                "check_mode": task.get("check_mode", False),
            }
            for task in tasks
        ],
    }
    path = tmp_path / "play.yml"
    path.write_text(json.dumps([play]))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "inventories/local", str(path)],
        cwd=REPOSITORY,
        env={**local_aws.environment, **local_aws.env, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    return [task["hosts"]["localhost"] for task in report["plays"][0]["tasks"]]


@pytest.fixture
def options(local_aws: LocalAws) -> dict[str, Any]:
    """A setup host as the module wants it."""
    return {
        "name": "x-setup",
        "state": "present",
        "image_id": local_aws.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"],
        "instance_type": "t4g.micro",
        "iam_instance_profile": profile(local_aws).rsplit("/", 1)[-1],
        "vpc_subnet_id": local_aws.network()["a"],
        "network_interfaces": [
            {"subnet_id": local_aws.network()["a"], "groups": [group(local_aws)], "assign_public_ip": False}
        ],
        "metadata_options": {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
        "instance_initiated_shutdown_behavior": "terminate",
        "volumes": [
            {"device_name": "/dev/xvda", "ebs": {"volume_type": "gp3", "volume_size": 8, "encrypted": True}},
        ],
        "user_data": "#!/bin/bash\ntrue\n",
        "tags": {"openclaw:deployment": "x"},
        "wait": False,
    }


def test_the_module_converges(local_aws: LocalAws, options: dict[str, Any], tmp_path: Path) -> None:
    retagged = {**options, "tags": {"openclaw:deployment": "y"}}
    absent = {"state": "absent", "filters": FILTERS, "wait": True, "wait_timeout": 60}
    predicted, made, again, changed, gone, nothing = run(
        local_aws, tmp_path, {**options, "check_mode": True}, options, options, retagged, absent, absent
    )
    assert predicted["changed"]
    assert len(made["instance_ids"]) == 1
    assert (again["changed"], again["instance_ids"]) == (False, made["instance_ids"])
    assert (changed["changed"], changed["instances"][0]["tags"]["openclaw:deployment"]) == (True, "y")
    assert gone["terminate_success"] == made["instance_ids"]
    assert gone["instances"][0]["state"]["name"] == "terminated"
    assert not nothing["changed"]
