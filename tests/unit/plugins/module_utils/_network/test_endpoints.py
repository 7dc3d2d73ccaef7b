# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints: the plan, the requests that carry it out, and the waits."""

from __future__ import annotations

import json

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._network import api
from ansible_collections.openclaw.ecs.plugins.module_utils._network import endpoints

OWNER = {"openclaw:deployment": "box", "openclaw:region": "eu-central-1"}
LOGS = {"service": "logs", "type": "interface", "subnet_ids": ["subnet-1"], "policy": None}
S3 = {"service": "s3", "type": "gateway", "subnet_ids": [], "policy": None}
POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": ["*"]}]}
AS_AWS_WRITES_IT = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "*"}],
}


def params(*wanted, **changes):
    return {
        "vpc_id": "vpc-1",
        "endpoints": list(wanted),
        "security_group_ids": ["sg-1"],
        "route_table_ids": ["rtb-1"],
        "name_prefix": "box",
        "private_dns": True,
        "purge": True,
        "tags": OWNER,
        **changes,
    }


def own(**changes):
    return {
        "id": "vpce-1",
        "service": "logs",
        "type": "interface",
        "state": "available",
        "private_dns": True,
        "subnet_ids": ["subnet-1"],
        "security_group_ids": ["sg-1"],
        "route_table_ids": [],
        "policy": endpoints.FULL_ACCESS,
        "tags": {**OWNER, "Name": "box-logs"},
        **changes,
    }


def own_s3(**changes):
    gateway = own(id="vpce-2", service="s3", type="gateway", private_dns=False, subnet_ids=[], security_group_ids=[])
    return {**gateway, "route_table_ids": ["rtb-1"], "tags": {**OWNER, "Name": "box-s3"}, **changes}


def foreign(**changes):
    return own(**{"id": "vpce-9", "tags": {"Name": "shared"}, **changes})


@pytest.mark.parametrize(
    ("wanted", "existing", "action", "settings"),
    [
        (LOGS, [], "create", None),
        (LOGS, [own()], "keep", None),
        (LOGS, [own(state="deleting")], "create", None),
        (LOGS, [own(state="pending")], "keep", None),
        (LOGS, [own(subnet_ids=["subnet-2"])], "update", ["subnet_ids"]),
        (LOGS, [own(security_group_ids=["sg-2"])], "update", ["security_group_ids"]),
        (LOGS, [own(private_dns=False)], "update", ["private_dns"]),
        (LOGS, [own(policy=POLICY)], "update", ["policy"]),
        (LOGS, [own(policy=None)], "keep", None),
        (LOGS, [own(policy={"Version": "2008-10-17", **endpoints.FULL_ACCESS})], "keep", None),
        (LOGS, [own(tags=OWNER)], "update", ["tags"]),
        (LOGS, [foreign()], "keep", None),
        (LOGS, [foreign(security_group_ids=["sg-9"], policy=POLICY, subnet_ids=[])], "keep", None),
        (LOGS, [foreign(private_dns=False), own()], "keep", None),
        (LOGS, [foreign(service="ec2")], "create", None),
        (S3, [], "create", None),
        (S3, [own_s3()], "keep", None),
        (S3, [own_s3(route_table_ids=[])], "update", ["route_table_ids"]),
        (S3, [own_s3(route_table_ids=["rtb-1", "rtb-2"])], "update", ["route_table_ids"]),
        ({**S3, "policy": POLICY}, [own_s3()], "update", ["policy"]),
        ({**S3, "policy": POLICY}, [own_s3(policy=AS_AWS_WRITES_IT)], "keep", None),
        (S3, [own_s3(type="interface", tags={})], "create", None),
        (S3, [own_s3(tags={})], "keep", None),
        (S3, [own_s3(tags={}, route_table_ids=["rtb-of-others"])], "create", None),
    ],
)
def test_plan(wanted, existing, action, settings):
    planned = endpoints.plan(params(wanted, purge=False), existing)
    assert [each.change.action for each in planned] == [action]
    if settings:
        assert planned[0].change.differences == settings


@pytest.mark.parametrize(
    ("wanted", "found", "reason"),
    [
        (LOGS, foreign(private_dns=False), "private DNS is off"),
        (LOGS, foreign(state="rejected"), "its state is rejected"),
        (S3, own_s3(tags={}, route_table_ids=["rtb-2"]), "not in route table rtb-1"),
    ],
)
def test_an_unusable_endpoint_of_others_is_refused(wanted, found, reason):
    with pytest.raises(DeploymentError, match=f"{found['id']}.*{reason}"):
        endpoints.plan(params(wanted, route_table_ids=["rtb-1", "rtb-2"]), [found])


def test_an_own_endpoint_that_failed_is_refused_with_the_remedy():
    with pytest.raises(DeploymentError, match="delete-vpc-endpoints --vpc-endpoint-ids vpce-1"):
        endpoints.plan(params(LOGS), [own(state="failed")])


def test_own_endpoints_that_are_not_listed_are_deleted():
    existing = [own(), own(id="vpce-3"), own(id="vpce-4", state="deleting"), foreign(), own_s3()]
    planned = endpoints.plan(params(LOGS), existing)
    assert [(each.change.action, each.current["id"]) for each in planned] == [
        ("keep", "vpce-1"),
        ("delete", "vpce-2"),
        ("delete", "vpce-3"),
    ]


