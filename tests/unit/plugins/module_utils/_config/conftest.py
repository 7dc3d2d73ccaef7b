# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data and the argument specification of the role openclaw, as the playbooks use them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import plan_deployment

ROLE = Path(__file__).resolve().parents[5] / "roles" / "openclaw"


def load(*parts):
    return yaml.safe_load(ROLE.joinpath(*parts).read_text())


@pytest.fixture(scope="session")
def catalog():
    return {
        "models": load("vars", "main", "models.yml")["__openclaw_models"],
        "endpoints": load("vars", "main", "endpoints.yml")["__openclaw_endpoints"],
        "releases": load("vars", "main", "releases.yml")["__openclaw_releases"],
    }


@pytest.fixture(scope="session")
def prices():
    return load("vars", "main", "prices.yml")["__openclaw_prices"]


@pytest.fixture(scope="session")
def options():
    return load("meta", "argument_specs.yml")["argument_specs"]["main"]["options"]


@pytest.fixture
def variables():
    """What a user has who sets what must be set."""
    return {
        **load("defaults", "main.yml"),
        "openclaw_region": "eu-central-1",
        "openclaw_vpc": "home",
        "openclaw_command": ["node", "dist/index.js", "gateway"],
        "openclaw_control_ui_origins": ["http://localhost:18789"],
        "openclaw_version": "2026.5.7",
    }


@pytest.fixture
def facts():
    """A VPC as vpc_network_info finds it: three private subnets behind a NAT gateway."""
    subnets = [
        {
            "id": f"subnet-{zone}",
            "name": f"private-{zone}",
            "az": f"eu-central-1{zone}",
            "az_id": f"euc1-az{number}",
            "cidr": f"10.20.{number}.0/24",
            "available_ips": 200,
            "map_public_ip": False,
            "route_table_id": "rtb-1",
            "default_route": "nat",
            "routes": [{"cidr": "0.0.0.0/0", "target": "nat-1", "blackhole": False}],
            "network_acl": None,
        }
        for number, zone in enumerate("abc", start=1)
    ]
    zones = [each["az"] for each in subnets]
    services = ("s3", "ecs", "ecs-agent", "ecs-telemetry", "logs", "ssm", "ssmmessages", "bedrock-runtime")
    return {
        "account_id": "123456789012",
        "partition": "aws",
        "region": "eu-central-1",
        "caller_arn": "arn:aws:iam::123456789012:user/operator",
        "vpcs": [
            {
                "id": "vpc-1",
                "name": "home",
                "cidr_blocks": ["10.20.0.0/16"],
                "dns_support": True,
                "dns_hostnames": True,
            }
        ],
        "subnets": subnets,
        "nat_gateways": [],
        "vpc_endpoints": [],
        "endpoint_zones": dict.fromkeys((*services, "ecr.api", "ecr.dkr", "bedrock", "sts"), zones),
        "instance_type_zones": zones,
        "problems": [],
    }


@pytest.fixture
def plan(variables, facts, options, catalog):
    """What follows from a user's variables, with some changed."""

    def run(**changes):
        changed = {**variables, **{f"openclaw_{name}": value for name, value in changes.items()}}
        return plan_deployment(changed, facts, options, catalog)

    return run
