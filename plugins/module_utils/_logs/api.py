# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per CloudWatch Logs API call. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.errors import api_call

MISSING = ("ResourceNotFoundException",)


@api_call("list the log groups that begin with {prefix}")
def describe_log_groups(client: t.Any, prefix: str) -> list[dict[str, t.Any]]:
    """All log groups whose name begins with the prefix."""
    filters = {"logGroupNamePrefix": prefix} if prefix else {}
    return client.get_paginator("describe_log_groups").paginate(**filters).build_full_result()["logGroups"]


@api_call("read the tags of log group {arn}", missing=MISSING, default={})
def list_tags(client: t.Any, arn: str) -> dict[str, str]:
    """The tags of a log group."""
    return client.list_tags_for_resource(resourceArn=arn)["tags"]


@api_call("read the log in group {group}, stream {stream}")
def last_messages(client: t.Any, group: str, stream: str, count: int) -> list[str]:
    """The last messages of a log stream, the newest last."""
    answer = client.get_log_events(logGroupName=group, logStreamName=stream, limit=count, startFromHead=False)
    return [event["message"] for event in answer["events"]]


@api_call("create log group {name}")
def create_log_group(client: t.Any, name: str, tags: dict[str, str]) -> None:
    """Create a log group that keeps its events for ever."""
    client.create_log_group(logGroupName=name, tags=tags)


@api_call("let log group {name} keep its events for {days} days")
def put_retention(client: t.Any, name: str, days: int) -> None:
    """Set after how many days events are deleted."""
    client.put_retention_policy(logGroupName=name, retentionInDays=days)


@api_call("tag log group {arn}")
def tag_log_group(client: t.Any, arn: str, tags: dict[str, str]) -> None:
    """Add or overwrite tags."""
    client.tag_resource(resourceArn=arn, tags=tags)


@api_call("delete log group {name}", missing=MISSING)
def delete_log_group(client: t.Any, name: str) -> None:
    """Delete a log group with all its events."""
    client.delete_log_group(logGroupName=name)
