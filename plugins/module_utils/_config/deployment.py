# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The deployment that follows from the variables, the account and the network. Pure. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from .._network.choice import choose_network
from .._network.reach import reach
from .gateway import answering_models
from .gateway import gateway_config
from .models import bedrock_statements
from .models import with_details
from .problems import Finding
from .problems import Problem
from .problems import doubt
from .provider import provider_plugin
from .releases import memory_reservation
from .releases import node_version
from .settings import guardrail_statements
from .shapes import well_formed
from .variables import Values
from .variables import check_identity
from .variables import check_variables
from .variables import doubt_variables
from .variables import validate

ECR_REPOSITORY = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>.+)"
)


def names(name: str, region: str) -> dict[str, t.Any]:
    """The names of all resources. Those of IAM carry the region, because IAM is global."""
    return {
        "security_groups": {each: f"{name}-{each}" for each in ("gateway", "host", "setup", "endpoints", "efs")},
        "endpoints": name,
        "file_system": name,
        "access_point": f"{name}-gateway",
        "execution_role": f"{name}-{region}-execution",
        "task_role": f"{name}-{region}-task",
        "instance_role": f"{name}-{region}-instance",
        "setup_role": f"{name}-{region}-setup",
        "setup_host": f"{name}-setup",
        "setup_bucket_prefix": f"{name}-setup",
        "cluster": name,
        "host_group": f"{name}-host",
        "capacity_provider": f"{name}-host",
        "task_family": f"{name}-gateway",
        "service": f"{name}-gateway",
        "gateway_log_group": f"/openclaw/{name}/gateway",
        "exec_log_group": f"/openclaw/{name}/exec",
        "token_parameter": f"/openclaw/{name}/gateway-token",
    }


def setup_bucket(prefix: str, account_id: str, region: str) -> str:
    """The name of the setup bucket: bucket names are one space for all accounts of the partition."""
    return f"{prefix}-{account_id}-{region}"


def tags(values: Values) -> dict[str, str]:
    """The tags of every resource: those the user wants, and those that tell the owner."""
    wanted = {str(key): str(value) for key, value in (values["openclaw_tags"] or {}).items()}
    return {
        **wanted,
        "openclaw:deployment": values["openclaw_name"],
        "openclaw:region": values["openclaw_region"],
    }


def image(values: Values) -> str:
    """The reference of the image: by digest if there is one, else by tag."""
    digest = values["openclaw_image_digest"]
    return values["openclaw_image_repository"] + (f"@{digest}" if digest else f":{values['openclaw_image_tag']}")


def models(values: Values) -> list[str]:
    """The IDs of all models that the gateway may call."""
    embedding = [values["openclaw_embedding_model"]] if values["openclaw_memory_search"] else []
    return [*answering_models(values), *embedding]


def wanted_endpoints(values: Values, catalog: t.Sequence[Values]) -> dict[str, list[Values]]:
    """The endpoints to make without a way out (C(endpoints)), with one (C(nat_endpoints)), and on request."""
    secrets = (values["openclaw_secrets"] or {}).values()
    reasons = {
        "always": True,
        "ecr_image": bool(ECR_REPOSITORY.fullmatch(values["openclaw_image_repository"] or "")),
        "secrets_manager": any(":secretsmanager:" in str(arn) for arn in secrets),
        "discovery": bool(values["openclaw_model_discovery"]),
        "request": False,
    }
    services = [{"service": each["service"], "type": each["type"]} for each in catalog]
    needed = [service for service, each in zip(services, catalog, strict=True) if reasons[each["needed"]]]
    requested = values["openclaw_extra_endpoints"] or []
    return {
        "endpoints": needed,
        "nat_endpoints": [each for each in needed if each["type"] == "gateway"],
        "extra_endpoints": [each for each in services if each["service"] in requested],
    }


def network(values: Values, facts: Values, catalog: t.Sequence[Values]) -> dict[str, t.Any]:
    """The network mode, subnets and endpoints that are chosen in the VPC, with all that is wrong with it."""
    return choose_network(
        facts,
        {
            "vpc": values["openclaw_vpc"],
            "mode": values["openclaw_network_mode"],
            "zones": values["openclaw_zones"],
            "subnet_ids": values["openclaw_subnet_ids"] or [],
            "instance_type": values["openclaw_instance_type"],
            "image": image(values),
            "image_needs_internet": not ECR_REPOSITORY.fullmatch(values["openclaw_image_repository"]),
            "name": values["openclaw_name"],
            **wanted_endpoints(values, catalog),
        },
    )


def reachable(
    values: Values, facts: Values, chosen: Values, catalog: t.Sequence[Values]
) -> tuple[list[Problem], list[Finding]]:
    """What keeps the chosen subnets from the AWS services that are needed there, and what else was found."""
    needed = {each["service"] for each in wanted_endpoints(values, catalog)["endpoints"]}
    return reach(
        facts,
        chosen,
        {
            "services": [each for each in catalog if each["service"] in needed],
            "name": values["openclaw_name"],
            "mode": values["openclaw_network_mode"],
            "allowed_cidrs": well_formed("openclaw_gateway_allowed_cidrs", values),
            "port": values["openclaw_gateway_port"],
        },
    )


