# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Broken networks and accounts: the VPC, how it is broken, the variables, the problems and what is not known.

Findings are named by a part of what is said.
"""

from __future__ import annotations

from tests.unit.plugins.preflight.ground import ANSWERS
from tests.unit.plugins.preflight.ground import ANY
from tests.unit.plugins.preflight.ground import ECR
from tests.unit.plugins.preflight.ground import HTTPS
from tests.unit.plugins.preflight.ground import INSIDE
from tests.unit.plugins.preflight.ground import ISOLATED
from tests.unit.plugins.preflight.ground import OFFICE
from tests.unit.plugins.preflight.ground import OPEN
from tests.unit.plugins.preflight.ground import PRIVATE_A
from tests.unit.plugins.preflight.ground import PRIVATE_B
from tests.unit.plugins.preflight.ground import allow
from tests.unit.plugins.preflight.ground import deny
from tests.unit.plugins.preflight.ground import statement

# The ephemeral ports of Windows, which is what many rules admit.
HIGH = (49152, 65535)

BROKEN = {
    "no such VPC": ("home", None, {"vpc": "office"}, ["no VPC with the name or ID 'office'"], []),
    "a VPC of the same name": (
        "home",
        lambda g: g.ec2.create_tags(
            Resources=[g.aws.network("isolated")["vpc"]], Tags=[{"Key": "Name", "Value": "home"}]
        ),
        {},
        ["2 VPCs are named 'home'"],
        [],
    ),
    "no DNS": ("home", lambda g: g.dns("EnableDnsSupport"), {}, ["enableDnsSupport is off"], []),
    "no DNS names": ("home", lambda g: g.dns("EnableDnsHostnames"), {}, ["enableDnsHostnames is off"], []),
    "no private subnet": (
        "home",
        lambda g: g.route(GatewayId="igw-1"),
        {},
        ["There is no private subnet"],
        [],
    ),
    "more zones than there are": ("home", None, {"zones": 3, "instance_type": "m7g.medium"}, ["2 of 3 zones"], []),
    "a public subnet is named": (
        "home",
        lambda g: {"subnet_ids": [g.subnet("public-a")]},
        {},
        ["The subnet is public"],
        [],
    ),
    "a subnet of another VPC is named": (
        "home",
        lambda g: {"subnet_ids": [g.aws.network("isolated")["a"]]},
        {},
        ["Not in the VPC: subnet-"],
        [],
    ),
    "two subnets of a zone are named": (
        "home",
        lambda g: {"subnet_ids": [g.ids["a"], g.small("10.20.77.0/24")]},
        {},
        ["2 subnets in one zone"],
        [],
    ),
    "the NAT gateway is gone": (
        "home",
        lambda g: g.delete_nat(),
        {},
        ["which is gone", "alpine/openclaw:2026.5.7 cannot be pulled"],
        [],
    ),
    "the NAT gateway is gone, the image in ECR": (
        "home",
        lambda g: g.delete_nat(),
        {"image_repository": ECR},
        ["which is gone"],
        [],
    ),
    "the NAT gateway has failed": ("isolated", lambda g: g.nat("private-b"), {"vpc": "isolated"}, ["is failed"], []),
    "the NAT gateway is in a private subnet": (
        "home",
        lambda g: g.nat("private-b"),
        {},
        ["in a subnet that does not lead to the internet"],
        [],
    ),
    "the NAT gateway's subnet has lost its route": (
        "home",
        lambda g: g.ec2.delete_route(RouteTableId=g.table("public"), DestinationCidrBlock=ANY),
        {},
        ["in a subnet that does not lead to the internet"],
        [],
    ),
    "a private NAT gateway": ("home", lambda g: g.nat(kind="private"), {}, [], ["Whether NAT gateway nat-"]),
    "a transit gateway": (
        "home",
        lambda g: g.route(TransitGatewayId="tgw-1"),
        {},
        [],
        ["Whether transit gateway tgw-1 leads to"],
    ),
    "a VPN as way out": (
        "home",
        lambda g: g.route(GatewayId="vgw-1"),
        {},
        [],
        ["Whether the default route to vgw-1 leads to"],
    ),
    "nothing may go out": (
        "home",
        lambda g: g.acl("private-a", outward=[]),
        {},
        [
            "stops port 443 out to AWS",
        ],
        [],
    ),
    "a rule that denies comes before the one that allows": (
        "home",
        lambda g: g.acl("private-a", outward=[deny(90, ports=(400, 500)), allow(100)]),
        {},
        ["stops port 443 out to AWS"],
        [],
    ),
    "only the VPC may be spoken to": (
        "home",
        lambda g: g.acl("private-a", outward=[allow(1, INSIDE)]),
        {},
        ["stops port 443 out to AWS"],
        [],
    ),
    "no answers": (
        "home",
        lambda g: g.acl("private-a", inward=[allow(1, ports=HTTPS)]),
        {},
        ["stops answers from AWS"],
        [],
    ),
    "answers at the ports of Windows only": (
        "home",
        lambda g: g.acl("private-a", inward=[allow(1, ports=HIGH)]),
        {},
        ["stops answers from AWS"],
        [],
    ),
    "UDP only": (
        "home",
        lambda g: g.acl(
            "private-a", outward=[(1, "allow", "17", ANY, ANSWERS)], inward=[(1, "allow", "17", ANY, HTTPS)]
        ),
        {},
        ["stops port 443 out to AWS", "stops answers from AWS"],
        [],
    ),
    "some addresses only": (
        "home",
        lambda g: g.acl("private-a", outward=[allow(1, "52.0.0.0/8"), allow(2, INSIDE)]),
        {},
        [],
        ["lets through only some of port 443 out"],
    ),
    "some addresses not": (
        "home",
        lambda g: g.acl("private-a", outward=[deny(1, "52.0.0.0/8"), allow(2)]),
        {},
        [],
        ["lets through only some of port 443 out"],
    ),
    "the NAT gateway's subnet takes nothing in": (
        "home",
        lambda g: g.acl("public-a", inward=[allow(1, ports=(80, 80))]),
        {},
        ["stops port 443 in from 10.20.0.0/24", "stops answers from the internet"],
        [],
    ),
    "the NAT gateway's subnet sends nothing out": (
        "home",
        lambda g: g.acl("public-a", outward=[allow(1, INSIDE)]),
        {},
        ["stops port 443 out from the NAT gateway"],
        [],
    ),
    "no answers to the NAT gateway": (
        "home",
        lambda g: g.acl("public-a", inward=[allow(1, INSIDE), allow(2, ports=HTTPS)]),
        {},
        ["stops answers from the internet"],
        [],
    ),
    "answers to the NAT gateway at Linux's ports only": (
        "home",
        lambda g: g.acl("public-a", inward=[allow(1, INSIDE), allow(2, ports=(32768, 60999))]),
        {},
        ["stops answers from the internet"],
        [],
    ),
    "no answers of the NAT gateway": (
        "home",
        lambda g: g.acl("public-a", outward=[deny(1, PRIVATE_A, ANSWERS), allow(2)]),
        {},
        ["stops the NAT gateway's answers"],
        [],
    ),
    "an endpoint that admits nobody": ("home", lambda g: g.endpoint(), {}, ["do not admit port 443"], []),
    "an endpoint that admits another subnet": (
        "home",
        lambda g: g.endpoint(admits=[PRIVATE_B]),
        {},
        ["do not admit port 443 from 10.20.0.0/24"],
        [],
    ),
    "an endpoint that admits half of the subnet": (
        "home",
        lambda g: g.endpoint(admits=["10.20.0.0/25"]),
        {},
        ["do not admit port 443 from 10.20.0.0/24"],
        [],
    ),
    "an endpoint that admits another port": (
        "home",
        lambda g: g.endpoint(admits=[ANY], ports=(80, 80)),
        {},
        ["do not admit port 443"],
        [],
    ),
    "an endpoint that admits another group": (
        "home",
        lambda g: g.endpoint(group="others"),
        {},
        [],
        ["Whether the security groups of endpoint"],
    ),
    "two endpoints that admit nobody": (
        "home",
        lambda g: [g.endpoint("logs"), g.endpoint("ssm")],
        {},
        ["do not admit port 443", "do not admit port 443"],
        [],
    ),
    "a policy that denies everything": (
        "home",
        lambda g: g.endpoint(admits=[INSIDE], policy=statement() + statement("Deny")),
        {},
        ["does not let through logs:CreateLogStream, logs:PutLogEvents"],
        [],
    ),
    "a policy that denies one action": (
        "home",
        lambda g: g.endpoint(admits=[INSIDE], policy=statement() + statement("Deny", "logs:Put*")),
        {},
        ["does not let through logs:PutLogEvents"],
        [],
    ),
    "a policy for reading": (
        "home",
        lambda g: g.endpoint(admits=[INSIDE], policy=statement(action=["logs:Get*", "logs:Describe*"])),
        {},
        ["does not let through logs:CreateLogStream, logs:PutLogEvents"],
        [],
    ),
    "a policy for all but this": (
        "home",
        lambda g: g.endpoint(
            "ssmmessages",
            admits=[INSIDE],
            policy=[{"Effect": "Allow", "Principal": "*", "NotAction": "ssmmessages:OpenDataChannel", "Resource": "*"}],
        ),
        {},
        ["does not let through ssmmessages:OpenDataChannel"],
        [],
    ),
    "a policy for another account": (
        "home",
        lambda g: g.endpoint(
            "bedrock-runtime",
            admits=[INSIDE],
            policy=statement(Principal={"AWS": "arn:aws:iam::999999999999:root"}),
        ),
        {},
        ["does not let through bedrock:InvokeModel"],
        [],
    ),
    "an s3 endpoint that only lists": (
        "home",
        lambda g: g.s3(statement(action="s3:ListBucket")),
        {},
        ["does not let through s3:GetObject"],
        [],
    ),
    "an endpoint in a zone that is closed": (
        "home",
        lambda g: [g.endpoint(subnet="private-b", admits=[INSIDE]), g.acl("private-b", inward=[allow(1, PRIVATE_B)])],
        {},
        ["stops port 443 in from 10.20.0.0/24 to the endpoint"],
        [],
    ),
    "an endpoint in a zone that does not answer": (
        "home",
        lambda g: [g.endpoint(subnet="private-b", admits=[INSIDE]), g.acl("private-b", outward=[allow(1, ANY, HTTPS)])],
        {},
        ["stops the endpoint's answers (ports 32768-60999 out)"],
        [],
    ),
    "no way out and an image in the internet": ("isolated", None, {"vpc": "isolated"}, ["cannot be pulled"], []),
    "no way out where one is wanted": (
        "isolated",
        None,
        {**ISOLATED, "network_mode": "nat"},
        ["There is no way out of the subnets"],
        [],
    ),
    "no way to S3": (
        "isolated",
        lambda g: g.acl("private-a", outward=[allow(1, "10.30.0.0/16")]),
        ISOLATED,
        ["stops port 443 out to AWS"],
        [],
    ),
    "an endpoint of others without private DNS": (
        "isolated",
        lambda g: g.endpoint(admits=["10.30.0.0/16"], dns=False),
        ISOLATED,
        ["cannot be used: private DNS is off"],
        [],
    ),
    "an endpoint of others that is closed": (
        "isolated",
        lambda g: g.endpoint(),
        ISOLATED,
        ["cannot be used: its security groups"],
        [],
    ),
    "an endpoint of others whose policy is for reading": (
        "isolated",
        lambda g: g.endpoint("ssm", admits=["10.30.0.0/16"], policy=statement(action="ssm:Describe*")),
        ISOLATED,
        ["does not let through ssm:GetParameters, ssm:UpdateInstanceInformation"],
        [],
    ),
    "few addresses": (
        "isolated",
        lambda g: {"subnet_ids": [g.small("10.30.77.0/28")]},
        ISOLATED,
        [],
        ["free addresses are enough for up to 13"],
    ),
    "no way back to the office": (
        "home",
        None,
        {"gateway_allowed_cidrs": [PRIVATE_A, OFFICE]},
        [],
        ["How the gateway's answers get to 192.168.178.0/24"],
    ),
    "the office may not come in": (
        "home",
        lambda g: [
            g.route(OFFICE, TransitGatewayId="tgw-1"),
            g.acl("private-a", inward=[deny(1, OFFICE, (18789, 18789)), *OPEN]),
        ],
        {"gateway_allowed_cidrs": [OFFICE]},
        [],
        ["Whether 192.168.178.0/24 can connect"],
    ),
    "several things at once": (
        "home",
        lambda g: [g.endpoint(), g.dns("EnableDnsHostnames"), g.acl("private-a", outward=[])],
        {"gateway_allowed_cidrs": [OFFICE]},
        ["enableDnsHostnames", "do not admit port 443", "stops port 443 out to AWS"],
        ["How the gateway's answers get to"],
    ),
}
