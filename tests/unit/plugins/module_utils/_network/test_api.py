# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API calls about what EC2 does not know everywhere at once."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._network import api

HTTPS = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize(("call", "verb"), [(api.authorize_rules, "authorize"), (api.revoke_rules, "revoke")])
def test_a_group_that_was_just_made_is_outlasted(stubbed, no_delay, call, verb, direction):
    client, stubber = stubbed("ec2")
    operation = f"{verb}_security_group_{direction}"
    stubber.add_client_error(operation, "InvalidGroup.NotFound")
    stubber.add_response(operation, {"Return": True}, {"GroupId": "sg-1", "IpPermissions": HTTPS})
    call(client, "sg-1", direction, HTTPS)
    assert len(no_delay) == 1
