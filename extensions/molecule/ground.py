"""`ground.py SCENARIO FILE`: empties the account and makes what the scenario's role expects to find.

Made as root and by another way than the collection's own modules. What the scenario has to know of it is written to
the file, as the variable `ground`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request
from urllib.request import urlopen

import boto3

TAGS = {"openclaw:deployment": "scenario", "openclaw:region": "us-east-1"}
IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
ORDINARY_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
NOBODYS: dict[str, str] = {}


def client(service: str, **credentials: str) -> Any:
    """A client of the local AWS, root's unless credentials are given."""
    credentials = credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(
        service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=os.environ["AWS_REGION"], **credentials
    )


def control(method: str, path: str, **body: Any) -> dict[str, Any]:
    """Ask the control plane of the local AWS."""
    url = f"{os.environ['AWS_ENDPOINT_URL']}/_local/{path}"
    with urlopen(Request(url, data=json.dumps(body).encode() if body else None, method=method), timeout=30) as answer:
        return json.load(answer)


def tag_list(name: str, owner: dict[str, str] = TAGS, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as most services write them."""
    return [{key: each, value: text} for each, text in {"Name": name, **owner}.items()]


def network(name: str) -> dict[str, Any]:
    """A VPC of the local AWS, its private subnets by the letter of their zone, their route table."""
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"][0]
    private = {"Name": "tag:Name", "Values": [f"{name}-private*"]}
    subnets = ec2.describe_subnets(Filters=[private])["Subnets"]
    tables = ec2.describe_route_tables(Filters=[private])["RouteTables"]
    return {
        "vpc": vpc["VpcId"],
        "cidr": vpc["CidrBlock"],
        "route_table": tables[0]["RouteTableId"],
        "subnets": {subnet["AvailabilityZone"][-1]: subnet["SubnetId"] for subnet in subnets},
    }


def security_group(vpc: str, name: str) -> str:
    """A security group that belongs to somebody else."""
    made = client("ec2").create_security_group(GroupName=name, Description="Somebody else's", VpcId=vpc)
    return made["GroupId"]


def role(name: str, service: str) -> str:
    """A role without permissions that a service may assume."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tag_list(name))["Role"]["Arn"]


def instance_profile(name: str) -> str:
    """An instance profile whose role is there already and has the same name."""
    iam = client("iam")
    arn = iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"]
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return arn


def host(subnet: str, name: str, owner: dict[str, str]) -> str:
    """An ordinary instance."""
    image = client("ssm").get_parameter(Name=ORDINARY_IMAGE)["Parameter"]["Value"]
    tags = [{"ResourceType": "instance", "Tags": tag_list(name, owner)}]
    request = {"ImageId": image, "InstanceType": "t4g.micro", "SubnetId": subnet, "TagSpecifications": tags}
    return client("ec2").run_instances(**request, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return once the condition holds; TimeoutError if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def efs() -> dict[str, Any]:
    """Subnets, and a group for the mount targets."""
    found = network("home")
    return {"subnets": found["subnets"], "security_group": security_group(found["vpc"], "scenario-efs")}


def iam() -> dict[str, Any]:
    """Nothing: the role is given ARNs."""
    return {}


def network_endpoints() -> dict[str, Any]:
    """A VPC without a way out, in which somebody else has an endpoint and its group."""
    found = network("isolated")
    others = security_group(found["vpc"], "others")
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": found["cidr"]}]}
    client("ec2").authorize_security_group_ingress(GroupId=others, IpPermissions=[https])
    endpoint = client("ec2").create_vpc_endpoint(
        VpcId=found["vpc"],
        ServiceName="com.amazonaws.us-east-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=[found["subnets"]["a"]],
        SecurityGroupIds=[others],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]
    return {**found, "others": {"security_group": others, "endpoint": endpoint["VpcEndpointId"]}}


def ecs_cluster() -> dict[str, Any]:
    """Subnets, and a group and an instance profile for the hosts."""
    found = network("home")
    role("scenario-us-east-1-instance", "ec2.amazonaws.com")
    return {
        "subnets": found["subnets"],
        "security_group": security_group(found["vpc"], "scenario-host"),
        "instance_profile": instance_profile("scenario-us-east-1-instance"),
    }


def ecs_service() -> dict[str, Any]:
    """A cluster with a capacity provider, a file system with an access point, roles, subnets and a group."""
    found = network("home")
    _cluster(found["subnets"]["a"])
    file_system, access_point = _folder()
    return {
        "subnets": found["subnets"],
        "security_group": security_group(found["vpc"], "scenario-gateway"),
        "file_system": file_system["FileSystemId"],
        "access_point": access_point["AccessPointId"],
        "execution_role": role("scenario-us-east-1-execution", "ecs-tasks.amazonaws.com"),
        "task_role": role("scenario-us-east-1-task", "ecs-tasks.amazonaws.com"),
    }


def setup_host() -> dict[str, Any]:
    """A file system that admits a group, a role that may mount it, and a host and a bucket of somebody else."""
    found = network("home")
    file_system, access_point = _folder()
    group = security_group(found["vpc"], "scenario-setup")
    _mount_target(found, file_system["FileSystemId"], group)
    role("scenario-us-east-1-setup", "ec2.amazonaws.com")
    _permit("scenario-us-east-1-setup", file_system["FileSystemArn"], access_point["AccessPointArn"])
    client("s3").create_bucket(Bucket="scenario-setup")
    return {
        "subnets": found["subnets"],
        "security_group": group,
        "file_system": file_system["FileSystemId"],
        "access_point": access_point["AccessPointId"],
        "instance_profile": instance_profile("scenario-us-east-1-setup"),
        "others": {"host": host(found["subnets"]["a"], "scenario-setup", NOBODYS), "bucket": "scenario-setup"},
    }


def _mount_target(where: dict[str, Any], file_system: str, admitted: str) -> None:
    group = security_group(where["vpc"], "scenario-efs")
    nfs = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "UserIdGroupPairs": [{"GroupId": admitted}]}
    client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[nfs])
    api = client("efs")
    api.create_mount_target(FileSystemId=file_system, SubnetId=where["subnets"]["a"], SecurityGroups=[group])
    named = {"FileSystemId": file_system}
    wait_until(lambda: api.describe_mount_targets(**named)["MountTargets"][0]["LifeCycleState"] == "available")


