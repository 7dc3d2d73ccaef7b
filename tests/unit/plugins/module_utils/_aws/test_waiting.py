# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that pass by themselves are outlasted; others, and those that do not pass in time, are raised."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import api_call
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import passing

NOT_READY = passing("InvalidParameterException", text="service linked role")
BUSY = passing("ResourceInUseException", "UpdateInProgressException")


def failing(*errors):
    """An API function that fails with one (code, message) after the other, and then gives 'done'."""
    pending = list(errors)

    @api_call("create thing")
    def call():
        if pending:
            code, message = pending.pop(0)
            raise ClientError({"Error": {"Code": code, "Message": message}}, "CreateThing")
        return "done"

    return call


def test_errors_that_pass_are_outlasted(no_delay):
    call = failing(
        ("InvalidParameterException", "Unable to assume the Service Linked Role."), ("UpdateInProgressException", "")
    )
    assert outlast(call, 60, NOT_READY, BUSY, delay=4) == "done"
    assert no_delay == [4, 4]


@pytest.mark.parametrize(
    "error", [("InvalidParameterException", "no such name"), ("AccessDenied", "service linked role")]
)
def test_other_errors_are_raised_at_once(no_delay, error):
    with pytest.raises(DeploymentError, match="Could not create thing"):
        outlast(failing(error), 60, NOT_READY, BUSY)
    assert no_delay == []


def test_an_error_that_does_not_pass_in_time_is_raised(no_delay):
    with pytest.raises(DeploymentError, match="Could not create thing"):
        outlast(failing(*[("ResourceInUseException", "")] * 4), 9, BUSY, delay=3)
    assert no_delay == [3, 3, 3]
