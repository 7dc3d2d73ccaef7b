#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vpc_endpoints
version_added: 0.1.0
short_description: Manage a deployment's set of VPC endpoints
description:
  - Creates, changes and deletes the interface and gateway endpoints of a deployment in one go. All are requested first,
    and awaited together if O(wait=true).
  - An endpoint for a service that somebody else made in the VPC is used if it is usable, and never changed. If it is
    not usable (its state, private DNS, or some of O(route_table_ids) missing), the module fails and names it. Whom its
    security groups admit is not looked at here, but by M(openclaw.ecs.vpc_network_info). A gateway endpoint that is in
    none of O(route_table_ids) is of no concern.
  - Every later difference of the deployment's own endpoints is mended, in subnets, security groups, route tables,
    policy, private DNS and tags.
  - An endpoint for the same service that is still being deleted holds its DNS name, so its end is awaited before
    another is created.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  vpc_id:
    description: ID of the VPC.
    type: str
    required: true
  endpoints:
    description: The endpoints that are to exist. Not used with O(state=absent).
    type: list
    elements: dict
    default: []
    suboptions:
      service:
        description: The part of the service's name behind C(com.amazonaws.<region>.), for example V(ecr.api).
        type: str
        required: true
      type:
        description: Kind of endpoint.
        type: str
        choices: [interface, gateway]
        default: interface
      subnet_ids:
        description: IDs of the subnets an interface endpoint is in, at most one in each zone.
        type: list
        elements: str
        default: []
      policy:
        description: Its policy. If it is left out, all is allowed, as AWS sets it up.
        type: dict
  security_group_ids:
    description: IDs of the security groups of the interface endpoints.
    type: list
    elements: str
    default: []
  route_table_ids:
    description: IDs of the route tables of the gateway endpoints.
    type: list
    elements: str
    default: []
  name_prefix:
    description: The C(Name) tag of an endpoint is this, a hyphen and the service.
    type: str
    required: true
  private_dns:
    description: >-
      Whether the usual names of the services lead to the interface endpoints. This holds for all of the VPC, and is
      needed for programs to use the endpoints.
    type: bool
    default: true
  purge:
    description: Whether to delete endpoints of the deployment that are not listed.
    type: bool
    default: true
  wait:
    description: >-
      Whether to wait until all endpoints, those of others too, are available; with O(state=absent), until the
      deployment's are gone.
    type: bool
    default: false
  wait_timeout:
    description: How long to wait at most, in seconds.
    type: int
    default: 900
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Access an AWS service using an interface VPC endpoint
    description: Prerequisites, private DNS and states.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
  - name: Gateway endpoints
    description: The routes a gateway endpoint adds to route tables.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

EXAMPLES = r"""
- name: Let the gateway reach logs and s3 without the internet
  openclaw.ecs.vpc_endpoints:
    vpc_id: vpc-0123456789abcdef0
    name_prefix: openclaw
    endpoints:
      - service: logs
        subnet_ids: [subnet-0123456789abcdef0]
      - service: s3
        type: gateway
    security_group_ids: [sg-0123456789abcdef0]
    route_table_ids: [rtb-0123456789abcdef0]
    tags: &tags
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1

- name: Delete the deployment's endpoints
  openclaw.ecs.vpc_endpoints:
    vpc_id: vpc-0123456789abcdef0
    name_prefix: openclaw
    tags: *tags
    state: absent
    wait: true
"""

RETURN = r"""
endpoints:
  description: The endpoints in the order of O(endpoints). Empty with O(state=absent).
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: Service, without C(com.amazonaws.<region>.).
      type: str
      sample: logs
    id:
      description: ID of the endpoint, or the text C((known after it is created)) in check mode.
      type: str
      sample: vpce-0123456789abcdef0
    type:
      description: Kind of endpoint.
      type: str
      sample: interface
    state:
      description: State, in lower case.
      type: str
      sample: pending
    owned:
      description: Whether it belongs to the deployment.
      type: bool
      sample: true
    subnet_ids:
      description: IDs of the subnets it is in.
      type: list
      elements: str
      sample: [subnet-0123456789abcdef0]
available:
  description: Whether all of RV(endpoints) are available.
  returned: success
  type: bool
  sample: false
actions:
  description: What was done, or in check mode would be done, to which endpoint.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: interface endpoint
      name: openclaw-logs
      action: create
"""

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_specifications

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import is_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._network import api
from ansible_collections.openclaw.ecs.plugins.module_utils._network import endpoints
from ansible_collections.openclaw.ecs.plugins.module_utils._network.facts import normalize_endpoint


