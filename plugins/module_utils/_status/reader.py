# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads everything that belongs to a deployment. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.errors import DeploymentError
from .._aws.errors import api_call
from .._aws.errors import error_code
from .._aws.ownership import OWNER_PREFIX
from .._aws.ownership import is_owned
from .._aws.plan import Settings
from .._config.deployment import setup_bucket
from .._ecs import task_definition_api
from . import kinds

MISSING = (
    "ClusterNotFoundException",
    "FileSystemNotFound",
    "InvalidResourceId",
    "NoSuchEntity",
    "ResourceNotFoundException",
    "ServiceNotFoundException",
)
DENIED = ("AccessDenied", "AccessDeniedException")
LIVING_INSTANCES = ("pending", "running", "stopping", "stopped")

Clients = t.Callable[[str], t.Any]


@api_call("read the deployment by {operation}", missing=MISSING, default={})
def _read(client: t.Any, operation: str, **arguments: t.Any) -> dict[str, t.Any]:
    if client.can_paginate(operation):
        return client.get_paginator(operation).paginate(**arguments).build_full_result()
    return getattr(client, operation)(**arguments)


@api_call("read the tags of bucket {name}", missing=("NoSuchBucket", *DENIED))
def _bucket_tags(client: t.Any, name: str) -> list[dict[str, str]] | None:
    """The tags of a bucket; nothing if it does not exist, or if the caller may not see them."""
    return client.get_bucket_tagging(Bucket=name)["TagSet"]


