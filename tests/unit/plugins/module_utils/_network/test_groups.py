# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security groups: the plan, the rules to change, and the API functions with the requests they make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._network import api
from ansible_collections.openclaw.ecs.plugins.module_utils._network import groups
from ansible_collections.openclaw.ecs.plugins.module_utils._network.groups import Rule

OWNER = {"openclaw:deployment": "box", "openclaw:region": "eu-central-1"}
TAGS = [{"Key": key, "Value": value} for key, value in {**OWNER, "Name": "box-host"}.items()]
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
IPV6_OUT = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}


def rule(**changes):
    return {
        "protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        "cidr_blocks": [],
        "source_groups": [],
        "description": "",
        **changes,
    }


def group(**changes):
    return {"name": "box-host", "description": "", "ingress": [], "egress": None, **changes}


def described(**changes):
    return {
        "GroupId": "sg-1",
        "GroupName": "box-host",
        "IpPermissions": [],
        "IpPermissionsEgress": [OUT],
        "Tags": TAGS,
        **changes,
    }


def plan(wanted, *found):
    return groups.plan({"groups": wanted, "tags": OWNER}, groups.normalize(found))


INSIDE = {**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}


@pytest.mark.parametrize(
    ("wanted", "found", "action", "settings"),
    [
        ({}, None, "create", None),
        ({}, {}, "keep", None),
        ({"ingress": [rule(cidr_blocks=["10.0.0.0/8"])]}, {}, "update", ["ingress"]),
        ({"ingress": [rule(cidr_blocks=["10.0.0.0/8"])]}, {"IpPermissions": [INSIDE]}, "keep", None),
        ({"ingress": [rule(cidr_blocks=["10.9.9.9/8"])]}, {"IpPermissions": [INSIDE]}, "keep", None),
        ({"ingress": [rule(cidr_blocks=["10.0.0.0/8"], to_port=444)]}, {"IpPermissions": [INSIDE]}, "update", None),
        ({"ingress": [rule(cidr_blocks=["10.0.0.0/8"], description="x")]}, {"IpPermissions": [INSIDE]}, "update", None),
        ({}, {"IpPermissions": [INSIDE]}, "update", ["ingress"]),
        ({"egress": []}, {}, "update", ["egress"]),
        ({}, {"IpPermissionsEgress": []}, "update", ["egress"]),
        ({}, {"IpPermissionsEgress": [OUT, IPV6_OUT]}, "keep", None),
        ({"egress": [rule(protocol="-1", cidr_blocks=["0.0.0.0/0"])]}, {}, "keep", None),
        ({}, {"Tags": TAGS[:2]}, "update", ["tags"]),
        ({}, {"Tags": [*TAGS, {"Key": "cost-center", "Value": "7"}]}, "keep", None),
        (
            {"ingress": [rule(source_groups=["box-host"])]},
            {"IpPermissions": [{**HTTPS, "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "123456789012"}]}]},
            "keep",
            None,
        ),
    ],
)
def test_plan(wanted, found, action, settings):
    (change,) = plan([group(**wanted)], *([] if found is None else [described(**found)]))
    assert change.action == action
    if settings:
        assert change.differences == settings


def test_the_same_ranges_in_other_lists_are_no_difference():
    wanted = [rule(cidr_blocks=["10.0.0.0/8", "fd00::/8", "pl-1"])]
    together = {
        **HTTPS,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
        "Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
    }
    (change,) = plan([group(ingress=wanted)], described(IpPermissions=[together]))
    assert change.action == "keep"


def test_a_group_of_others_is_refused():
    with pytest.raises(DeploymentError, match=r"Security group box-host \(sg-1\) exists, but its tags"):
        plan([group()], described(Tags=[]))


def test_a_source_that_is_not_in_the_set_is_refused():
    with pytest.raises(DeploymentError, match="box-host name box-other in source_groups"):
        plan([group(egress=[rule(source_groups=["box-other"])])])


def test_the_diff_is_readable():
    (change,) = plan([group(ingress=[rule(cidr_blocks=["10.0.0.0/8"], description="home")])])
    assert change.after["ingress"] == {"tcp 443-443 10.0.0.0/8": "home"}
    assert change.after["egress"] == {"all 0.0.0.0/0": ""}


RULES = st.dictionaries(
    st.builds(
        Rule,
        st.sampled_from(["tcp", "udp"]),
        st.integers(1, 3),
        st.integers(4, 6),
        st.sampled_from(["10.0.0.0/8", "fd00::/8", "pl-1", "box-host", "sg-foreign"]),
    ),
    st.sampled_from(["", "one", "two"]),
)


@given(current=RULES, desired=RULES)
def test_the_changes_lead_from_the_current_rules_to_the_desired(current, desired):
    changes = groups.rule_changes(current, desired)
    kept = {rule: text for rule, text in current.items() if rule not in changes.revoke}
    assert {**kept, **changes.describe, **changes.authorize} == desired
    assert not set(changes.authorize) & set(current)


@given(rules=RULES)
def test_rules_survive_the_way_to_the_api_and_back(rules):
    listed = groups.permissions(rules, {"box-host": "sg-1"})
    assert groups.normalize([described(IpPermissions=listed)])["box-host"]["ingress"] == rules


def test_rules_to_other_groups_of_the_set_are_found():
    names = {"box-host", "box-efs"}
    inside, outside = Rule("tcp", 2049, 2049, "box-efs"), Rule("tcp", 443, 443, "10.0.0.0/8")
    found = groups.cross_references({"ingress": {inside: "", outside: ""}, "egress": groups.ALLOW_ALL}, names)
    assert found == {"ingress": {inside: ""}, "egress": {}}


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_rules_are_added_described_and_taken_off_in_their_direction(stubbed, direction):
    client, stubber = stubbed("ec2")
    arguments = {"GroupId": "sg-1", "IpPermissions": [INSIDE]}
    stubber.add_response(f"authorize_security_group_{direction}", {}, arguments)
    stubber.add_response(f"update_security_group_rule_descriptions_{direction}", {}, arguments)
    stubber.add_response(f"revoke_security_group_{direction}", {}, arguments)
    api.authorize_rules(client, "sg-1", direction, [INSIDE])
    api.update_rule_descriptions(client, "sg-1", direction, [INSIDE])
    api.revoke_rules(client, "sg-1", direction, [INSIDE])


def test_what_is_gone_already_is_no_error(stubbed):
    client, stubber = stubbed("ec2")
    stubber.add_client_error("revoke_security_group_ingress", "InvalidPermission.NotFound")
    stubber.add_client_error("delete_security_group", "InvalidGroup.NotFound")
    api.revoke_rules(client, "sg-1", "ingress", [INSIDE])
    api.delete_security_group(client, "sg-1")
