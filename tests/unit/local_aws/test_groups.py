"""Security groups of the local AWS."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

ANYWHERE = {"CidrIp": "0.0.0.0/0"}


def permission(port: int, **sources: list) -> dict:
    """One IpPermission for a TCP port."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **sources}


def group(local_aws, name: str, vpc: str) -> str:
    """A new group in a VPC."""
    return local_aws.client("ec2").create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]


def test_every_source_is_a_rule_of_its_own(local_aws):
    ec2, vpc = local_aws.client("ec2"), local_aws.network()["vpc"]
    prefix_list = ec2.describe_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    made, other = group(local_aws, "made", vpc), group(local_aws, "other", vpc)
    sources = {
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "home"}, {"CidrIp": "192.168.0.0/16"}],
        "UserIdGroupPairs": [{"GroupId": other}],
        "PrefixListIds": [{"PrefixListId": prefix_list}],
    }
    answer = ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[permission(443, **sources)])
    assert len({rule["SecurityGroupRuleId"] for rule in answer["SecurityGroupRules"]}) == 4
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [made]}])["SecurityGroupRules"]
    ingress = [rule for rule in rules if not rule["IsEgress"]]
    assert [rule.get("CidrIpv4") for rule in ingress] == ["10.0.0.0/8", "192.168.0.0/16", None, None]
    assert ingress[0]["Description"] == "home"
    assert {"pl": ingress[2].get("PrefixListId"), "sg": ingress[3]["ReferencedGroupInfo"]["GroupId"]} == {
        "pl": prefix_list,
        "sg": other,
    }
    shown = ec2.describe_security_groups(GroupIds=[made])["SecurityGroups"][0]
    assert len(shown["IpPermissions"]) == 1
    assert len(shown["IpPermissions"][0]["IpRanges"]) == 2
    assert shown["IpPermissionsEgress"][0]["IpRanges"] == [ANYWHERE]


def test_a_rule_is_revoked_by_id_and_by_content(local_aws):
    ec2, vpc = local_aws.client("ec2"), local_aws.network()["vpc"]
    made = group(local_aws, "made", vpc)
    ec2.revoke_security_group_egress(GroupId=made, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [ANYWHERE]}])
    rule = ec2.authorize_security_group_egress(GroupId=made, IpPermissions=[permission(443, IpRanges=[ANYWHERE])])[
        "SecurityGroupRules"
    ][0]
    ec2.update_security_group_rule_descriptions_egress(
        GroupId=made, IpPermissions=[permission(443, IpRanges=[{**ANYWHERE, "Description": "out"}])]
    )
    assert (
        ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])["SecurityGroupRules"][0][
            "Description"
        ]
        == "out"
    )
    ec2.revoke_security_group_egress(GroupId=made, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    assert ec2.describe_security_groups(GroupIds=[made])["SecurityGroups"][0]["IpPermissionsEgress"] == []
    with pytest.raises(ClientError, match="InvalidPermission.NotFound"):
        ec2.revoke_security_group_egress(GroupId=made, IpPermissions=[permission(443, IpRanges=[ANYWHERE])])


def test_duplicates_are_refused(local_aws):
    ec2, vpc = local_aws.client("ec2"), local_aws.network()["vpc"]
    made = group(local_aws, "made", vpc)
    with pytest.raises(ClientError, match=f"InvalidGroup.Duplicate.*'made' already exists for VPC '{vpc}'"):
        group(local_aws, "made", vpc)
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[permission(443, IpRanges=[ANYWHERE])])
    with pytest.raises(ClientError, match="InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(
            GroupId=made, IpPermissions=[permission(443, IpRanges=[{**ANYWHERE, "Description": "again"}])]
        )


def test_a_group_in_use_is_not_deleted(local_aws):
    ec2, network = local_aws.client("ec2"), local_aws.network()
    made, other = group(local_aws, "made", network["vpc"]), group(local_aws, "other", network["vpc"])
    pair = [permission(2049, UserIdGroupPairs=[{"GroupId": made}])]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=pair)
    with pytest.raises(ClientError, match=f"DependencyViolation.*resource {made} has a dependent object"):
        ec2.delete_security_group(GroupId=made)
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=pair)
    ec2.delete_security_group(GroupId=made)
    assert ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["made"]}])["SecurityGroups"] == []


def test_default_groups_have_rules_with_ids(local_aws):
    rules = local_aws.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    assert all(rule["SecurityGroupRuleId"].startswith("sgr-") for rule in rules)


def test_an_unknown_filter_is_refused(local_aws):
    with pytest.raises(ClientError, match="The filter 'colour' is invalid"):
        local_aws.client("ec2").describe_security_groups(Filters=[{"Name": "colour", "Values": ["red"]}])
