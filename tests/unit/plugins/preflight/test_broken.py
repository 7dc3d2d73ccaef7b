# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Broken networks and accounts: exactly what is wrong is found, and nothing is created. In healthy ones nothing is.

The module reads the local AWS; what follows is derived from it as the role openclaw does.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import plan_deployment
from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import findings
from tests.unit.plugins.preflight.ground import ANSWERS
from tests.unit.plugins.preflight.ground import ECR
from tests.unit.plugins.preflight.ground import HTTPS
from tests.unit.plugins.preflight.ground import INSIDE
from tests.unit.plugins.preflight.ground import ISOLATED
from tests.unit.plugins.preflight.ground import OFFICE
from tests.unit.plugins.preflight.ground import PRIVATE_B
from tests.unit.plugins.preflight.ground import Ground
from tests.unit.plugins.preflight.ground import allow
from tests.unit.plugins.preflight.ground import deny
from tests.unit.plugins.preflight.ground import statement
from tests.unit.plugins.preflight.networks import BROKEN

ROLE = Path(__file__).resolve().parents[4] / "roles" / "openclaw"


def load(*parts):
    return yaml.safe_load(ROLE.joinpath(*parts).read_text())


@pytest.fixture(scope="session")
def role():
    """The role's defaults, options and data."""
    data = {
        name: load("vars", "main", f"{name}.yml")[f"__openclaw_{name}"] for name in ("models", "endpoints", "releases")
    }
    options = load("meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    needed = {
        "openclaw_region": "us-east-1",
        "openclaw_vpc": "home",
        "openclaw_command": ["node", "dist/index.js", "gateway"],
        "openclaw_control_ui_origins": ["http://localhost:18789"],
        "openclaw_version": "2026.5.7",
    }
    return {**load("defaults", "main.yml"), **needed}, options, data


@pytest.fixture
def preflight(run_module, local_aws, role):
    """Look as the operator, without leave to do anything else; gives all findings."""
    defaults, options, catalog = role

    def run(**variables):
        values = {**defaults, **{f"openclaw_{name}": value for name, value in variables.items()}}
        since = local_aws.control("GET", "log")["next"]
        facts = run_module(
            "vpc_network_info",
            vpc=values["openclaw_vpc"],
            instance_type=values["openclaw_instance_type"],
            endpoint_services=[each["service"] for each in catalog["endpoints"]],
        )
        assert [
            each["action"] for each in local_aws.log(since) if not each["action"].startswith(("Describe", "Get"))
        ] == []
        deployment = plan_deployment(values, facts, options, catalog)
        return findings(deployment["problems"], deployment["findings"])

    return run


def told(found, status):
    return [each["what"] for each in found if each["status"] == status]


def exactly(found, problems, unknown=()):
    """Whether these and no other things are wrong, and not known; each is named by a part of what is said."""
    for status, parts in (("problem", problems), ("not known", unknown)):
        said = told(found, status)
        assert len(said) == len(parts), said
        assert [part for part in parts if not any(part in each for each in said)] == [], said
    for each in found:
        if each["status"] in ("problem", "not known"):
            assert all(each[key] for key in ("what", "where", "why", "fix")), each


def named(zone):
    return lambda ground: {"subnet_ids": [ground.ids[zone]]}


