#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vpc_network_info
version_added: 0.1.0
short_description: Gather all that decides where in a VPC a deployment can go
description:
  - Looks up a VPC by its name or ID, with its subnets, their way out and network ACLs, the endpoints that exist, who
    may reach those, and the zones that offer an instance type and endpoint services.
  - What cannot be read (no, wrong or expired credentials, no region, a missing permission, no connection) does not
    make the module fail. It is returned in RV(problems), so that it can be reported together with everything else.
  - If several VPCs have the name, or none has, only RV(vpcs) and RV(available_vpcs) tell; the rest stays empty.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  vpc:
    description: The VPC's ID, or the value of its C(Name) tag.
    type: str
    required: true
  instance_type:
    description: EC2 instance type whose zones are looked up.
    type: str
    required: true
  endpoint_services:
    description:
      - Endpoint services whose zones are looked up, by the part of their name behind C(com.amazonaws.<region>.), for
        example V(logs) or V(ecr.api).
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - openclaw.ecs.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Subnet route tables
    description: Which route table holds for a subnet.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
  - name: Access an AWS service using an interface VPC endpoint
    description: Zones, private DNS and security groups of endpoints.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

EXAMPLES = r"""
- name: Look at the network
  openclaw.ecs.vpc_network_info:
    vpc: home
    instance_type: t4g.small
    endpoint_services: [logs, ssm, ssmmessages, s3]
  register: network

- name: Say why AWS could not be read
  ansible.builtin.fail:
    msg: "{{ network.problems | map(attribute='what') | join('; ') }}"
  when: network.problems | length > 0
"""

