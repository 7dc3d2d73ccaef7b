# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a deployment goes, and every problem of a network with its remedy, all at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._network.choice import choose_network
from ansible_collections.openclaw.ecs.plugins.module_utils._network.usable import uncovered

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
S3 = {"service": "s3", "type": "gateway"}
LOGS = {"service": "logs", "type": "interface"}
STS = {"service": "sts", "type": "interface"}
ALL_PROBLEM_KEYS = {"what", "where", "why", "fix"}


def subnet(zone, number=1, **changes):
    return {
        "id": f"subnet-{zone}{number}",
        "name": "",
        "az": f"us-east-1{zone}",
        "default_route": "nat",
        "route_table_id": "rtb-private",
        **changes,
    }


def closed(zone, number=1):
    return subnet(zone, number, default_route="none", route_table_id="rtb-closed")


def public(zone, number=9):
    return subnet(zone, number, default_route="internet", route_table_id="rtb-public")


def endpoint(**changes):
    return {
        "id": "vpce-1",
        "service": "logs",
        "type": "interface",
        "state": "available",
        "private_dns": True,
        "route_table_ids": [],
        "security_groups": [{"id": "sg-1", "name": "foreign", "https_cidrs": ["10.20.0.0/16"], "https_groups": []}],
        "tags": {},
        **changes,
    }


def facts(*subnets, **changes):
    vpc = {"id": "vpc-1", "name": "home", "cidr_blocks": ["10.20.0.0/16"], "dns_support": True, "dns_hostnames": True}
    return {
        "problems": [],
        "region": "us-east-1",
        "available_vpcs": [{"id": "vpc-1", "name": "home"}],
        "vpcs": [{**vpc, **changes.pop("vpc", {})}],
        "subnets": list(subnets),
        "vpc_endpoints": [],
        "endpoint_zones": {"logs": list(ZONES), "sts": list(ZONES)},
        "instance_type_zones": list(ZONES),
        **changes,
    }


def without_subnets(change):
    return {key: value for key, value in change.items() if key != "subnets"}


def wanted(**changes):
    return {
        "vpc": "home",
        "name": "box",
        "mode": "auto",
        "zones": 1,
        "instance_type": "t4g.small",
        "subnet_ids": [],
        "endpoints": [LOGS, S3],
        "nat_endpoints": [S3],
        "extra_endpoints": [],
        "image": "alpine/openclaw:1",
        "image_needs_internet": False,
        **changes,
    }


def chosen(choice):
    return [each["id"] for each in choice["subnets"]]


@pytest.mark.parametrize(
    ("subnets", "want", "mode", "expected"),
    [
        pytest.param([subnet("b"), subnet("a")], {}, "nat", ["subnet-a1"], id="first zone"),
        pytest.param([subnet("a", 2), subnet("a", 1)], {}, "nat", ["subnet-a1"], id="first id in a zone"),
        pytest.param([closed("a"), subnet("b")], {}, "nat", ["subnet-b1"], id="one with a way out is preferred"),
        pytest.param([closed("a"), subnet("a", 2)], {}, "nat", ["subnet-a2"], id="also within a zone"),
        pytest.param([closed("a"), closed("b")], {}, "endpoints", ["subnet-a1"], id="no way out means endpoints"),
        pytest.param(
            [closed("a"), subnet("b")], {"zones": 2}, "endpoints", ["subnet-b1", "subnet-a1"], id="not all have one"
        ),
        pytest.param([public("a"), subnet("b")], {}, "nat", ["subnet-b1"], id="never a public one"),
        pytest.param([closed("a"), subnet("b")], {"mode": "endpoints"}, "endpoints", ["subnet-a1"], id="as told"),
        pytest.param([closed("a"), subnet("b")], {"mode": "nat"}, "nat", ["subnet-b1"], id="nat needs a way out"),
        pytest.param(
            [subnet("a", default_route="transit")], {}, "nat", ["subnet-a1"], id="a transit gateway is a way out"
        ),
        pytest.param(
            [subnet("a"), subnet("b"), subnet("c")],
            {"subnet_ids": ["subnet-c1", "subnet-a1"]},
            "nat",
            ["subnet-a1", "subnet-c1"],
            id="the named ones",
        ),
    ],
)
def test_choice_of_subnets(subnets, want, mode, expected):
    choice = choose_network(facts(*subnets), wanted(**want))
    assert (choice["mode"], chosen(choice), choice["problems"]) == (mode, expected, [])


def test_a_zone_without_the_instance_type_is_passed_over():
    choice = choose_network(facts(subnet("a"), subnet("b"), instance_type_zones=["us-east-1b"]), wanted())
    assert chosen(choice) == ["subnet-b1"]


