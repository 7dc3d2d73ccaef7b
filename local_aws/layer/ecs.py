"""ECS beyond the emulator: clusters, capacity providers and task definitions that refuse what AWS refuses."""

from __future__ import annotations

from typing import Any

from ministack.services import ecs

from local_aws import control_loop
from local_aws.layer import groups_of_hosts
from local_aws.layer import hosts
from local_aws.layer import placement
from local_aws.layer import rollout
from local_aws.layer import services
from local_aws.layer.ecs_seam import active_cluster
from local_aws.layer.ecs_seam import call
from local_aws.layer.ecs_seam import replace
from local_aws.layer.ecs_seam import require_linked_role
from local_aws.layer.seam import AwsError
from local_aws.lifecycle import lifecycle
from local_aws.taskdefinition import problem
from local_aws.taskdefinition import with_defaults

DEFAULT_SCALING = {
    "status": "ENABLED",
    "targetCapacity": 100,
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 10000,
    "instanceWarmupPeriod": 300,
}


def install() -> None:
    """Let the seams answer."""
    ecs._get_docker = lambda: _Runtime()
    ecs._run_task_worker = lambda *_arguments: control_loop.soon()
    for operation, handler in {**HANDLERS, **services.HANDLERS}.items():
        replace(operation, handler)
    rollout.install()
    placement.install()


class _Runtime:
    """Stands for the container runtime, so that the emulator leaves tasks to be started by somebody else."""

    def __bool__(self) -> bool:
        return True


def delete_cluster(data: dict[str, Any]) -> dict[str, Any]:
    """DeleteCluster: refused as long as there is something in it; an inactive cluster stays visible for a while."""
    name = ecs._resolve_cluster_name(data.get("cluster"))
    cluster = ecs._clusters.get(name)
    if cluster is None:
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    if any(
        service["clusterArn"] == cluster["clusterArn"] and service["status"] != "INACTIVE"
        for service in ecs._services.values()
    ):
        raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if any(
        task["clusterArn"] == cluster["clusterArn"] and task["lastStatus"] != "STOPPED" for task in ecs._tasks.values()
    ):
        raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    if any(host["clusterArn"] == cluster["clusterArn"] for host in hosts.container_instances.values()):
        raise AwsError(
            "ClusterContainsContainerInstancesException",
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        )
    cluster["status"] = "INACTIVE"
    cluster["capacityProviders"] = []
    cluster["defaultCapacityProviderStrategy"] = []
    return {"cluster": cluster}


def create_capacity_provider(data: dict[str, Any]) -> dict[str, Any]:
    """CreateCapacityProvider: PROVISIONING first, ACTIVE a while later; a group has one provider."""
    require_linked_role(data)
    name = data["name"]
    if name.lower().startswith(("aws", "ecs", "fargate")):
        raise AwsError(
            "ClientException",
            "The specified capacity provider name is invalid. Capacity provider names "
            "can't be prefixed with 'aws', 'ecs', or 'fargate'. Specify a valid name and try again.",
        )
    known = ecs._capacity_providers.get(name)
    if known and known["status"] != "INACTIVE":
        raise AwsError(
            "ClientException",
            "The specified capacity provider already exists. To change the configuration "
            "of an existing capacity provider, update the capacity provider.",
        )
    ecs._capacity_providers.pop(name, None)
    provider = dict(data["autoScalingGroupProvider"])
    group = groups_of_hosts.group_of(provider)
    if group is None:
        raise AwsError(
            "ClientException",
            "The specified Auto Scaling group ARN is invalid. Specify a valid Auto Scaling group ARN and try again.",
        )
    if any(_has_group(other, group) for other in ecs._capacity_providers.values()):
        raise AwsError(  # github.com/aws/containers-roadmap/issues/632
            "ClientException",
            "The specified Auto Scaling group ARN is already being used by another capacity provider. Specify a unique "
            "Auto Scaling group ARN and try again.",
        )
    check_termination_protection(provider, group)
    provider["managedScaling"] = DEFAULT_SCALING | provider.get("managedScaling", {"status": "DISABLED"})
    provider.setdefault("managedTerminationProtection", "DISABLED")
    provider.setdefault("managedDraining", "ENABLED")
    made = call(_original_create_capacity_provider, data)["capacityProvider"]
    record = ecs._capacity_providers[name]
    record.update(
        autoScalingGroupProvider=provider,
        status="PROVISIONING",
        type="EC2_AUTOSCALING",
        updateStatus="CREATE_IN_PROGRESS",
    )
    if provider["managedScaling"]["status"] == "ENABLED":
        placement.tag_as_managed(group)
    lifecycle.after("capacity_provider_create", lambda: record.update(status="ACTIVE", updateStatus="CREATE_COMPLETE"))
    return {"capacityProvider": {**made, **record}}