def can_choose_network(values: Values, facts: Values) -> bool:
    """Whether the VPC could be read, and all that its choice depends on is known."""
    needed = ("vpc", "network_mode", "zones", "instance_type", "image_repository", "name")
    return not facts["problems"] and all(values[f"openclaw_{each}"] not in (None, "") for each in needed)


def arns(values: Values, facts: Values, named: Values) -> dict[str, str]:
    """The ARNs that follow from the names."""
    region, account, partition = values["openclaw_region"], facts["account_id"], facts["partition"]
    iam = f"arn:{partition}:iam::{account}"
    logs = f"arn:{partition}:logs:{region}:{account}:log-group"
    return {
        "execution_role": f"{iam}:role/{named['execution_role']}",
        "task_role": f"{iam}:role/{named['task_role']}",
        "instance_profile": f"{iam}:instance-profile/{named['instance_role']}",
        "setup_instance_profile": f"{iam}:instance-profile/{named['setup_role']}",
        "cluster": f"arn:{partition}:ecs:{region}:{account}:cluster/{named['cluster']}",
        "gateway_log_group": f"{logs}:{named['gateway_log_group']}",
        "exec_log_group": f"{logs}:{named['exec_log_group']}",
        "token_parameter": f"arn:{partition}:ssm:{region}:{account}:parameter{named['token_parameter']}",
    }


def repository_arn(values: Values, partition: str) -> str:
    """The ARN of the image's ECR repository; empty if the image is somewhere else."""
    found = ECR_REPOSITORY.fullmatch(values["openclaw_image_repository"])
    return f"arn:{partition}:ecr:{found['region']}:{found['account']}:repository/{found['name']}" if found else ""


def plan_deployment(variables: Values, facts: Values, options: Values, catalog: Values) -> dict[str, t.Any]:
    """Everything that the roles need, with C(warnings) about it; or C(problems): all that is wrong.

    In both cases C(findings) tells what else was found, and C(account_id) whose account it is.

    C(variables) are the user's C(openclaw_*) as they are, C(facts) what M(openclaw.ecs.vpc_network_info) has found,
    C(options) the argument specification, C(catalog) the data about endpoints, models and releases.
    """
    values, problems = validate(variables, options)
    known_models = with_details(catalog["models"], values["openclaw_model_details"])
    known = {**catalog, "models": known_models}
    problems += check_variables(values, known) + facts["problems"]
    if not can_choose_network(values, facts):
        return {"problems": problems, "findings": [], "account_id": facts["account_id"]}
    chosen = network(values, facts, catalog["endpoints"])
    unreachable, findings = reachable(values, facts, chosen, catalog["endpoints"])
    problems += chosen.pop("problems") + unreachable
    if problems:
        return {"problems": problems, "findings": findings, "account_id": facts["account_id"]}
    named = names(values["openclaw_name"], values["openclaw_region"])
    named["setup_bucket"] = setup_bucket(named["setup_bucket_prefix"], facts["account_id"], values["openclaw_region"])
    return {
        "problems": [],
        "findings": findings,
        "warnings": doubt_variables(values, known)
        + [doubt(each) for each in findings if each["status"] == "not known"],
        "values": values,
        "names": named,
        "arns": arns(values, facts, named),
        "tags": tags(values),
        "account_id": facts["account_id"],
        "partition": facts["partition"],
        "region": values["openclaw_region"],
        "vpc": facts["vpcs"][0],
        "network": chosen,
        "image": image(values),
        "image_repository_arn": repository_arn(values, facts["partition"]),
        "node_version": node_version(values, catalog["releases"]),
        "task_memory_reservation": memory_reservation(values, catalog["releases"]),
        "config": gateway_config(values, known_models),
        "provider_plugin": provider_plugin(values),
        "bedrock_statements": bedrock_statements(
            models(values),
            values["openclaw_model_discovery"],
            values["openclaw_region"],
            facts["account_id"],
            facts["partition"],
            known_models,
        )
        + guardrail_statements(values, facts["account_id"], facts["partition"]),
    }


def name_deployment(variables: Values, options: Values) -> dict[str, t.Any]:
    """Names and tags alone, for what only looks at a deployment or ends it."""
    values, problems = validate(variables, options)
    problems += [each for each in check_identity(values) if not each["where"].startswith("openclaw_vpc")]
    if problems:
        return {"problems": problems}
    return {
        "problems": [],
        "values": values,
        "names": names(values["openclaw_name"], values["openclaw_region"]),
        "tags": tags(values),
        "region": values["openclaw_region"],
    }
