# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""deployment_info against the local AWS."""

from __future__ import annotations

import pytest

from tests.unit.plugins.modules import ecs_ground

OWNER = {"openclaw:deployment": "box", "openclaw:region": "us-east-1"}
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
        "gateway_log_group": "/openclaw/box/gateway",
        "exec_log_group": "/openclaw/box/exec",
        "token_parameter": "/openclaw/box/gateway-token",
        "security_groups": {"gateway": "box-gateway"},
    },
}


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
    role = iam.get_role(RoleName="box-us-east-1-task")["Role"]["Arn"]
    profile = iam.create_instance_profile(InstanceProfileName="box-us-east-1-instance", Tags=TAG_LIST)
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
        "security_groups": set(params["security_group_ids"]),
        "endpoints": set(endpoints.values()),
        "file_systems": {file_system},
        "mount_targets": {mount_target},
        "access_points": {access_point["AccessPointId"]},
        "recovery_points": set(),
        "roles": {role},
        "instance_profiles": {profile["InstanceProfile"]["Arn"]},
        "log_groups": {
            f"arn:aws:logs:us-east-1:000000000000:log-group:/openclaw/box/{name}" for name in ("gateway", "exec")
        },
        "container_insights_log_groups": {
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws/ecs/containerinsights/box/performance"
        },
        "parameters": {"arn:aws:ssm:us-east-1:000000000000:parameter/openclaw/box/gateway-token"},
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
    assert found == {"container_insights_log_groups"}


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_empty_account_has_nothing(run_module, check_mode):
    result = run_module("deployment_info", check_mode=check_mode, **ASKED)
    assert not any(result["resources"].values())
    assert (result["tasks"], result["events"], result["remaining"]) == ([], [], [])


def test_a_deleted_service_and_cluster_are_left_out(local_aws, run_module):
    make_deployment(local_aws, run_module)
    ecs = local_aws.client("ecs")
    ecs.delete_service(cluster="box", service="box-gateway", force=True)
    ecs.get_waiter("services_inactive").wait(cluster="box", services=["box-gateway"], WaiterConfig={"Delay": 1})
    ecs.delete_cluster(cluster="box")
    resources = run_module("deployment_info", **ASKED)["resources"]
    assert (resources["services"], resources["clusters"]) == ([], [])


def test_backups_that_the_caller_may_not_see_are_left_out(local_aws, run_module):
    make_deployment(local_aws, run_module)
    local_aws.control(
        "POST",
        "faults",
        service="backup",
        action="ListRecoveryPointsByResource",
        code="AccessDeniedException",
        message="no",
        times=1,
    )
    result = run_module("deployment_info", **ASKED)
    assert (result.get("failed"), result["resources"]["recovery_points"]) == (None, [])


def test_missing_names_are_named(run_module):
    names = {key: value for key, value in ASKED["names"].items() if key not in ("cluster", "task_role")}
    result = run_module("deployment_info", **{**ASKED, "names": names})
    assert (result["failed"], result["msg"].split(".")[0]) == (True, "names lacks cluster, task_role")
