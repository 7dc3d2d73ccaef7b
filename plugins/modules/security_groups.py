#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: security_groups
version_added: 0.1.0
short_description: Manage a set of security groups that refer to each other
description:
  - Creates, changes and deletes the security groups of a deployment in one go. Rules may name another group of the set
    as their source, also one that does not exist yet.
  - Groups are found by name in the VPC. One that does not belong to the deployment in O(tags) is refused.
  - The rules of a group are purged to those that are listed. Rules are added before others are taken off, so that
    connections that stay allowed are not cut.
  - With O(state=absent) the rules between the groups are taken off first. Then each group is deleted as soon as no
    network interface is in it any more, but at the latest after O(wait_timeout) seconds; what still uses the group is
    named then.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  vpc_id:
    description: ID of the VPC.
    type: str
    required: true
  groups:
    description: The security groups.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the group; also the value of its C(Name) tag.
        type: str
        required: true
      description:
        description: Description of the group. AWS can't change it, so it only counts on creation.
        type: str
        default: Managed by openclaw.ecs
      ingress:
        description: Who may come in.
        type: list
        elements: dict
        default: []
        suboptions: &rule
          protocol:
            description: Protocol, such as V(tcp), or V(-1) for all protocols and ports.
            type: str
            default: tcp
          from_port:
            description: First port. Required unless O(groups[].ingress[].protocol=-1).
            type: int
          to_port:
            description: Last port. Required unless O(groups[].ingress[].protocol=-1).
            type: int
          cidr_blocks:
            description: Address ranges, IPv4 or IPv6, or IDs of prefix lists.
            type: list
            elements: str
            default: []
          source_groups:
            description: Names of groups of this set.
            type: list
            elements: str
            default: []
          description:
            description: Description of the rule.
            type: str
            default: ""
      egress:
        description: Where traffic may go. If it is left out, everywhere.
        type: list
        elements: dict
        suboptions: *rule
  wait_timeout:
    description: How long to wait at most for each group to become unused, in seconds, with O(state=absent).
    type: int
    default: 900
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Security groups
    description: What rules mean, and when a group can be deleted.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
"""

EXAMPLES = r"""
- name: Let the gateway reach the endpoints
  openclaw.ecs.security_groups:
    vpc_id: vpc-0123456789abcdef0
    groups:
      - name: openclaw-gateway
        description: Who may talk to the gateway
        ingress:
          - from_port: 18789
            to_port: 18789
            cidr_blocks: [10.0.0.0/8]
            description: people at home
      - name: openclaw-endpoints
        description: Who may talk to the endpoints
        ingress:
          - from_port: 443
            to_port: 443
            source_groups: [openclaw-gateway]
    tags: &tags
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1

- name: Delete them when nothing is in them any more
  openclaw.ecs.security_groups:
    vpc_id: vpc-0123456789abcdef0
    groups:
      - name: openclaw-gateway
      - name: openclaw-endpoints
    tags: *tags
    state: absent
"""

RETURN = r"""
groups:
  description:
    - The groups by name, each with its RV(ignore:id) and RV(ignore:name). In check mode the ID of a group that does not
      exist yet is the text C((known after it is created)). Empty with O(state=absent).
  returned: success
  type: dict
  sample: {"openclaw-gateway": {"id": "sg-0123456789abcdef0", "name": "openclaw-gateway"}}
actions:
  description: What was done, or in check mode would be done, to which group.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: security group
      name: openclaw-gateway
      action: update
      settings: [ingress]
