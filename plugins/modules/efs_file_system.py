#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_file_system
version_added: 0.1.0
short_description: Manage an Amazon EFS file system and its mount targets
description:
  - Creates a general purpose file system, its mount targets and its automatic backups, keeps them as described, and
    deletes them.
  - The file system is found by the name it was created under. It is changed or deleted only if its tags say that it
    belongs to the deployment in O(tags); its mount targets belong to whom it belongs to.
  - Encryption can't be changed in AWS. If it differs, the module fails and leaves the file system as it is.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  name:
    description: Name of the file system. It is used as the C(CreationToken), and so makes creation idempotent.
    type: str
    required: true
  mount_targets:
    description:
      - The mount targets that are to exist, one for each availability zone that is used. AWS allows one in a zone.
      - If a zone has one in another of its subnets, that one is kept. It serves all subnets of the zone.
      - Not used with O(state=absent), which deletes them all.
    type: list
    elements: dict
    default: []
    suboptions:
      subnet_id:
        description: ID of the subnet that it gets its address in.
        type: str
        required: true
      security_group_ids:
        description: IDs of the security groups that decide who reaches it, on TCP port 2049.
        type: list
        elements: str
        required: true
  purge_mount_targets:
    description:
      - Whether mount targets in other subnets are deleted.
      - Deleting one breaks the mounts through it, and what a client has not written out by then may be lost. Use
        V(false) as long as something in those subnets is running.
    type: bool
    default: true
  keep_file_system:
    description:
      - With O(state=absent), whether only the mount targets are deleted. The file system and all that is stored in it
        stay as they are, and are found again by O(name).
    type: bool
    default: false
  backup:
    description:
      - Whether AWS Backup makes a recovery point every day.
      - Recovery points are billed, and outlive the file system.
    type: bool
    default: true
  encrypted:
    description: Whether what is stored is encrypted. Can't be changed later.
    type: bool
    default: true
  kms_key_id:
    description:
      - ID or ARN of the KMS key to encrypt with. Can't be changed later.
      - Without it, AWS's own key for EFS is used, and the key of an existing file system is not looked at.
    type: str
  throughput_mode:
    description:
      - How throughput is granted. V(elastic) is billed by use, V(bursting) grows with what is stored.
      - AWS allows a change once in 24 hours.
    type: str
    choices: [elastic, bursting]
    default: elastic
  wait:
    description:
      - Whether to wait until all mount targets are available, or with O(state=absent) until the file system is gone.
      - The few seconds in which AWS creates the file system itself, and the removal of mount targets that are in the
        way, are always waited for.
    type: bool
    default: true
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - openclaw.ecs.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Managing mount targets
    description: One in each zone, and what happens to those who use it when it is deleted.
    link: https://docs.aws.amazon.com/efs/latest/ug/accessing-fs.html
  - name: Throughput modes
    description: Elastic and bursting throughput.
    link: https://docs.aws.amazon.com/efs/latest/ug/performance.html#throughput-modes
"""

EXAMPLES = r"""
- name: Keep the gateway's data
  openclaw.ecs.efs_file_system:
    name: openclaw
    mount_targets:
      - subnet_id: subnet-0123456789abcdef0
        security_group_ids: [sg-0123456789abcdef0]
    wait: false
    tags:
      Name: openclaw
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1

- name: Take the gateway's data off the network, and keep it
  openclaw.ecs.efs_file_system:
    name: openclaw
    state: absent
    keep_file_system: true
    tags:
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1

