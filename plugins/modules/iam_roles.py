#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_roles
version_added: 0.1.0
short_description: Manage the IAM roles of a deployment
description:
  - Creates, changes and deletes a set of roles that AWS services assume, with their policies and, where wanted, an
    instance profile of the same name.
  - Roles and instance profiles are found by name. If one of them does not belong to the deployment in O(tags), the
    module fails and changes none.
  - Managed and inline policies that are not listed are taken off. Policies are compared by what they say, not by how
    it is written.
  - IAM is global. A name that holds the region keeps two deployments of the same name apart.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  roles:
    description: The roles. With O(state=absent) only their names and O(roles[].instance_profile) count.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the role and of its instance profile; also the value of their C(Name) tag.
        type: str
        required: true
      description:
        description: Description of the role.
        type: str
        default: ""
      service:
        description: The AWS service that may assume the role, for example V(ecs-tasks.amazonaws.com).
        type: str
        default: ecs-tasks.amazonaws.com
      trust_conditions:
        description: Conditions under which it may, as the C(Condition) of a policy statement.
        type: dict
      managed_policies:
        description: ARNs of managed policies.
        type: list
        elements: str
        default: []
      inline_policies:
        description: Policy documents by the name of the policy.
        type: dict
        default: {}
      instance_profile:
        description: Whether the role has an instance profile, by which EC2 instances get it.
        type: bool
        default: false
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: IAM roles
    description: Trust policies, permissions and instance profiles.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
"""

EXAMPLES = r"""
- name: Make the roles of the gateway and its host
  openclaw.ecs.iam_roles:
    roles:
      - name: openclaw-eu-central-1-task
        service: ecs-tasks.amazonaws.com
        trust_conditions:
          StringEquals:
            aws:SourceAccount: "123456789012"
        inline_policies:
          bedrock:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: bedrock:InvokeModel
                Resource: arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0
      - name: openclaw-eu-central-1-instance
        service: ec2.amazonaws.com
        managed_policies:
          - arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
        instance_profile: true
    tags:
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
roles:
  description:
    - The roles by name, each with its C(arn) and C(id). In check mode those of a role that does not exist yet are the
      text C((known after it is created)). Empty with O(state=absent).
  returned: success
  type: dict
  sample:
    openclaw-eu-central-1-task:
      arn: arn:aws:iam::123456789012:role/openclaw-eu-central-1-task
      id: AROAEXAMPLE0123456789
instance_profiles:
  description: The ARNs of the instance profiles by name. Empty with O(state=absent).
  returned: success
  type: dict
  sample:
    openclaw-eu-central-1-instance: arn:aws:iam::123456789012:instance-profile/openclaw-eu-central-1-instance
actions:
  description: What was done, or in check mode would be done, to which role or instance profile.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: role
      name: openclaw-eu-central-1-task
      action: update
      settings: [inline_policies]
