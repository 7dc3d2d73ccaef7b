#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_host_group
version_added: 0.1.0
short_description: Manage the launch template and the auto scaling group of an ECS cluster's hosts
description:
  - Creates a launch template and an auto scaling group of the same name, in which an ECS capacity provider starts and
    ends hosts; keeps both as described, and deletes them with all hosts.
  - How many hosts there are is left to ECS. The module sets the number only when it creates the group, to O(min_size).
  - Hosts have an encrypted root volume, no public IP address, and instance metadata by IMDSv2 alone, one network hop
    away at most.
  - Launch template and group are changed or deleted only if their tags say that they belong to the deployment in
    O(tags).
  - An instance profile that was just created is not known to Auto Scaling for some seconds. The module tries again
    until it is, O(wait_timeout) at most.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  name:
    description: Name of the launch template and of the auto scaling group.
    type: str
    required: true
  image_parameter:
    description:
      - Name of AWS's public SSM parameter that holds the ID of the AMI. Required with O(state=present).
      - It is read when the launch template is created, and with O(refresh_hosts=true). Otherwise the AMI of the launch
        template is kept.
    type: str
  refresh_hosts:
    description:
      - Whether to move to the newest AMI, and to replace hosts that were started from an older version of the launch
        template.
      - The old host is ended before the new one starts. What runs on it is interrupted for some minutes.
    type: bool
    default: false
  instance_type:
    description: EC2 instance type of the hosts. Required with O(state=present).
    type: str
  security_group_ids:
    description: IDs of the security groups of the hosts. Required with O(state=present).
    type: list
    elements: str
  instance_profile_arn:
    description: ARN of the instance profile of the hosts. Required with O(state=present).
    type: str
  user_data:
    description: User data of the hosts, as plain text. Required with O(state=present).
    type: str
  volume_size:
    description: Size of the root volume in GiB. Not smaller than the snapshot of the AMI, which is 30 for ECS's own.
    type: int
    default: 30
  volume_type:
    description: Type of the root volume.
    type: str
    default: gp3
  subnet_ids:
    description: IDs of the subnets in which hosts are started. Required with O(state=present).
    type: list
    elements: str
  min_size:
    description: Number of hosts that are never ended.
    type: int
    default: 0
  max_size:
    description: Number of hosts at most.
    type: int
    default: 1
  tags:
    description:
      - Tags to put on the launch template, the group, its hosts, their volumes and network interfaces. Other tags of
        the launch template and the group are never removed.
      - Those that begin with C(openclaw:) tell the owner. A launch template or group of the right name without them is
        refused, and neither changed nor deleted.
    type: dict
    required: true
  wait:
    description: Whether to wait until hosts are replaced or, with O(state=absent), until the group is gone.
    type: bool
    default: true
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - openclaw.ecs.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - A change of the launch template reaches hosts that start afterwards. RV(host_group.outdated_hosts) names those that
    were started before; O(refresh_hosts=true) replaces them.
seealso:
  - name: Amazon ECS-optimized Linux AMIs
    description: The public parameters that name them.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
  - name: Instance refresh
    description: How Auto Scaling replaces hosts.
    link: https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
"""

EXAMPLES = r"""
- name: Make room for one host
  openclaw.ecs.ecs_host_group:
    name: openclaw-host
    image_parameter: /aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id
    instance_type: t4g.small
    security_group_ids: [sg-0123456789abcdef0]
    instance_profile_arn: arn:aws:iam::123456789012:instance-profile/openclaw-eu-central-1-instance
    user_data: |
      #!/bin/sh
      echo ECS_CLUSTER=openclaw >> /etc/ecs/ecs.config
    subnet_ids: [subnet-0123456789abcdef0]
    tags:
      Name: openclaw-host
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1

