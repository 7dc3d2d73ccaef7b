# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account of the local AWS, and the ways in which people break it."""

from __future__ import annotations

import json

ANY = "0.0.0.0/0"
OPEN = ((100, "allow", "-1", ANY, None),)
HTTPS = (443, 443)
ANSWERS = (1024, 65535)
ECR = "000000000000.dkr.ecr.us-east-1.amazonaws.com/openclaw"
ISOLATED = {"vpc": "isolated", "image_repository": ECR}
PRIVATE_A, PRIVATE_B, INSIDE = "10.20.0.0/24", "10.20.1.0/24", "10.20.0.0/16"
OFFICE = "192.168.178.0/24"


def allow(number, cidr=ANY, ports=None):
    """A rule of a network ACL that lets TCP, or with no ports everything, through."""
    return (number, "allow", "6" if ports else "-1", cidr, ports)


def deny(number, cidr=ANY, ports=None):
    """A rule of a network ACL that stops TCP, or with no ports everything."""
    return (number, "deny", "6" if ports else "-1", cidr, ports)


class Ground:
    """A VPC that exists, as root sees it."""

    def __init__(self, aws, name):
        self.aws, self.name = aws, name
        self.ec2 = aws.client("ec2")
        self.ids = aws.network(name)
        self.vpc = self.ids["vpc"]

    def subnet(self, name):
        """ID of a subnet, for example private-a."""
        wanted = [{"Name": "tag:Name", "Values": [f"{self.name}-{name}"]}]
        return self.ec2.describe_subnets(Filters=wanted)["Subnets"][0]["SubnetId"]

    def table(self, name):
        """ID of a route table: private or public."""
        wanted = [{"Name": "tag:Name", "Values": [f"{self.name}-{name}"]}]
        return self.ec2.describe_route_tables(Filters=wanted)["RouteTables"][0]["RouteTableId"]

    def route(self, cidr=ANY, table="private", **target):
        """Make or replace a route."""
        where = {"RouteTableId": self.table(table), "DestinationCidrBlock": cidr}
        self.ec2.delete_route(**where)
        self.ec2.create_route(**where, **target)

    def nat(self, subnet="public-a", kind="public"):
        """Make a NAT gateway, and lead the private subnets to it."""
        made = self.ec2.create_nat_gateway(SubnetId=self.subnet(subnet), ConnectivityType=kind)["NatGateway"]
        self.route(NatGatewayId=made["NatGatewayId"])

    def delete_nat(self):
        """Delete the NAT gateway; the route to it stays."""
        for nat in self.ec2.describe_nat_gateways(Filter=[{"Name": "vpc-id", "Values": [self.vpc]}])["NatGateways"]:
            self.ec2.delete_nat_gateway(NatGatewayId=nat["NatGatewayId"])

    def acl(self, subnet, outward=OPEN, inward=OPEN):
        """Give a subnet a network ACL of its own."""
        acl_id = self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        for egress, rules in ((True, outward), (False, inward)):
            for number, action, protocol, cidr, ports in rules:
                more = {"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}
                self.ec2.create_network_acl_entry(
                    NetworkAclId=acl_id,
                    RuleNumber=number,
                    RuleAction=action,
                    Protocol=protocol,
                    CidrBlock=cidr,
                    Egress=egress,
                    **more,
                )
        subnet_id = self.subnet(subnet)
        wanted = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
        [found] = self.ec2.describe_network_acls(Filters=wanted)["NetworkAcls"]
        [old] = [each for each in found["Associations"] if each["SubnetId"] == subnet_id]
        self.ec2.replace_network_acl_association(AssociationId=old["NetworkAclAssociationId"], NetworkAclId=acl_id)

    def endpoint(self, service="logs", subnet="private-a", admits=(), ports=HTTPS, dns=True, policy=None, group=None):
        """Make an interface endpoint, as somebody else would, whose group admits networks, or another group."""
        made = self.ec2.create_security_group(GroupName=f"other-{service}", Description="other", VpcId=self.vpc)
        rule = {"IpProtocol": "tcp", "FromPort": ports[0], "ToPort": ports[1]}
        if admits:
            rule["IpRanges"] = [{"CidrIp": cidr} for cidr in admits]
        if group:
            other = self.ec2.create_security_group(GroupName=group, Description=group, VpcId=self.vpc)
            rule["UserIdGroupPairs"] = [{"GroupId": other["GroupId"]}]
        if admits or group:
            self.ec2.authorize_security_group_ingress(GroupId=made["GroupId"], IpPermissions=[rule])
        more = {"PolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": policy})} if policy else {}
        self.ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.us-east-1.{service}",
            SubnetIds=[self.subnet(subnet)],
            SecurityGroupIds=[made["GroupId"]],
            PrivateDnsEnabled=dns,
            **more,
        )

    def s3(self, policy, table="private"):
        """Make an s3 gateway endpoint, as somebody else would."""
        self.ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            VpcEndpointType="Gateway",
            ServiceName="com.amazonaws.us-east-1.s3",
            RouteTableIds=[self.table(table)],
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": policy}),
        )

    def dns(self, attribute, value=False):
        """Switch an attribute of the VPC."""
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, **{attribute: {"Value": value}})

    def small(self, cidr):
        """Make a private subnet; gives its ID."""
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone="us-east-1a")["Subnet"]
        self.ec2.associate_route_table(RouteTableId=self.table("private"), SubnetId=made["SubnetId"])
        return made["SubnetId"]


def statement(effect="Allow", action="*", **changes):
    """A statement of an endpoint's policy."""
    return [{"Effect": effect, "Principal": "*", "Action": action, "Resource": "*", **changes}]