def create(module, client, each):
    created = api.create_vpc_endpoint(
        client,
        TagSpecifications=boto3_tag_specifications(each.change.after["tags"], types="vpc-endpoint"),
        **endpoints.creation_arguments(module.params, module.region, each),
    )
    return {**normalize_endpoint(module.region, created), "tags": each.change.after["tags"]}


def update(client, each):
    arguments = endpoints.modification_arguments(each)
    if arguments:
        api.modify_vpc_endpoint(client, **arguments)
    tags = endpoints.new_tags(each)
    if tags:
        api.create_tags(client, each.current["id"], ansible_dict_to_boto3_tag_list(tags))
    # AWS takes a while to make the change, and says so only by the state that is read later.
    return {**each.current, **each.change.after, **({"state": "pending"} if arguments else {})}


def predicted(each):
    placeholder = {"id": UNKNOWN, "state": UNKNOWN, **(each.wanted or {}), "subnet_ids": []}
    return {**(each.current or placeholder), **each.change.after}


def apply(module, client, planned, existing):
    """Request all, delete what is not listed, and give the endpoints as they are then."""
    blocking = endpoints.in_the_way(planned, existing)
    if blocking:
        api.wait_for_endpoints_gone(client, blocking, module.params["wait_timeout"])
    found = []
    for each in planned:
        if each.change.action == "create":
            found.append(create(module, client, each))
        elif each.change.action == "update":
            found.append(update(client, each))
        elif each.change.action == "keep":
            found.append(each.current)
    delete(client, planned)
    return found


def delete(client, planned):
    ids = [each.current["id"] for each in planned if each.change.action == "delete"]
    if ids:
        api.delete_vpc_endpoints(client, ids)


def ensure_present(module, client, existing):
    planned = endpoints.plan(module.params, existing)
    if module.check_mode:
        found = [predicted(each) for each in planned if each.change.action != "delete"]
    else:
        found = apply(module, client, planned, existing)
        pending = [endpoint for endpoint in found if endpoint["state"] != "available"]
        if module.params["wait"] and pending:
            api.wait_for_endpoints(client, [each["id"] for each in pending], module.params["wait_timeout"])
            found = [{**endpoint, "state": "available"} for endpoint in found]
    module.exit_changes(
        [each.change for each in planned],
        endpoints=[endpoints.returned(endpoint, module.params["tags"]) for endpoint in found],
        available=all(endpoint["state"] == "available" for endpoint in found),
    )


def ensure_absent(module, client, existing):
    planned = endpoints.plan_removal(module.params, existing)
    owned = [endpoint["id"] for endpoint in existing if is_owned(endpoint["tags"], module.params["tags"])]
    if not module.check_mode:
        delete(client, planned)
        if module.params["wait"] and owned:
            api.wait_for_endpoints_gone(client, owned, module.params["wait_timeout"])
    module.exit_changes([each.change for each in planned], endpoints=[], available=True)


def manage(module):
    client = module.client("ec2")
    vpc_id = module.params["vpc_id"]
    # In check mode the VPC may be a placeholder that AWS does not accept.
    described = api.describe_vpc_endpoints(client, vpc_id) if vpc_id != UNKNOWN else []
    existing = [normalize_endpoint(module.region, endpoint) for endpoint in described]
    existing = [endpoint for endpoint in existing if endpoint["state"] != "deleted"]
    (ensure_present if module.params["state"] == "present" else ensure_absent)(module, client, existing)


def main():
    argument_spec = {
        "vpc_id": {"required": True},
        "endpoints": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "service": {"required": True},
                "type": {"choices": ["interface", "gateway"], "default": "interface"},
                "subnet_ids": {"type": "list", "elements": "str", "default": []},
                "policy": {"type": "dict"},
            },
        },
        "security_group_ids": {"type": "list", "elements": "str", "default": []},
        "route_table_ids": {"type": "list", "elements": "str", "default": []},
        "name_prefix": {"required": True},
        "private_dns": {"type": "bool", "default": True},
        "purge": {"type": "bool", "default": True},
        **RESOURCE_ARGUMENTS,
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 900},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
