# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The deployment that follows from variables and network, and its summary."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config.costs import planned_costs
from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import name_deployment
from ansible_collections.openclaw.ecs.plugins.module_utils._config.summary import action_lines
from ansible_collections.openclaw.ecs.plugins.module_utils._config.summary import deployment_summary

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/openclaw"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:telegram-AbCdEf"


def services(deployment):
    return [each["service"] for each in deployment["network"]["endpoints"]]


def test_everything_is_named_after_the_deployment(plan):
    deployment = plan(name="box")
    assert deployment["problems"] == []
    assert deployment["names"]["task_role"] == "box-eu-central-1-task"
    assert deployment["arns"]["task_role"] == "arn:aws:iam::123456789012:role/box-eu-central-1-task"
    assert deployment["names"]["setup_host"] == "box-setup"
    assert deployment["names"]["setup_bucket"] == "box-setup-123456789012-eu-central-1"
    assert deployment["arns"]["setup_instance_profile"] == (
        "arn:aws:iam::123456789012:instance-profile/box-eu-central-1-setup"
    )


def test_the_tags_are_those_of_the_user_and_those_that_tell_the_owner(plan):
    assert plan(tags={"team": "home", "floor": 7})["tags"] == {
        "team": "home",
        "floor": "7",
        "openclaw:deployment": "openclaw",
        "openclaw:region": "eu-central-1",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["s3"]),
        ({"extra_endpoints": ["sts"]}, ["s3", "sts"]),
        (
            {"network_mode": "endpoints", "image_repository": ECR},
            [
                "s3",
                "ecs",
                "ecs-agent",
                "ecs-telemetry",
                "logs",
                "ssm",
                "ssmmessages",
                "bedrock-runtime",
                "ecr.api",
                "ecr.dkr",
            ],
        ),
    ],
)
def test_endpoints_are_those_that_are_used(plan, changes, expected):
    assert sorted(services(plan(**changes))) == sorted(expected)


@pytest.mark.parametrize(
    ("changes", "service"),
    [({"model_discovery": True}, "bedrock"), ({"secrets": {"TELEGRAM_TOKEN": SECRET}}, "secretsmanager")],
)
def test_what_is_switched_on_brings_its_endpoint(plan, facts, changes, service):
    facts["endpoint_zones"]["secretsmanager"] = facts["endpoint_zones"]["logs"]
    wanted = {"network_mode": "endpoints", "image_repository": ECR}
    assert service not in services(plan(**wanted))
    assert service in services(plan(**wanted, **changes))


@pytest.mark.parametrize(
    ("changes", "image"),
    [
        ({}, "alpine/openclaw:2026.5.7"),
        ({"image_digest": "sha256:" + "a" * 64}, "alpine/openclaw@sha256:" + "a" * 64),
    ],
)
def test_the_image_is_named_by_digest_if_there_is_one(plan, changes, image):
    assert plan(**changes)["image"] == image


def test_a_repository_in_ecr_is_known_by_its_arn(plan):
    assert plan(image_repository=ECR)["image_repository_arn"] == (
        "arn:aws:ecr:eu-central-1:123456789012:repository/openclaw"
    )


def test_mistakes_in_variables_and_in_the_network_are_told_together(plan, facts):
    for subnet in facts["subnets"]:
        subnet["default_route"] = "none"
    found = [each["where"] for each in plan(desired_count=2)["problems"]]
    assert any("openclaw_desired_count" in where for where in found)
    assert len(found) == 2


def test_mistakes_in_variables_are_told_without_credentials_too(plan, facts):
    facts["problems"] = [{"what": "No AWS credentials", "where": "here", "why": "so", "fix": "log in"}]
    assert len(plan(desired_count=2)["problems"]) == 2


def test_a_model_that_is_not_known_is_a_warning_and_is_allowed(plan):
    deployment = plan(model_fallbacks=["eu.mistral.unheard-of-v9:0"])
    assert deployment["problems"] == []
    [warning] = deployment["warnings"]
    assert warning.startswith("openclaw_model_fallbacks: eu.mistral.unheard-of-v9:0 is not among the models known here")
    assert "inference-profile/eu.mistral.unheard-of-v9:0" in str(deployment["bedrock_statements"])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "model": "eu.mistral.unheard-of-v9:0",
            "model_details": [{"id": "mistral.unheard-of-v9:0", "name": "Unheard"}],
        },
        {"memory_search": False, "embedding_model": "mistral.unheard-of-v9:0"},
    ],
)
def test_there_is_no_warning_about_what_is_known_or_not_used(plan, changes):
    deployment = plan(**changes)
    assert (deployment["problems"], deployment["warnings"]) == ([], [])


def test_a_profile_that_the_user_knows_of_is_allowed(plan):
    model = "anthropic.claude-opus-4-1-20250805-v1:0"
    assert len(plan(model=f"eu.{model}")["problems"]) == 1
    assert plan(model=f"eu.{model}", model_details=[{"id": model, "profiles": ["us", "eu"]}])["problems"] == []


def test_names_need_neither_an_account_nor_a_vpc(variables, options):
    named = name_deployment({**variables, "openclaw_vpc": ""}, options)
    assert named["problems"] == []
    assert named["names"]["cluster"] == "openclaw"
    assert name_deployment({**variables, "openclaw_name": "_"}, options)["problems"]


ACTIONS = [
    {"resource": "cluster", "name": "box", "action": "create"},
    {"resource": "service", "name": "box-gateway", "action": "update", "settings": ["subnets", "tags"]},
    {"resource": "file system", "name": "box", "action": "keep"},
]


@pytest.mark.parametrize(
    ("check_mode", "expected"),
    [
        (False, ["created: cluster box", "changed: service box-gateway (subnets, tags)", "kept as they are: 1"]),
        (
            True,
            ["would create: cluster box", "would change: service box-gateway (subnets, tags)", "kept as they are: 1"],
        ),
    ],
)
def test_the_summary_says_what_was_done(check_mode, expected):
    assert [line.strip() for line in action_lines(ACTIONS, check_mode)] == expected


@pytest.mark.parametrize(("running", "word"), [(0, "openclaw.ecs.onboard"), (1, "openclaw.ecs.status")])
def test_the_summary_says_what_is_next(plan, prices, running, word):
    deployment = plan()
    assert word in deployment_summary(ACTIONS, deployment, planned_costs(deployment, prices), running)


def test_the_summary_of_what_was_only_looked_at_names_what_does_it(plan, prices):
    deployment = plan()
    text = deployment_summary(ACTIONS, deployment, planned_costs(deployment, prices), running=0, check_mode=True)
    assert "would create: cluster box" in text
    assert text.endswith("ansible-playbook openclaw.ecs.deploy   does all of it.")