def test_what_is_being_deleted_is_awaited_only_for_what_is_created():
    existing = [own(state="deleting"), foreign(state="deleting"), own_s3(), own_s3(id="vpce-3", state="deleting")]
    assert endpoints.in_the_way(endpoints.plan(params(LOGS, S3), existing), existing) == ["vpce-1", "vpce-9"]


def test_creation_arguments():
    planned = endpoints.plan(params(LOGS, {**S3, "policy": POLICY}), [])
    assert [endpoints.creation_arguments(params(), "eu-central-1", each) for each in planned] == [
        {
            "VpcId": "vpc-1",
            "ServiceName": "com.amazonaws.eu-central-1.logs",
            "VpcEndpointType": "Interface",
            "SubnetIds": ["subnet-1"],
            "SecurityGroupIds": ["sg-1"],
            "PrivateDnsEnabled": True,
        },
        {
            "VpcId": "vpc-1",
            "ServiceName": "com.amazonaws.eu-central-1.s3",
            "VpcEndpointType": "Gateway",
            "RouteTableIds": ["rtb-1"],
            "PolicyDocument": json.dumps(POLICY),
        },
    ]


@pytest.mark.parametrize(
    ("wanted", "current", "expected"),
    [
        (LOGS, own(tags=OWNER), {}),
        (
            LOGS,
            own(subnet_ids=["subnet-2"], private_dns=False),
            {"AddSubnetIds": ["subnet-1"], "RemoveSubnetIds": ["subnet-2"], "PrivateDnsEnabled": True},
        ),
        (LOGS, own(security_group_ids=["sg-1", "sg-2"]), {"RemoveSecurityGroupIds": ["sg-2"]}),
        (LOGS, own(policy=POLICY), {"ResetPolicy": True}),
        (S3, own_s3(route_table_ids=[]), {"AddRouteTableIds": ["rtb-1"]}),
        ({**S3, "policy": POLICY}, own_s3(), {"PolicyDocument": json.dumps(POLICY)}),
    ],
)
def test_modification_arguments(wanted, current, expected):
    (planned,) = endpoints.plan(params(wanted), [current])
    assert endpoints.modification_arguments(planned) == (
        {"VpcEndpointId": current["id"], **expected} if expected else {}
    )


def states(*names):
    return {"VpcEndpoints": [{"VpcEndpointId": f"vpce-{number}", "State": name} for number, name in enumerate(names)]}


def test_the_wait_ends_when_all_are_available(stubbed, no_delay):
    client, stubber = stubbed("ec2")
    for answer in (states("pending", "pending"), states("available", "pending"), states("available", "available")):
        stubber.add_response("describe_vpc_endpoints", answer, {"VpcEndpointIds": ["vpce-0", "vpce-1"]})
    api.wait_for_endpoints(client, ["vpce-0", "vpce-1"], timeout=60)
    assert no_delay == [5, 5]


@pytest.mark.parametrize("failure", ["failed", "rejected", "expired", "deleting", "deleted"])
def test_the_wait_ends_at_once_when_one_fails(stubbed, no_delay, failure):
    client, stubber = stubbed("ec2")
    stubber.add_response("describe_vpc_endpoints", states("pending", failure))
    with pytest.raises(DeploymentError, match="see endpoints .* become available"):
        api.wait_for_endpoints(client, ["vpce-0", "vpce-1"], timeout=60)
    assert no_delay == []


def test_the_wait_gives_up_at_its_limit(stubbed, no_delay):
    client, stubber = stubbed("ec2")
    for _attempt in range(4):
        stubber.add_response("describe_vpc_endpoints", states("pending"))
    with pytest.raises(DeploymentError, match="Gave up waiting"):
        api.wait_for_endpoints(client, ["vpce-0"], timeout=15)
    assert no_delay == [5, 5, 5]


@pytest.mark.parametrize("last", [states(), states("deleted")])
def test_the_wait_for_the_end(stubbed, no_delay, last):
    client, stubber = stubbed("ec2")
    for answer in (states("deleting"), last):
        stubber.add_response(
            "describe_vpc_endpoints", answer, {"Filters": [{"Name": "vpc-endpoint-id", "Values": ["vpce-0"]}]}
        )
    api.wait_for_endpoints_gone(client, ["vpce-0"], timeout=60)
    assert no_delay == [5]


def test_an_endpoint_that_aws_does_not_delete_is_named(stubbed):
    client, stubber = stubbed("ec2")

    def unsuccessful(code):
        return {"Unsuccessful": [{"ResourceId": "vpce-0", "Error": {"Code": code, "Message": "no"}}]}

    stubber.add_response("delete_vpc_endpoints", unsuccessful("InvalidVpcEndpoint.NotFound"))
    stubber.add_response("delete_vpc_endpoints", unsuccessful("OperationNotPermitted"))
    api.delete_vpc_endpoints(client, ["vpce-0"])
    with pytest.raises(DeploymentError, match=r"vpce-0: no \(OperationNotPermitted\)"):
        api.delete_vpc_endpoints(client, ["vpce-0"])