def _has_group(provider: dict[str, Any], group: dict[str, Any]) -> bool:
    held = provider.get("autoScalingGroupProvider")
    return bool(held) and provider["status"] != "INACTIVE" and groups_of_hosts.group_of(held) is group


def check_termination_protection(provider: dict[str, Any], group: dict[str, Any]) -> None:
    """Termination protection by ECS needs managed scaling and a group that protects new instances."""
    if provider.get("managedTerminationProtection") != "ENABLED":
        return
    if provider.get("managedScaling", {}).get("status") != "ENABLED":
        raise AwsError(
            "InvalidParameterException",
            "The managed termination protection setting for the capacity "
            "provider is invalid. To enable managed termination protection for a capacity provider, "
            "managed scaling must be enabled.",
        )
    if not group["NewInstancesProtectedFromScaleIn"]:
        raise AwsError(
            "InvalidParameterException",
            "The managed termination protection setting for the capacity "
            "provider is invalid. To enable managed termination protection for a capacity provider, the "
            "Auto Scaling group must have instance protection from scale in enabled.",
        )


def update_capacity_provider(data: dict[str, Any]) -> dict[str, Any]:
    """UpdateCapacityProvider: one update at a time."""
    record = capacity_provider(data.get("name"))
    if record["updateStatus"] == "UPDATE_IN_PROGRESS":
        raise AwsError(
            "ClientException",
            "The specified capacity provider cannot be updated because there is already "
            "an update in progress. Wait for it to complete and try again.",
        )
    change = data["autoScalingGroupProvider"]
    current = record["autoScalingGroupProvider"]
    merged = {**current, **change}
    merged["managedScaling"] = {**current["managedScaling"], **change.get("managedScaling", {})}
    group = groups_of_hosts.group_of(merged)
    if group:
        check_termination_protection(merged, group)
    record.update(autoScalingGroupProvider=merged, updateStatus="UPDATE_IN_PROGRESS")
    lifecycle.after("capacity_provider_update", lambda: record.update(updateStatus="UPDATE_COMPLETE"))
    return {"capacityProvider": record}


def delete_capacity_provider(data: dict[str, Any]) -> dict[str, Any]:
    """DeleteCapacityProvider: gone after DELETE_IN_PROGRESS; of one that a cluster has, only the update status tells.

    github.com/ekristen/aws-nuke/pull/542
    """
    record = capacity_provider(data.get("capacityProvider"))
    if any(record["name"] in cluster["capacityProviders"] for cluster in ecs._clusters.values()):
        record["updateStatus"] = "DELETE_FAILED"
        return {"capacityProvider": record}
    record["updateStatus"] = "DELETE_IN_PROGRESS"
    lifecycle.after(
        "capacity_provider_delete", lambda: record.update(status="INACTIVE", updateStatus="DELETE_COMPLETE")
    )
    return {"capacityProvider": record}


def capacity_provider(reference: str | None) -> dict[str, Any]:
    """The capacity provider, or AWS's refusal."""
    record = ecs._capacity_providers.get(ecs._resolve_capacity_provider_name(reference or ""))
    if record is None or record["status"] == "INACTIVE":
        raise AwsError(
            "ClientException",
            "The specified capacity provider does not exist. Specify a valid name or ARN and try again.",
        )
    return record


def describe_capacity_providers(data: dict[str, Any]) -> dict[str, Any]:
    """DescribeCapacityProviders, with the ones that are missing."""
    found = call(_original_describe_capacity_providers, data)["capacityProviders"]
    names = {provider["name"] for provider in found} | {provider["capacityProviderArn"] for provider in found}
    failures = [{"arn": name, "reason": "MISSING"} for name in data.get("capacityProviders", []) if name not in names]
    if "TAGS" not in data.get("include", []):
        for provider in found:
            provider.pop("tags", None)
    return {"capacityProviders": found, "failures": failures}


