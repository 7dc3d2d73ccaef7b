# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""deployment_info against the local AWS."""

from __future__ import annotations

import json

import pytest

from tests.unit.plugins.modules import ecs_ground

OWNER = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
BUCKET = "box-setup-000000000000-us-east-1"
TAG_LIST = [{"Key": key, "Value": value} for key, value in OWNER.items()]
ASKED = {
    "tags": {"cost-center": "7", **OWNER},
    "names": {
        "cluster": "box",
        "service": "box-gateway",
        "capacity_provider": "box-host",
        "host_group": "box-host",
        "task_family": "box-gateway",
        "file_system": "box",
        "access_point": "box-gateway",
        "execution_role": "box-us-east-1-execution",
        "task_role": "box-us-east-1-task",
        "instance_role": "box-us-east-1-instance",
        "setup_role": "box-us-east-1-setup",
        "setup_host": "box-setup",
        "setup_bucket_prefix": "box-setup",
        "gateway_log_group": "/openclaw/box/gateway",
        "exec_log_group": "/openclaw/box/exec",
        "token_parameter": "/openclaw/box/gateway-token",
        "security_groups": {"gateway": "box-gateway"},
    },
}


def make_setup_role(iam):
    """The role of the setup host."""
    return iam.create_role(
        RoleName="box-us-east-1-setup", AssumeRolePolicyDocument=json.dumps(ecs_ground.TRUST), Tags=TAG_LIST
    )


def make_setup_host(local_aws):
    """An instance as a killed run leaves it; returns its ID."""
    ec2, subnet_id = local_aws.client("ec2"), local_aws.network("home")["a"]
    image = local_aws.client("ssm").get_parameter(Name=IMAGE_PARAMETER)["Parameter"]["Value"]
    tags = [{"ResourceType": "instance", "Tags": [*TAG_LIST, {"Key": "Name", "Value": "box-setup"}]}]
    answer = ec2.run_instances(
        ImageId=image, InstanceType="t4g.micro", SubnetId=subnet_id, MinCount=1, MaxCount=1, TagSpecifications=tags
    )
    return answer["Instances"][0]["InstanceId"]


