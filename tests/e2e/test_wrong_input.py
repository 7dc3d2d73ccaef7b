# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong input: one message that says what, where and how to mend it, and nothing created."""

from __future__ import annotations

import json

import pytest

OPUS = "anthropic.claude-opus-4-5-20251101-v1:0"
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture
def vpc(journey):
    """Make a VPC of one subnet that is removed again."""
    ec2 = journey.aws.client("ec2")
    made = []

    def make(name, dns=True):
        vpc_id = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
        ec2.create_tags(Resources=[vpc_id], Tags=[{"Key": "Name", "Value": name}])
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": dns}})
        made.append(vpc_id)
        return vpc_id

    yield make
    journey.aws.control("POST", "reset")


def subnet(journey, vpc_id, public=False):
    ec2 = journey.aws.client("ec2")
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.99.1.0/24", AvailabilityZone="us-east-1a")["Subnet"][
        "SubnetId"
    ]
    if public:
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
        ec2.create_route(RouteTableId=tables[0]["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return subnet_id


def refused(journey, *words, env=None, problems=1, **variables):
    run = journey.playbook("deploy", env=env, **variables)
    assert run.code != 0
    assert run.message.startswith("Nothing was created or changed, because")
    assert f"\n\n{problems}. " in run.message
    assert f"\n\n{problems + 1}. " not in run.message
    for word in words:
        assert word in run.message
    assert run.message.count("mend:") == problems
    assert run.changing_calls == []


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"vpc": "office"}, ["office", "openclaw_vpc"]),
        ({"desired_count": 2}, ["openclaw_desired_count: 2", "SQLite"]),
        ({"gateway_allowed_cidrs": ["10.0.0.0/33"]}, ["openclaw_gateway_allowed_cidrs: 10.0.0.0/33"]),
        ({"model": OPUS}, ["inference profile", f"global.{OPUS}"]),
        ({"vpc": "isolated"}, ["alpine/openclaw:2026.5.7", "no default route", "ECR"]),
    ],
)
def test_refused(journey, variables, words):
    refused(journey, *words, **variables)


def test_two_at_once(journey):
    refused(journey, "SQLite", "cannot be pulled", problems=2, desired_count=2, vpc="isolated")


def test_no_credentials(journey):
    nobody = {**dict.fromkeys(CREDENTIALS, ""), "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"}
    refused(journey, "no AWS credentials", "aws sso login", env=nobody)


def test_ambiguous_vpc(journey, vpc):
    ids = [vpc("twin"), vpc("twin")]
    refused(journey, "twin", *ids, vpc="twin")


def test_no_private_subnet(journey, vpc):
    subnet(journey, vpc("open"), public=True)
    refused(journey, "private subnet", vpc="open")


def test_dns_attributes_off(journey, vpc):
    vpc_id = vpc("nameless", dns=False)
    subnet(journey, vpc_id)
    run = journey.playbook("deploy", vpc=vpc_id)
    assert "enableDnsHostnames" in run.message.replace(" ", "") or "DNS hostnames" in run.message
    assert run.changing_calls == []


def test_unusable_existing_endpoint(journey, vpc):
    vpc_id = vpc("taken")
    subnet_id = subnet(journey, vpc_id)
    ec2 = journey.aws.client("ec2")
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc_id,
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.logs",
        SubnetIds=[subnet_id],
        PrivateDnsEnabled=False,
    )["VpcEndpoint"]["VpcEndpointId"]
    refused(
        journey,
        endpoint,
        "rivate DNS",
        vpc=vpc_id,
        image_repository="000000000000.dkr.ecr.us-east-1.amazonaws.com/openclaw",
    )


def lines(run):
    [told] = [
        task["msg"] for task in run.tasks if task["action"] == "ansible.builtin.debug" and not task.get("skipped")
    ]
    return told


def test_preflight_tells_through_what_all_is_reached(journey, tmp_path):
    file = tmp_path / "preflight.json"
    run = journey.playbook("preflight", preflight_file=str(file))
    assert (run.code, run.changing_calls, run.stats["changed"]) == (0, [], 0)
    assert {line[:10].strip() for line in lines(run)[:-1]} == {"ok"}
    assert lines(run)[-1].startswith("Not looked at")
    assert {each["status"] for each in json.loads(file.read_text())} == {"ok"}


def test_preflight_tells_all_that_is_wrong_and_deploy_stops_with_it(journey, vpc):
    vpc_id = vpc("dropped")
    subnet_id = subnet(journey, vpc_id)
    ec2 = journey.aws.client("ec2")
    nat = ec2.create_nat_gateway(SubnetId=subnet_id, ConnectivityType="public")["NatGateway"]["NatGatewayId"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
    ec2.create_route(RouteTableId=tables[0]["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    run = journey.playbook("preflight", vpc=vpc_id, desired_count=2, session_manager_plugin="/nowhere")
    assert (run.code != 0, run.changing_calls) == (True, [])
    assert sum(line.startswith("problem ") for line in lines(run)) == 3
    assert all(word in run.message for word in (f"{nat} is failed", "SQLite", "/nowhere"))
    refused(journey, f"{nat} is failed", "no Internet gateway attached", vpc=vpc_id)
