# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to a service, above all those that the local AWS can't show: endpoints that wait, have failed or are our own."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import doubt
from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import finding_lines
from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import findings
from ansible_collections.openclaw.ecs.plugins.module_utils._network.reach import reach

OURS = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
NAT = {"id": "nat-1", "state": "available", "subnet_id": "subnet-p", "public": True, "failure": ""}
REFUSING = {"Statement": []}


def subnet(name="a", target="nat-1", **changes):
    kind = "nat" if target.startswith("nat-") else "other"
    return {
        "id": f"subnet-{name}",
        "name": name,
        "az": f"us-east-1{name}",
        "cidr": "10.20.0.0/24",
        "available_ips": 200,
        "route_table_id": "rtb-1",
        "default_route": kind,
        "routes": [{"cidr": "0.0.0.0/0", "target": target, "blackhole": False}],
        "network_acl": None,
        **changes,
    }


PUBLIC = subnet("p", "igw-1", default_route="internet")


def endpoint(**changes):
    return {
        "id": "vpce-1",
        "service": "logs",
        "type": "interface",
        "state": "available",
        "private_dns": True,
        "subnet_ids": ["subnet-a"],
        "route_table_ids": [],
        "security_groups": [],
        "policy": None,
        "tags": {},
        **changes,
    }


def look(*endpoints, here=None, nat=NAT, mode="nat", needs=None, planned=()):
    here = here or subnet()
    facts = {
        "account_id": "123456789012",
        "region": "us-east-1",
        "subnets": [here, PUBLIC],
        "nat_gateways": [nat],
        "vpc_endpoints": list(endpoints),
    }
    choice = {"mode": mode, "subnets": [here], "endpoints": list(planned), "vpc": {"cidr_blocks": ["10.20.0.0/16"]}}
    wanted = {
        "services": [{"service": "logs", "type": "interface", "actions": ["logs:PutLogEvents"]}],
        "name": "box",
        "mode": "auto",
        "allowed_cidrs": [],
        "port": 18789,
        **(needs or {}),
    }
    problems, others = reach(facts, choice, wanted)
    return [(each["status"], each["what"]) for each in findings(problems, others)]


NOBODY = "The security groups of endpoint vpce-1 do not admit port 443 from 10.20.0.0/24"
THROUGH_NAT = ("ok", "logs: through NAT gateway nat-1")


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [
        ([], [THROUGH_NAT]),
        ([endpoint(service="ssm")], [THROUGH_NAT]),
        ([endpoint(private_dns=False)], [THROUGH_NAT]),
        ([endpoint(state="deleting")], [THROUGH_NAT]),
        ([endpoint(state="pending")], [("problem", NOBODY), ("ok", "logs: through an interface endpoint that exists")]),
        (
            [endpoint(state="pendingacceptance")],
            [("not known", "Whether the endpoint vpce-1 for logs is in the way"), THROUGH_NAT],
        ),
        (
            [endpoint(state="failed")],
            [("not known", "Whether the endpoint vpce-1 for logs is in the way"), THROUGH_NAT],
        ),
        (
            [endpoint(state="rejected")],
            [("not known", "Whether the endpoint vpce-1 for logs is in the way"), THROUGH_NAT],
        ),
        # The deployment mends its own.
        ([endpoint(tags=OURS, policy=REFUSING)], [("ok", "logs: through an interface endpoint that exists")]),
    ],
)
def test_endpoints_in_the_way(endpoints, expected):
    assert look(*endpoints) == expected


@pytest.mark.parametrize(
    ("nat", "expected"),
    [
        ({"state": "pending"}, [THROUGH_NAT]),
        ({"state": "failed"}, [("problem", "The NAT gateway nat-1 is failed")]),
        ({"state": "deleting"}, [("problem", "The NAT gateway nat-1 is deleting")]),
        ({"public": False}, [("not known", "Whether NAT gateway nat-1 leads to logs")]),
        ({"subnet_id": "subnet-elsewhere"}, [THROUGH_NAT]),
        (
            {"subnet_id": "subnet-a"},
            [("problem", "The NAT gateway nat-1 is in a subnet that does not lead to the internet")],
        ),
    ],
)
def test_nat_gateways(nat, expected):
    assert look(nat={**NAT, **nat}) == expected


def test_a_blackhole_is_no_matter_for_who_wants_endpoints():
    gone = subnet(default_route="none", routes=[{"cidr": "0.0.0.0/0", "target": "nat-1", "blackhole": True}])
    planned = [{"service": "logs", "type": "interface", "subnet_ids": ["subnet-a"]}]
    reached = ("ok", "logs: through an interface endpoint of the deployment")
    note = ("note", "Nothing outside of AWS can be reached: no web, no Telegram or other chat, no npm")
    broken = ("problem", "The default route of subnet-a leads to nat-1, which is gone")
    assert look(here=gone, mode="endpoints", planned=planned) == [broken, note, reached]
    assert look(here=gone, mode="endpoints", planned=planned, needs={"mode": "endpoints"}) == [note, reached]


@pytest.mark.parametrize(
    ("cidr", "route", "known"),
    [
        ("10.20.5.0/24", None, True),
        ("10.0.0.0/8", None, True),
        ("192.168.0.0/16", None, True),
        ("192.168.1.0/24", None, False),
        ("192.168.1.0/24", ("192.168.0.0/16", "vgw-1", False), True),
        ("192.168.1.0/24", ("192.168.1.128/25", "tgw-1", False), True),
        ("192.168.1.0/24", ("192.168.2.0/24", "vgw-1", False), False),
        ("192.168.1.0/24", ("192.168.0.0/16", "vgw-1", True), False),
        ("192.168.1.0/24", ("192.168.0.0/16", "nat-2", False), False),
    ],
)
def test_the_way_back_to_those_who_may_connect(cidr, route, known):
    here = subnet()
    if route:
        here["routes"].append(dict(zip(("cidr", "target", "blackhole"), route, strict=True)))
    found = look(here=here, needs={"allowed_cidrs": [cidr]})
    assert found == [*([] if known else [("not known", f"How the gateway's answers get to {cidr}")]), THROUGH_NAT]


def test_a_finding_is_a_line_with_its_remedy_and_a_doubt_a_warning():
    said = {"what": "Whether x", "where": "y", "why": "Because.", "fix": "Do z."}
    found = findings(
        [{**said, "what": "X is off"}], [{"status": "ok", **said, "what": "w"}, {"status": "not known", **said}]
    )
    assert finding_lines(found) == [
        "problem    X is off [y] Because. Mend: Do z.",
        "not known  Whether x [y] Because. Mend: Do z.",
        "ok         w [y]",
    ]
    assert doubt(found[1]) == "Not known: Whether x (y). Because. Do z."
