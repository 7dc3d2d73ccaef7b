# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user may set: every kind of mistake is named, with the variable, its value and the remedy."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import report
from ansible_collections.openclaw.ecs.plugins.module_utils._config.variables import check_variables
from ansible_collections.openclaw.ecs.plugins.module_utils._config.variables import validate

BARE = "anthropic.claude-opus-4-5-20251101-v1:0"
OPUS = f"global.{BARE}"
ARN = "arn:aws:ssm:eu-central-1:123456789012:parameter/telegram"


def problems(variables, options, catalog, **changes):
    changed = {**variables, **{f"openclaw_{name}": value for name, value in changes.items()}}
    values, found = validate(changed, options)
    return found + check_variables(values, catalog)


def test_the_defaults_and_a_vpc_are_right(variables, options, catalog):
    assert problems(variables, options, catalog) == []


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        ({"desired_count": 2}, "openclaw_desired_count: 2", "SQLite"),
        ({"desired_count": "2"}, "openclaw_desired_count: 2", "SQLite"),
        ({"desired_count": -1}, "openclaw_desired_count: -1", "Use 1 to run"),
        ({"desired_count": "many"}, "openclaw_desired_count: many", "unable to convert to int"),
        ({"vpc": ""}, "openclaw_vpc", "Name tag or the ID"),
        ({"region": ""}, "openclaw_region", "No AWS region"),
        ({"region": "Frankfurt"}, "openclaw_region: Frankfurt", "eu-central-1"),
        ({"name": "ecs-box"}, "openclaw_name: ecs-box", "begin with aws, ecs, fargate or sg-"),
        ({"name": "sg-box"}, "openclaw_name: sg-box", "begin with aws, ecs, fargate or sg-"),
        ({"name": "sg"}, "openclaw_name: sg", "begin with aws, ecs, fargate or sg-"),
        ({"name": "My_Box"}, "openclaw_name: My_Box", "lower-case"),
        ({"name": "b" * 25}, "openclaw_name", "1 to 24"),
        ({"tags": {"aws:owner": "me"}}, "openclaw_tags: aws:owner", "AWS's own"),
        ({"tags": {"Name": "mine"}}, "openclaw_tags: Name", "set by this collection"),
        ({"tags": {"openclaw:deployment": "x"}}, "openclaw_tags: openclaw:deployment", "set by this collection"),
        ({"tags": {"team": "a & b"}}, "openclaw_tags: team: a & b", "letters, digits"),
        ({"tags": {"k" * 129: ""}}, "openclaw_tags: kkk", "at most 128"),
        ({"tags": {f"key-{number}": "" for number in range(41)}}, "openclaw_tags", "at most 40"),
        ({"gateway_allowed_cidrs": ["10.0.0/8"]}, "openclaw_gateway_allowed_cidrs: 10.0.0/8", "not an IPv4 CIDR"),
        ({"gateway_allowed_cidrs": ["10.0.0.1/8"]}, "openclaw_gateway_allowed_cidrs: 10.0.0.1/8", "host bits"),
        ({"gateway_allowed_cidrs": ["0.0.0.0/0"]}, "openclaw_gateway_allowed_cidrs: 0.0.0.0/0", "every address"),
        ({"image_tag": "latest"}, "openclaw_image_tag: latest", "not pinned"),
        ({"image_tag": ""}, "openclaw_image_tag", "neither a tag nor a digest"),
        ({"image_digest": "sha256:abc"}, "openclaw_image_digest: sha256:abc", "64 hexadecimal"),
        ({"instance_type": "t3.small"}, "openclaw_instance_type: t3.small", "Graviton"),
        ({"instance_type": "t4g.micro"}, "openclaw_instance_type: t4g.micro", "1 GiB"),
        ({"volume_size": 8}, "openclaw_volume_size: 8", "30 to 16384 GiB"),
        ({"zones": 4}, "openclaw_zones: 4", "1 to 3"),
        ({"network_mode": "vpn"}, "openclaw_network_mode: vpn", "auto, endpoints, nat"),
        ({"log_retention_days": 8}, "openclaw_log_retention_days: 8", "must be one of"),
        ({"environment": {"AWS_ACCESS_KEY_ID": "x"}}, "openclaw_environment: AWS_ACCESS_KEY_ID", "task role"),
        ({"environment": {"HOME": "/root"}}, "openclaw_environment: HOME", "set by this collection"),
        ({"environment": {"a-b": "1"}}, "openclaw_environment: a-b", "can't name"),
        ({"secrets": {"OPENCLAW_GATEWAY_TOKEN": ARN}}, "openclaw_secrets: OPENCLAW_GATEWAY_TOKEN", "Remove it"),
        ({"environment": {"T": "1"}, "secrets": {"T": ARN}}, "openclaw_environment and openclaw_secrets: T", "both"),
        ({"model": "bedrock/x"}, "openclaw_model: bedrock/x", "provider"),
        ({"model_fallbacks": ["nonsense"]}, "openclaw_model_fallbacks: nonsense", "not a Bedrock model ID"),
        ({"embedding_model": "nonsense"}, "openclaw_embedding_model: nonsense", "not a Bedrock model ID"),
        ({"embedding_model": OPUS}, f"openclaw_embedding_model: {OPUS}", "does not embed texts"),
        ({"model_fallbacks": [f"us.{BARE}"]}, f"openclaw_model_fallbacks: us.{BARE}", f"Write {OPUS} or eu.{BARE}"),
        ({"region": "Frankfurt", "model": f"us.{BARE}"}, "openclaw_region: Frankfurt", "eu-central-1"),
        ({"model_details": [{"id": "nonsense"}]}, "openclaw_model_details: nonsense", "not a Bedrock model ID"),
        ({"model_details": [{"name": "x"}]}, "openclaw_model_details: ", "Missing required arguments: id"),
        ({"model_details": [{"id": BARE, "input": ["video"]}]}, "openclaw_model_details: ", "must be one or more of"),
        ({"extra_endpoints": ["s4"]}, "openclaw_extra_endpoints: s4", "Use one of"),
        ({"vcp": "home"}, "openclaw_vcp: home", "Did you mean openclaw_vpc?"),
    ],
)
def test_one_mistake_is_one_problem(variables, options, catalog, changes, where, words):
    found = problems(variables, options, catalog, **changes)
    assert len(found) == 1, found
    assert found[0]["where"].startswith(where)
    assert words in " ".join(found[0].values())