- name: Delete the gateway's data
  openclaw.ecs.efs_file_system:
    name: openclaw
    state: absent
    tags:
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
file_system:
  description: The file system as it is, or in check mode as it would be. V(null) if there is none.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the file system.
      type: str
      sample: fs-0123456789abcdef0
    arn:
      description: ARN of the file system.
      type: str
      sample: arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-0123456789abcdef0
    dns_name:
      description: Name under which VPCs with DNS support find the mount target of their zone.
      type: str
      sample: fs-0123456789abcdef0.efs.eu-central-1.amazonaws.com
    state:
      description: Lifecycle state.
      type: str
      sample: available
    size_bytes:
      description: Latest known metered size, in bytes.
      type: int
      sample: 6144
    backup:
      description: Whether automatic backups are on.
      type: bool
      sample: true
    mount_targets:
      description: The mount targets.
      type: list
      elements: dict
      contains:
        id:
          description: ID of the mount target.
          type: str
          sample: fsmt-0123456789abcdef0
        subnet_id:
          description: Subnet of the mount target.
          type: str
          sample: subnet-0123456789abcdef0
        az:
          description: Availability zone of the mount target.
          type: str
          sample: eu-central-1a
        state:
          description: Lifecycle state.
          type: str
          sample: available
        ip_address:
          description: IPv4 address of the mount target.
          type: str
          sample: 10.0.0.12
available:
  description: Whether the file system and all its mount targets are available. V(false) with O(state=absent).
  returned: success
  type: bool
  sample: true
actions:
  description: What was done, or in check mode would be done, to which resource.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: file system
      name: openclaw
      action: create
    - resource: mount target
      name: subnet-0123456789abcdef0
      action: create
