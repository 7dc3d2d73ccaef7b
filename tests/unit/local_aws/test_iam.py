"""IAM of the local AWS: roles, profiles and the refusals of AWS."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.layer.iam import policy_error

TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'


def test_a_service_linked_role_is_made_once(local_aws):
    iam = local_aws.client("iam")
    made = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]
    assert made["Arn"].endswith(":role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")
    with pytest.raises(ClientError, match="InvalidInput.*AWSServiceRoleForECS has been taken in this account"):
        iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    with pytest.raises(ClientError, match="UnmodifiableEntity"):
        iam.delete_role(RoleName="AWSServiceRoleForECS")
    assert "AWSServiceRoleForECS" in [role["RoleName"] for role in iam.list_roles()["Roles"]]


def test_services_make_their_own_role(local_aws):
    local_aws.client("efs").create_file_system(CreationToken="x")
    role = local_aws.client("iam").get_role(RoleName="AWSServiceRoleForAmazonElasticFileSystem")["Role"]
    assert role["Path"] == "/aws-service-role/elasticfilesystem.amazonaws.com/"


def test_a_role_in_use_is_not_deleted(local_aws):
    iam = local_aws.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.put_role_policy(RoleName="r", PolicyName="own", PolicyDocument=POLICY)
    with pytest.raises(ClientError, match="LimitExceeded"):
        iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    with pytest.raises(ClientError, match="DeleteConflict"):
        iam.delete_instance_profile(InstanceProfileName="p")
    with pytest.raises(ClientError, match="DeleteConflict"):
        iam.delete_role(RoleName="r")
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    with pytest.raises(ClientError, match="DeleteConflict"):
        iam.delete_role(RoleName="r")
    iam.delete_role_policy(RoleName="r", PolicyName="own")
    iam.delete_role(RoleName="r")
    iam.delete_instance_profile(InstanceProfileName="p")


@pytest.mark.parametrize("document", ["{", "{}", POLICY.replace("2012-10-17", "2020-01-01")])
def test_a_malformed_policy_is_refused(local_aws, document):
    iam = local_aws.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        iam.put_role_policy(RoleName="r", PolicyName="own", PolicyDocument=document)
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        iam.create_role(RoleName="s", AssumeRolePolicyDocument=document)


def test_policies_have_a_longest_size(local_aws):
    iam = local_aws.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    half = POLICY.replace("s3:GetObject", "s3:" + "x" * 6000)
    iam.put_role_policy(RoleName="r", PolicyName="one", PolicyDocument=half)
    iam.put_role_policy(RoleName="r", PolicyName="one", PolicyDocument=half + " " * 9000)
    with pytest.raises(ClientError, match="LimitExceeded.*Maximum policy size of 10240 bytes exceeded for role r"):
        iam.put_role_policy(RoleName="r", PolicyName="two", PolicyDocument=half)
    with pytest.raises(ClientError, match="Cannot exceed quota for PolicySize: 6144"):
        iam.create_policy(PolicyName="p", PolicyDocument=POLICY.replace("s3:GetObject", "s3:" + "x" * 6144))


def test_tags_of_roles_and_profiles(local_aws):
    iam, tags = local_aws.client("iam"), [{"Key": "a", "Value": "b"}]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Tags=tags)
    iam.create_instance_profile(InstanceProfileName="p", Tags=tags)
    assert iam.get_role(RoleName="r")["Role"]["Tags"] == tags
    assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Tags"] == tags
    iam.untag_role(RoleName="r", TagKeys=["a"])
    assert iam.list_role_tags(RoleName="r")["Tags"] == []


@pytest.mark.parametrize(
    ("document", "is_trust", "error"),
    [
        (POLICY, False, None),
        (TRUST, True, None),
        ("{", False, "This policy contains invalid Json"),
        ("[]", False, "Syntax errors in policy."),
        (POLICY.replace("Allow", "Maybe"), False, "Syntax errors in policy."),
        (POLICY.replace("Resource", "Resources"), False, "Missing required field Resource"),
        (POLICY, True, "Has prohibited field Resource"),
        (TRUST, False, "Policy document should not specify a principal."),
        (TRUST.replace("Action", "Actions"), True, "Missing required field Action"),
    ],
)
def test_what_is_wrong_with_a_policy(document, is_trust, error):
    assert policy_error(document, is_trust) == error