class Reader:
    """Reads the resources of one deployment: by the names it gives them, or by its tags where it may have several."""

    def __init__(self, clients: Clients, region: str, names: Settings, tags: t.Mapping[str, str]) -> None:
        self._clients = clients
        self._region = region
        self._names = names
        self._tags = tags

    def resources(self) -> dict[str, list[Settings]]:
        """All that is there and belongs to the deployment, by kind."""
        found = {**self._ecs(), **self._ec2(), **self._efs(), **self._iam(), **self._others()}
        owned = {kind: [each for each in items if self._is_ours(each)] for kind, items in found.items()}
        return {
            **owned,
            "container_insights_log_groups": self._container_insights(),
            "setup_buckets": self._setup_buckets(),
        }

    def _is_ours(self, found: Settings) -> bool:
        return found["state"] not in kinds.GONE and is_owned(found["tags"], self._tags)

    def _read(self, service: str, operation: str, key: str, **arguments: t.Any) -> t.Any:
        return _read(self._clients(service), operation, **arguments).get(key, [])

    def _ecs(self) -> dict[str, list[Settings]]:
        names = self._names
        clusters = self._read("ecs", "describe_clusters", "clusters", clusters=[names["cluster"]], include=["TAGS"])
        services = self._read(
            "ecs",
            "describe_services",
            "services",
            cluster=names["cluster"],
            services=[names["service"]],
            include=["TAGS"],
        )
        providers = self._read(
            "ecs",
            "describe_capacity_providers",
            "capacityProviders",
            capacityProviders=[names["capacity_provider"]],
            include=["TAGS"],
        )
        definition = task_definition_api.describe_task_definition(self._clients("ecs"), names["task_family"])
        return {
            "clusters": [kinds.cluster(each) for each in clusters],
            "services": [kinds.ecs_service(each) for each in services],
            "capacity_providers": [kinds.capacity_provider(each) for each in providers],
            "task_definitions": [kinds.task_definition(definition)] if definition else [],
        }

    def _ec2(self) -> dict[str, list[Settings]]:
        name = self._names["host_group"]
        owner = [
            {"Name": f"tag:{key}", "Values": [value]}
            for key, value in self._tags.items()
            if key.startswith(OWNER_PREFIX)
        ]
        living = {"Name": "instance-state-name", "Values": list(LIVING_INSTANCES)}
        groups = self._read(
            "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=[name]
        )
        templates = self._read("ec2", "describe_launch_templates", "LaunchTemplates", Filters=owner)
        reservations = self._read("ec2", "describe_instances", "Reservations", Filters=[*owner, living])
        security_groups = self._read("ec2", "describe_security_groups", "SecurityGroups", Filters=owner)
        endpoints = self._read("ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=owner)
        instances = [kinds.instance(each) for one in reservations for each in one["Instances"]]
        setup_host = self._names["setup_host"]
        return {
            "auto_scaling_groups": [kinds.auto_scaling_group(each) for each in groups],
            "launch_templates": [kinds.launch_template(each) for each in templates],
            "instances": [each for each in instances if each["name"] != setup_host],
            "setup_hosts": [each for each in instances if each["name"] == setup_host],
            "security_groups": [kinds.security_group(each) for each in security_groups],
            "endpoints": [kinds.endpoint(self._region, each) for each in endpoints],
        }

    def _efs(self) -> dict[str, list[Settings]]:
        token = self._names["file_system"]
        found = self._read("efs", "describe_file_systems", "FileSystems", CreationToken=token)
        file_systems = [kinds.file_system(each) for each in found]
        result: dict[str, list[Settings]] = {
            "file_systems": file_systems,
            "mount_targets": [],
            "access_points": [],
            "recovery_points": [],
        }
        for each in file_systems:
            targets = self._read("efs", "describe_mount_targets", "MountTargets", FileSystemId=each["id"])
            points = self._read("efs", "describe_access_points", "AccessPoints", FileSystemId=each["id"])
            result["mount_targets"] = [kinds.mount_target(each, target) for target in targets]
            result["access_points"] = [kinds.access_point(point) for point in points]
            result["recovery_points"] = [kinds.recovery_point(each, point) for point in self._backups(each)]
        return result

    def _backups(self, file_system: Settings) -> list[Settings]:
        """The backups of a file system; none if the caller may not see them, who need not use AWS Backup at all."""
        try:
            return self._read(
                "backup", "list_recovery_points_by_resource", "RecoveryPoints", ResourceArn=file_system["arn"]
            )
        except DeploymentError as error:
            if error_code(error.exception) in DENIED:
                return []
            raise

    def _iam(self) -> dict[str, list[Settings]]:
        names = {each: self._names[f"{each}_role"] for each in ("execution", "task", "instance", "setup")}
        roles = [self._read("iam", "get_role", "Role", RoleName=name) for name in names.values()]
        profiles = [
            self._read("iam", "get_instance_profile", "InstanceProfile", InstanceProfileName=names[each])
            for each in ("instance", "setup")
        ]
        return {
            "roles": [kinds.role(each) for each in roles if each],
            "instance_profiles": [kinds.instance_profile(each) for each in profiles if each],
        }

    def _setup_buckets(self) -> list[Settings]:
        """The bucket of the setup host, or what else has its name."""
        account_id = self._read("sts", "get_caller_identity", "Account")
        name = setup_bucket(self._names["setup_bucket_prefix"], account_id, self._region)
        try:
            tags = _bucket_tags(self._clients("s3"), name)
        except DeploymentError as error:
            if error_code(error.exception) != "NoSuchTagSet":
                raise
            tags = []
        return [] if tags is None else [kinds.bucket(name, tags, self._tags)]

    def _others(self) -> dict[str, list[Settings]]:
        wanted = [self._names[f"{each}_log_group"] for each in ("gateway", "exec")]
        prefix = wanted[0].rsplit("/", 1)[0] + "/"
        groups = self._read("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
        filters = [{"Key": "Name", "Values": [self._names["token_parameter"]]}]
        parameters = self._read("ssm", "describe_parameters", "Parameters", ParameterFilters=filters)
        return {
            "log_groups": [self._log_group(each) for each in groups if each["logGroupName"] in wanted],
            "parameters": [self._parameter(each) for each in parameters],
        }

    def _log_group(self, found: Settings) -> Settings:
        arn = found["arn"].removesuffix(":*")
        return kinds.log_group(found, self._read("logs", "list_tags_for_resource", "tags", resourceArn=arn) or {})

    def _parameter(self, found: Settings) -> Settings:
        tags = self._read(
            "ssm", "list_tags_for_resource", "TagList", ResourceType="Parameter", ResourceId=found["Name"]
        )
        return kinds.parameter(found, boto3_tag_list_to_ansible_dict(tags))

    def _container_insights(self) -> list[Settings]:
        """The log group that ECS itself makes when Container Insights is on, and leaves behind."""
        prefix = f"/aws/ecs/containerinsights/{self._names['cluster']}/"
        groups = self._read("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
        return [kinds.log_group(each, {}) for each in groups]
