# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A VPC without a way out: everything through endpoints, the image from ECR; and parts of a deployment alone."""

from __future__ import annotations

import json
import shutil
from urllib.request import urlopen

import pytest

from local_aws import install

MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"
ISOLATED = {"vpc": "isolated", "image_repository": "000000000000.dkr.ecr.us-east-1.amazonaws.com/openclaw"}


@pytest.fixture(scope="module")
def deployed(journey):
    """A deployment with a running gateway in the VPC without a way out, its image mirrored into ECR."""
    ecr = journey.aws.client("ecr")
    ecr.create_repository(repositoryName="openclaw")
    ecr.put_image(repositoryName="openclaw", imageTag="2026.5.7", imageManifest=json.dumps({"schemaVersion": 2}))
    return journey.deploy(**ISOLATED, desired_count=1)


def test_the_gateway_runs_without_a_way_out(journey, deployed, tmp_path):
    with urlopen(f"{journey.gateway}/healthz", timeout=10) as answer:
        assert json.load(answer)["ok"] is True
    file = tmp_path / "status.json"
    journey.playbook("status", status_file=str(file), **ISOLATED)
    status = json.loads(file.read_text())
    assert status["healthy"] is True
    assert status["exec"]["ready"] is True
    services = [endpoint["name"] for endpoint in status["resources"]["endpoints"]]
    assert sorted(services) == sorted(
        ["bedrock-runtime", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "s3", "ssm"]
        + ["ssmmessages"]
    )


def test_only_what_is_needed_can_be_fetched_from_s3(journey, deployed):
    filters = [{"Name": "service-name", "Values": ["com.amazonaws.us-east-1.s3"]}]
    [endpoint] = journey.aws.client("ec2").describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    allowed = json.loads(endpoint["PolicyDocument"])["Statement"]
    resources = [resource for each in allowed for resource in [each["Resource"]] if isinstance(resource, str)]
    resources += [resource for each in allowed if isinstance(each["Resource"], list) for resource in each["Resource"]]
    assert sorted(resources) == [
        "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*",
        "arn:aws:s3:::openclaw-setup-000000000000-us-east-1/*",
        "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
    ]


def test_a_part_alone_finds_what_the_others_have_made(journey, deployed):
    for part in ("network", "efs", "iam", "cluster", "service"):
        run = journey.deploy("--tags", part, **ISOLATED)
        assert run.changes == [], part
    run = journey.deploy("--tags", "service", log_retention_days=14, **ISOLATED)
    assert {resource for resource, _action in run.kinds} == {"log group"}


@pytest.fixture(scope="module")
def controller(tmp_path_factory):
    """What has onboard.yml fetch Node and OpenClaw here: an npm with a cache of its own, and a folder."""
    place = tmp_path_factory.mktemp("controller")
    npm = place / "npm"
    npm.write_text(f'#!/bin/sh\nnpm_config_cache={place}/npm-cache exec {" ".join(install.locate().npm)} "$@"\n')
    npm.chmod(0o755)
    yield {"setup_artifacts": "controller", "setup_artifacts_folder": str(place / "kept"), "npm": str(npm)}
    shutil.rmtree(place)


def test_what_is_missing_here_is_told_before_anything_is_made(journey, deployed, controller):
    run = journey.playbook("onboard", **ISOLATED, **{**controller, "npm": "/nowhere/npm"})
    assert run.code != 0
    assert "Nothing was created or changed, because one thing is wrong" in run.message
    assert "/nowhere/npm is not there" in run.message
    assert "openclaw_npm" in run.message
    assert run.changing_calls == []


def test_a_gateway_is_configured_without_a_way_out(journey, deployed, controller):
    run = journey.onboard(**ISOLATED, **controller)
    assert "not verified" not in run.output
    _answer, calls = journey.turn("Hello")
    assert [(call["resource"], call["status"]) for call in calls] == [(MODEL, 200)]
    assert journey.setup_leftovers() == []
    assert "can't reach" not in (journey.aws.directory / "log" / "agent.log").read_text()


def test_without_openclaw_the_configuration_is_written_and_what_was_not_verified_is_said(journey, deployed):
    origins = ["http://localhost:18789", "https://openclaw.example"]
    run = journey.onboard(**ISOLATED, setup_artifacts="none", control_ui_origins=origins)
    assert "not verified: OpenClaw 2026.5.7 was not asked whether it accepts the configuration" in run.output
    assert set(journey.config()["gateway"]["controlUi"]["allowedOrigins"]) >= set(origins)
    assert journey.healthy_task()
    assert journey.setup_leftovers() == []


def test_an_endpoint_that_a_neighbour_needs_is_named_before_it_goes(journey, deployed):
    # The audit is off now: what it has left behind goes all the same.
    run = journey.playbook("destroy", confirm="openclaw", delete_data=True, exec_audit=False, **ISOLATED)
    assert run.code == 0, run.message
    assert "bedrock-runtime" in run.output
    assert "loses it" in run.output
    assert "Nothing of the deployment is left." in run.output
