# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads account and network for C(vpc_network_info). Private to the collection."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

try:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
except ImportError:
    pass  # The module base reports missing libraries.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import boto3_inventory_conn
from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info

from .._aws.errors import DeploymentError
from .._config.problems import Problem
from . import api
from . import facts
from .reading import is_denied
from .reading import reading_problem

Facts = dict[str, t.Any]


class Reader:
    """Makes the calls, and notes those that are not allowed instead of giving up at the first."""

    def __init__(self, module: t.Any) -> None:
        self.module = module
        self.region = module.region
        self.caller_arn: str | None = None
        self.problems: list[Problem] = []

    def client(self, service: str) -> t.Any:
        """A client that gives up soon: this is the first thing to happen, and often the one that fails."""
        region, endpoint, arguments = get_aws_connection_info(self.module)
        impatient = Config(connect_timeout=10, retries={"total_max_attempts": 3})
        try:
            return boto3_inventory_conn(
                "client", resource=service, region=region, endpoint=endpoint, config=impatient, **arguments
            )
        except BotoCoreError as error:
            raise DeploymentError(message="Could not connect to AWS", exception=error) from error

    def read(self, call: t.Callable[..., t.Any], *arguments: t.Any, default: t.Any) -> t.Any:
        """What a call answers; the default if it is not allowed."""
        return self._allowed(lambda: call(*arguments), default)

    def read_together(self, *calls: tuple[t.Any, ...]) -> list[t.Any]:
        """What calls answer that are made at the same time; nothing for each that is not allowed."""
        with ThreadPoolExecutor(len(calls)) as pool:
            answers = [pool.submit(*call) for call in calls]
        return [self._allowed(answer.result, None) for answer in answers]

    def _allowed(self, answer: t.Callable[[], t.Any], default: t.Any) -> t.Any:
        try:
            return answer()
        except DeploymentError as error:
            if not is_denied(error):
                raise
            self.note(error)
            return default

    def note(self, error: DeploymentError) -> None:
        """Add a problem; an error of a kind that is not known ends the module."""
        problem = reading_problem(error, self.caller_arn, self.region)
        if problem is None:
            raise error
        self.problems.append(problem)


def read_caller(reader: Reader) -> Facts:
    """Whose credentials these are."""
    identity = reader.read(api.get_caller_identity, reader.client("sts"), default={})
    reader.caller_arn = identity.get("Arn")
    return {
        "account_id": identity.get("Account"),
        "partition": identity["Arn"].split(":")[1] if identity else None,
        "caller_arn": reader.caller_arn,
    }


def _read_vpc(reader: Reader, ec2: t.Any, vpc: Facts) -> Facts:
    dns_support, dns_hostnames, subnets, route_tables, acls, nat_gateways, endpoints = reader.read_together(
        (api.describe_vpc_attribute, ec2, vpc["id"], "enableDnsSupport"),
        (api.describe_vpc_attribute, ec2, vpc["id"], "enableDnsHostnames"),
        (api.describe_subnets, ec2, vpc["id"]),
        (api.describe_route_tables, ec2, vpc["id"]),
        (api.describe_network_acls, ec2, vpc["id"]),
        (api.describe_nat_gateways, ec2, vpc["id"]),
        (api.describe_vpc_endpoints, ec2, vpc["id"]),
    )
    vpc.update(dns_support=dns_support, dns_hostnames=dns_hostnames)
    subnets = facts.normalize_subnets(subnets or [], route_tables or [], acls or [])
    endpoints = [
        facts.normalize_endpoint(reader.region, endpoint)
        for endpoint in endpoints or []
        if endpoint["State"].lower() != "deleted"
    ]
    group_ids = sorted({group for endpoint in endpoints for group in endpoint["security_group_ids"]})
    groups = []
    if group_ids:
        groups = reader.read(api.describe_security_groups, ec2, api.named("group-id", *group_ids), default=[])
    return {
        "subnets": subnets,
        "nat_gateways": [facts.normalize_nat_gateway(each) for each in nat_gateways or []],
        "vpc_endpoints": facts.complete_endpoints(endpoints, subnets, groups),
    }


def read_network(reader: Reader, params: Facts) -> Facts:
    """The VPCs, what is offered where, and all about the VPC that is meant, if there is one."""
    ec2 = reader.client("ec2")
    vpcs = [facts.normalize_vpc(vpc) for vpc in reader.read(api.describe_vpcs, ec2, default=[])]
    found = {
        "available_vpcs": [{"id": vpc["id"], "name": vpc["name"]} for vpc in vpcs],
        "vpcs": facts.matching_vpcs(vpcs, params["vpc"]),
        "instance_type_zones": reader.read(api.describe_instance_type_zones, ec2, params["instance_type"], default=[]),
    }
    if params["endpoint_services"]:
        names = [facts.service_name(reader.region, service) for service in params["endpoint_services"]]
        services = reader.read(api.describe_endpoint_services, ec2, names, default=[])
        found["endpoint_zones"] = facts.endpoint_zones(reader.region, services)
    if len(found["vpcs"]) == 1:
        found.update(_read_vpc(reader, ec2, found["vpcs"][0]))
    return found