def test_endpoints_of_each_mode():
    with_nat = choose_network(facts(subnet("a")), wanted(extra_endpoints=[STS]))
    assert [each["service"] for each in with_nat["endpoints"]] == ["s3", "sts"]
    without = choose_network(facts(closed("a")), wanted(extra_endpoints=[STS, LOGS]))
    assert without["endpoints"] == [
        {**LOGS, "subnet_ids": ["subnet-a1"]},
        {**S3, "subnet_ids": []},
        {**STS, "subnet_ids": ["subnet-a1"]},
    ]
    assert without["route_table_ids"] == ["rtb-closed"]


@pytest.mark.parametrize(
    ("zones", "expected"),
    [(["us-east-1a"], ["subnet-a1"]), (["us-east-1b", "us-east-1c"], ["subnet-b1"]), (["us-east-1c"], ["subnet-c1"])],
)
def test_an_endpoint_goes_where_its_service_exists(zones, expected):
    network = facts(closed("a"), closed("b"), public("c", 0), closed("c"), endpoint_zones={"logs": zones})
    assert choose_network(network, wanted())["endpoints"][0]["subnet_ids"] == expected


PROBLEMS = [
    pytest.param({"vpcs": []}, {"vpc": "hom"}, "no VPC with the name or ID 'hom'", "home (vpc-1)", id="unknown VPC"),
    pytest.param({"vpcs": [], "available_vpcs": []}, {}, "no VPC", "none at all", id="no VPC at all"),
    pytest.param(
        {"vpcs": [{"id": "vpc-1"}, {"id": "vpc-2"}]}, {}, "2 VPCs are named 'home': vpc-1, vpc-2", "", id="ambiguous"
    ),
    pytest.param({"subnets": [public("a")]}, {}, "no private subnet", "openclaw_vpc", id="no private subnet"),
    pytest.param({}, {"zones": 3}, "2 of 3 zones can be used: us-east-1a, us-east-1b", "openclaw_zones", id="zones"),
    pytest.param(
        {"instance_type_zones": ["us-east-1c"]}, {}, "0 of 1 zones", "not offered in us-east-1a, us-east-1b", id="type"
    ),
    pytest.param(
        {"vpc": {"dns_support": False}}, {}, "enableDnsSupport is off", "--enable-dns-support", id="DNS support"
    ),
    pytest.param(
        {"vpc": {"dns_hostnames": False}}, {}, "enableDnsHostnames is off", "--enable-dns-hostnames", id="DNS names"
    ),
    pytest.param({}, {"subnet_ids": ["subnet-x"]}, "Not in the VPC: subnet-x", "subnet-a1 in us-east-1a", id="unknown"),
    pytest.param(
        {"subnets": [subnet("b"), public("a")]},
        {"subnet_ids": ["subnet-a9"]},
        "The subnet is public",
        "rtb-public",
        id="named public subnet",
    ),
    pytest.param(
        {"subnets": [subnet("a", 1), subnet("a", 2)]},
        {"subnet_ids": ["subnet-a1", "subnet-a2"]},
        "2 subnets in one zone: subnet-a1, subnet-a2",
        "Keep one",
        id="two in a zone",
    ),
    pytest.param(
        {"instance_type_zones": ["us-east-1b"]},
        {"subnet_ids": ["subnet-a1"]},
        "t4g.small is not offered in us-east-1a",
        "offered in us-east-1b",
        id="named subnet without the type",
    ),
    pytest.param({"subnets": [closed("a")]}, {"mode": "nat"}, "no way out", "rtb-closed", id="nat without NAT"),
    pytest.param(
        {"subnets": [closed("a")]},
        {"image_needs_internet": True},
        "image alpine/openclaw:1 cannot be pulled",
        "ECR",
        id="image",
    ),
    pytest.param(
        {}, {"extra_endpoints": [{"service": "none", "type": "interface"}]}, "no endpoint service none", "", id="none"
    ),
    pytest.param(
        {"endpoint_zones": {"sts": ["us-east-1f"]}},
        {"extra_endpoints": [STS]},
        "endpoint sts fits in no private subnet",
        "us-east-1f",
        id="no zone",
    ),
]


@pytest.mark.parametrize(("change", "want", "what", "elsewhere"), PROBLEMS)
def test_a_problem_says_what_where_why_and_how_to_mend_it(change, want, what, elsewhere):
    network = facts(*change.get("subnets", [subnet("a"), subnet("b")]), **without_subnets(change))
    found = choose_network(network, wanted(**want))["problems"]
    assert len(found) == 1
    assert set(found[0]) == ALL_PROBLEM_KEYS
    assert what in found[0]["what"]
    assert elsewhere in " ".join(found[0].values())


