# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment costs a month, before it is made and as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config.costs import GIB
from ansible_collections.openclaw.ecs.plugins.module_utils._config.costs import cost_lines
from ansible_collections.openclaw.ecs.plugins.module_utils._config.costs import existing_costs
from ansible_collections.openclaw.ecs.plugins.module_utils._config.costs import planned_costs

README = (Path(__file__).resolve().parents[5] / "README.md").read_text()
ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/openclaw"


def fixed(lines):
    return {each["what"]: each["usd_per_month"] for each in lines if not each["per"]}


def by_use(lines):
    return {each["what"]: (each["usd_per_month"], each["per"]) for each in lines if each["per"]}


def test_each_interface_of_each_endpoint_counts(plan, prices):
    cost = planned_costs(plan(network_mode="endpoints", image_repository=ECR, zones=2), prices)
    assert cost["prices_of"] == "us-east-1"
    assert fixed(cost["from_now_on"]) == {"18 interfaces of VPC endpoints": 131.4}
    assert cost["total"] == {"from_now_on": 131.4, "while_running": 14.66}


@pytest.mark.parametrize(
    ("backup", "expected"),
    [
        (False, {"file system": (0.3, "GB stored")}),
        (True, {"file system": (0.3, "GB stored"), "recovery points": (0.05, "GB stored")}),
    ],
)
def test_what_is_billed_by_use_is_in_no_total(plan, prices, backup, expected):
    cost = planned_costs(plan(backup=backup), prices)
    assert by_use(cost["from_now_on"]) == expected
    assert by_use(cost["while_running"]) == {"logs": (0.5, "GB written")}
    assert cost["total"]["from_now_on"] == 0


def test_a_region_with_prices_of_its_own(plan, prices):
    own = {"regions": {**prices["regions"], "eu-central-1": prices["regions"]["ap-southeast-2"]}}
    cost = planned_costs(plan(), {**prices, **own})
    assert cost["prices_of"] == "eu-central-1"
    assert fixed(cost["while_running"]) == {"host t4g.small": 15.48, "volumes, 30 GiB": 2.88}
    assert by_use(cost["from_now_on"])["recovery points"] == (None, "GB stored")
    assert "    recovery points: price not known here" in cost_lines(cost)


def test_a_price_that_is_not_known_is_said_to_be_so(plan, prices):
    cost = planned_costs(plan(instance_type="m7g.large"), prices)
    assert "    host m7g.large: price not known here" in cost_lines(cost)
    assert cost["total"]["while_running"] == 2.4


def existing(**resources):
    none = {"instances": [], "setup_hosts": [], "endpoints": [], "file_systems": []}
    return {"resources": {**none, **resources}}


def test_what_exists_is_counted(plan, prices):
    found = existing(
        instances=[{"type": "t4g.small", "state": state} for state in ("running", "pending", "shutting-down")],
        setup_hosts=[{"type": "t4g.micro", "state": "running"}],
        endpoints=[{"type": "interface", "zones": 2}, {"type": "gateway", "zones": 0}],
        file_systems=[{"size_bytes": 10 * GIB}],
    )
    cost = existing_costs(found, plan(), prices)
    assert fixed(cost["from_now_on"]) == {"2 interfaces of VPC endpoints": 14.6, "file system, 10.00 GB stored": 3.0}
    assert fixed(cost["while_running"]) == {
        "2 hosts t4g.small": 24.53,
        "host t4g.micro": 6.13,
        "volumes, 60 GiB": 4.8,
    }


def test_nothing_runs_and_nothing_is_said_of_it(plan, prices):
    cost = existing_costs(existing(file_systems=[{"size_bytes": 0}]), plan(), prices)
    assert cost["while_running"] == []
    assert not any("in addition" in line for line in cost_lines(cost))


@pytest.mark.parametrize(
    ("mode", "changes"), [("nat", {}), ("endpoints", {"network_mode": "endpoints", "image_repository": ECR})]
)
def test_the_readme_has_the_price_of_the_defaults_in_each_mode(plan, prices, mode, changes):
    total = planned_costs(plan(**changes), prices)["total"]
    [row] = [line for line in README.splitlines() if line.startswith(f"| **in all**, network mode `{mode}` ")]
    assert row.endswith(f"| ${total['from_now_on']:.2f}, and ${total['while_running']:.2f} while the gateway runs |")