RETURN = r"""
account_id:
  description: ID of the AWS account. V(null) if it cannot be read.
  returned: always
  type: str
  sample: "123456789012"
partition:
  description: AWS partition. V(null) if it cannot be read.
  returned: always
  type: str
  sample: aws
caller_arn:
  description: ARN of the user or role that the credentials belong to. V(null) if it cannot be read.
  returned: always
  type: str
  sample: arn:aws:iam::123456789012:user/operator
region:
  description: The region. V(null) if none is set.
  returned: always
  type: str
  sample: us-east-1
available_vpcs:
  description: All VPCs of the region.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: ID of the VPC.
      type: str
      sample: vpc-0123456789abcdef0
    name:
      description: Value of its C(Name) tag, or an empty string.
      type: str
      sample: home
vpcs:
  description: The VPCs of the ID or name that was asked for.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: ID of the VPC.
      type: str
      sample: vpc-0123456789abcdef0
    name:
      description: Value of its C(Name) tag, or an empty string.
      type: str
      sample: home
    cidr_blocks:
      description: Its IPv4 address ranges.
      type: list
      elements: str
      sample: [10.20.0.0/16]
    dns_support:
      description: The attribute C(enableDnsSupport). Only if it is the one VPC found.
      type: bool
      sample: true
    dns_hostnames:
      description: The attribute C(enableDnsHostnames). Only if it is the one VPC found.
      type: bool
      sample: true
subnets:
  description: The subnets of the one VPC found, in the order of zone and ID.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: ID of the subnet.
      type: str
      sample: subnet-0123456789abcdef0
    name:
      description: Value of its C(Name) tag, or an empty string.
      type: str
      sample: home-private-a
    az:
      description: Name of its zone.
      type: str
      sample: us-east-1a
    az_id:
      description: ID of its zone.
      type: str
      sample: use1-az1
    cidr:
      description: Its IPv4 address range.
      type: str
      sample: 10.20.0.0/24
    available_ips:
      description: Number of free addresses.
      type: int
      sample: 251
    map_public_ip:
      description: Whether instances get a public address by default.
      type: bool
      sample: false
    route_table_id:
      description: ID of the route table that holds for the subnet, be it the VPC's main one.
      type: str
      sample: rtb-0123456789abcdef0
    default_route:
      description: >-
        Where traffic to the internet goes: V(none), V(nat), V(internet) for an internet gateway, V(transit), V(other).
      type: str
      sample: nat
    routes:
      description: Its IPv4 routes.
      type: list
      elements: dict
      contains:
        cidr:
          description: Address range that the route is for.
          type: str
          sample: 0.0.0.0/0
        target:
          description: Where it leads, C(local) for the VPC itself.
          type: str
          sample: nat-0123456789abcdef0
        blackhole:
          description: Whether what it leads to is gone.
          type: bool
          sample: false
    network_acl:
      description: Its network ACL.
      type: dict
      contains:
        id:
          description: ID of the network ACL.
          type: str
          sample: acl-0123456789abcdef0
        rules:
          description: Its rules for IPv4, each with C(number), C(egress), C(allow), C(protocol), C(cidr) and C(ports).
          type: list
          elements: dict
          sample:
            - {"number": 100, "egress": true, "allow": true, "protocol": "-1", "cidr": "0.0.0.0/0", "ports": [0, 65535]}
nat_gateways:
  description: The NAT gateways of the one VPC found.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: ID of the NAT gateway.
      type: str
      sample: nat-0123456789abcdef0
    state:
      description: Its state.
      type: str
      sample: available
    subnet_id:
      description: ID of the subnet it is in.
      type: str
      sample: subnet-0123456789abcdef0
    public:
      description: Whether it leads to the internet, not only into other networks.
      type: bool
      sample: true
    failure:
      description: Why it could not be made, in AWS's words.
      type: str
      sample: ""
vpc_endpoints:
  description: The endpoints of the one VPC found, whoever made them.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: ID of the endpoint.
      type: str
      sample: vpce-0123456789abcdef0
    service:
      description: Service, without C(com.amazonaws.<region>.).
      type: str
      sample: logs
    type:
      description: Kind of endpoint, in lower case.
      type: str
      sample: interface
    state:
      description: State, in lower case.
      type: str
      sample: available
    private_dns:
      description: Whether the service's usual name leads to the endpoint, in the whole VPC.
      type: bool
      sample: true
    subnet_ids:
      description: IDs of the subnets it is in.
      type: list
      elements: str
      sample: [subnet-0123456789abcdef0]
    zones:
      description: Zones it is in.
      type: list
      elements: str
      sample: [us-east-1a]
    security_groups:
      description: Its security groups, and whom they admit to port 443.
      type: list
      elements: dict
      contains:
        id:
          description: ID of the group.
          type: str
          sample: sg-0123456789abcdef0
        name:
          description: Name of the group.
          type: str
          sample: openclaw-endpoints
        https_cidrs:
          description: Address ranges that are admitted.
          type: list
          elements: str
          sample: [10.20.0.0/16]
        https_groups:
          description: IDs of the groups that are admitted.
          type: list
          elements: str
          sample: []
    route_table_ids:
      description: IDs of the route tables a gateway endpoint is in.
      type: list
      elements: str
      sample: []
    policy:
      description: Its policy. V(null) if AWS names none.
      type: dict
      sample: {"Statement": []}
    tags:
      description: Its tags.
      type: dict
      sample: {"Name": "openclaw-logs"}
endpoint_zones:
  description: For each service that exists here the zones in which it can have an interface endpoint.
  returned: always
  type: dict
  sample: {"logs": ["us-east-1a", "us-east-1b"]}
instance_type_zones:
  description: The zones that offer the instance type.
  returned: always
  type: list
  elements: str
  sample: [us-east-1a, us-east-1b]
problems:
  description: Why something could not be read. If it is not empty, the other values are incomplete.
  returned: always
  type: list
  elements: dict
  contains:
    what:
      description: What was found.
      type: str
      sample: The AWS credentials have expired
    where:
      description: Where it was found.
      type: str
      sample: credentials and region (us-east-1) of this run
    why:
      description: Why it matters, and AWS's own words.
      type: str
      sample: AWS refuses every request made with them.
    fix:
      description: What to do.
      type: str
      sample: Log in again and run again.
"""

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._network import reader as network

LISTS = ("available_vpcs", "vpcs", "subnets", "nat_gateways", "vpc_endpoints", "instance_type_zones")


def gather(module):
    reader = network.Reader(module)
    found = {
        **dict.fromkeys(["account_id", "partition", "caller_arn"]),
        **{key: [] for key in LISTS},
        "endpoint_zones": {},
    }
    try:
        found.update(network.read_caller(reader))
        found.update(network.read_network(reader, module.params))
    except DeploymentError as error:
        reader.note(error)
    module.exit_json(changed=False, region=reader.region, problems=reader.problems, **found)


def main():
    argument_spec = {
        "vpc": {"required": True},
        "instance_type": {"required": True},
        "endpoint_services": {"type": "list", "elements": "str", "default": []},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), gather)


if __name__ == "__main__":
    main()
