#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_log_groups
version_added: 0.1.0
short_description: Manage the CloudWatch log groups of a deployment
description:
  - Creates and deletes a set of log groups, and keeps their retention and tags as listed.
  - Log groups are found by name. If one of them does not belong to the deployment in O(tags), the module fails and
    changes none.
  - With O(state=absent) the log groups are deleted with all their events.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  groups:
    description: The log groups.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the log group; also the value of its C(Name) tag.
        type: str
        required: true
      retention_days:
        description: After how many days CloudWatch deletes events. AWS knows only these numbers.
        type: int
        choices:
          [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
        default: 7
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - name: Working with log groups and log streams
    description: Retention and deletion.
    link: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
"""

EXAMPLES = r"""
- name: Make room for the gateway's log and the record of ECS Exec
  openclaw.ecs.cloudwatch_log_groups:
    groups:
      - name: /openclaw/openclaw/gateway
      - name: /openclaw/openclaw/exec
        retention_days: 90
    tags:
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
groups:
  description:
    - The log groups by name, each with its C(arn). In check mode that of a log group that does not exist yet is the
      text C((known after it is created)). Empty with O(state=absent).
  returned: success
  type: dict
  sample:
    /openclaw/openclaw/gateway:
      arn: arn:aws:logs:eu-central-1:123456789012:log-group:/openclaw/openclaw/gateway
actions:
  description: What was done, or in check mode would be done, to which log group.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: log group
      name: /openclaw/openclaw/gateway
      action: update
      settings: [retention_days]
"""

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import tags_to_set
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import UNKNOWN
from ansible_collections.openclaw.ecs.plugins.module_utils._logs import api
from ansible_collections.openclaw.ecs.plugins.module_utils._logs import groups


def read(client, names):
    """Those of the log groups that exist, without their tags."""
    return groups.select(api.describe_log_groups(client, groups.common_prefix(names)), names)


def apply(client, change, current):
    if change.action == "create":
        api.create_log_group(client, change.name, change.after["tags"])
    if "retention_days" in change.differences:
        api.put_retention(client, change.name, change.after["retention_days"])
    if change.action == "update" and "tags" in change.differences:
        api.tag_log_group(client, current["arn"], tags_to_set(change.before["tags"], change.after["tags"]))


def ensure_present(module, client, current):
    changes = groups.plan(module.params, current)
    if not module.check_mode:
        for change in changes:
            if change.action != "keep":
                apply(client, change, current.get(change.name))
        if any(change.action == "create" for change in changes):
            # CreateLogGroup answers nothing, and so not with the ARN.
            current = read(client, [change.name for change in changes])
    arns = {change.name: {"arn": current.get(change.name, {"arn": UNKNOWN})["arn"]} for change in changes}
    module.exit_changes(changes, groups=arns)


def ensure_absent(module, client, current):
    changes = groups.plan_removal(module.params, current)
    if not module.check_mode:
        for change in changes:
            api.delete_log_group(client, change.name)
    module.exit_changes(changes, groups={})


def manage(module):
    client = module.client("logs")
    current = read(client, [group["name"] for group in module.params["groups"]])
    current = {name: {**found, "tags": api.list_tags(client, found["arn"])} for name, found in current.items()}
    (ensure_present if module.params["state"] == "present" else ensure_absent)(module, client, current)


def main():
    argument_spec = {
        "groups": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "name": {"required": True},
                "retention_days": {"type": "int", "choices": list(groups.RETENTION_DAYS), "default": 7},
            },
        },
        **RESOURCE_ARGUMENTS,
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
