# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed anywhere and started again ends in the same place."""

from __future__ import annotations

import pytest

# The first change that each module makes: when it is seen, the modules after it have not begun.
POINTS = [
    "CreateSecurityGroup",
    "CreateVpcEndpoint",
    "CreateFileSystem",
    "CreateAccessPoint",
    "CreateRole",
    "CreateServiceLinkedRole",
    "CreateCluster",
    "CreateLaunchTemplate",
    "CreateCapacityProvider",
    "CreateLogGroup",
    "PutParameter",
    "RegisterTaskDefinition",
]


@pytest.fixture(scope="module")
def unharmed(journey):
    """What a run that is not killed makes, by kind and name."""
    journey.deploy()
    found = existing(journey)
    journey.aws.control("POST", "reset")
    return found


def existing(journey):
    """The deployment's resources as status.yml tells them: kind and name, as often as they exist."""
    run = journey.playbook("status")
    [found] = [task["resources"] for task in run.tasks if "resources" in task]
    return {kind: sorted(each["name"] for each in resources) for kind, resources in found.items()}


def test_killed_again_and_again(journey, unharmed):
    killed = [point for point in POINTS if journey.kill_deploy_at(point)]
    assert len(killed) >= 10
    foretold = journey.plan()
    assert foretold.kinds == journey.deploy().kinds
    assert existing(journey) == unharmed
    assert journey.deploy().changes == []