HEALTHY = {
    "with NAT": ("home", None, {}),
    "with NAT, three zones": ("home", None, {"zones": 3}),
    "with NAT, only endpoints wanted": ("home", None, {"network_mode": "endpoints", "image_repository": ECR}),
    "endpoints only": ("isolated", None, ISOLATED),
    "endpoints only, two zones": ("isolated", None, {**ISOLATED, "zones": 2}),
    "a service that does not exist in the zone": ("isolated", named("c"), ISOLATED),
    "a rule that allows comes before the one that denies": (
        "home",
        lambda g: g.acl("private-a", outward=[allow(90), deny(100)]),
        {},
    ),
    "just what is needed is open": (
        "home",
        lambda g: g.acl("private-a", outward=[allow(1, ports=HTTPS)], inward=[allow(1, ports=ANSWERS)]),
        {},
    ),
    "another subnet is closed": ("home", lambda g: g.acl("private-c", outward=[], inward=[]), {}),
    "an endpoint of others that admits the VPC": ("home", lambda g: g.endpoint(admits=[INSIDE]), {}),
    "an endpoint of others in another zone": ("home", lambda g: g.endpoint(subnet="private-b", admits=[INSIDE]), {}),
    "two rules that admit the subnet together": (
        "home",
        lambda g: g.endpoint(admits=["10.20.0.0/25", "10.20.0.128/25"]),
        {},
    ),
    "a closed endpoint without private DNS is not in the way": ("home", lambda g: g.endpoint(dns=False), {}),
    "a policy that denies on a condition": (
        "home",
        lambda g: g.endpoint(
            admits=[INSIDE],
            policy=statement() + statement("Deny", Condition={"StringNotEquals": {"aws:PrincipalAccount": "0"}}),
        ),
        {},
    ),
    "a policy that allows just this": (
        "home",
        lambda g: g.endpoint(admits=[INSIDE], policy=statement(action=["logs:Create*", "LOGS:PutLogEvents"])),
        {},
    ),
    "a blackhole, but only endpoints are wanted": (
        "home",
        lambda g: g.delete_nat(),
        {"network_mode": "endpoints", "image_repository": ECR},
    ),
    "a network at the other end of a VPN": (
        "home",
        lambda g: g.route(OFFICE, GatewayId="vgw-1"),
        {"gateway_allowed_cidrs": [OFFICE]},
    ),
    "a subnet of the VPC may connect": ("home", None, {"gateway_allowed_cidrs": [PRIVATE_B]}),
}


def broken(local_aws, vpc, change, variables):
    """Break a network; gives the variables, some of which may be known only then."""
    more = change(Ground(local_aws, vpc)) if change else None
    named_only_now = more if isinstance(more, dict) and "subnet_ids" in more else {}
    return {**variables, **named_only_now}


@pytest.mark.parametrize(("vpc", "change", "variables"), HEALTHY.values(), ids=HEALTHY)
def test_nothing_is_found_where_nothing_is_wrong(preflight, local_aws, vpc, change, variables):
    found = preflight(**broken(local_aws, vpc, change, variables))
    exactly(found, [])
    assert told(found, "ok")


@pytest.mark.parametrize(("vpc", "change", "variables", "problems", "unknown"), BROKEN.values(), ids=BROKEN)
def test_exactly_what_is_wrong_is_found(preflight, local_aws, vpc, change, variables, problems, unknown):
    exactly(preflight(**broken(local_aws, vpc, change, variables)), problems, unknown)


@pytest.mark.parametrize("action", ["DescribeNetworkAcls", "DescribeNatGateways", "DescribeVpcEndpoints"])
def test_what_may_not_be_read_is_one_problem(preflight, local_aws, monkeypatch, action):
    key = local_aws.user("viewer", {"Action": "ec2:Describe*", "Resource": "*"})
    local_aws.client("iam").put_user_policy(
        UserName="viewer",
        PolicyName="less",
        PolicyDocument=f'{{"Statement": [{{"Effect": "Deny", "Action": "ec2:{action}", "Resource": "*"}}]}}',
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    exactly(preflight(), [f"user/viewer is not allowed ec2:{action}"])


def test_through_what_each_service_is_reached_is_told(preflight):
    with_nat = told(preflight(), "ok")
    assert any("logs" in each and "through NAT gateway nat-" in each for each in with_nat)
    assert any(each.startswith("s3: through a gateway endpoint of the deployment") for each in with_nat)
    closed = preflight(**ISOLATED)
    assert any(
        "bedrock-runtime" in each and "an interface endpoint of the deployment" in each for each in told(closed, "ok")
    )
    assert ["no web, no Telegram" in each for each in told(closed, "note")] == [True]