def make_deployment(local_aws, run_module):
    """Everything a deployment has, by hand and owned; returns what was made, by kind."""
    params = ecs_ground.make(local_aws)
    service = run_module("ecs_service", **params)["service"]
    ecs, ec2, efs = (local_aws.client(each) for each in ("ecs", "ec2", "efs"))
    iam, logs, ssm = (local_aws.client(each) for each in ("iam", "logs", "ssm"))
    autoscaling = local_aws.client("autoscaling")
    network = local_aws.network("home")
    cluster = ecs.describe_clusters(clusters=["box"])["clusters"][0]["clusterArn"]
    provider = ecs.describe_capacity_providers(capacityProviders=["box-host"])["capacityProviders"][0]
    group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["box-host"])["AutoScalingGroups"][0]
    template = ec2.describe_launch_templates(LaunchTemplateNames=["box-host"])["LaunchTemplates"][0]
    target = {"ResourceId": "box-host", "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
    autoscaling.create_or_update_tags(Tags=[{**each, **target} for each in TAG_LIST])
    endpoints = {
        kind: ec2.create_vpc_endpoint(
            VpcId=network["vpc"], ServiceName=f"com.amazonaws.us-east-1.{service}", VpcEndpointType=kind, **where
        )["VpcEndpoint"]["VpcEndpointId"]
        for kind, service, where in (("Interface", "logs", {"SubnetIds": [network["a"]]}), ("Gateway", "s3", {}))
    }
    ec2.create_tags(
        Resources=[template["LaunchTemplateId"], *params["security_group_ids"], *endpoints.values()], Tags=TAG_LIST
    )
    file_system = efs.create_file_system(CreationToken="box", Tags=TAG_LIST)["FileSystemId"]
    mount_target = efs.create_mount_target(FileSystemId=file_system, SubnetId=network["a"])["MountTargetId"]
    access_point = efs.create_access_point(ClientToken="box-gateway", FileSystemId=file_system, Tags=TAG_LIST)
    iam.tag_role(RoleName="box-us-east-1-task", Tags=TAG_LIST)
    roles = [iam.get_role(RoleName="box-us-east-1-task"), make_setup_role(iam)]
    profiles = [
        iam.create_instance_profile(InstanceProfileName=f"box-us-east-1-{each}", Tags=TAG_LIST)
        for each in ("instance", "setup")
    ]
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": TAG_LIST})
    for name in ("gateway", "exec", "of-somebody"):
        logs.create_log_group(logGroupName=f"/openclaw/box/{name}", tags=OWNER)
    logs.create_log_group(logGroupName="/aws/ecs/containerinsights/box/performance")
    ssm.put_parameter(Name="/openclaw/box/gateway-token", Type="SecureString", Value="secret", Tags=TAG_LIST)
    return {
        "clusters": {cluster},
        "services": {service["arn"]},
        "capacity_providers": {provider["capacityProviderArn"]},
        "task_definitions": {params["task_definition"]},
        "auto_scaling_groups": {group["AutoScalingGroupARN"]},
        "launch_templates": {template["LaunchTemplateId"]},
        "instances": set(),
        "setup_hosts": {make_setup_host(local_aws)},
        "security_groups": set(params["security_group_ids"]),
        "endpoints": set(endpoints.values()),
        "file_systems": {file_system},
        "mount_targets": {mount_target},
        "access_points": {access_point["AccessPointId"]},
        "recovery_points": set(),
        "roles": {each["Role"]["Arn"] for each in roles},
        "instance_profiles": {each["InstanceProfile"]["Arn"] for each in profiles},
        "log_groups": {
            f"arn:aws:logs:us-east-1:000000000000:log-group:/openclaw/box/{name}" for name in ("gateway", "exec")
        },
        "container_insights_log_groups": {
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws/ecs/containerinsights/box/performance"
        },
        "parameters": {"arn:aws:ssm:us-east-1:000000000000:parameter/openclaw/box/gateway-token"},
        "setup_buckets": {BUCKET},
    }


def test_everything_of_the_deployment_is_found(local_aws, run_module):
    made = make_deployment(local_aws, run_module)
    result = run_module("deployment_info", **ASKED)
    assert {kind: {each["id"] for each in items} for kind, items in result["resources"].items()} == made
    service = result["resources"]["services"][0]
    assert (service["state"], service["desired_count"], service["running_count"]) == ("ACTIVE", 0, 0)
    assert (result["changed"], result["tasks"]) == (False, [])
    home = local_aws.network("home")["vpc"]
    assert {each["vpc_id"] for kind in ("security_groups", "endpoints") for each in result["resources"][kind]} == {home}
    assert result["resources"]["access_points"][0]["arn"].endswith(made["access_points"].copy().pop())


def test_what_remains_is_told_with_what_is_billed_first(local_aws, run_module):
    made = make_deployment(local_aws, run_module)
    remaining = run_module("deployment_info", **ASKED)["remaining"]
    assert {each["id"] for each in remaining} == set().union(*made.values())
    assert [each["billed"] for each in remaining] == sorted((each["billed"] for each in remaining), reverse=True)
    billed = {(each["resource"], each["name"]) for each in remaining if each["billed"]}
    assert billed == {
        ("VPC endpoint", "logs"),
        ("setup host", "box-setup"),
        ("file system", "box"),
        ("log group", "/openclaw/box/gateway"),
        ("log group", "/openclaw/box/exec"),
        ("log group of Container Insights", "/aws/ecs/containerinsights/box/performance"),
    }


def test_few_calls_are_made_and_none_reads_the_token(local_aws, run_module, calls_of):
    make_deployment(local_aws, run_module)
    calls = calls_of("deployment_info", **ASKED)
    assert not {"GetParameter", "GetParameters", "GetParametersByPath"} & set(calls)
    assert len(calls) <= 30


def test_what_others_own_is_left_out(local_aws, run_module):
    make_deployment(local_aws, run_module)
    result = run_module("deployment_info", **{**ASKED, "tags": {**OWNER, "openclaw:deployment": "other"}})
    found = {kind for kind, items in result["resources"].items() if items}
    assert found == {"container_insights_log_groups", "setup_buckets"}
    assert result["resources"]["setup_buckets"][0]["state"] == "foreign"


def test_a_setup_host_is_told_apart_from_other_instances_and_left_out_when_it_has_ended(local_aws, run_module):
    instance_id = make_setup_host(local_aws)
    resources = run_module("deployment_info", **ASKED)["resources"]
    (host,) = resources["setup_hosts"]
    assert resources["instances"] == []
    assert (host["id"], host["state"], host["type"]) == (instance_id, "running", "t4g.micro")
    assert host["subnet_id"] == local_aws.network("home")["a"]
    assert host["private_ip"].startswith("10.20.")
    assert host["launch_time"].startswith("20")
    local_aws.client("ec2").terminate_instances(InstanceIds=[instance_id])
    assert run_module("deployment_info", **ASKED)["resources"]["setup_hosts"] == []


@pytest.mark.parametrize("tags", [{}, {"Name": BUCKET}])
def test_a_bucket_without_the_tags_of_the_deployment_is_told_to_be_foreign(local_aws, run_module, tags):
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    if tags:
        tag_list = [{"Key": key, "Value": value} for key, value in tags.items()]
        s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": tag_list})
    result = run_module("deployment_info", **ASKED)
    assert result["resources"]["setup_buckets"] == [
        {"name": BUCKET, "id": BUCKET, "state": "foreign", "tags": tags},
    ]
    assert result["remaining"] == []


@pytest.mark.parametrize(
    ("service", "action", "code", "kind"),
    [
        ("backup", "ListRecoveryPointsByResource", "AccessDeniedException", "recovery_points"),
        ("s3", "GetBucketTagging", "AccessDenied", "setup_buckets"),
    ],
)
def test_what_the_caller_may_not_see_is_left_out(local_aws, run_module, service, action, code, kind):
    make_deployment(local_aws, run_module)
    local_aws.control("POST", "faults", service=service, action=action, code=code, message="no", times=1)
    result = run_module("deployment_info", **ASKED)
    assert (result.get("failed"), result["resources"][kind]) == (None, [])


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_empty_account_has_nothing(run_module, check_mode):
    result = run_module("deployment_info", check_mode=check_mode, **ASKED)
    assert not any(result["resources"].values())
    assert {"mount_targets", "access_points", "recovery_points"} <= set(result["resources"])
    assert (result["tasks"], result["events"], result["remaining"]) == ([], [], [])


def test_a_deleted_service_and_cluster_are_left_out(local_aws, run_module):
    make_deployment(local_aws, run_module)
    ecs = local_aws.client("ecs")
    ecs.delete_service(cluster="box", service="box-gateway", force=True)
    ecs.get_waiter("services_inactive").wait(cluster="box", services=["box-gateway"], WaiterConfig={"Delay": 1})
    ecs.delete_cluster(cluster="box")
    resources = run_module("deployment_info", **ASKED)["resources"]
    assert (resources["services"], resources["clusters"]) == ([], [])


def test_missing_names_are_named(run_module):
    names = {key: value for key, value in ASKED["names"].items() if key not in ("cluster", "task_role")}
    result = run_module("deployment_info", **{**ASKED, "names": names})
    assert (result["failed"], result["msg"].split(".")[0]) == (True, "names lacks cluster, task_role")
