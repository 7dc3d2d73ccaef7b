"""What a playbook would deploy, made with boto3 as the account's root: enough for the agent to run a task."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

REGION = "us-east-1"
AMI = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
NAME = "oc"
LOG = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/oc", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "gateway"},
}


def trust(service: str) -> str:
    """A trust policy for a service."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        }
    )


def allow(actions: list[str] | str, resource: list[str] | str = "*") -> dict[str, Any]:
    """A policy with one statement."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}


class Deployment:
    """Makes the parts, one method each, so that a test can leave one out or make it wrong."""

    def __init__(self, endpoint: str, directory: Path, network: str = "home") -> None:
        """Take the emulator's address, its state directory, and the name of the VPC."""
        self._endpoint, self._directory = endpoint, directory
        self.ec2, self.efs, self.iam, self.ecs = (self.client(name) for name in ("ec2", "efs", "iam", "ecs"))
        self.vpc = self._named("vpcs", network)["VpcId"]
        self.subnet = self._named("subnets", f"{network}-private-a")["SubnetId"]
        self.groups: dict[str, str] = {}
        self.access_point = self.file_system = ""

    @property
    def volume(self) -> Path:
        """The folder behind the access point."""
        return self._directory / "efs" / self.file_system / "openclaw"

    def client(self, service: str) -> Any:
        """A client of the account's root."""
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def _named(self, kind: str, name: str) -> dict[str, Any]:
        answer = getattr(self.ec2, f"describe_{kind}")(Filters=[{"Name": "tag:Name", "Values": [name]}])
        return answer[kind.capitalize()][0]

    def base(self) -> None:
        """Everything but the service."""
        self.security_groups()
        self.storage()
        self.roles()
        self.hosts()
        self.cluster()

    def security_groups(self) -> None:
        """Groups for the gateway, its host and the file system."""
        for name in ("gateway", "host", "efs"):
            self.groups[name] = self.ec2.create_security_group(
                GroupName=f"{NAME}-{name}", Description=name, VpcId=self.vpc
            )["GroupId"]
        self.ec2.authorize_security_group_ingress(
            GroupId=self.groups["efs"],
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 2049,
                    "ToPort": 2049,
                    "UserIdGroupPairs": [{"GroupId": self.groups["gateway"]}],
                }
            ],
        )

    def endpoints(self, *services: str) -> None:
        """Interface endpoints that admit the whole VPC, and for s3 a gateway endpoint."""
        if "endpoints" not in self.groups:
            self.groups["endpoints"] = self.ec2.create_security_group(
                GroupName=f"{NAME}-endpoints", Description="endpoints", VpcId=self.vpc
            )["GroupId"]
            self.ec2.authorize_security_group_ingress(
                GroupId=self.groups["endpoints"],
                IpPermissions=[
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
                ],
            )
        for service in services:
            name = f"com.amazonaws.{REGION}.{service}"
            if service == "s3":
                tables = self.ec2.describe_route_tables(
                    Filters=[{"Name": "association.subnet-id", "Values": [self.subnet]}]
                )["RouteTables"]
                self.ec2.create_vpc_endpoint(
                    VpcId=self.vpc,
                    ServiceName=name,
                    VpcEndpointType="Gateway",
                    RouteTableIds=[table["RouteTableId"] for table in tables],
                )
            else:
                self.ec2.create_vpc_endpoint(
                    VpcId=self.vpc,
                    ServiceName=name,
                    VpcEndpointType="Interface",
                    SubnetIds=[self.subnet],
                    SecurityGroupIds=[self.groups["endpoints"]],
                    PrivateDnsEnabled=True,
                )

    def mirror(self, image: str) -> str:
        """Put an image into a repository in ECR; its reference."""
        repository, _, tag = image.rpartition("/")[2].partition(":")
        ecr = self.client("ecr")
        uri = ecr.create_repository(repositoryName=repository)["repository"]["repositoryUri"]
        ecr.put_image(repositoryName=repository, imageTag=tag, imageManifest=json.dumps({"schemaVersion": 2}))
        return f"000000000000.dkr.ecr.{REGION}.amazonaws.com/{uri.partition('/')[2]}:{tag}"

    def storage(self) -> None:
        """A file system with a mount target and an access point."""
        self.file_system = self.efs.create_file_system(CreationToken=NAME, Encrypted=True)["FileSystemId"]
        wait(
            lambda: (
                self.efs.describe_file_systems(FileSystemId=self.file_system)["FileSystems"][0]["LifeCycleState"]
                == "available"
            )
        )
        self.efs.create_mount_target(
            FileSystemId=self.file_system, SubnetId=self.subnet, SecurityGroups=[self.groups["efs"]]
        )
        self.access_point = self.efs.create_access_point(
            ClientToken=NAME,
            FileSystemId=self.file_system,
            PosixUser={"Uid": 1000, "Gid": 1000},
            RootDirectory={
                "Path": "/openclaw",
                "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "755"},
            },
        )["AccessPointId"]
        wait(
            lambda: (
                self.efs.describe_mount_targets(FileSystemId=self.file_system)["MountTargets"][0]["LifeCycleState"]
                == "available"
            )
        )

    def roles(self) -> None:
        """The roles with what they need."""
        self.role(
            "execution",
            "ecs-tasks.amazonaws.com",
            allow(
                [
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                    "ssm:GetParameters",
                    "ecr:GetAuthorizationToken",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchCheckLayerAvailability",
                ]
            ),
        )
        self.role(
            "task",
            "ecs-tasks.amazonaws.com",
            allow(
                [
                    "bedrock:InvokeModel",
                    "bedrock:InvokeModelWithResponseStream",
                    "elasticfilesystem:ClientMount",
                    "elasticfilesystem:ClientWrite",
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ]
            ),
        )
        self.role(
            "instance",
            "ec2.amazonaws.com",
            allow(
                [
                    "ecs:RegisterContainerInstance",
                    "ecs:DeregisterContainerInstance",
                    "ecs:DiscoverPollEndpoint",
                    "ecs:Poll",
                    "ecs:Submit*",
                    "ecs:StartTelemetrySession",
                ]
            ),
        )
        self.iam.create_instance_profile(InstanceProfileName=f"{NAME}-instance")
        self.iam.add_role_to_instance_profile(InstanceProfileName=f"{NAME}-instance", RoleName=f"{NAME}-instance")
        self.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")

    def role(self, name: str, service: str, policy: dict[str, Any]) -> None:
        """A role with one policy."""
        self.iam.create_role(RoleName=f"{NAME}-{name}", AssumeRolePolicyDocument=trust(service))
        self.set_policy(name, policy)

    def set_policy(self, name: str, policy: dict[str, Any]) -> None:
        """Change the policy of a role."""
        self.iam.put_role_policy(RoleName=f"{NAME}-{name}", PolicyName="main", PolicyDocument=json.dumps(policy))

    def role_arn(self, name: str) -> str:
        """The ARN of a role."""
        return f"arn:aws:iam::000000000000:role/{NAME}-{name}"

    def hosts(
        self, maximum: int = 1, user_data: str = f"#!/bin/bash\necho ECS_CLUSTER={NAME} >> /etc/ecs/ecs.config\n"
    ) -> None:
        """A launch template and a group of 0 machines."""
        self.ec2.create_launch_template(
            LaunchTemplateName=f"{NAME}-host",
            LaunchTemplateData={
                "ImageId": self.client("ssm").get_parameter(Name=AMI)["Parameter"]["Value"],
                "InstanceType": "t4g.small",
                "IamInstanceProfile": {"Name": f"{NAME}-instance"},
                "SecurityGroupIds": [self.groups["host"]],
                "UserData": base64.b64encode(user_data.encode()).decode(),
            },
        )
        self.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=f"{NAME}-host",
            MinSize=0,
            MaxSize=maximum,
            DesiredCapacity=0,
            VPCZoneIdentifier=self.subnet,
            LaunchTemplate={"LaunchTemplateName": f"{NAME}-host", "Version": "$Latest"},
        )

    def cluster(self) -> None:
        """A cluster with a capacity provider on the group."""
        group = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[f"{NAME}-host"])
        self.ecs.create_capacity_provider(
            name=f"{NAME}-host",
            autoScalingGroupProvider={
                "autoScalingGroupArn": group["AutoScalingGroups"][0]["AutoScalingGroupARN"],
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
            },
        )
        wait(
            lambda: (
                self.ecs.describe_capacity_providers(capacityProviders=[f"{NAME}-host"])["capacityProviders"][0][
                    "status"
                ]
                == "ACTIVE"
            )
        )
        self.ecs.create_cluster(clusterName=NAME)
        self.ecs.put_cluster_capacity_providers(
            cluster=NAME,
            capacityProviders=[f"{NAME}-host"],
            defaultCapacityProviderStrategy=[{"capacityProvider": f"{NAME}-host", "weight": 1}],
        )

    def container(self, **changes: Any) -> dict[str, Any]:
        """A small container that stays; changes go on top."""
        return {
            "name": "openclaw",
            "image": "debian:12",
            "essential": True,
            "memoryReservation": 256,
            "stopTimeout": 2,
            "command": ["sh", "-c", "echo up as $(id -u); trap 'exit 0' TERM; while :; do sleep 0.1; done"],
            "user": "1000",
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
            **changes,
        }

    def task_definition(self, container: dict[str, Any], **changes: Any) -> str:
        """Register a task definition with the access point at /data."""
        definition = {
            "family": f"{NAME}-gateway",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["EC2"],
            "executionRoleArn": self.role_arn("execution"),
            "taskRoleArn": self.role_arn("task"),
            "containerDefinitions": [container],
            "volumes": [
                {
                    "name": "data",
                    "efsVolumeConfiguration": {
                        "fileSystemId": self.file_system,
                        "transitEncryption": "ENABLED",
                        "authorizationConfig": {"accessPointId": self.access_point, "iam": "ENABLED"},
                    },
                }
            ],
            **changes,
        }
        return self.ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]

    def network_configuration(self) -> dict[str, Any]:
        """Where the tasks go."""
        return {
            "awsvpcConfiguration": {
                "subnets": [self.subnet],
                "securityGroups": [self.groups["gateway"]],
                "assignPublicIp": "DISABLED",
            }
        }

    def service(self, task_definition: str, desired: int = 1, **changes: Any) -> None:
        """Create the service."""
        self.ecs.create_service(
            **{
                "cluster": NAME,
                "serviceName": f"{NAME}-gateway",
                "taskDefinition": task_definition,
                "desiredCount": desired,
                "networkConfiguration": self.network_configuration(),
                "capacityProviderStrategy": [{"capacityProvider": f"{NAME}-host", "weight": 1}],
                "availabilityZoneRebalancing": "DISABLED",
                "enableExecuteCommand": True,
                "deploymentConfiguration": {
                    "maximumPercent": 100,
                    "minimumHealthyPercent": 0,
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                },
                **changes,
            }
        )

    def describe(self) -> dict[str, Any]:
        """The service as it is now."""
        return self.ecs.describe_services(cluster=NAME, services=[f"{NAME}-gateway"])["services"][0]

    def update(self, **changes: Any) -> None:
        """Change the service."""
        self.ecs.update_service(cluster=NAME, service=f"{NAME}-gateway", **changes)

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        """The service's tasks with a desired status, the newest first."""
        arns = self.ecs.list_tasks(cluster=NAME, desiredStatus=status)["taskArns"]
        found = self.ecs.describe_tasks(cluster=NAME, tasks=arns)["tasks"] if arns else []
        return sorted(found, key=lambda task: task["createdAt"], reverse=True)

    def running_task(self, seconds: float = 30) -> dict[str, Any]:
        """The task, as soon as it runs."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [task for task in self.tasks() if task["lastStatus"] == "RUNNING"]
            return bool(found)

        wait(look, seconds, self.story)
        return found[0]

    def stopped_reason(self, seconds: float = 30) -> str:
        """Why the first task that ended did."""
        wait(lambda: any(task["lastStatus"] == "STOPPED" for task in self.tasks("STOPPED")), seconds, self.story)
        return next(task for task in self.tasks("STOPPED") if task["lastStatus"] == "STOPPED")["stoppedReason"]

    def story(self) -> str:
        """What happened, for a test that fails."""
        service = self.describe()
        lines = [event["message"] for event in service["events"]]
        for task in self.tasks() + self.tasks("STOPPED"):
            lines.append(
                " ".join(
                    str(task.get(key)) for key in ("taskArn", "lastStatus", "healthStatus", "stopCode", "stoppedReason")
                )
            )
        return "\n".join(lines)


def wait(condition: Callable[[], Any], seconds: float = 20, story: Callable[[], str] = str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} seconds; {story()}")
        time.sleep(0.05)