def _permit(role_name: str, file_system: str, access_point: str) -> None:
    """Let the role of a setup host mount its folder and keep its session, and nothing else."""
    sessions = [f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")]
    statements = [
        {
            "Effect": "Allow",
            "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            "Resource": file_system,
            "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": access_point}},
        },
        {"Effect": "Allow", "Action": ["ssm:UpdateInstanceInformation", *sessions], "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    client("iam").put_role_policy(RoleName=role_name, PolicyName="setup", PolicyDocument=policy)


def _folder() -> tuple[dict[str, Any], dict[str, Any]]:
    """A file system and an access point of it."""
    api = client("efs")
    file_system = api.create_file_system(CreationToken="scenario", Encrypted=True, Tags=tag_list("scenario"))
    wait_until(lambda: api.describe_file_systems()["FileSystems"][0]["LifeCycleState"] == "available")
    access_point = api.create_access_point(
        ClientToken="scenario-gateway",
        FileSystemId=file_system["FileSystemId"],
        PosixUser={"Uid": 1000, "Gid": 1000},
        RootDirectory={
            "Path": "/openclaw",
            "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "0750"},
        },
        Tags=tag_list("scenario-gateway"),
    )
    return file_system, access_point


def _cluster(subnet: str) -> None:
    for service in ("ecs", "autoscaling"):
        client("iam").create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
    image = client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    template = {"ImageId": image, "InstanceType": "t4g.small"}
    client("ec2").create_launch_template(LaunchTemplateName="scenario-host", LaunchTemplateData=template)
    groups = client("autoscaling")
    groups.create_auto_scaling_group(
        AutoScalingGroupName="scenario-host",
        LaunchTemplate={"LaunchTemplateName": "scenario-host"},
        MinSize=0,
        MaxSize=1,
        VPCZoneIdentifier=subnet,
    )
    group = groups.describe_auto_scaling_groups(AutoScalingGroupNames=["scenario-host"])["AutoScalingGroups"][0]
    ecs = client("ecs")
    ecs.create_cluster(clusterName="scenario", tags=tag_list("scenario", key="key", value="value"))
    ecs.create_capacity_provider(
        name="scenario-host", autoScalingGroupProvider={"autoScalingGroupArn": group["AutoScalingGroupARN"]}
    )
    name = {"capacityProviders": ["scenario-host"]}
    wait_until(lambda: ecs.describe_capacity_providers(**name)["capacityProviders"][0]["status"] == "ACTIVE")
    ecs.put_cluster_capacity_providers(cluster="scenario", **name, defaultCapacityProviderStrategy=[])


GROUNDS: dict[str, Callable[[], dict[str, Any]]] = {
    "ecs_cluster": ecs_cluster,
    "ecs_service": ecs_service,
    "efs": efs,
    "iam": iam,
    "network_endpoints": network_endpoints,
    "openclaw": iam,
    "setup_host": setup_host,
}


if __name__ == "__main__":
    scenario, file = sys.argv[1:]
    control("POST", "reset")
    Path(file).write_text(json.dumps({"ground": {"tags": TAGS, **GROUNDS[scenario]()}}))
