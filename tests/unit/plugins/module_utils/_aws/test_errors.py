# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An API call that fails says what was tried; what is missing is no failure."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import api_call


def failing(*codes):
    """A function that fails with one code after the other, and then gives 'done'."""
    pending = list(codes)

    def call(client, name="thing-1", **arguments):
        if pending:
            raise ClientError({"Error": {"Code": pending.pop(0), "Message": "no"}}, "DescribeThing")
        return "done"

    return call


def test_missing_gives_the_default():
    call = api_call("describe {name}", missing=["ThingNotFound"], default=[])(failing("ThingNotFound"))
    assert call(None) == []


def test_other_errors_say_what_was_tried():
    call = api_call("describe {name} in {Zone}")(failing("AccessDenied"))
    with pytest.raises(DeploymentError, match="Could not describe thing-2 in a") as caught:
        call(None, "thing-2", Zone="a")
    assert caught.value.exception.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize("code", ["Throttling", "StillCreating"])
def test_throttling_and_named_codes_are_tried_again(code, no_delay):
    call = api_call("create {name}", retry_on=["StillCreating"])(failing(code, code))
    assert call(None) == "done"
    assert len(no_delay) == 2
