# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a VPC's endpoints are and are to be. Pure. Private to the collection."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies

from .._aws.errors import DeploymentError
from .._aws.ownership import is_owned
from .._aws.ownership import member_tags
from .._aws.ownership import tags_to_set
from .._aws.ownership import wanted_tags
from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_absent
from .._aws.plan import plan_present
from .facts import service_name
from .usable import WORKING_STATES
from .usable import concerns
from .usable import is_leaving
from .usable import shape_faults

# What AWS sets up when no policy is given:
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html, 2026-11-22
FULL_ACCESS = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}

# A list that ModifyVpcEndpoint changes by additions and removals, and what it is called there.
LISTS = (
    ("subnet_ids", "SubnetIds"),
    ("security_group_ids", "SecurityGroupIds"),
    ("route_table_ids", "RouteTableIds"),
)


class Planned(t.NamedTuple):
    """A change with the endpoint it is about, as it is now."""

    change: Change
    wanted: Settings | None
    current: Settings | None


def _name(params: t.Mapping[str, t.Any], service: str) -> str:
    return f"{params['name_prefix']}-{service}"


def _resource(endpoint: t.Mapping[str, t.Any]) -> str:
    return f"{endpoint['type']} endpoint"


def _same_service(wanted: t.Mapping[str, t.Any], endpoint: Settings) -> bool:
    return (wanted["service"], wanted["type"]) == (endpoint["service"], endpoint["type"])


def _desired(params: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any], current: Settings | None) -> Settings:
    tags = member_tags(_name(params, wanted["service"]), params["tags"])
    desired: Settings = {
        "policy": wanted["policy"] or FULL_ACCESS,
        "tags": wanted_tags(current["tags"] if current else {}, tags),
    }
    if wanted["type"] == "gateway":
        return {**desired, "route_table_ids": sorted(params["route_table_ids"])}
    return {
        **desired,
        "subnet_ids": sorted(wanted["subnet_ids"]),
        "security_group_ids": sorted(params["security_group_ids"]),
        "private_dns": params["private_dns"],
    }


def _plan_own(params: t.Mapping[str, t.Any], wanted: Settings, current: Settings | None) -> Planned:
    desired = _desired(params, wanted, current)
    if current:
        if current["state"] not in WORKING_STATES:
            raise DeploymentError(
                message=(
                    f"The endpoint {current['id']} for {current['service']} is in state {current['state']}, which it"
                    f" does not leave by itself. Delete it (aws ec2 delete-vpc-endpoints --vpc-endpoint-ids"
                    f" {current['id']}) and run again."
                )
            )
        # A policy that says the same in other words is kept as it is written.
        if not compare_policies(current["policy"] or FULL_ACCESS, desired["policy"]):
            desired["policy"] = current["policy"]
    change = plan_present(_resource(wanted), _name(params, wanted["service"]), current, desired)
    return Planned(change, wanted, current)


def _plan_foreign(params: t.Mapping[str, t.Any], foreign: list[Settings]) -> Planned:
    for endpoint in foreign:
        if not shape_faults(endpoint, params["route_table_ids"]):
            name = f"{endpoint['service']} ({endpoint['id']}, not of this deployment)"
            return Planned(Change(_resource(endpoint), name, "keep"), None, endpoint)
    found = "; ".join(
        f"{endpoint['id']}: {', '.join(shape_faults(endpoint, params['route_table_ids']))}" for endpoint in foreign
    )
    raise DeploymentError(
        message=(
            f"The VPC has an endpoint for {foreign[0]['service']} that does not belong to this deployment and can't be"
            f" used ({found}). A second one beside it would collide with it, or be paid for twice, so nothing was done."
            " Mend it, or delete it and let this deployment make its own."
        )
    )