- name: Delete the hosts
  openclaw.ecs.ecs_host_group:
    name: openclaw-host
    state: absent
    tags:
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
host_group:
  description: The group as it is, or in check mode as it would be. V(null) if there is none.
  returned: success
  type: dict
  contains:
    auto_scaling_group_arn:
      description: ARN of the auto scaling group.
      type: str
      sample: "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:\
        01234567-89ab-cdef-0123-456789abcdef:autoScalingGroupName/openclaw-host"
    launch_template_id:
      description: ID of the launch template.
      type: str
      sample: lt-0123456789abcdef0
    launch_template_version:
      description: Version of the launch template that new hosts are started from.
      type: str
      sample: "1"
    image_id:
      description: ID of the AMI that new hosts are started from.
      type: str
      sample: ami-0123456789abcdef0
    desired_capacity:
      description: How many hosts ECS asks for at the moment.
      type: int
      sample: 1
    instances:
      description: The hosts.
      type: list
      elements: dict
      contains:
        id:
          description: ID of the EC2 instance.
          type: str
          sample: i-0123456789abcdef0
        zone:
          description: Availability zone.
          type: str
          sample: eu-central-1a
        state:
          description: Lifecycle state in the group.
          type: str
          sample: InService
        health:
          description: Health as Auto Scaling sees it.
          type: str
          sample: Healthy
        launch_template_version:
          description: Version of the launch template that the host was started from.
          type: str
          sample: "1"
    outdated_hosts:
      description: IDs of the hosts that were started from another version than RV(host_group.launch_template_version).
      type: list
      elements: str
      sample: []
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: launch template
      name: openclaw-host
      action: create
    - resource: auto scaling group
      name: openclaw-host
      action: create