"""

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_specifications

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import member_tags
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_absent
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import passing
from ansible_collections.openclaw.ecs.plugins.module_utils._network import api
from ansible_collections.openclaw.ecs.plugins.module_utils._network import groups

STILL_USED = passing("DependencyViolation")


def create_group(client, params, group):
    tags = member_tags(group["name"], params["tags"])
    group_id = api.create_security_group(
        client,
        GroupName=group["name"],
        Description=group["description"],
        VpcId=params["vpc_id"],
        TagSpecifications=boto3_tag_specifications(tags, types="security-group"),
    )
    return {"id": group_id, "ingress": {}, "egress": groups.ALLOW_ALL, "tags": tags}


def converge_rules(client, group, found, ids):
    desired = groups.desired_rules(group, found)
    for direction in groups.DIRECTIONS:
        changes = groups.rule_changes(found[direction], desired[direction])
        for call, rules in (
            (api.authorize_rules, changes.authorize),
            (api.update_rule_descriptions, changes.describe),
            (api.revoke_rules, changes.revoke),
        ):
            if rules:
                call(client, found["id"], direction, groups.permissions(rules, ids))


def apply(client, params, changes, current):
    """Create first, then set the rules: they may name any group of the set."""
    todo = {change.name: change.action for change in changes if change.action != "keep"}
    for group in params["groups"]:
        if todo.get(group["name"]) == "create":
            current[group["name"]] = create_group(client, params, group)
    ids = {name: found["id"] for name, found in current.items()}
    for group in params["groups"]:
        if group["name"] in todo:
            found = current[group["name"]]
            converge_rules(client, group, found, ids)
            tags = tags_to_set(found["tags"], member_tags(group["name"], params["tags"]))
            if tags:
                api.create_tags(client, found["id"], ansible_dict_to_boto3_tag_list(tags))


def ensure_present(module, client, current):
    changes = groups.plan(module.params, current)
    if not module.check_mode:
        apply(client, module.params, changes, current)
    after = {
        change.name: {"id": current.get(change.name, {"id": UNKNOWN})["id"], "name": change.name} for change in changes
    }
    module.exit_changes(changes, groups=after)


def delete_group(client, name, group_id, timeout):
    try:
        outlast(lambda: api.delete_security_group(client, group_id), timeout, STILL_USED)
    except DeploymentError as error:
        if not STILL_USED(error):
            raise
        users = [
            f"{interface['NetworkInterfaceId']} ({interface.get('Description') or 'no description'})"
            for interface in api.describe_group_interfaces(client, group_id)
        ]
        raise DeploymentError(
            message=(
                f"Security group {name} ({group_id}) is still in use after {timeout} seconds, so AWS does not delete"
                f" it. Network interfaces in it: {', '.join(users) or 'none, so a rule of another group names it'}."
                " Remove what uses it, and run again"
            ),
            exception=error.exception,
        ) from error


def ensure_absent(module, client, current):
    for name, found in current.items():
        require_owned(f"Security group {name} ({found['id']})", found["tags"], module.params["tags"])
    shown = {name: {"id": found["id"]} for name, found in current.items()}
    names = [group["name"] for group in module.params["groups"]]
    changes = [change for name in names if (change := plan_absent("security group", name, shown.get(name)))]
    if not module.check_mode:
        ids = {name: found["id"] for name, found in current.items()}
        for found in current.values():
            for direction, rules in groups.cross_references(found, ids).items():
                if rules:
                    api.revoke_rules(client, found["id"], direction, groups.permissions(rules, ids))
        for change in changes:
            delete_group(client, change.name, ids[change.name], module.params["wait_timeout"])
    module.exit_changes(changes, groups={})


def manage(module):
    client = module.client("ec2")
    params = module.params
    current = {}
    # In check mode the VPC may be a placeholder that AWS does not accept.
    if params["vpc_id"] != UNKNOWN:
        names = [group["name"] for group in params["groups"]]
        filters = [api.named("vpc-id", params["vpc_id"]), api.named("group-name", *names)]
        current = groups.normalize(api.describe_security_groups(client, *filters))
    (ensure_present if params["state"] == "present" else ensure_absent)(module, client, current)


def main():
    ports = ["from_port", "to_port"]
    rule = {
        "type": "list",
        "elements": "dict",
        "options": {
            "protocol": {"default": "tcp"},
            "from_port": {"type": "int"},
            "to_port": {"type": "int"},
            "cidr_blocks": {"type": "list", "elements": "str", "default": []},
            "source_groups": {"type": "list", "elements": "str", "default": []},
            "description": {"default": ""},
        },
        "required_if": [("protocol", "tcp", ports), ("protocol", "udp", ports)],
    }
    argument_spec = {
        "vpc_id": {"required": True},
        "groups": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "name": {"required": True},
                "description": {"default": "Managed by openclaw.ecs"},
                "ingress": {**rule, "default": []},
                "egress": rule,
            },
        },
        **RESOURCE_ARGUMENTS,
        "wait_timeout": {"type": "int", "default": 900},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