"""

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import WAIT_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import api
from ansible_collections.openclaw.ecs.plugins.module_utils._efs import file_system
from ansible_collections.openclaw.ecs.plugins.module_utils._network.api import describe_subnets_by_id


class Found:
    """The file system, its mount targets, and what of both is on its way out."""

    def __init__(self, client, name):
        described = api.describe_file_systems(client, name)
        self.leaving = file_system.find(described, leaving=True)
        staying = file_system.find(described)
        self.file_system, self.mount_targets, self.leaving_mount_target_ids = None, [], []
        if staying:
            file_system_id = staying["FileSystemId"]
            self.file_system = file_system.normalize(staying, api.describe_backup_status(client, file_system_id))
            for mount_target in api.describe_mount_targets(client, file_system_id):
                mount_target_id = mount_target["MountTargetId"]
                if mount_target["LifeCycleState"] in file_system.LEAVING:
                    self.leaving_mount_target_ids.append(mount_target_id)
                else:
                    groups = api.describe_mount_target_groups(client, mount_target_id)
                    self.mount_targets.append(file_system.normalize_mount_target(mount_target, groups))


def create(module, client, leaving):
    """Create the file system, when a former one of its name is gone."""
    if leaving:
        api.wait_for_file_system_deletion(client, leaving["FileSystemId"], module.params["wait_timeout"])
    tags = ansible_dict_to_boto3_tag_list(module.params["tags"])
    return api.create_file_system(client, Tags=tags, **file_system.creation_arguments(module.params))


def update(client, current, change):
    """Change the settings that differ."""
    if "throughput_mode" in change.differences:
        api.update_throughput_mode(client, current["id"], change.after["throughput_mode"])
    if "backup" in change.differences:
        api.put_backup_status(client, current["id"], "ENABLED" if change.after["backup"] else "DISABLED")
    if "tags" in change.differences:
        tags = tags_to_set(current["tags"], change.after["tags"])
        api.tag_resource(client, current["id"], ansible_dict_to_boto3_tag_list(tags))


def delete_mount_targets(client, mount_targets):
    """Request the deletion of mount targets; gives their IDs."""
    for mount_target in mount_targets:
        api.delete_mount_target(client, mount_target["id"])
    return [mount_target["id"] for mount_target in mount_targets]


def change_mount_targets(module, client, file_system_id, changes, found):
    """Delete first, since a new mount target may need the zone of an old one."""
    by_subnet = {each["subnet_id"]: each for each in found.mount_targets}
    leaving = delete_mount_targets(client, [by_subnet[each.name] for each in changes if each.action == "delete"])
    if any(change.action == "create" for change in changes):
        for mount_target_id in leaving + found.leaving_mount_target_ids:
            api.wait_for_mount_target_deletion(client, mount_target_id, module.params["wait_timeout"])
    for change in changes:
        groups = change.after.get("security_group_ids")
        if change.action == "create":
            api.create_mount_target(client, FileSystemId=file_system_id, SubnetId=change.name, SecurityGroups=groups)
        elif change.action == "update":
            api.modify_mount_target_groups(client, by_subnet[change.name]["id"], groups)


def wanted_mount_targets(module, current):
    """What is to exist, in the place of what serves the zone already; no zone is asked for while nothing has moved."""
    wanted = module.params["mount_targets"]
    moved = {each["subnet_id"] for each in wanted} - {each["subnet_id"] for each in current}
    if not moved or not current:
        return wanted
    subnets = describe_subnets_by_id(module.client("ec2"), sorted(moved))
    return file_system.in_place(wanted, current, {each["SubnetId"]: each["AvailabilityZone"] for each in subnets})


def ensure_present(module, client, found):
    params = module.params
    change = file_system.plan(params, found.file_system)
    mount_changes = file_system.plan_mount_targets(
        wanted_mount_targets(module, found.mount_targets), found.mount_targets, params["purge_mount_targets"]
    )
    changes = [change, *mount_changes]
    after = file_system.expected(change, found.file_system)
    mount_targets = file_system.expected_mount_targets(mount_changes, found.mount_targets)
    if not module.check_mode:
        if change.action == "create":
            after["id"] = create(module, client, found.leaving)["FileSystemId"]
        elif change.action == "update":
            update(client, found.file_system, change)
        if after["state"] != "available":
            api.wait_for_file_system(client, after["id"], params["wait_timeout"])
        change_mount_targets(module, client, after["id"], mount_changes, found)
        still_coming = mount_targets and not file_system.is_available(after, mount_targets)
        if params["wait"] and still_coming:
            api.wait_for_mount_targets(client, after["id"], params["wait_timeout"])
        if still_coming or any(each.action != "keep" for each in changes):
            now = Found(client, params["name"])
            after, mount_targets = now.file_system, now.mount_targets
    available = file_system.is_available(after, mount_targets)
    module.exit_changes(changes, file_system={**after, "mount_targets": mount_targets}, available=available)


def ensure_absent(module, client, found):
    params, timeout = module.params, module.params["wait_timeout"]
    changes = file_system.plan_mount_targets([], found.mount_targets, purge=True)
    change = file_system.plan_absence(params["name"], found.file_system, params["keep_file_system"])
    if change:
        changes.append(change)
    deleting = change is not None and change.action == "delete"
    if not module.check_mode:
        leaving = delete_mount_targets(client, found.mount_targets) + found.leaving_mount_target_ids
        if deleting or params["wait"]:
            for mount_target_id in leaving:
                api.wait_for_mount_target_deletion(client, mount_target_id, timeout)
        if deleting:
            api.delete_file_system(client, found.file_system["id"])
        gone = found.file_system["id"] if deleting else found.leaving and found.leaving["FileSystemId"]
        if gone and params["wait"]:
            api.wait_for_file_system_deletion(client, gone, timeout)
    kept = {**found.file_system, "mount_targets": []} if change and not deleting else None
    module.exit_changes(changes, file_system=kept, available=False)


def manage(module):
    client = module.client("efs")
    found = Found(client, module.params["name"])
    if found.file_system:
        what = f"File system {module.params['name']} ({found.file_system['id']})"
        require_owned(what, found.file_system["tags"], module.params["tags"])
    (ensure_present if module.params["state"] == "present" else ensure_absent)(module, client, found)


def main():
    argument_spec = {
        "name": {"required": True},
        "mount_targets": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "subnet_id": {"required": True},
                "security_group_ids": {"type": "list", "elements": "str", "required": True},
            },
        },
        "purge_mount_targets": {"type": "bool", "default": True},
        "keep_file_system": {"type": "bool", "default": False},
        "backup": {"type": "bool", "default": True},
        "encrypted": {"type": "bool", "default": True},
        "kms_key_id": {"no_log": False},
        "throughput_mode": {"choices": ["elastic", "bursting"], "default": "elastic"},
        **RESOURCE_ARGUMENTS,
        **WAIT_ARGUMENTS,
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
