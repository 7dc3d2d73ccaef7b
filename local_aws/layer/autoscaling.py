"""Auto Scaling groups as records: what is put in comes out, tags are kept, what does not exist is refused."""

from __future__ import annotations

import uuid
from typing import Any

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import autoscaling
from ministack.services import ec2

from local_aws.layer import iam
from local_aws.layer import launch_refusals
from local_aws.layer import templates
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import guard
from local_aws.layer.seam import now
from local_aws.layer.seam import replace
from local_aws.layer.seam import select

Group = dict[str, Any]
# docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
DEFAULTS = {
    "DefaultCooldown": 300,
    "HealthCheckType": "EC2",
    "HealthCheckGracePeriod": 0,
    "TerminationPolicies": ["Default"],
    "NewInstancesProtectedFromScaleIn": False,
    "CapacityRebalance": False,
    "LoadBalancerNames": [],
    "TargetGroupARNs": [],
    "SuspendedProcesses": [],
    "EnabledMetrics": [],
    "TrafficSources": [],
}
SETTABLE = (
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "DefaultCooldown",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "VPCZoneIdentifier",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "CapacityRebalance",
    "MaxInstanceLifetime",
    "DefaultInstanceWarmup",
    "InstanceMaintenancePolicy",
)
FILTERS = {
    "auto-scaling-group": lambda tag: tag["ResourceId"],
    "key": lambda tag: tag["Key"],
    "value": lambda tag: tag["Value"],
    "propagate-at-launch": lambda tag: tag["PropagateAtLaunch"],
}


def create(request: dict[str, Any]) -> dict[str, Any]:
    """CreateAutoScalingGroup."""
    name = request["AutoScalingGroupName"]
    if name in autoscaling._asgs:
        raise AwsError(
            "AlreadyExists",
            f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
        )
    if not request.get("LaunchTemplate"):
        raise AwsError(
            "ValidationError",
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName,"
            " InstanceId or MixedInstancesPolicy parameter.",
        )
    arn = (
        f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:autoScalingGroup:{uuid.uuid4()}"
        f":autoScalingGroupName/{name}"
    )
    group = {
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": arn,
        "CreatedTime": now(),
        "Instances": [],
        "Status": "",
        "LaunchConfigurationName": "",
        "DesiredCapacity": request["MinSize"],
        **DEFAULTS,
        "VPCZoneIdentifier": "",
        "ServiceLinkedRoleARN": iam.ensure("autoscaling.amazonaws.com"),
        "Tags": [_tag(tag, name) for tag in request.get("Tags", [])],
    }
    _set(group, request)
    autoscaling._asgs[name] = group
    autoscaling._tags[name] = group["Tags"]
    autoscaling._reconcile_instances(group)
    return {}


def update(request: dict[str, Any]) -> dict[str, Any]:
    """UpdateAutoScalingGroup."""
    group = _group(request)
    changed = dict(group)
    _set(changed, request)
    group.update(changed)
    autoscaling._reconcile_instances(group)
    return {}


def set_desired_capacity(request: dict[str, Any]) -> dict[str, Any]:
    """SetDesiredCapacity."""
    group, wanted = _group(request), request["DesiredCapacity"]
    if not group["MinSize"] <= wanted <= group["MaxSize"]:
        side, limit = ("below", "MinSize") if wanted < group["MinSize"] else ("above", "MaxSize")
        raise AwsError(
            "ValidationError",
            f"New SetDesiredCapacity value {wanted} is {side} "
            f"{'min' if limit == 'MinSize' else 'max'} value {group[limit]} for the AutoScalingGroup.",
        )
    group["DesiredCapacity"] = wanted
    autoscaling._reconcile_instances(group)
    return {}


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeAutoScalingGroups."""
    wanted = request.get("AutoScalingGroupNames", [])
    found = [
        {**group, "Status": group["Status"] or None}
        for name, group in autoscaling._asgs.items()
        if not wanted or name in wanted
    ]
    return {"AutoScalingGroups": found}


def describe_tags(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTags."""
    tags = [tag for group in autoscaling._asgs.values() for tag in group["Tags"]]
    return {"Tags": select(request, tags, FILTERS)}


