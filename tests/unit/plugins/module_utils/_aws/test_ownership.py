# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns a resource, and which tags it is to have."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._aws import ownership
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError

OWNER = {"openclaw:deployment": "box", "openclaw:region": "eu-central-1"}


@pytest.mark.parametrize(
    ("current", "owned"),
    [
        (OWNER, True),
        ({**OWNER, "Name": "renamed", "of": "others"}, True),
        ({}, False),
        ({"Name": "box"}, False),
        ({"openclaw:deployment": "box"}, False),
        ({**OWNER, "openclaw:region": "eu-west-1"}, False),
    ],
)
def test_ownership_is_told_by_the_owner_tags_alone(current, owned):
    tags = {"Name": "box", **OWNER}
    assert ownership.is_owned(current, tags) is owned
    if owned:
        ownership.require_owned("Thing t-1", current, tags)
    else:
        with pytest.raises(DeploymentError, match="Thing t-1 exists"):
            ownership.require_owned("Thing t-1", current, tags)


def test_a_member_has_its_own_name():
    assert ownership.member_tags("box-host", {**OWNER, "Name": "box"}) == {**OWNER, "Name": "box-host"}


def test_tags_of_others_are_kept():
    current = {"of": "others", "Name": "old"}
    assert ownership.tags_to_set(current, {"Name": "new"}) == {"Name": "new"}
    assert ownership.wanted_tags(current, {"Name": "new"}) == {"of": "others", "Name": "new"}
