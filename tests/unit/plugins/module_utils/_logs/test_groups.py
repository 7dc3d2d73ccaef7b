# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log groups: the plan, and the API functions with the requests they make."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._logs import api
from ansible_collections.openclaw.ecs.plugins.module_utils._logs import groups

OWNER = {"openclaw:deployment": "box", "openclaw:region": "eu-central-1"}
NAME = "/openclaw/box/gateway"
ARN = f"arn:aws:logs:eu-central-1:123456789012:log-group:{NAME}"
PARAMS = {"groups": [{"name": NAME, "retention_days": 7}], "tags": OWNER}


def described(**changes):
    return {"logGroupName": NAME, "arn": f"{ARN}:*", "retentionInDays": 7, **changes}


def found(tags=None, **changes):
    return {NAME: {**groups.normalize(described(**changes)), "tags": {**OWNER, "Name": NAME} if tags is None else tags}}


@pytest.mark.parametrize(
    ("current", "action", "settings"),
    [
        ({}, "create", None),
        (found(), "keep", None),
        (found(retentionInDays=30), "update", ["retention_days"]),
        (found(tags=OWNER), "update", ["tags"]),
        (found(tags={**OWNER, "Name": NAME, "of": "others"}), "keep", None),
    ],
)
def test_plan(current, action, settings):
    (change,) = groups.plan(PARAMS, current)
    assert change.action == action
    if settings:
        assert change.differences == settings


def test_events_that_are_kept_for_ever_are_a_difference():
    forever = described()
    del forever["retentionInDays"]
    (change,) = groups.plan(PARAMS, {NAME: {**groups.normalize(forever), "tags": OWNER}})
    assert change.before["retention_days"] is None
    assert "retention_days" in change.differences


@pytest.mark.parametrize("planning", [groups.plan, groups.plan_removal])
def test_a_log_group_of_others_is_refused(planning):
    with pytest.raises(DeploymentError, match=f"Log group {NAME} exists"):
        planning(PARAMS, found(tags={}))


@pytest.mark.parametrize(
    ("names", "prefix"),
    [(["/a/b/one", "/a/b/two"], "/a/b/"), (["/a/one"], "/a/one"), (["one", "two"], ""), (["/a", "/a/b"], "/a")],
)
def test_common_prefix(names, prefix):
    assert groups.common_prefix(names) == prefix


def test_others_under_the_prefix_are_not_ours():
    assert groups.select([described(), described(logGroupName=f"{NAME}-2")], [NAME]) == {
        NAME: {"arn": ARN, "retention_days": 7}
    }


@pytest.mark.parametrize(("prefix", "filters"), [("/a/", {"logGroupNamePrefix": "/a/"}), ("", {})])
def test_all_pages_are_read(stubbed, prefix, filters):
    client, stubber = stubbed("logs")
    stubber.add_response("describe_log_groups", {"logGroups": [described()], "nextToken": "more"}, filters)
    stubber.add_response("describe_log_groups", {"logGroups": [described()]}, {**filters, "nextToken": "more"})
    assert len(api.describe_log_groups(client, prefix)) == 2


def test_what_is_gone_already_is_no_error(stubbed):
    client, stubber = stubbed("logs")
    stubber.add_client_error("delete_log_group", "ResourceNotFoundException")
    stubber.add_client_error("list_tags_for_resource", "ResourceNotFoundException")
    api.delete_log_group(client, NAME)
    assert api.list_tags(client, ARN) == {}
