"""Instances: launched only from what exists, with an interface in their subnet, and ended with time."""

from __future__ import annotations

import secrets
from typing import Any

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import ec2
from ministack.services import iam

from local_aws.layer import interfaces
from local_aws.layer import templates
from local_aws.layer.catalog import catalog
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import now
from local_aws.layer.seam import replace
from local_aws.layer.seam import select
from local_aws.layer.seam import tag_on_create
from local_aws.layer.seam import tags_of
from local_aws.layer.ssm import images
from local_aws.lifecycle import lifecycle

Instance = dict[str, Any]
# docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
METADATA = {
    "HttpTokens": "optional",
    "HttpPutResponseHopLimit": 1,
    "HttpEndpoint": "enabled",
    "HttpProtocolIpv6": "disabled",
    "InstanceMetadataTags": "disabled",
}
FILTERS = {
    "instance-id": lambda instance: instance["InstanceId"],
    "instance-state-name": lambda instance: instance["State"]["Name"],
    "instance-type": lambda instance: instance["InstanceType"],
    "image-id": lambda instance: instance["ImageId"],
    "vpc-id": lambda instance: instance["VpcId"],
    "subnet-id": lambda instance: instance["SubnetId"],
    "availability-zone": lambda instance: instance["Placement"]["AvailabilityZone"],
    "private-ip-address": lambda instance: instance["PrivateIpAddress"],
    "instance.group-id": lambda instance: [group["GroupId"] for group in instance["SecurityGroups"]],
    "iam-instance-profile.arn": lambda instance: (instance.get("IamInstanceProfile") or {}).get("Arn", ""),
}


def run(request: dict[str, Any]) -> dict[str, Any]:
    """RunInstances."""
    request = _with_template(request)
    network = (request.get("NetworkInterfaces") or [{}])[0]
    subnet_id = network.get("SubnetId") or request.get("SubnetId") or ec2._DEFAULT_SUBNET_ID
    subnet = interfaces.require_subnet(subnet_id)
    group_ids = network.get("Groups") or request.get("SecurityGroupIds") or [interfaces.default_group(subnet["VpcId"])]
    interfaces.require_groups(group_ids, subnet["VpcId"])
    require_image(request.get("ImageId"))
    require_type(request.get("InstanceType", "t4g.micro"), subnet["AvailabilityZone"])
    profile = require_profile(request.get("IamInstanceProfile"))
    made = [_launch(request, number, subnet, group_ids, profile) for number in range(request["MaxCount"])]
    return {
        "Instances": [_public(instance) for instance in made],
        "OwnerId": get_account_id(),
        "ReservationId": made[0]["_ReservationId"],
    }


def _with_template(request: dict[str, Any]) -> dict[str, Any]:
    named = request.get("LaunchTemplate")
    if not named:
        return request
    data = templates.find_version(templates.find(named), named.get("Version"))["LaunchTemplateData"]
    tags = [*data.get("TagSpecifications", []), *request.get("TagSpecifications", [])]
    return {**data, **request, "TagSpecifications": tags}


def require_image(image_id: str | None) -> None:
    """Refuse an image that is none."""
    if image_id is None:
        raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
    if image_id not in images:
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")


