"""What the checks must know of the account, read from the emulator's stores: the steps of the table, and tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core import responses
from ministack.services import autoscaling
from ministack.services import cloudwatch_logs
from ministack.services import ec2
from ministack.services import ecs
from ministack.services import efs
from ministack.services import iam
from ministack.services import ssm

from local_aws.authorization.call import Call
from local_aws.authorization.checks import Check
from local_aws.authorization.checks import pass_role
from local_aws.layer import documents
from local_aws.layer import sessions
from local_aws.layer.iam import SERVICE_LINKED_ROLES
from local_aws.layer.iam import exists
from local_aws.layer.iam import service_linked_role


def _template(call: Call, value: Any) -> str | None:
    named = value if isinstance(value, dict) else call.parameters
    if named.get("LaunchTemplateId"):
        return named["LaunchTemplateId"]
    name = named.get("LaunchTemplateName")
    return next((key for key, one in ec2._launch_templates.items() if one["LaunchTemplateName"] == name), name)


def _profile(call: Call, value: dict[str, str]) -> str | None:
    name = value.get("Name") or value.get("Arn", "").rsplit("/", 1)[-1]
    roles = iam._instance_profiles.get(name, {}).get("Roles", [])
    return iam._roles[roles[0]]["Arn"] if roles and roles[0] in iam._roles else None


def _tagged(call: Call, value: str) -> tuple[str, str]:
    if call.service == "elasticfilesystem":
        name = value.rsplit("/", 1)[-1]
        return ("access-point" if name.startswith("fsap-") else "file-system"), name
    return ec2._guess_resource_type(value), value


def _target(value: str) -> dict[str, Any]:
    return efs._mount_targets.get(value, {})


def _cluster(call: Call, value: str | None) -> str:
    return (value or "default").rsplit("/", 1)[-1]


def _in_cluster(call: Call, value: str) -> str:
    return f"{_cluster(call, call.value('cluster'))}/{value.rsplit('/', 1)[-1]}"


def _group(call: Call, value: Any) -> str:
    name = value["ResourceId"] if isinstance(value, dict) else value
    group = autoscaling._asgs.get(name)
    unique = group["AutoScalingGroupARN"].split(":")[6] if group else "*"
    return f"{unique}:autoScalingGroupName/{name}"


def _parameter(call: Call, value: str) -> tuple[str, str]:
    if value.startswith("arn:"):
        return "parameter", value
    return ("public" if value.startswith("/aws/service/") else "parameter"), value.removeprefix("/")


def _log_stream(call: Call, value: Any) -> str:
    return f"{call.value('logGroupName')}:log-stream:{call.value('logStreamName') or ''}"


def _launch(call: Call, value: Any) -> list[Check]:
    """What launching the group's template will take: asked when the group is given it.

    docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
    """
    template_id = _template(call, call.value("LaunchTemplate") or {})
    template = ec2._launch_templates.get(template_id)
    if template is None:
        return []
    data = template["Versions"][-1]["LaunchTemplateData"]
    groups = data.get("SecurityGroupIds") or [
        group for eni in data.get("NetworkInterfaces", []) for group in eni.get("Groups", [])
    ]
    subnets = [subnet for subnet in (call.value("VPCZoneIdentifier") or "").split(",") if subnet]
    inside = [("instance", "*"), ("network-interface", "*"), ("volume", "*"), ("launch-template", template_id)]
    inside += [("subnet", subnet) for subnet in subnets] + [("security-group", group) for group in groups]
    prefix = f"arn:aws:ec2:{call.region}:{call.account}"
    launched = {"ec2:LaunchTemplate": f"{prefix}:launch-template/{template_id}"}
    made = [Check("ec2:RunInstances", f"arn:aws:ec2:{call.region}::image/{data.get('ImageId')}", launched)]
    made += [
        Check("ec2:RunInstances", f"{prefix}:{kind}/{name}", {**launched, **_own_tags(kind, name)})
        for kind, name in inside
    ]
    for spec in data.get("TagSpecifications", []):
        keys = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in spec["Tags"]}
        keys |= {"ec2:CreateAction": "RunInstances", "aws:TagKeys": [tag["Key"] for tag in spec["Tags"]]}
        made.append(Check("ec2:CreateTags", f"{prefix}:{spec['ResourceType']}/*", keys))
    role = _profile(call, data.get("IamInstanceProfile", {}))
    return made + ([pass_role(call, role, "ec2.amazonaws.com")] if role else [])


def _launch_subnets(call: Call, value: Any) -> list[str]:
    return [call.value("SubnetId"), *(eni.get("SubnetId") for eni in call.value("NetworkInterfaces") or [])]


def _launch_groups(call: Call, value: Any) -> list[str]:
    inside = [group for eni in call.value("NetworkInterfaces") or [] for group in eni.get("Groups", [])]
    return [*(call.value("SecurityGroupIds") or []), *inside]


def _root_is_encrypted(call: Call, value: Any) -> str:
    mappings = call.value("BlockDeviceMappings") or []
    return "true" if any(mapping.get("Ebs", {}).get("Encrypted") for mapping in mappings) else "false"


def _service_linked_role(call: Call, service: str) -> list[Check]:
    """What it takes to use a service for the first time in an account: the right to make its own role."""
    if exists(service):
        return []
    return [Check("iam:CreateServiceLinkedRole", service_linked_role(service), {"iam:AWSServiceName": service})]


def _own_tags(kind: str, name: str) -> dict[str, str]:
    return {
        f"{prefix}:ResourceTag/{key}": value
        for key, value in EmulatedAccount().tags("ec2", kind, name).items()
        for prefix in ("aws", "ec2")
    }


STEPS: dict[str, Callable[[Call, Any], Any]] = {
    "template": _template,
    "profile": _profile,
    "tagged": _tagged,
    "file_system_of_target": lambda call, value: _target(value).get("FileSystemId"),
    "interface_of_target": lambda call, value: _target(value).get("NetworkInterfaceId"),
    "file_system_of_access_point": lambda call, value: efs._access_points.get(value, {}).get("FileSystemId"),
    "service_linked": lambda call, value: f"aws-service-role/{value}/{SERVICE_LINKED_ROLES.get(value, '*')}",
    "service_linked_role": _service_linked_role,
    "cluster": _cluster,
    "cluster_arn": lambda call, value: _arn("ecs", f"cluster/{_cluster(call, value)}"),
    "in_cluster": _in_cluster,
    "last": lambda call, value: value.rsplit("/", 1)[-1],
    "any_revision": lambda call, value: f"{value}:*",
    "group": _group,
    "parameter": _parameter,
    "log_group": lambda call, value: f"{value}:log-stream:",
    "every_log_group": lambda call, value: ":log-stream:",
    "log_stream": _log_stream,
    "launch": _launch,
    "launch_subnets": _launch_subnets,
    "launch_groups": _launch_groups,
    "root_is_encrypted": _root_is_encrypted,
    "session_document": lambda call, value: call.value("DocumentName") or documents.PREFERENCES,
    "checked": lambda call, value: "true",
}


class EmulatedAccount:
    """The account of the request that is being served."""

    def step(self, name: str) -> Callable[[Call, Any], Any]:
        """The step of the table with this name."""
        return STEPS[name]

    def tags(self, service: str, kind: str, value: str) -> dict[str, str]:
        """The tags of a resource, by its id or ARN."""
        name = value.rsplit("/", 1)[-1]
        match service:
            case "ec2":
                found = ec2._tags.get(value, [])
            case "elasticfilesystem":
                found = (efs._file_systems.get(name) or efs._access_points.get(name) or {}).get("Tags", [])
            case "iam":
                store = {"role": iam._roles, "instance-profile": iam._instance_profiles}.get(kind, {})
                found = (store.get(name) or {}).get("Tags", [])
            case "autoscaling":
                found = autoscaling._asgs.get(name, {}).get("Tags", [])
            case "ssm" if kind == "instance":
                found = ec2._tags.get(value, [])
            case "ssm" if kind == "session":
                found = sessions.tags(value)
            case "ssm" if kind == "document":
                found = documents.tags(value)
            case "ssm":
                found = ssm._tags.get(_arn("ssm", f"parameter/{value.removeprefix('/')}"), {})
            case "logs":
                found = cloudwatch_logs._log_groups.get(value.split(":")[0], {}).get("tags", {})
            case "ecs":
                found = ecs._tags.get(value if value.startswith("arn:") else _arn("ecs", f"{kind}/{value}"), [])
            case _:
                found = []
        if isinstance(found, dict):
            return dict(found)
        return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value", "")) for tag in found}


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{responses.get_region()}:{responses.get_account_id()}:{resource}"
