# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What network ACLs let through, and what policies of endpoints shut out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._network.acl import lets_through
from ansible_collections.openclaw.ecs.plugins.module_utils._network.acl import span
from ansible_collections.openclaw.ecs.plugins.module_utils._network.endpoint_policy import shut_out

ANY = "0.0.0.0/0"
ACCOUNT = "123456789012"


def rule(number, allow, cidr=ANY, ports=(0, 65535), protocol="-1", egress=True):
    return {"number": number, "allow": allow, "cidr": cidr, "ports": ports, "protocol": protocol, "egress": egress}


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([], "none"),
        ([rule(100, True)], "all"),
        ([rule(100, True, protocol="6")], "all"),
        ([rule(100, True, protocol="17")], "none"),
        ([rule(100, True, egress=False)], "none"),
        ([rule(200, False), rule(100, True)], "all"),
        ([rule(100, False), rule(200, True)], "none"),
        ([rule(100, True, ports=(443, 443))], "none"),
        ([rule(100, True, ports=(1024, 30000)), rule(110, True, ports=(30001, 65535))], "all"),
        ([rule(100, True, ports=(1024, 30000)), rule(110, True, ports=(30002, 65535))], "none"),
        ([rule(90, False, ports=(40000, 40000)), rule(100, True)], "none"),
        ([rule(100, True, "10.1.0.0/17")], "some"),
        ([rule(100, True, "10.1.0.0/17"), rule(110, True, "10.1.128.0/17")], "all"),
        ([rule(90, False, "10.1.2.3/32"), rule(100, True)], "some"),
        ([rule(90, False, "10.1.0.0/17", (2000, 2000)), rule(100, True)], "some"),
        ([rule(100, True, "10.2.0.0/16")], "none"),
    ],
)
def test_lets_through(rules, verdict):
    assert lets_through({"rules": rules}, True, [span("10.1.0.0/16")], (1024, 65535)) == verdict


RULES = st.lists(
    st.builds(
        rule,
        st.integers(1, 5),
        st.booleans(),
        st.sampled_from([ANY, "10.1.0.0/30", "10.1.0.2/31", "10.1.0.1/32", "10.2.0.0/16"]),
        st.sampled_from([(0, 65535), (2, 3), (3, 3), (5, 6)]),
        st.sampled_from(["-1", "6", "17"]),
    ),
    unique_by=lambda each: each["number"],
)


@given(RULES)
def test_the_verdict_is_that_of_each_address_and_port(rules):
    """Against the rule as AWS tells it, tried on every address and port."""

    def passes(address, port):
        for each in sorted(rules, key=lambda one: one["number"]):
            first, last = span(each["cidr"])
            ports = each["ports"]
            if each["protocol"] != "17" and first <= address <= last and ports[0] <= port <= ports[1]:
                return each["allow"]
        return False

    low, high = span("10.1.0.0/30")
    each_address = {all(passes(address, port) for port in range(2, 5)) for address in range(low, high + 1)}
    expected = "some" if len(each_address) == 2 else "all" if True in each_address else "none"
    assert lets_through({"rules": rules}, True, [(low, high)], (2, 4)) == expected


def statement(effect="Allow", **changes):
    return {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", **changes}


@pytest.mark.parametrize(
    ("statements", "refused"),
    [
        ([statement()], []),
        (statement(), []),
        ([], ["logs:Put"]),
        ([statement(Action="logs:*")], []),
        ([statement(Action=["LOGS:put"])], []),
        ([statement(Action="ssm:*")], ["logs:Put"]),
        ([{"Effect": "Allow", "Principal": "*", "NotAction": "ssm:*", "Resource": "*"}], []),
        ([{"Effect": "Allow", "Principal": "*", "NotAction": "logs:*", "Resource": "*"}], ["logs:Put"]),
        ([statement(Principal={"AWS": "*"})], []),
        ([statement(Principal={"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]})], []),
        ([statement(Principal={"AWS": "210987654321"})], ["logs:Put"]),
        ([statement(Resource="arn:aws:logs:::one")], []),
        ([statement(Condition={"StringEquals": {"aws:PrincipalAccount": "0"}})], []),
        ([statement(), statement("Deny")], ["logs:Put"]),
        ([statement(), statement("Deny", Action="logs:Put*")], ["logs:Put"]),
        ([statement(), statement("Deny", Action="logs:Get*")], []),
        ([statement(), statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})], []),
        ([statement(), statement("Deny", Resource="arn:aws:logs:::one")], []),
        ([statement(), statement("Deny", Principal={"AWS": "210987654321"})], []),
    ],
)
def test_only_what_is_certain_is_shut_out(statements, refused):
    assert shut_out({"Statement": statements}, ["logs:Put"], ACCOUNT) == refused


def test_an_endpoint_without_a_policy_lets_everything_through():
    assert shut_out(None, ["logs:Put"], ACCOUNT) == []
