# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per IAM API call. Private to the collection."""

from __future__ import annotations

import json
import typing as t

from .._aws.errors import api_call

Answer = dict[str, t.Any]

MISSING = ("NoSuchEntity",)
SERVICE_ROLES_PATH = "/aws-service-role/"


def _all_pages(client: t.Any, operation: str, key: str, **arguments: t.Any) -> list[t.Any]:
    return client.get_paginator(operation).paginate(**arguments).build_full_result().get(key, [])


@api_call("read role {name}", missing=MISSING)
def get_role(client: t.Any, name: str) -> Answer | None:
    """A role with its trust policy and tags; nothing if there is none."""
    return client.get_role(RoleName=name)["Role"]


@api_call("list the managed policies of role {name}", missing=MISSING, default=[])
def list_attached_policies(client: t.Any, name: str) -> list[str]:
    """The ARNs of the managed policies of a role."""
    listed = _all_pages(client, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
    return sorted(policy["PolicyArn"] for policy in listed)


@api_call("list the policies of role {name}", missing=MISSING, default=[])
def list_inline_policies(client: t.Any, name: str) -> list[str]:
    """The names of the inline policies of a role."""
    return sorted(_all_pages(client, "list_role_policies", "PolicyNames", RoleName=name))


@api_call("read policy {policy} of role {name}")
def get_inline_policy(client: t.Any, name: str, policy: str) -> Answer:
    """The document of an inline policy."""
    return client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]


@api_call("create role {RoleName}")
def create_role(client: t.Any, **arguments: t.Any) -> Answer:
    """Create a role."""
    return client.create_role(**arguments)["Role"]


@api_call("change the description of role {name}")
def update_description(client: t.Any, name: str, description: str) -> None:
    """Change a role's description."""
    client.update_role(RoleName=name, Description=description)


@api_call("change the trust policy of role {name}")
def update_trust(client: t.Any, name: str, document: Answer) -> None:
    """Change who may assume a role."""
    client.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))


@api_call("write policy {policy} of role {name}")
def put_inline_policy(client: t.Any, name: str, policy: str, document: Answer) -> None:
    """Add or overwrite an inline policy."""
    client.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


@api_call("delete policy {policy} of role {name}", missing=MISSING)
def delete_inline_policy(client: t.Any, name: str, policy: str) -> None:
    """Delete an inline policy."""
    client.delete_role_policy(RoleName=name, PolicyName=policy)


@api_call("attach {arn} to role {name}")
def attach_policy(client: t.Any, name: str, arn: str) -> None:
    """Attach a managed policy."""
    client.attach_role_policy(RoleName=name, PolicyArn=arn)


@api_call("detach {arn} from role {name}", missing=MISSING)
def detach_policy(client: t.Any, name: str, arn: str) -> None:
    """Detach a managed policy."""
    client.detach_role_policy(RoleName=name, PolicyArn=arn)


@api_call("tag role {name}")
def tag_role(client: t.Any, name: str, tags: list[Answer]) -> None:
    """Add or overwrite tags of a role."""
    client.tag_role(RoleName=name, Tags=tags)


@api_call("delete role {name}", missing=MISSING)
def delete_role(client: t.Any, name: str) -> None:
    """Delete a role that has no policies and is in no instance profile."""
    client.delete_role(RoleName=name)


@api_call("read instance profile {name}", missing=MISSING)
def get_instance_profile(client: t.Any, name: str) -> Answer | None:
    """An instance profile with its role and tags; nothing if there is none."""
    return client.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]


@api_call("create instance profile {name}")
def create_instance_profile(client: t.Any, name: str, tags: list[Answer]) -> Answer:
    """Create an instance profile without a role."""
    return client.create_instance_profile(InstanceProfileName=name, Tags=tags)["InstanceProfile"]


@api_call("put role {role} into instance profile {name}")
def add_role_to_profile(client: t.Any, name: str, role: str) -> None:
    """Put a role into an instance profile, which has room for one."""
    client.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)


@api_call("take role {role} out of instance profile {name}", missing=MISSING)
def remove_role_from_profile(client: t.Any, name: str, role: str) -> None:
    """Take a role out of an instance profile."""
    client.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)


@api_call("tag instance profile {name}")
def tag_instance_profile(client: t.Any, name: str, tags: list[Answer]) -> None:
    """Add or overwrite tags of an instance profile."""
    client.tag_instance_profile(InstanceProfileName=name, Tags=tags)


@api_call("delete instance profile {name}", missing=MISSING)
def delete_instance_profile(client: t.Any, name: str) -> None:
    """Delete an instance profile without a role."""
    client.delete_instance_profile(InstanceProfileName=name)


@api_call("list the service-linked roles")
def list_service_linked_roles(client: t.Any) -> list[Answer]:
    """The service-linked roles of all services."""
    return _all_pages(client, "list_roles", "Roles", PathPrefix=SERVICE_ROLES_PATH)


@api_call("create the service-linked role of {service}")
def create_service_linked_role(client: t.Any, service: str) -> Answer:
    """Create the service-linked role of a service."""
    return client.create_service_linked_role(AWSServiceName=service)["Role"]
