# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per API call about VPCs, security groups and endpoints. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.errors import DeploymentError
from .._aws.errors import api_call
from .._aws.waiting import WaiterFactory
from .._aws.waiting import on_error
from .._aws.waiting import on_path
from .._aws.waiting import waiter

Answer = dict[str, t.Any]

FAILED_ENDPOINT_STATES = ("failed", "rejected", "expired", "deleting", "deleted")

WAITERS = WaiterFactory(
    {
        "endpoints_available": waiter(
            "DescribeVpcEndpoints",
            on_path("success", "pathAll", "VpcEndpoints[].State", "available"),
            *[on_path("failure", "pathAny", "VpcEndpoints[].State", state) for state in FAILED_ENDPOINT_STATES],
            on_error("failure", "InvalidVpcEndpointId.NotFound"),
        ),
        "endpoints_gone": waiter(
            "DescribeVpcEndpoints",
            on_path("success", "path", "length(VpcEndpoints[?State != 'deleted']) == `0`", True),
        ),
    }
)


# What was created a moment ago is not known everywhere at once:
# https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
GROUP_NOT_READY = ("InvalidGroup.NotFound",)


def named(name: str, *values: str) -> Answer:
    """A filter of the EC2 API."""
    return {"Name": name, "Values": list(values)}


def _all_pages(client: t.Any, operation: str, key: str, **arguments: t.Any) -> list[Answer]:
    return client.get_paginator(operation).paginate(**arguments).build_full_result().get(key, [])


@api_call("find out whose credentials these are")
def get_caller_identity(client: t.Any) -> Answer:
    """Account and ARN of the caller. AWS answers this to everybody with valid credentials."""
    return client.get_caller_identity()


@api_call("list the VPCs")
def describe_vpcs(client: t.Any) -> list[Answer]:
    """All VPCs of the region."""
    return _all_pages(client, "describe_vpcs", "Vpcs")


@api_call("read attribute {attribute} of VPC {vpc_id}")
def describe_vpc_attribute(client: t.Any, vpc_id: str, attribute: str) -> bool:
    """Whether an attribute of a VPC, such as C(enableDnsSupport), is on."""
    answer = client.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
    return answer[attribute[0].upper() + attribute[1:]]["Value"]


@api_call("list the subnets of VPC {vpc_id}")
def describe_subnets(client: t.Any, vpc_id: str) -> list[Answer]:
    """All subnets of a VPC."""
    return _all_pages(client, "describe_subnets", "Subnets", Filters=[named("vpc-id", vpc_id)])


@api_call("describe the subnets {subnet_ids}")
def describe_subnets_by_id(client: t.Any, subnet_ids: list[str]) -> list[Answer]:
    """Subnets by their IDs."""
    return client.describe_subnets(SubnetIds=subnet_ids)["Subnets"]


@api_call("list the route tables of VPC {vpc_id}")
def describe_route_tables(client: t.Any, vpc_id: str) -> list[Answer]:
    """All route tables of a VPC."""
    return _all_pages(client, "describe_route_tables", "RouteTables", Filters=[named("vpc-id", vpc_id)])


@api_call("list the network ACLs of VPC {vpc_id}")
def describe_network_acls(client: t.Any, vpc_id: str) -> list[Answer]:
    """All network ACLs of a VPC."""
    return _all_pages(client, "describe_network_acls", "NetworkAcls", Filters=[named("vpc-id", vpc_id)])


@api_call("list the NAT gateways of VPC {vpc_id}")
def describe_nat_gateways(client: t.Any, vpc_id: str) -> list[Answer]:
    """All NAT gateways of a VPC, for an hour also those that are deleted."""
    return _all_pages(client, "describe_nat_gateways", "NatGateways", Filter=[named("vpc-id", vpc_id)])


@api_call("list the endpoints of VPC {vpc_id}")
def describe_vpc_endpoints(client: t.Any, vpc_id: str) -> list[Answer]:
    """All endpoints of a VPC, whoever made them."""
    return _all_pages(client, "describe_vpc_endpoints", "VpcEndpoints", Filters=[named("vpc-id", vpc_id)])


@api_call("list the endpoint services {service_names}")
def describe_endpoint_services(client: t.Any, service_names: list[str]) -> list[Answer]:
    """Those of the services that exist in the region. A filter, since asking by name fails if one does not exist."""
    filters = [named("service-name", *service_names)]
    return _all_pages(client, "describe_vpc_endpoint_services", "ServiceDetails", Filters=filters)


@api_call("list the zones that offer instance type {instance_type}")
def describe_instance_type_zones(client: t.Any, instance_type: str) -> list[str]:
    """The availability zones that offer an instance type."""
    offerings = _all_pages(
        client,
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=[named("instance-type", instance_type)],
    )
    return sorted(offering["Location"] for offering in offerings)