"""

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import WAIT_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._hosts import api
from ansible_collections.openclaw.ecs.plugins.module_utils._hosts import auto_scaling_group
from ansible_collections.openclaw.ecs.plugins.module_utils._hosts import launch_template


class Found:
    """The launch template and the group of a name, both owned; and whether a group of it is on its way out."""

    def __init__(self, module, ec2, autoscaling):
        name, tags = module.params["name"], module.params["tags"]
        self.template = api.describe_launch_template(ec2, name)
        self.template_id = self.template and self.template["LaunchTemplateId"]
        described = api.describe_group(autoscaling, name)
        self.leaving = auto_scaling_group.is_leaving(described)
        self.group = None if self.leaving or not described else auto_scaling_group.normalize(described)
        if self.template:
            require_owned(
                f"Launch template {name}", boto3_tag_list_to_ansible_dict(self.template.get("Tags", [])), tags
            )
        if self.group:
            require_owned(f"Auto scaling group {name}", auto_scaling_group.all_tags(self.group), tags)


def describe_template(ec2, found):
    """The version of the launch template that the group uses, or the latest if it uses none of it."""
    if not found.template:
        return None
    version = None
    if found.group and found.group["launch_template_id"] == found.template_id:
        used = found.group["launch_template_version"]
        version = api.describe_launch_template_version(ec2, found.template_id, used)
    version = version or api.describe_launch_template_version(ec2, found.template_id, "$Latest")
    return launch_template.current_settings(found.template, version)


def choose_image(module, template):
    """Keep the AMI, unless there is none yet or the newest is asked for."""
    if template and not module.params["refresh_hosts"]:
        return template["image_id"]
    return api.get_image_id(module.client("ssm"), module.params["image_parameter"])


def apply_template(ec2, change, current):
    """Carry out the plan of the launch template; gives its ID and the version that counts."""
    if change.action == "create":
        created = api.create_launch_template(ec2, **launch_template.creation_arguments(change))
        return {"id": created["LaunchTemplateId"], "version": str(created["LatestVersionNumber"])}
    version = current["version"]
    if launch_template.needs_version(change):
        data = launch_template.launch_template_data(change.after)
        created = api.create_launch_template_version(ec2, LaunchTemplateId=current["id"], LaunchTemplateData=data)
        version = str(created["VersionNumber"])
    if "tags" in change.differences:
        api.tag_launch_template(ec2, current["id"], tags_to_set(current["tags"], change.after["tags"]))
    return {"id": current["id"], "version": version}


def apply_group(module, autoscaling, change, template, leaving):
    """Carry out the plan of the group, when a former one of its name is gone."""
    timeout = module.params["wait_timeout"]
    passing = (api.PROFILE_NOT_READY, api.ROLE_NOT_READY, api.SCALING)
    if change.action == "create":
        if leaving:
            api.wait_for_group_deletion(autoscaling, change.name, timeout)
        arguments = auto_scaling_group.creation_arguments(change, template)
        outlast(lambda: api.create_group(autoscaling, **arguments), timeout, *passing)
    elif set(change.differences) - {"tags"}:
        arguments = auto_scaling_group.settings_arguments(change, template)
        outlast(lambda: api.update_group(autoscaling, **arguments), timeout, *passing)
    if change.action == "update" and "tags" in change.differences:
        api.tag_group(autoscaling, auto_scaling_group.changed_tags(change))


def apply_refresh(module, autoscaling, name):
    """Replace the hosts."""
    api.start_refresh(autoscaling, name)
    if module.params["wait"]:
        api.wait_for_refresh(autoscaling, name, module.params["wait_timeout"])


def as_result(group, template, image_id):
    """What the module returns about the group."""
    return {
        "auto_scaling_group_arn": group["arn"],
        "launch_template_id": template["id"],
        "launch_template_version": template["version"],
        "image_id": image_id,
        "desired_capacity": group["desired_capacity"],
        "instances": group["instances"],
        "outdated_hosts": auto_scaling_group.outdated_hosts(group, template["version"]),
    }


def ensure_present(module, ec2, autoscaling, found):
    params = module.params
    current = describe_template(ec2, found)
    image_id = choose_image(module, current)
    template_change = launch_template.plan(params, image_id, current)
    template = launch_template.identity(template_change, current)
    group_change = auto_scaling_group.plan(params, template, found.group)
    refresh = auto_scaling_group.plan_refresh(params, template["version"], found.group)
    group = auto_scaling_group.expected(group_change, found.group)
    changes = [change for change in (template_change, group_change, refresh) if change]
    if not module.check_mode and any(change.action != "keep" for change in changes):
        template = apply_template(ec2, template_change, current)
        apply_group(module, autoscaling, group_change, template, found.leaving)
        if refresh:
            apply_refresh(module, autoscaling, params["name"])
        group = auto_scaling_group.normalize(api.describe_group(autoscaling, params["name"]))
    result = as_result(group, template, image_id)
    if result["outdated_hosts"] and not params["refresh_hosts"]:
        module.warn(
            f"What has changed does not reach the hosts that run: {', '.join(result['outdated_hosts'])}."
            " To replace them, which stops what runs there for some minutes, run again with"
            " -e openclaw_refresh_hosts=true."
        )
    module.exit_changes(changes, host_group=result)


def ensure_absent(module, ec2, autoscaling, found):
    name, timeout = module.params["name"], module.params["wait_timeout"]
    changes = auto_scaling_group.plan_absence(name, found.group, found.template_id)
    if not module.check_mode:
        if found.group:
            outlast(lambda: api.delete_group(autoscaling, name), timeout, api.SCALING)
        if module.params["wait"] and (found.group or found.leaving):
            api.wait_for_group_deletion(autoscaling, name, timeout)
        if found.template:
            api.delete_launch_template(ec2, found.template_id)
    module.exit_changes(changes, host_group=None)


def manage(module):
    ec2, autoscaling = module.client("ec2"), module.client("autoscaling")
    found = Found(module, ec2, autoscaling)
    (ensure_present if module.params["state"] == "present" else ensure_absent)(module, ec2, autoscaling, found)


def main():
    needed = [
        "image_parameter",
        "instance_type",
        "security_group_ids",
        "instance_profile_arn",
        "user_data",
        "subnet_ids",
    ]
    argument_spec = {
        "name": {"required": True},
        "image_parameter": {},
        "refresh_hosts": {"type": "bool", "default": False},
        "instance_type": {},
        "security_group_ids": {"type": "list", "elements": "str"},
        "instance_profile_arn": {},
        "user_data": {},
        "volume_size": {"type": "int", "default": 30},
        "volume_type": {"default": "gp3"},
        "subnet_ids": {"type": "list", "elements": "str"},
        "min_size": {"type": "int", "default": 0},
        "max_size": {"type": "int", "default": 1},
        **RESOURCE_ARGUMENTS,
        **WAIT_ARGUMENTS,
    }
    run_module(
        OpenClawAWSModule(
            argument_spec=argument_spec, required_if=[("state", "present", needed)], supports_check_mode=True
        ),
        manage,
    )


if __name__ == "__main__":
    main()
