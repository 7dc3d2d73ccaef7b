"""SSM parameters, log groups and EC2 tags of the local AWS."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

ECS_IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"


def put(local_aws, name: str = "/openclaw/x/gateway-token", **more) -> None:
    """Put the gateway's token."""
    local_aws.client("ssm").put_parameter(Name=name, Type="SecureString", Value="v", **more)


def test_a_parameter_is_made_once(local_aws):
    put(local_aws, Tags=[{"Key": "a", "Value": "b"}])
    with pytest.raises(ClientError, match="ParameterAlreadyExists"):
        put(local_aws)
    with pytest.raises(ClientError, match="tags and overwrite can't be used together"):
        put(local_aws, Overwrite=True, Tags=[{"Key": "a", "Value": "c"}])
    ssm = local_aws.client("ssm")
    shown = ssm.get_parameter(Name="/openclaw/x/gateway-token")["Parameter"]["Value"]
    clear = ssm.get_parameter(Name="/openclaw/x/gateway-token", WithDecryption=True)["Parameter"]["Value"]
    assert (clear, shown == "v") == ("v", False)


def test_the_name_of_a_deleted_parameter_rests(local_aws):
    local_aws.control("POST", "latency", scale=1)
    ssm = local_aws.client("ssm")
    put(local_aws)
    ssm.delete_parameter(Name="/openclaw/x/gateway-token")
    with pytest.raises(ClientError, match="TooManyUpdates"):
        put(local_aws)
    put(local_aws, "/openclaw/y/gateway-token")


def test_public_parameters_can_be_set(local_aws):
    ssm = local_aws.client("ssm")
    before = ssm.get_parameter(Name=ECS_IMAGE)["Parameter"]["Value"]
    local_aws.control("POST", "images", **{ECS_IMAGE: "ami-0123456789abcdef0"})
    assert ssm.get_parameter(Name=ECS_IMAGE)["Parameter"]["Value"] == "ami-0123456789abcdef0"
    local_aws.control("POST", "reset")
    assert ssm.get_parameter(Name=ECS_IMAGE)["Parameter"]["Value"] == before


def test_log_groups(local_aws):
    logs = local_aws.client("logs")
    logs.create_log_group(logGroupName="/openclaw/x/gateway", tags={"a": "b"})
    with pytest.raises(ClientError, match="ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName="/openclaw/x/gateway")
    with pytest.raises(ClientError, match="InvalidParameterException"):
        logs.put_retention_policy(logGroupName="/openclaw/x/gateway", retentionInDays=8)
    logs.put_retention_policy(logGroupName="/openclaw/x/gateway", retentionInDays=7)
    shown = logs.describe_log_groups(logGroupNamePrefix="/openclaw/x/")["logGroups"][0]
    assert shown["retentionInDays"] == 7
    assert logs.list_tags_for_resource(resourceArn=shown["logGroupArn"])["tags"] == {"a": "b"}


def test_tags_of_ec2(local_aws):
    ec2, vpc = local_aws.client("ec2"), local_aws.network()["vpc"]
    with pytest.raises(ClientError, match="InvalidID.*The ID 'sg-0123456789abcdef0' is not valid"):
        ec2.create_tags(Resources=["sg-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "b"}])
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "a", "Value": "b"}])
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "a", "Value": "other"}, {"Key": "Name"}])
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_dry_run_changes_nothing(local_aws):
    ec2, vpc = local_aws.client("ec2"), local_aws.network()["vpc"]
    with pytest.raises(ClientError, match="DryRunOperation.*would have succeeded"):
        ec2.create_security_group(GroupName="x", Description="x", VpcId=vpc, DryRun=True)
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["x"]}])
    assert found["SecurityGroups"] == []


def test_route_tables_that_do_not_exist(local_aws):
    with pytest.raises(ClientError, match="InvalidRouteTableID.NotFound"):
        local_aws.client("ec2").describe_route_tables(RouteTableIds=["rtb-0123456789abcdef0"])
