"""What RunInstances refuses, in AWS's words.

Texts as users report them: github.com/hashicorp/terraform-provider-aws/issues, github.com/aws/aws-cli/issues/809,
github.com/skypilot-org/skypilot/issues/6315 (architecture), github.com/runs-on/runs-on/issues/9 (user data),
github.com/scylladb/scylladb/issues/6999 (volume), github.com/DanielThomas/ec2gaming/issues/17 (profile without role);
codes: docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, 2026-11-22.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from ministack.core.responses import get_region
from ministack.services import ec2
from ministack.services import iam

from local_aws.layer.catalog import catalog
from local_aws.layer.seam import AwsError
from local_aws.layer.ssm import images

ARCHITECTURE = "arm64"  # of every image there is
USER_DATA_BYTES = 16384
SNAPSHOT = "snap-0a12023a64202311a"
SMALLEST_ROOT_GIB = 8  # the snapshot of Amazon's AL2023 images; the ECS-optimized ones have 30
TAGGABLE = ("instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu")


def check_parameters(request: dict[str, Any]) -> None:
    """Refuse parameters that contradict each other, or that are no values."""
    if request.get("NetworkInterfaces"):
        for name, what in (("SubnetId", "subnet ID"), ("SecurityGroupIds", "security groups")):
            if request.get(name):
                raise AwsError(
                    "InvalidParameterCombination",
                    f"Network interfaces and an instance-level {what} may not be specified on the same request",
                )
    if request["MinCount"] > request["MaxCount"] or request["MinCount"] < 1:
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({request['MinCount']}) for parameter minCount is invalid. It must be at least 1 and at most the "
            f"maximum count ({request['MaxCount']}).",
        )
    for spec in request.get("TagSpecifications", []):
        if spec.get("ResourceType") not in TAGGABLE:
            raise AwsError(
                "InvalidParameterValue",
                f"'{spec.get('ResourceType')}' is not a valid taggable resource type for this operation.",
            )
    check_user_data(request.get("UserData", ""))


def check_user_data(encoded: str) -> None:
    """Refuse user data that is not base64, or too long when decoded."""
    try:
        size = len(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        raise AwsError("InvalidParameterValue", "Invalid BASE64 encoding of user data.") from None
    if size > USER_DATA_BYTES:
        raise AwsError("InvalidParameterValue", f"User data is limited to {USER_DATA_BYTES} bytes")


def require_image(image_id: str | None) -> None:
    """Refuse an image that is none."""
    if image_id is None:
        raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
    if image_id not in images and not re.fullmatch(r"ami-[0-9a-f]{8}([0-9a-f]{9})?", image_id):
        raise AwsError("InvalidAMIID.Malformed", f'Invalid id: "{image_id}" (expecting "ami-...")')
    if image_id not in images:
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")


def require_type(name: str, zone: str) -> None:
    """Refuse an instance type that the zone does not have, or that can't run the image."""
    kind = catalog()["instance_types"].get(name)
    if kind is None:
        raise AwsError("InvalidParameterValue", f"Invalid value '{name}' for InstanceType.")
    architecture = kind.get("architecture", ARCHITECTURE)
    if architecture != ARCHITECTURE:
        raise AwsError(
            "InvalidParameterValue",
            f"The architecture '{architecture}' of the specified instance type does not match the architecture "
            f"'{ARCHITECTURE}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the "
            "architecture of the instance type or AMI.",
        )
    if zone.removeprefix(get_region()) not in kind["zones"]:
        offered = ", ".join(f"{get_region()}{letter}" for letter in kind["zones"])
        raise AwsError(
            "Unsupported",
            f"Your requested instance type ({name}) is not supported in your requested Availability Zone "
            f"({zone}). Please retry your request by not specifying an Availability Zone or choosing "
            f"{offered}.",
        )


def require_groups(group_ids: list[str], subnet: dict[str, Any]) -> None:
    """Refuse security groups that do not exist, or that are in another VPC than the subnet."""
    for group_id in group_ids:
        group = ec2._security_groups.get(group_id)
        if group is None:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        if group["VpcId"] != subnet["VpcId"]:
            raise AwsError(
                "InvalidParameter",
                f"Security group {group_id} and subnet {subnet['SubnetId']} belong to different networks.",
            )


def require_profile(named: dict[str, str] | None) -> dict[str, str] | None:
    """The instance profile that a request names, as an instance shows it."""
    if not named:
        return None
    for profile in iam._instance_profiles.values():
        if named.get("Name") == profile["InstanceProfileName"] or named.get("Arn") == profile["Arn"]:
            return {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}
    if "Name" in named:
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({named['Name']}) for parameter iamInstanceProfile.name is "
            "invalid. Invalid IAM Instance Profile name",
        )
    raise AwsError(
        "InvalidParameterValue",
        f"Value ({named.get('Arn')}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN",
    )


def require_role(profile: dict[str, str] | None) -> None:
    """Refuse an instance profile without a role."""
    if profile and not iam._instance_profiles[profile["Arn"].rsplit("/", 1)[-1]]["Roles"]:
        raise AwsError("InvalidParameterValue", f'IAM Instance Profile "{profile["Arn"]}" has no associated IAM Roles')


def check_volumes(mappings: list[dict[str, Any]]) -> None:
    """Refuse a root volume that is smaller than its image."""
    for mapping in mappings:
        size = mapping.get("Ebs", {}).get("VolumeSize", SMALLEST_ROOT_GIB)
        if size < SMALLEST_ROOT_GIB:
            raise AwsError(
                "InvalidBlockDeviceMapping",
                f"Volume of size {size}GB is smaller than snapshot '{SNAPSHOT}', expect size >= {SMALLEST_ROOT_GIB}GB",
            )