def put_cluster_capacity_providers(data: dict[str, Any]) -> dict[str, Any]:
    """PutClusterCapacityProviders: attachments change over a while, and one that is used can't be taken away."""
    cluster = active_cluster(data.get("cluster"))
    if cluster.get("attachmentsStatus") == "UPDATE_IN_PROGRESS":
        raise AwsError(
            "UpdateInProgressException",
            "The specified cluster is in a busy state. The cluster is being "
            "updated, wait for the update to complete and try again.",
        )
    wanted = [ecs._resolve_capacity_provider_name(name) for name in data["capacityProviders"]]
    for name in wanted:
        if name not in ecs._FARGATE_PROVIDERS and capacity_provider(name)["status"] != "ACTIVE":
            raise AwsError(
                "InvalidParameterException",
                f"The specified capacity provider {name} is not in an ACTIVE "
                "state. Specify a valid capacity provider and try again.",
            )
    strategy = data["defaultCapacityProviderStrategy"]
    for item in strategy:
        if ecs._resolve_capacity_provider_name(item["capacityProvider"]) not in wanted:
            raise AwsError(
                "InvalidParameterException",
                "The specified capacity provider strategy cannot contain a "
                "capacity provider that is not associated with the cluster. Associate the capacity "
                "provider with the cluster and try again.",
            )
    gone = set(cluster["capacityProviders"]) - set(wanted)
    if gone & rollout.providers_in_use(cluster["clusterArn"]):
        raise AwsError("ResourceInUseException", "The specified capacity provider is in use and cannot be removed.")
    changed = wanted != cluster["capacityProviders"]
    cluster.update(capacityProviders=wanted, defaultCapacityProviderStrategy=strategy)
    if changed:
        cluster.update(attachmentsStatus="UPDATE_IN_PROGRESS", attachments=_attachments(wanted, "CREATING"))
        lifecycle.after(
            "capacity_provider_attach",
            lambda: cluster.update(attachmentsStatus="UPDATE_COMPLETE", attachments=_attachments(wanted, "CREATED")),
        )
    return {"cluster": cluster}


def _attachments(names: list[str], status: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{name}-managed-scaling",
            "type": "managed_scaling",
            "status": status,
            "details": [{"name": "capacityProviderName", "value": name}],
        }
        for name in names
        if name not in ecs._FARGATE_PROVIDERS
    ]


def create_cluster(data: dict[str, Any]) -> dict[str, Any]:
    """CreateCluster; its providers must be there and active."""
    require_linked_role(data)
    for name in data.get("capacityProviders", []):
        if name not in ecs._FARGATE_PROVIDERS:
            capacity_provider(name)
    return call(_original_create_cluster, data)


def register_task_definition(data: dict[str, Any]) -> dict[str, Any]:
    """RegisterTaskDefinition."""
    text = problem(data)
    if text:
        raise AwsError("ClientException", text)
    return call(_original_register_task_definition, with_defaults(data))


def list_task_definitions(data: dict[str, Any]) -> dict[str, Any]:
    """ListTaskDefinitions: the prefix is a whole family's name."""
    listed = call(_original_list_task_definitions, data)
    family = data.get("familyPrefix")
    arns = listed["taskDefinitionArns"]
    return {**listed, "taskDefinitionArns": [arn for arn in arns if not family or f"/{family}:" in arn]}


def delete_task_definitions(data: dict[str, Any]) -> dict[str, Any]:
    """DeleteTaskDefinitions: at most ten, deregistered ones only; gone at once when nothing uses them."""
    references = data["taskDefinitions"]
    if len(references) > 10:
        raise AwsError("InvalidParameterException", "Specify up to 10 task definitions to delete.")
    deleted, failures = [], []
    for reference in references:
        key = ecs._resolve_td_delete_key(reference)
        definition = ecs._task_defs.get(key)
        if definition is None:
            failures.append(
                {
                    "arn": reference,
                    "reason": "The specified task definition does not exist. Specify a "
                    "valid account, family, revision and try again.",
                }
            )
        elif definition["status"] == "ACTIVE":
            failures.append(
                {
                    "arn": reference,
                    "reason": "The specified task definition is still in ACTIVE status. "
                    "Please deregister the target and try again.",
                }
            )
        else:
            definition["status"] = "DELETE_IN_PROGRESS"
            deleted.append(definition)
            if not rollout.uses_task_definition(definition["taskDefinitionArn"]):
                del ecs._task_defs[key]
    return {"taskDefinitions": deleted, "failures": failures}


_original_create_cluster = ecs._ACTION_MAP["CreateCluster"]
_original_create_capacity_provider = ecs._ACTION_MAP["CreateCapacityProvider"]
_original_list_task_definitions = ecs._ACTION_MAP["ListTaskDefinitions"]
_original_register_task_definition = ecs._ACTION_MAP["RegisterTaskDefinition"]
_original_describe_capacity_providers = ecs._ACTION_MAP["DescribeCapacityProviders"]

HANDLERS = {
    "CreateCluster": create_cluster,
    "DeleteCluster": delete_cluster,
    "CreateCapacityProvider": create_capacity_provider,
    "UpdateCapacityProvider": update_capacity_provider,
    "DeleteCapacityProvider": delete_capacity_provider,
    "DescribeCapacityProviders": describe_capacity_providers,
    "PutClusterCapacityProviders": put_cluster_capacity_providers,
    "ListTaskDefinitions": list_task_definitions,
    "RegisterTaskDefinition": register_task_definition,
    "DeleteTaskDefinitions": delete_task_definitions,
}