@api_call("list the security groups by {filters}")
def describe_security_groups(client: t.Any, *filters: Answer) -> list[Answer]:
    """The security groups that all filters match."""
    return _all_pages(client, "describe_security_groups", "SecurityGroups", Filters=list(filters))


@api_call("create security group {GroupName}")
def create_security_group(client: t.Any, **arguments: t.Any) -> str:
    """Create a security group; gives its ID."""
    return client.create_security_group(**arguments)["GroupId"]


@api_call("tag EC2 resource {resource_id}")
def create_tags(client: t.Any, resource_id: str, tags: list[Answer]) -> None:
    """Add or overwrite tags."""
    client.create_tags(Resources=[resource_id], Tags=tags)


@api_call("admit what is to be admitted ({direction}) by security group {group_id}", retry_on=GROUP_NOT_READY)
def authorize_rules(client: t.Any, group_id: str, direction: str, permissions: list[Answer]) -> None:
    """Add rules to a security group."""
    call = getattr(client, f"authorize_security_group_{direction}")
    call(GroupId=group_id, IpPermissions=permissions)


@api_call(
    "take rules ({direction}) off security group {group_id}",
    missing=["InvalidPermission.NotFound"],
    retry_on=GROUP_NOT_READY,
)
def revoke_rules(client: t.Any, group_id: str, direction: str, permissions: list[Answer]) -> None:
    """Take rules off a security group."""
    getattr(client, f"revoke_security_group_{direction}")(GroupId=group_id, IpPermissions=permissions)


@api_call("describe the rules ({direction}) of security group {group_id}")
def update_rule_descriptions(client: t.Any, group_id: str, direction: str, permissions: list[Answer]) -> None:
    """Change the descriptions of rules that exist."""
    call = getattr(client, f"update_security_group_rule_descriptions_{direction}")
    call(GroupId=group_id, IpPermissions=permissions)


@api_call("delete security group {group_id}", missing=["InvalidGroup.NotFound"])
def delete_security_group(client: t.Any, group_id: str) -> None:
    """Delete a security group that nothing uses."""
    client.delete_security_group(GroupId=group_id)


@api_call("list the network interfaces in security group {group_id}")
def describe_group_interfaces(client: t.Any, group_id: str) -> list[Answer]:
    """The network interfaces that are in a security group."""
    filters = [named("group-id", group_id)]
    return _all_pages(client, "describe_network_interfaces", "NetworkInterfaces", Filters=filters)


@api_call("create the endpoint for {ServiceName} in VPC {VpcId}")
def create_vpc_endpoint(client: t.Any, **arguments: t.Any) -> Answer:
    """Request an endpoint."""
    return client.create_vpc_endpoint(**arguments)["VpcEndpoint"]


@api_call("change endpoint {VpcEndpointId}")
def modify_vpc_endpoint(client: t.Any, **arguments: t.Any) -> None:
    """Change subnets, groups, route tables, policy or private DNS of an endpoint."""
    client.modify_vpc_endpoint(**arguments)


@api_call("delete endpoints {endpoint_ids}")
def _delete_vpc_endpoints(client: t.Any, endpoint_ids: list[str]) -> list[Answer]:
    return client.delete_vpc_endpoints(VpcEndpointIds=endpoint_ids).get("Unsuccessful", [])


def delete_vpc_endpoints(client: t.Any, endpoint_ids: list[str]) -> None:
    """Delete endpoints. AWS reports those it did not delete in its answer, not as an error."""
    failures = [
        f"{failure['ResourceId']}: {failure['Error']['Message']} ({failure['Error']['Code']})"
        for failure in _delete_vpc_endpoints(client, endpoint_ids)
        if failure["Error"]["Code"] != "InvalidVpcEndpoint.NotFound"
    ]
    if failures:
        raise DeploymentError(message=f"AWS did not delete all endpoints: {'; '.join(failures)}")


@api_call("see endpoints {endpoint_ids} become available")
def wait_for_endpoints(client: t.Any, endpoint_ids: list[str], timeout: int) -> None:
    """Wait until endpoints can be used."""
    WAITERS.wait(client, "endpoints_available", timeout, VpcEndpointIds=endpoint_ids)


@api_call("see endpoints {endpoint_ids} disappear")
def wait_for_endpoints_gone(client: t.Any, endpoint_ids: list[str], timeout: int) -> None:
    """Wait until endpoints, their network interfaces and DNS names are gone."""
    WAITERS.wait(client, "endpoints_gone", timeout, Filters=[named("vpc-endpoint-id", *endpoint_ids)])
