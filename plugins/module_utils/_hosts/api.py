# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per API call about the group of hosts: EC2 launch templates, Auto Scaling, the AMI's parameter.

Private to the collection.
"""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from .._aws.errors import api_call
from .._aws.waiting import WaiterFactory
from .._aws.waiting import on_path
from .._aws.waiting import passing
from .._aws.waiting import waiter

# An instance profile, or the service-linked role of Auto Scaling, that was made seconds ago:
# github.com/hashicorp/terraform-provider-aws/pull/5633 and issues/24910,
# docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html (ServiceLinkedRoleFailure)
PROFILE_NOT_READY = passing("ValidationError", text="Invalid IAM Instance Profile")
ROLE_NOT_READY = passing("ServiceLinkedRoleFailure")
SCALING = passing("ScalingActivityInProgress", "ResourceContention")

WAITERS = WaiterFactory(
    {
        "group_deleted": waiter(
            "DescribeAutoScalingGroups", on_path("success", "path", "length(AutoScalingGroups)", 0)
        ),
        "refresh_finished": waiter(
            "DescribeInstanceRefreshes",
            on_path("success", "path", "InstanceRefreshes[0].Status", "Successful"),
            *(
                on_path("failure", "path", "InstanceRefreshes[0].Status", status)
                for status in ("Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful")
            ),
        ),
    }
)


@api_call("read the AMI's public parameter {name}")
def get_image_id(client: t.Any, name: str) -> str:
    """The AMI that a public parameter of AWS names today."""
    return client.get_parameter(Name=name)["Parameter"]["Value"]


@api_call("describe launch template {name}")
def describe_launch_template(client: t.Any, name: str) -> dict[str, t.Any] | None:
    """A launch template without its versions."""
    filters = [{"Name": "launch-template-name", "Values": [name]}]
    found = client.describe_launch_templates(Filters=filters)["LaunchTemplates"]
    return found[0] if found else None


@api_call(
    "describe version {version} of launch template {template_id}", missing=["InvalidLaunchTemplateId.VersionNotFound"]
)
def describe_launch_template_version(client: t.Any, template_id: str, version: str) -> dict[str, t.Any] | None:
    """One version of a launch template: a number, C($Latest) or C($Default)."""
    found = client.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=[version])
    return next(iter(found["LaunchTemplateVersions"]), None)


@api_call("create launch template {LaunchTemplateName}")
def create_launch_template(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Create a launch template with its first version."""
    return client.create_launch_template(**arguments)["LaunchTemplate"]


@api_call("create a new version of launch template {LaunchTemplateId}")
def create_launch_template_version(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Add a version to a launch template."""
    return client.create_launch_template_version(**arguments)["LaunchTemplateVersion"]


@api_call("tag launch template {template_id}")
def tag_launch_template(client: t.Any, template_id: str, tags: t.Mapping[str, str]) -> None:
    """Add or overwrite tags of the launch template itself."""
    client.create_tags(Resources=[template_id], Tags=ansible_dict_to_boto3_tag_list(tags))


@api_call("delete launch template {template_id}", missing=["InvalidLaunchTemplateId.NotFound"])
def delete_launch_template(client: t.Any, template_id: str) -> None:
    """Delete a launch template with all its versions."""
    client.delete_launch_template(LaunchTemplateId=template_id)


@api_call("describe auto scaling group {name}")
def describe_group(client: t.Any, name: str) -> dict[str, t.Any] | None:
    """An auto scaling group with its instances."""
    found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return found[0] if found else None


@api_call("create auto scaling group {AutoScalingGroupName}")
def create_group(client: t.Any, **arguments: t.Any) -> None:
    """Create an auto scaling group."""
    client.create_auto_scaling_group(**arguments)


@api_call("update auto scaling group {AutoScalingGroupName}")
def update_group(client: t.Any, **arguments: t.Any) -> None:
    """Change an auto scaling group; what runs is not touched."""
    client.update_auto_scaling_group(**arguments)


@api_call("tag an auto scaling group: {tags}")
def tag_group(client: t.Any, tags: list[dict[str, t.Any]]) -> None:
    """Add or overwrite tags of an auto scaling group."""
    client.create_or_update_tags(Tags=tags)


@api_call("delete auto scaling group {name}")
def delete_group(client: t.Any, name: str) -> None:
    """Delete an auto scaling group with all its instances."""
    client.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


@api_call("start an instance refresh of auto scaling group {name}", missing=["InstanceRefreshInProgress"])
def start_refresh(client: t.Any, name: str) -> None:
    """Replace the hosts of another template version, one ended before the next starts; one that runs goes on."""
    preferences = {"MinHealthyPercentage": 0, "SkipMatching": True}
    client.start_instance_refresh(AutoScalingGroupName=name, Preferences=preferences)


@api_call("see auto scaling group {name} gone")
def wait_for_group_deletion(client: t.Any, name: str, timeout: int) -> None:
    """Wait until an auto scaling group and all its instances are gone."""
    WAITERS.wait(client, "group_deleted", timeout, AutoScalingGroupNames=[name])


@api_call("see the instance refresh of auto scaling group {name} finished")
def wait_for_refresh(client: t.Any, name: str, timeout: int) -> None:
    """Wait until the latest instance refresh has replaced the hosts."""
    WAITERS.wait(client, "refresh_finished", timeout, AutoScalingGroupName=name, MaxRecords=1)