FAULTS = [
    pytest.param({"private_dns": False}, "private DNS is off", id="private DNS"),
    pytest.param({"state": "rejected"}, "its state is rejected", id="state"),
    pytest.param({"security_groups": []}, "do not admit port 443 from 10.20.0.0/16", id="no group"),
    pytest.param(
        {"security_groups": [{"id": "sg-1", "name": "tight", "https_cidrs": ["10.20.0.0/24"], "https_groups": []}]},
        "security groups (tight (sg-1)) do not admit port 443 from 10.20.0.0/16",
        id="group too tight",
    ),
    pytest.param(
        {"service": "s3", "type": "gateway", "state": "failed", "route_table_ids": ["rtb-closed"]},
        "its state is failed",
        id="state of a gateway endpoint",
    ),
]


@pytest.mark.parametrize(("change", "what"), FAULTS)
def test_an_unusable_endpoint_of_others_is_named(change, what):
    network = facts(closed("a"), vpc_endpoints=[endpoint(**change)])
    (found,) = choose_network(network, wanted())["problems"]
    assert what in found["what"]
    assert "vpce-1" in found["where"]


def test_a_gateway_endpoint_of_others_in_some_of_the_route_tables_is_named():
    network = facts(closed("a"), subnet("b"), vpc_endpoints=[endpoint(service="s3", type="gateway")])
    network["vpc_endpoints"][0]["route_table_ids"] = ["rtb-closed"]
    (found,) = choose_network(network, wanted(zones=2))["problems"]
    assert "not in route table rtb-private" in found["what"]


@pytest.mark.parametrize(
    "endpoints",
    [
        pytest.param([endpoint()], id="usable"),
        pytest.param([endpoint(state="pending")], id="nearly usable"),
        pytest.param([endpoint(private_dns=False), endpoint(id="vpce-2")], id="one of two is usable"),
        pytest.param([endpoint(private_dns=False, state="deleting")], id="on its way out"),
        pytest.param(
            [endpoint(service="s3", type="gateway", route_table_ids=["rtb-other"])], id="in route tables of others"
        ),
        pytest.param([endpoint(private_dns=False, service="ec2")], id="of a service that is not needed"),
        pytest.param(
            [endpoint(private_dns=False, tags={"openclaw:deployment": "box", "openclaw:region": "us-east-1"})],
            id="ours: it is mended",
        ),
    ],
)
def test_endpoints_that_are_no_problem(endpoints):
    assert choose_network(facts(closed("a"), vpc_endpoints=endpoints), wanted())["problems"] == []


def test_all_problems_are_named_at_once():
    network = facts(
        closed("a"),
        vpc={"dns_support": False, "dns_hostnames": False},
        vpc_endpoints=[endpoint(private_dns=False)],
        endpoint_zones={"logs": list(ZONES)},
    )
    found = choose_network(network, wanted(zones=2, image_needs_internet=True, extra_endpoints=[STS]))["problems"]
    assert len(found) == 6


def test_what_was_not_read_is_not_judged():
    unread = [{"what": "no credentials", "where": "", "why": "", "fix": ""}]
    choice = choose_network(facts(problems=unread, vpcs=[]), wanted())
    assert choice["problems"] == unread
    assert choice["mode"] is None


SUBNETS = st.lists(
    st.builds(
        subnet,
        st.sampled_from("abc"),
        st.integers(1, 3),
        default_route=st.sampled_from(["none", "nat", "internet", "transit", "other"]),
    ),
    unique_by=lambda each: each["id"],
)


@given(subnets=SUBNETS, zones=st.integers(1, 3), mode=st.sampled_from(["auto", "endpoints", "nat"]), data=st.data())
def test_the_choice_is_private_one_per_zone_and_does_not_depend_on_order(subnets, zones, mode, data):
    want = wanted(zones=zones, mode=mode)
    choice = choose_network(facts(*subnets), want)
    picked = choice["subnets"]
    assert all(each["default_route"] != "internet" for each in picked)
    assert len({each["az"] for each in picked}) == len(picked) <= zones
    assert choice["problems"] or len(picked) == zones
    assert choice == choose_network(facts(*data.draw(st.permutations(subnets))), want)


@pytest.mark.parametrize(
    ("admitted", "expected"),
    [
        ([], ["10.0.0.0/16", "10.1.0.0/16"]),
        (["10.0.0.0/16"], ["10.1.0.0/16"]),
        (["10.0.0.0/8"], []),
        (["10.0.0.0/17", "10.0.128.0/17", "10.1.0.0/16"], []),
        (["0.0.0.0/0"], []),
    ],
)
def test_uncovered(admitted, expected):
    assert uncovered(["10.0.0.0/16", "10.1.0.0/16"], admitted) == expected