"""

import json

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._iam import api
from ansible_collections.openclaw.ecs.plugins.module_utils._iam import roles

NEW_ROLE = {"managed_policies": [], "inline_policies": {}}


def read(client, wanted):
    """A role and its instance profile as they are."""
    name = wanted["name"]
    role, profile = api.get_role(client, name), None
    if role:
        policies = api.list_inline_policies(client, name)
        inline = {policy: api.get_inline_policy(client, name, policy) for policy in policies}
        role = roles.normalize_role(role, api.list_attached_policies(client, name), inline)
    if wanted["instance_profile"]:
        profile = api.get_instance_profile(client, name)
    return roles.Member(role, profile and roles.normalize_profile(profile))


def converge_policies(client, name, before, after):
    """Grant what is missing before taking off what is too much."""
    for arn in sorted(set(after["managed_policies"]) - set(before["managed_policies"])):
        api.attach_policy(client, name, arn)
    for policy, document in after["inline_policies"].items():
        if before["inline_policies"].get(policy) != document:
            api.put_inline_policy(client, name, policy, document)
    for arn in sorted(set(before["managed_policies"]) - set(after["managed_policies"])):
        api.detach_policy(client, name, arn)
    for policy in sorted(set(before["inline_policies"]) - set(after["inline_policies"])):
        api.delete_inline_policy(client, name, policy)


def create_role(client, change):
    created = api.create_role(
        client,
        RoleName=change.name,
        Description=change.after["description"],
        AssumeRolePolicyDocument=json.dumps(change.after["trust"]),
        Tags=ansible_dict_to_boto3_tag_list(change.after["tags"]),
    )
    converge_policies(client, change.name, NEW_ROLE, change.after)
    return {"arn": created["Arn"], "id": created["RoleId"]}


def update_role(client, change):
    if "description" in change.differences:
        api.update_description(client, change.name, change.after["description"])
    if "trust" in change.differences:
        api.update_trust(client, change.name, change.after["trust"])
    converge_policies(client, change.name, change.before, change.after)
    if "tags" in change.differences:
        tags = tags_to_set(change.before["tags"], change.after["tags"])
        api.tag_role(client, change.name, ansible_dict_to_boto3_tag_list(tags))


def converge_profile(client, change):
    """Create or mend an instance profile; gives its ARN if it is new."""
    arn, before = None, change.before
    if change.action == "create":
        tags = ansible_dict_to_boto3_tag_list(change.after["tags"])
        arn, before = api.create_instance_profile(client, change.name, tags)["Arn"], {"roles": []}
    elif "tags" in change.differences:
        tags = tags_to_set(before["tags"], change.after["tags"])
        api.tag_instance_profile(client, change.name, ansible_dict_to_boto3_tag_list(tags))
    # An instance profile has room for one role.
    for role in set(before["roles"]) - set(change.after["roles"]):
        api.remove_role_from_profile(client, change.name, role)
    for role in set(change.after["roles"]) - set(before["roles"]):
        api.add_role_to_profile(client, change.name, role)
    return arn


def ensure_present(module, client, current):
    changes = roles.plan(module.params, current)
    found = {
        name: {key: member.role[key] if member.role else UNKNOWN for key in ("arn", "id")}
        for name, member in current.items()
    }
    profiles = {
        change.name: current[change.name].profile["arn"] if current[change.name].profile else UNKNOWN
        for change in changes
        if change.resource == "instance profile"
    }
    for change in changes:
        if module.check_mode or change.action == "keep":
            continue
        if change.resource == "instance profile":
            profiles[change.name] = converge_profile(client, change) or profiles[change.name]
        elif change.action == "create":
            found[change.name] = create_role(client, change)
        else:
            update_role(client, change)
    module.exit_changes(changes, roles=found, instance_profiles=profiles)


def delete(client, change):
    if change.resource == "instance profile":
        for role in change.before["roles"]:
            api.remove_role_from_profile(client, change.name, role)
        api.delete_instance_profile(client, change.name)
    else:
        converge_policies(client, change.name, change.before, NEW_ROLE)
        api.delete_role(client, change.name)


def ensure_absent(module, client, current):
    changes = roles.plan_removal(module.params, current)
    if not module.check_mode:
        for change in changes:
            delete(client, change)
    module.exit_changes(changes, roles={}, instance_profiles={})


def manage(module):
    client = module.client("iam")
    current = {wanted["name"]: read(client, wanted) for wanted in module.params["roles"]}
    (ensure_present if module.params["state"] == "present" else ensure_absent)(module, client, current)


def main():
    argument_spec = {
        "roles": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "name": {"required": True},
                "description": {"default": ""},
                "service": {"default": "ecs-tasks.amazonaws.com"},
                "trust_conditions": {"type": "dict"},
                "managed_policies": {"type": "list", "elements": "str", "default": []},
                "inline_policies": {"type": "dict", "default": {}},
                "instance_profile": {"type": "bool", "default": False},
            },
        },
        **RESOURCE_ARGUMENTS,
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