def _set(group: Group, request: dict[str, Any]) -> None:
    group.update({key: request[key] for key in SETTABLE if key in request})
    if "DesiredCapacity" not in request:
        group["DesiredCapacity"] = min(max(group["DesiredCapacity"], group["MinSize"]), group["MaxSize"])
    if group["MinSize"] > group["MaxSize"]:
        raise AwsError(
            "ValidationError",
            "Max bound, {}, must be greater than or equal to min bound, {}".format(group["MaxSize"], group["MinSize"]),
        )
    if not group["MinSize"] <= group["DesiredCapacity"] <= group["MaxSize"]:
        raise AwsError(
            "ValidationError",
            "Desired capacity:{} must be between the specified min size:{} and max size:{}".format(
                group["DesiredCapacity"], group["MinSize"], group["MaxSize"]
            ),
        )
    subnets = [subnet for subnet in group["VPCZoneIdentifier"].split(",") if subnet]
    if not subnets and not request.get("AvailabilityZones"):
        raise AwsError("ValidationError", "At least one Availability Zone or VPC Subnet is required.")
    for subnet in subnets:
        if subnet not in ec2._subnets:
            raise AwsError("ValidationError", f"The subnet ID '{subnet}' does not exist")
    group["AvailabilityZones"] = sorted({ec2._subnets[subnet]["AvailabilityZone"] for subnet in subnets})
    if "LaunchTemplate" in request:
        group["LaunchTemplate"] = _template(request["LaunchTemplate"], group["AvailabilityZones"])


def _template(named: dict[str, str], zones: list[str]) -> dict[str, str]:
    """The template as a group keeps it; what a launch would fail on is refused now, as AWS does."""
    try:
        template = templates.find(named)
        data = templates.find_version(template, named.get("Version"))["LaunchTemplateData"]
        launch_refusals.require_image(data.get("ImageId"))
        launch_refusals.require_profile(data.get("IamInstanceProfile"))
        for zone in zones:
            launch_refusals.require_type(data.get("InstanceType", "t4g.micro"), zone)
    except AwsError as error:
        named_wrongly = error.code.startswith("InvalidLaunchTemplate")
        prefix = "" if named_wrongly else "You must use a valid fully-formed launch template. "
        raise AwsError("ValidationError", prefix + error.message) from None
    return {
        "LaunchTemplateId": template["LaunchTemplateId"],
        "LaunchTemplateName": template["LaunchTemplateName"],
        "Version": named.get("Version", "$Default"),
    }


def _group(request: dict[str, Any]) -> Group:
    name = request["AutoScalingGroupName"]
    if name not in autoscaling._asgs:
        raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return autoscaling._asgs[name]


def require_groups(request: dict[str, Any]) -> None:
    """Refuse tags for a group that does not exist."""
    for tag in request.get("Tags", []):
        if tag["ResourceId"] not in autoscaling._asgs:
            raise AwsError(
                "ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{tag['ResourceId']}' not found"
            )


def _tag(tag: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "Key": tag["Key"],
        "Value": tag.get("Value", ""),
        "ResourceId": name,
        "ResourceType": "auto-scaling-group",
        "PropagateAtLaunch": tag.get("PropagateAtLaunch", True),
    }


def set_protection(request: dict[str, Any]) -> dict[str, Any]:
    """SetInstanceProtection."""
    group = _group(request)
    for member in group["Instances"]:
        if member["InstanceId"] in request["InstanceIds"]:
            member["ProtectedFromScaleIn"] = request["ProtectedFromScaleIn"]
    return {}


def suspend(request: dict[str, Any]) -> dict[str, Any]:
    """SuspendProcesses."""
    group = _group(request)
    known = {process["ProcessName"] for process in group["SuspendedProcesses"]} | set(request["ScalingProcesses"])
    group["SuspendedProcesses"] = [
        {"ProcessName": name, "SuspensionReason": f"User suspended at {now()}"} for name in sorted(known)
    ]
    return {}


def resume(request: dict[str, Any]) -> dict[str, Any]:
    """ResumeProcesses: the named ones, or all."""
    group = _group(request)
    named = request.get("ScalingProcesses") or [one["ProcessName"] for one in group["SuspendedProcesses"]]
    group["SuspendedProcesses"] = [one for one in group["SuspendedProcesses"] if one["ProcessName"] not in named]
    return {}


def set_metrics(request: dict[str, Any], enabled: bool) -> dict[str, Any]:
    """EnableMetricsCollection and DisableMetricsCollection."""
    metrics = request.get("Metrics", []) if enabled else []
    _group(request)["EnabledMetrics"] = [{"Metric": name, "Granularity": "1Minute"} for name in metrics]
    return {}


def install() -> None:
    """Answer for groups in the emulator's place."""
    replace(
        "autoscaling",
        CreateAutoScalingGroup=create,
        UpdateAutoScalingGroup=update,
        DescribeTags=describe_tags,
        SetDesiredCapacity=set_desired_capacity,
        DescribeAutoScalingGroups=describe,
        SetInstanceProtection=set_protection,
        SuspendProcesses=suspend,
        ResumeProcesses=resume,
        EnableMetricsCollection=lambda request: set_metrics(request, enabled=True),
        DisableMetricsCollection=lambda request: set_metrics(request, enabled=False),
    )
    for operation in ("CreateOrUpdateTags", "DeleteTags"):
        guard("autoscaling", operation, require_groups)
