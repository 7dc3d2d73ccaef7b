# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per ECS API call about clusters and capacity providers. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from .._aws.errors import api_call
from .._aws.waiting import WaiterFactory
from .._aws.waiting import on_path
from .._aws.waiting import passing
from .._aws.waiting import waiter

# On the first use of ECS in an account, the role that ECS was just given is not there yet for all of ECS.
ROLE_NOT_READY = passing("InvalidParameterException", "ClientException", text="service linked role")
UPDATE_IN_PROGRESS = passing("UpdateInProgressException")
PROVIDER_IN_USE = passing("ResourceInUseException")
CLUSTER_NOT_EMPTY = passing(
    "ClusterContainsCapacityProviderException",
    "ClusterContainsContainerInstancesException",
    "ClusterContainsServicesException",
    "ClusterContainsTasksException",
)
# A provider that was just detached: github.com/hashicorp/terraform-provider-aws/pull/45794
CLUSTER_STILL_ATTACHED = passing("ClientException", text="cannot be deleted while")

ATTACHMENTS_UPDATING = "length(clusters[?attachmentsStatus == 'UPDATE_IN_PROGRESS'])"
PROVIDER_STATUS = "capacityProviders[].status"
PROVIDER_UPDATE_STATUS = "capacityProviders[].updateStatus"

WAITERS = WaiterFactory(
    {
        "cluster_active": waiter(
            "DescribeClusters",
            on_path("success", "pathAll", "clusters[].status", "ACTIVE"),
            on_path("failure", "pathAny", "clusters[].status", "FAILED"),
        ),
        "cluster_gone": waiter(
            "DescribeClusters",
            on_path("failure", "pathAny", "clusters[].status", "FAILED"),
            on_path("success", "path", "length(clusters[?status != 'INACTIVE'])", 0),
        ),
        "attachments_settled": waiter(
            "DescribeClusters",
            on_path("failure", "pathAny", "clusters[].attachmentsStatus", "UPDATE_FAILED"),
            on_path("success", "path", ATTACHMENTS_UPDATING, 0),
        ),
        "capacity_provider_settled": waiter(
            "DescribeCapacityProviders",
            on_path("failure", "pathAny", PROVIDER_UPDATE_STATUS, "CREATE_FAILED"),
            on_path("failure", "pathAny", PROVIDER_UPDATE_STATUS, "UPDATE_FAILED"),
            on_path(
                "success",
                "path",
                "length(capacityProviders[?status == 'ACTIVE' && updateStatus != 'UPDATE_IN_PROGRESS'])",
                1,
            ),
        ),
        "capacity_provider_gone": waiter(
            "DescribeCapacityProviders",
            on_path("failure", "pathAny", PROVIDER_UPDATE_STATUS, "DELETE_FAILED"),
            on_path("success", "path", "length(capacityProviders[?status != 'INACTIVE'])", 0),
        ),
    }
)


@api_call("describe cluster {name}")
def describe_cluster(client: t.Any, name: str, *include: str) -> dict[str, t.Any] | None:
    """A cluster with what is to be included; clusters that were deleted stay visible as C(INACTIVE) for a while."""
    found = client.describe_clusters(clusters=[name], include=["TAGS", *include])["clusters"]
    return found[0] if found else None


@api_call("create cluster {clusterName}")
def create_cluster(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Create a cluster."""
    return client.create_cluster(**arguments)["cluster"]


@api_call("update cluster {cluster}")
def update_cluster(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Change the settings and the configuration of a cluster."""
    return client.update_cluster(**arguments)["cluster"]


@api_call("delete cluster {name}", missing=["ClusterNotFoundException"])
def delete_cluster(client: t.Any, name: str) -> None:
    """Delete a cluster that is empty."""
    client.delete_cluster(cluster=name)


@api_call("tag {arn}")
def tag_resource(client: t.Any, arn: str, tags: t.Mapping[str, str]) -> None:
    """Add or overwrite tags."""
    client.tag_resource(resourceArn=arn, tags=ansible_dict_to_boto3_tag_list(tags, "key", "value"))


@api_call("list the container instances of cluster {cluster}", missing=["ClusterNotFoundException"], default=[])
def list_container_instances(client: t.Any, cluster: str) -> list[str]:
    """The ARNs of the hosts that are registered in a cluster."""
    paginator = client.get_paginator("list_container_instances")
    return paginator.paginate(cluster=cluster).build_full_result()["containerInstanceArns"]


@api_call("deregister container instance {arn}", missing=["ClusterNotFoundException", "InvalidParameterException"])
def deregister_container_instance(client: t.Any, cluster: str, arn: str) -> None:
    """Take a host out of a cluster, whatever runs on it. The EC2 instance itself stays."""
    client.deregister_container_instance(cluster=cluster, containerInstance=arn, force=True)


@api_call("put capacity providers {capacityProviders} into cluster {cluster}")
def put_cluster_capacity_providers(client: t.Any, **arguments: t.Any) -> None:
    """Replace the capacity providers and the default strategy of a cluster."""
    client.put_cluster_capacity_providers(**arguments)


@api_call("describe capacity provider {name}")
def describe_capacity_provider(client: t.Any, name: str) -> dict[str, t.Any] | None:
    """A capacity provider; those that were deleted stay visible as C(INACTIVE) for a while."""
    found = client.describe_capacity_providers(capacityProviders=[name], include=["TAGS"])["capacityProviders"]
    return found[0] if found else None


@api_call("create capacity provider {name}")
def create_capacity_provider(client: t.Any, **arguments: t.Any) -> dict[str, t.Any]:
    """Create a capacity provider."""
    return client.create_capacity_provider(**arguments)["capacityProvider"]


@api_call("update capacity provider {name}")
def update_capacity_provider(client: t.Any, **arguments: t.Any) -> None:
    """Change how a capacity provider scales."""
    client.update_capacity_provider(**arguments)


@api_call("delete capacity provider {name}")
def delete_capacity_provider(client: t.Any, name: str) -> None:
    """Delete a capacity provider that no cluster uses.

    If one does, the call succeeds and the deletion fails: github.com/ekristen/aws-nuke/pull/542
    """
    client.delete_capacity_provider(capacityProvider=name)


@api_call("see cluster {name} become active")
def wait_for_cluster(client: t.Any, name: str, timeout: int) -> None:
    """Wait until a cluster can be used."""
    WAITERS.wait(client, "cluster_active", timeout, clusters=[name])


@api_call("see cluster {name} gone")
def wait_for_cluster_deletion(client: t.Any, name: str, timeout: int) -> None:
    """Wait until a cluster is inactive."""
    WAITERS.wait(client, "cluster_gone", timeout, clusters=[name])


@api_call("see the capacity providers of cluster {name} settled")
def wait_for_attachments(client: t.Any, name: str, timeout: int) -> None:
    """Wait until ECS has attached or detached what was asked for."""
    WAITERS.wait(client, "attachments_settled", timeout, delay=2, clusters=[name], include=["ATTACHMENTS"])


@api_call("see capacity provider {name} become active")
def wait_for_capacity_provider(client: t.Any, name: str, timeout: int) -> None:
    """Wait until a capacity provider is active and no change of it is under way."""
    WAITERS.wait(client, "capacity_provider_settled", timeout, delay=2, capacityProviders=[name])


@api_call("see capacity provider {name} gone")
def wait_for_capacity_provider_deletion(client: t.Any, name: str, timeout: int) -> None:
    """Wait until a capacity provider is inactive, and its name free."""
    WAITERS.wait(client, "capacity_provider_gone", timeout, delay=2, capacityProviders=[name])
