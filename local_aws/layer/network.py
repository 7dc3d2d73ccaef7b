"""EC2's reading calls: filters that would be ignored are refused, and which instance types exist where."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_region
from ministack.services import ec2

from local_aws.layer.catalog import catalog
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import guard
from local_aws.layer.seam import replace
from local_aws.layer.seam import select

# The filters that the emulator itself applies; it ignores others in silence, which would show a caller too much.
APPLIED = {
    "DescribeVpcs": {"vpc-id", "cidr", "cidr-block-association.cidr-block", "state", "owner-id", "is-default"},
    "DescribeSubnets": {"vpc-id", "availability-zone", "subnet-id", "cidr-block", "default-for-az"},
    "DescribeRouteTables": {
        "association.route-table-association-id",
        "association.subnet-id",
        "association.main",
        "vpc-id",
    },
    "DescribePrefixLists": {"prefix-list-name", "prefix-list-id"},
}
OFFERING_FILTERS = {"instance-type": lambda entry: entry["InstanceType"], "location": lambda entry: entry["Location"]}


def require_applied(request: dict[str, Any], applied: set[str]) -> None:
    """Refuse a filter that the emulator would ignore."""
    for wanted in request.get("Filters", []):
        if wanted["Name"] not in applied and not wanted["Name"].startswith("tag"):
            raise AwsError("InvalidParameterValue", f"The filter '{wanted['Name']}' is invalid")


def require_tables(request: dict[str, Any]) -> None:
    """Refuse route tables that do not exist."""
    for table_id in request.get("RouteTableIds", []):
        if table_id not in ec2._route_tables:
            raise AwsError("InvalidRouteTableID.NotFound", f"The routeTable ID '{table_id}' does not exist")


def type_offerings(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeInstanceTypeOfferings."""
    by_zone = request.get("LocationType") == "availability-zone"
    known = [
        {"InstanceType": name, "LocationType": request.get("LocationType", "region"), "Location": place}
        for name, kind in catalog()["instance_types"].items()
        for place in ([f"{get_region()}{zone}" for zone in kind["zones"]] if by_zone else [get_region()])
    ]
    return {"InstanceTypeOfferings": select(request, known, OFFERING_FILTERS)}


def require_empty_subnet(request: dict[str, Any]) -> None:
    """Refuse DeleteSubnet while something has an interface in it."""
    subnet_id = request["SubnetId"]
    if any(eni["SubnetId"] == subnet_id for eni in ec2._network_interfaces.values()):
        raise AwsError("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")


def install() -> None:
    """Guard the reading calls."""
    for operation, applied in APPLIED.items():
        guard("ec2", operation, lambda request, applied=applied: require_applied(request, applied))
    guard("ec2", "DescribeRouteTables", require_tables)
    guard("ec2", "DeleteSubnet", require_empty_subnet)
    replace("ec2", DescribeInstanceTypeOfferings=type_offerings)