def _plan_one(params: t.Mapping[str, t.Any], wanted: Settings, existing: list[Settings]) -> Planned:
    staying = [endpoint for endpoint in existing if _same_service(wanted, endpoint) and not is_leaving(endpoint)]
    own = [endpoint for endpoint in staying if is_owned(endpoint["tags"], params["tags"])]
    foreign = [endpoint for endpoint in staying if concerns(endpoint, params["route_table_ids"])]
    if foreign and not own:
        return _plan_foreign(params, foreign)
    return _plan_own(params, wanted, own[0] if own else None)


def plan(params: t.Mapping[str, t.Any], existing: list[Settings]) -> list[Planned]:
    """Use what others have made, create what is missing, mend our own, delete those of ours that are not listed."""
    existing = sorted(existing, key=lambda endpoint: endpoint["id"])
    planned = [_plan_one(params, wanted, existing) for wanted in params["endpoints"]]
    if params["purge"]:
        used = {each.current["id"] for each in planned if each.current}
        planned += plan_removal(params, [endpoint for endpoint in existing if endpoint["id"] not in used])
    return planned


def plan_removal(params: t.Mapping[str, t.Any], existing: list[Settings]) -> list[Planned]:
    """Delete those of the endpoints that are ours and not being deleted already."""
    return [
        Planned(plan_absent(_resource(endpoint), _name(params, endpoint["service"]), endpoint), None, endpoint)
        for endpoint in existing
        if is_owned(endpoint["tags"], params["tags"]) and not is_leaving(endpoint)
    ]


def in_the_way(planned: list[Planned], existing: list[Settings]) -> list[str]:
    """The endpoints that are being deleted, and whose names or routes are still those of one to be created."""
    created = [each.wanted for each in planned if each.change.action == "create"]
    return [
        endpoint["id"]
        for endpoint in existing
        if is_leaving(endpoint) and any(_same_service(wanted, endpoint) for wanted in created)
    ]


def creation_arguments(params: t.Mapping[str, t.Any], region: str, planned: Planned) -> Settings:
    """The arguments of CreateVpcEndpoint without the tags."""
    desired = planned.change.after
    arguments: Settings = {
        "VpcId": params["vpc_id"],
        "ServiceName": service_name(region, planned.wanted["service"]),
        "VpcEndpointType": planned.wanted["type"].capitalize(),
    }
    arguments.update({key: desired[setting] for setting, key in LISTS if setting in desired})
    if "private_dns" in desired:
        arguments["PrivateDnsEnabled"] = desired["private_dns"]
    if planned.wanted["policy"]:
        arguments["PolicyDocument"] = json.dumps(planned.wanted["policy"])
    return arguments


def modification_arguments(planned: Planned) -> Settings:
    """The arguments of ModifyVpcEndpoint; empty if only tags differ."""
    change = planned.change
    arguments: Settings = {}
    for setting, key in LISTS:
        before, after = set(change.before.get(setting) or []), set(change.after.get(setting) or [])
        if after - before:
            arguments[f"Add{key}"] = sorted(after - before)
        if before - after:
            arguments[f"Remove{key}"] = sorted(before - after)
    if "private_dns" in change.differences:
        arguments["PrivateDnsEnabled"] = change.after["private_dns"]
    if "policy" in change.differences:
        wanted = planned.wanted["policy"]
        arguments.update({"PolicyDocument": json.dumps(wanted)} if wanted else {"ResetPolicy": True})
    return {"VpcEndpointId": planned.current["id"], **arguments} if arguments else {}


def new_tags(planned: Planned) -> dict[str, str]:
    """The tags to put on an endpoint that exists."""
    return tags_to_set(planned.change.before["tags"], planned.change.after["tags"])


def returned(endpoint: Settings, tags: t.Mapping[str, str]) -> Settings:
    """An endpoint as the module returns it."""
    keys = ("service", "id", "type", "state", "subnet_ids")
    return {**{key: endpoint[key] for key in keys}, "owned": is_owned(endpoint["tags"], tags)}