@pytest.mark.parametrize("name", ["sgx", "my-sg", "a"])
def test_a_name_that_only_resembles_a_reserved_one_is_right(variables, options, catalog, name):
    assert problems(variables, options, catalog, name=name) == []


def test_tags_of_all_kinds_that_aws_takes_are_right(variables, options, catalog):
    tags = {"cost center": "größe 7", "env/stage": "a+b=c@d_e:f.g-h", "count": 7, "empty": ""}
    assert problems(variables, options, catalog, tags=tags) == []


def test_the_value_of_a_secret_is_not_shown(variables, options, catalog):
    found = problems(variables, options, catalog, secrets={"TELEGRAM_TOKEN": "1234:hunter2"})
    assert "TELEGRAM_TOKEN" in report(found)
    assert "hunter2" not in report(found)


def test_all_mistakes_are_told_at_once(variables, options, catalog):
    found = problems(
        variables, options, catalog, desired_count=2, gateway_allowed_cidrs=["10.0.0/8", "0.0.0.0/0"], zones="many"
    )
    message = report(found)
    assert message.startswith("Nothing was created or changed, because 4 things are wrong:")
    for number, words in enumerate(("many", "2 gateways", "10.0.0/8", "every address"), start=1):
        assert f"{number}. " in message
        assert words in message


def test_the_embedding_model_does_not_matter_without_memory_search(variables, options, catalog):
    assert problems(variables, options, catalog, memory_search=False, embedding_model="nonsense") == []


@given(value=st.one_of(st.none(), st.text(max_size=8), st.integers(), st.lists(st.text(max_size=4)), st.booleans()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_value_of_any_variable_makes_the_checks_themselves_fail(variables, options, catalog, value):
    for name in variables:
        values, found = validate({**variables, name: value}, options)
        report(found + check_variables(values, catalog))
