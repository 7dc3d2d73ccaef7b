"""Security groups: one rule per source as AWS keeps them, duplicates refused, no deletion while in use."""

from __future__ import annotations

import secrets
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import ec2

from local_aws.layer import interfaces
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import guard
from local_aws.layer.seam import replace
from local_aws.layer.seam import select
from local_aws.layer.seam import tag_on_create
from local_aws.layer.seam import tags_of

# The four kinds of source: the list in IpPermissions, the member that names the source, its member in a
# SecurityGroupRule (None: nested). https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
SOURCES = (
    ("IpRanges", "CidrIp", "CidrIpv4"),
    ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId", None),
)
SIDES = {False: "IpPermissions", True: "IpPermissionsEgress"}
GROUP_FILTERS = {
    "group-id": lambda group: group["GroupId"],
    "group-name": lambda group: group["GroupName"],
    "vpc-id": lambda group: group["VpcId"],
    "description": lambda group: group["Description"],
    "owner-id": lambda group: group["OwnerId"],
    "ip-permission.group-id": lambda group: _referenced(group, "IpPermissions"),
    "egress.ip-permission.group-id": lambda group: _referenced(group, "IpPermissionsEgress"),
}
RULE_FILTERS = {
    "group-id": lambda rule: rule["GroupId"],
    "security-group-rule-id": lambda rule: rule["SecurityGroupRuleId"],
}


def create(request: dict[str, Any]) -> dict[str, Any]:
    """CreateSecurityGroup."""
    name, vpc_id = request["GroupName"], request.get("VpcId", ec2._DEFAULT_VPC_ID)
    if vpc_id not in ec2._vpcs:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    if name.startswith("sg-"):
        raise AwsError("InvalidParameterValue", "Group names may not be in the format sg-*")
    if any(group["GroupName"] == name and group["VpcId"] == vpc_id for group in ec2._security_groups.values()):
        raise AwsError("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc_id}'")
    group_id = f"sg-{secrets.token_hex(9)[:17]}"
    anywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2._security_groups[group_id] = {
        "GroupId": group_id,
        "GroupName": name,
        "Description": request["Description"],
        "VpcId": vpc_id,
        "OwnerId": get_account_id(),
        "IpPermissions": [],
        "IpPermissionsEgress": split(anywhere, get_account_id()),
    }
    tag_on_create(request, "security-group", group_id)
    return {"GroupId": group_id, "Tags": tags_of(group_id), "SecurityGroupArn": ec2._security_group_arn(group_id)}


def require_unused(request: dict[str, Any]) -> None:
    """Refuse DeleteSecurityGroup while an interface or another group's rule uses the group."""
    group_id = request.get("GroupId")
    others = [group for group in _groups() if group["GroupId"] != group_id]
    referenced = any(group_id in _referenced(group, side) for group in others for side in SIDES.values())
    if group_id in ec2._security_groups and (referenced or interfaces.using_group(group_id)):
        raise AwsError("DependencyViolation", f"resource {group_id} has a dependent object")


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeSecurityGroups."""
    wanted = request.get("GroupIds", [])
    for group_id in wanted:
        _group(group_id)
    known = [
        {
            **group,
            "Tags": tags_of(group["GroupId"]),
            "SecurityGroupArn": ec2._security_group_arn(group["GroupId"]),
            **{side: merge(group[side]) for side in SIDES.values()},
        }
        for group in _groups()
        if not wanted or group["GroupId"] in wanted
    ]
    return {"SecurityGroups": select(request, known, GROUP_FILTERS)}


def describe_rules(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeSecurityGroupRules."""
    wanted = request.get("SecurityGroupRuleIds", [])
    rules = [
        _public_rule(group["GroupId"], rule, egress)
        for group in _groups()
        for egress, side in SIDES.items()
        for rule in group[side]
    ]
    for rule_id in wanted:
        if rule_id not in [rule["SecurityGroupRuleId"] for rule in rules]:
            raise AwsError(
                "InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist"
            )
    known = [rule for rule in rules if not wanted or rule["SecurityGroupRuleId"] in wanted]
    return {"SecurityGroupRules": select(request, known, RULE_FILTERS)}


def authorize(request: dict[str, Any], egress: bool) -> dict[str, Any]:
    """AuthorizeSecurityGroupIngress and …Egress: all rules of the call, or none."""
    group = _group(request["GroupId"])
    present = group[SIDES[egress]]
    new = _rules_of(request)
    for rule in new:
        for pair in rule["UserIdGroupPairs"]:
            _group(pair["GroupId"])
        if key(rule) in [key(other) for other in present]:
            raise AwsError("InvalidPermission.Duplicate", f'the specified rule "{_spoken(rule)}" already exists')
    present += new
    for rule in new:
        tag_on_create(request, "security-group-rule", rule["SecurityGroupRuleId"])
    return {"Return": True, "SecurityGroupRules": [_public_rule(group["GroupId"], rule, egress) for rule in new]}


def revoke(request: dict[str, Any], egress: bool) -> dict[str, Any]:
    """RevokeSecurityGroupIngress and …Egress, by rule id or by what the rule says."""
    group = _group(request["GroupId"])
    side = SIDES[egress]
    ids = request.get("SecurityGroupRuleIds", [])
    for rule_id in ids:
        if rule_id not in [rule["SecurityGroupRuleId"] for rule in group[side]]:
            raise AwsError(
                "InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist"
            )
    keys = [key(rule) for rule in _rules_of(request)] if not ids else []
    for wanted in keys:
        if wanted not in [key(rule) for rule in group[side]]:
            raise AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    group[side] = [rule for rule in group[side] if rule["SecurityGroupRuleId"] not in ids and key(rule) not in keys]
    return {"Return": True}


