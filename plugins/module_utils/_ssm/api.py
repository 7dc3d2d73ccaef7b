# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per Parameter Store API call. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.errors import api_call


@api_call("look for parameter {name}")
def parameter_exists(client: t.Any, name: str) -> bool:
    """Whether there is a parameter of that name. Its value is not read."""
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    pages = client.get_paginator("describe_parameters").paginate(ParameterFilters=filters)
    return bool(pages.build_full_result()["Parameters"])


@api_call("read the tags of parameter {name}")
def parameter_tags(client: t.Any, name: str) -> dict[str, str]:
    """The tags of a parameter."""
    answer = client.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)
    return boto3_tag_list_to_ansible_dict(answer["TagList"])


@api_call("create parameter {name}", missing=["ParameterAlreadyExists"], default=False, retry_on=["TooManyUpdates"])
def create_secret(client: t.Any, name: str, value: str, description: str, tags: dict[str, str]) -> bool:
    """Create a SecureString. False, with the parameter as it was, if one of that name has come to be meanwhile."""
    client.put_parameter(
        Name=name,
        Value=value,
        Description=description,
        Type="SecureString",
        Overwrite=False,
        Tags=ansible_dict_to_boto3_tag_list(tags),
    )
    return True


@api_call("tag parameter {name}")
def tag_parameter(client: t.Any, name: str, tags: dict[str, str]) -> None:
    """Add or overwrite tags."""
    client.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=ansible_dict_to_boto3_tag_list(tags))


@api_call("delete parameter {name}", missing=["ParameterNotFound"])
def delete_parameter(client: t.Any, name: str) -> None:
    """Delete a parameter, and its value with it."""
    client.delete_parameter(Name=name)
