"""Tags of EC2 resources: only what exists is tagged, and a tag is deleted only with the value that was named."""

from __future__ import annotations

from typing import Any

from ministack.services import ec2

from local_aws.layer.seam import AwsError
from local_aws.layer.seam import replace

MAX_TAGS = 50
# The stores of what can be tagged here.
STORES = (
    ec2._vpcs,
    ec2._subnets,
    ec2._route_tables,
    ec2._internet_gateways,
    ec2._nat_gateways,
    ec2._addresses,
    ec2._security_groups,
    ec2._network_interfaces,
    ec2._vpc_endpoints,
    ec2._launch_templates,
    ec2._instances,
    ec2._volumes,
)


def create(request: dict[str, Any]) -> dict[str, Any]:
    """CreateTags."""
    _require(request["Resources"])
    for resource in request["Resources"]:
        tags = {tag["Key"]: tag["Value"] for tag in ec2._tags.get(resource, [])}
        tags |= {tag["Key"]: tag.get("Value", "") for tag in request["Tags"]}
        if len(tags) > MAX_TAGS:
            raise AwsError(
                "TagLimitExceeded", f"The maximum number of Tags for a resource has been reached: {resource}"
            )
        _keep(resource, tags)
    return {}


def delete(request: dict[str, Any]) -> dict[str, Any]:
    """DeleteTags: the named ones, or all."""
    _require(request["Resources"])
    for resource in request["Resources"]:
        tags = {tag["Key"]: tag["Value"] for tag in ec2._tags.get(resource, [])}
        named = request.get("Tags") or [{"Key": key} for key in tags]
        gone = {tag["Key"] for tag in named if tag.get("Value", tags.get(tag["Key"])) == tags.get(tag["Key"])}
        _keep(resource, {key: value for key, value in tags.items() if key not in gone})
    return {}


def _keep(resource: str, tags: dict[str, str]) -> None:
    ec2._tags[resource] = [{"Key": key, "Value": value} for key, value in tags.items()]


def _require(resources: list[str]) -> None:
    rules = {
        rule.get("SecurityGroupRuleId")
        for group in ec2._security_groups.values()
        for rule in group["IpPermissions"] + group["IpPermissionsEgress"]
    }
    for resource in resources:
        if resource not in rules and not any(resource in store for store in STORES):
            raise AwsError("InvalidID", f"The ID '{resource}' is not valid")


def install() -> None:
    """Answer for tags in the emulator's place."""
    replace("ec2", CreateTags=create, DeleteTags=delete)