def update_descriptions(request: dict[str, Any], egress: bool) -> dict[str, Any]:
    """UpdateSecurityGroupRuleDescriptionsIngress and …Egress."""
    group = _group(request["GroupId"])
    for wanted in _rules_of(request):
        found = [rule for rule in group[SIDES[egress]] if key(rule) == key(wanted)]
        if not found:
            raise AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
        found[0].update({source: wanted[source] for source, _member, _written in SOURCES})
    return {"Return": True}


def split(permission: dict[str, Any], owner: str) -> list[dict[str, Any]]:
    """An IpPermission as AWS keeps it: one rule with an id of its own for every source."""
    rules = []
    for source, _member, _written in SOURCES:
        for entry in permission.get(source, []):
            one = {"UserId": owner, **entry} if source == "UserIdGroupPairs" else entry
            rules.append(
                {
                    "SecurityGroupRuleId": f"sgr-{secrets.token_hex(9)[:17]}",
                    "IpProtocol": permission["IpProtocol"],
                    **(
                        {}
                        if permission["IpProtocol"] == "-1"
                        else {side: permission[side] for side in ("FromPort", "ToPort") if side in permission}
                    ),
                    **{name: [one] if name == source else [] for name, _member, _written in SOURCES},
                }
            )
    return rules


def merge(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules as DescribeSecurityGroups shows them: those of one protocol and port range in one IpPermission."""
    merged: dict[tuple, dict[str, Any]] = {}
    for rule in rules:
        ports = {side: rule[side] for side in ("FromPort", "ToPort") if side in rule}
        into = merged.setdefault(
            (rule["IpProtocol"], *ports.values()),
            {"IpProtocol": rule["IpProtocol"], **ports, **{source: [] for source, _member, _written in SOURCES}},
        )
        for source, _member, _written in SOURCES:
            into[source] += rule[source]
    return list(merged.values())


def key(rule: dict[str, Any]) -> tuple:
    """What makes two rules the same: everything but id and description."""
    source, name = _source(rule)
    return rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), source, name


def _rules_of(request: dict[str, Any]) -> list[dict[str, Any]]:
    permissions = request.get("IpPermissions") or [_flat_permission(request)]
    return [rule for permission in permissions for rule in split(permission, get_account_id())]


def _flat_permission(request: dict[str, Any]) -> dict[str, Any]:
    if "IpProtocol" not in request:
        raise AwsError("MissingParameter", "The request must contain the parameter ipPermissions")
    return {**request, "IpRanges": [{"CidrIp": request["CidrIp"]}] if "CidrIp" in request else []}


def _source(rule: dict[str, Any]) -> tuple[str, str]:
    return next((source, rule[source][0][member]) for source, member, _written in SOURCES if rule[source])


def _spoken(rule: dict[str, Any]) -> str:
    ports = f"from port: {rule['FromPort']}, to port: {rule['ToPort']}, " if "FromPort" in rule else ""
    return f"peer: {_source(rule)[1]}, {rule['IpProtocol'].upper()}, {ports}ALLOW"


def _public_rule(group_id: str, rule: dict[str, Any], egress: bool) -> dict[str, Any]:
    source, member, written = next(entry for entry in SOURCES if rule[entry[0]])
    entry = rule[source][0]
    peer = (
        {written: entry[member]}
        if written
        else {"ReferencedGroupInfo": {"GroupId": entry["GroupId"], "UserId": entry["UserId"]}}
    )
    return {
        "SecurityGroupRuleId": rule["SecurityGroupRuleId"],
        "GroupId": group_id,
        "GroupOwnerId": get_account_id(),
        "IsEgress": egress,
        "IpProtocol": rule["IpProtocol"],
        "FromPort": rule.get("FromPort", -1),
        "ToPort": rule.get("ToPort", -1),
        "Description": entry.get("Description"),
        **peer,
        "SecurityGroupRuleArn": ec2._sg_rule_arn(rule["SecurityGroupRuleId"]),
        "Tags": tags_of(rule["SecurityGroupRuleId"]),
    }


def _referenced(group: dict[str, Any], side: str) -> list[str]:
    return [pair["GroupId"] for rule in group[side] for pair in rule.get("UserIdGroupPairs", [])]


def _group(group_id: str) -> dict[str, Any]:
    if group_id not in ec2._security_groups:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    return next(group for group in _groups() if group["GroupId"] == group_id)


def _groups() -> list[dict[str, Any]]:
    """All groups; the ones that the emulator made itself (a VPC's default group) get their rules' ids here."""
    for group in ec2._security_groups.values():
        for side in SIDES.values():
            if any("SecurityGroupRuleId" not in rule for rule in group[side]):
                group[side] = [rule for whole in group[side] for rule in split(whole, get_account_id())]
    return list(ec2._security_groups.values())


def install() -> None:
    """Answer for security groups in the emulator's place."""
    guard("ec2", "DeleteSecurityGroup", require_unused)
    replace(
        "ec2", CreateSecurityGroup=create, DescribeSecurityGroups=describe, DescribeSecurityGroupRules=describe_rules
    )
    for egress, name in ((False, "Ingress"), (True, "Egress")):
        for action, function in (
            ("AuthorizeSecurityGroup", authorize),
            ("RevokeSecurityGroup", revoke),
            ("UpdateSecurityGroupRuleDescriptions", update_descriptions),
        ):
            replace("ec2", **{f"{action}{name}": lambda request, f=function, e=egress: f(request, e)})
