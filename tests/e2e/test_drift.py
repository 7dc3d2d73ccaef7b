# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is changed behind the collection's back, or in its input, is mended by the next run, and then is quiet."""

from __future__ import annotations

import pytest

from tests.e2e import drift


@pytest.fixture(scope="module")
def deployed(journey):
    """A deployment without a running gateway."""
    journey.deploy()


@pytest.mark.parametrize("drifts", [drift.SETTINGS, drift.DELETIONS], ids=["settings", "deletions"])
def test_changes_behind_its_back(journey, deployed, drifts):
    clients = {}

    def aws(service):
        return clients.setdefault(service, journey.aws.client(service))

    before = {each.name: each.look(aws) for each in drifts}
    for each in drifts:
        each.change(aws)
    journey.aws.control("POST", "settle")
    untouched = [each.name for each in drifts if each.look(aws) == before[each.name]]
    assert untouched == []

    foretold = journey.plan()
    run = journey.deploy()
    assert foretold.kinds == run.kinds
    assert {each.mended_as for each in drifts} <= set(run.kinds)
    assert {each.name: each.look(aws) for each in drifts} == before
    assert journey.deploy().changes == []


def test_changes_of_input(journey, deployed):
    variables = {name: value for name, (value, _action) in drift.INPUT.items()}
    foretold = journey.deploy("--check", **variables)
    run = journey.deploy(**variables)
    assert foretold.kinds == run.kinds
    assert {action for _value, action in drift.INPUT.values()} <= set(run.kinds)
    assert journey.deploy(**variables).changes == []