def require_type(name: str, zone: str) -> None:
    """Refuse an instance type that the zone does not have."""
    kind = catalog()["instance_types"].get(name)
    if kind is None:
        raise AwsError("InvalidParameterValue", f"Invalid value '{name}' for InstanceType.")
    if zone.removeprefix(get_region()) not in kind["zones"]:
        offered = ", ".join(f"{get_region()}{letter}" for letter in kind["zones"])
        raise AwsError(
            "Unsupported",
            f"Your requested instance type ({name}) is not supported in your requested Availability Zone "
            f"({zone}). Please retry your request by not specifying an Availability Zone or choosing "
            f"{offered}.",
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


def _launch(request: dict[str, Any], number: int, subnet: dict, group_ids: list[str], profile: Any) -> Instance:
    instance_id = f"i-{secrets.token_hex(9)[:17]}"
    eni = interfaces.create(subnet["SubnetId"], group_ids, "", instance_id=instance_id)
    address = eni["PrivateIpAddress"]
    volume = {
        "VolumeId": f"vol-{secrets.token_hex(9)[:17]}",
        "Status": "attached",
        "AttachTime": now(),
        "DeleteOnTermination": True,
    }
    instance = {
        "InstanceId": instance_id,
        "ImageId": request["ImageId"],
        "AmiLaunchIndex": number,
        "LaunchTime": now(),
        "InstanceType": request.get("InstanceType", "t4g.micro"),
        "KeyName": request.get("KeyName"),
        "State": _state("running"),
        "SubnetId": subnet["SubnetId"],
        "VpcId": subnet["VpcId"],
        "PrivateIpAddress": address,
        "PrivateDnsName": f"ip-{address.replace('.', '-')}.ec2.internal",
        "PublicIpAddress": "",
        "PublicDnsName": "",
        "SourceDestCheck": True,
        "SecurityGroups": eni["Groups"],
        "Architecture": "arm64",
        "RootDeviceType": "ebs",
        "RootDeviceName": "/dev/xvda",
        "Hypervisor": "xen",
        "Virtualization": "hvm",
        "VirtualizationType": "hvm",
        "EbsOptimized": request.get("EbsOptimized", False),
        "Placement": {"AvailabilityZone": subnet["AvailabilityZone"], "Tenancy": "default"},
        "Monitoring": {"State": "disabled"},
        "UserData": request.get("UserData", ""),
        "IamInstanceProfile": profile,
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": volume}],
        "MetadataOptions": {**METADATA, **request.get("MetadataOptions", {}), "State": "applied"},
        "_InterfaceId": eni["NetworkInterfaceId"],
        "_ReservationId": f"r-{secrets.token_hex(9)[:17]}",
        "_ShutdownBehavior": request.get("InstanceInitiatedShutdownBehavior", "stop"),
    }
    ec2._instances[instance_id] = instance
    tag_on_create(request, "instance", instance_id)
    tag_on_create(request, "network-interface", eni["NetworkInterfaceId"])
    return instance


def terminate(request: dict[str, Any]) -> dict[str, Any]:
    """TerminateInstances: shutting down at once, gone with its interface after a while."""
    found = [_instance(instance_id) for instance_id in request["InstanceIds"]]
    answer = []
    for instance in found:
        before = instance["State"]
        if before["Name"] not in ("shutting-down", "terminated"):
            instance["State"] = _state("shutting-down")
            lifecycle.after("host_terminate", lambda ending=instance: _end(ending))
        answer.append(
            {"InstanceId": instance["InstanceId"], "PreviousState": before, "CurrentState": instance["State"]}
        )
    return {"TerminatingInstances": answer}


def _end(instance: Instance) -> None:
    instance["State"] = _state("terminated")
    interfaces.release(instance["_InterfaceId"])


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeInstances."""
    wanted = [_instance(instance_id) for instance_id in request.get("InstanceIds", [])]
    known = [_public(instance) for instance in wanted or ec2._instances.values()]
    return {
        "Reservations": [
            {
                "ReservationId": instance["_ReservationId"],
                "OwnerId": get_account_id(),
                "Groups": [],
                "Instances": [instance],
            }
            for instance in select(request, known, FILTERS)
        ]
    }


def _instance(instance_id: str) -> Instance:
    if instance_id not in ec2._instances:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")
    return ec2._instances[instance_id]


def _public(instance: Instance) -> Instance:
    eni = ec2._network_interfaces.get(instance["_InterfaceId"])
    shown = (
        []
        if eni is None
        else [{**eni, "PrivateIpAddresses": [{"PrivateIpAddress": eni["PrivateIpAddress"], "Primary": True}]}]
    )
    return {**instance, "Tags": tags_of(instance["InstanceId"]), "NetworkInterfaces": shown}


def _state(name: str) -> dict[str, Any]:
    return {"Code": CODES[name], "Name": name}


def install() -> None:
    """Answer for instances in the emulator's place."""
    replace("ec2", RunInstances=run, TerminateInstances=terminate, DescribeInstances=describe)
