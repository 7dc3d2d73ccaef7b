# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which service-linked roles there are and which are missing. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from .._aws.plan import Change
from .._aws.plan import Settings
from .._aws.plan import plan_present
from .api import SERVICE_ROLES_PATH


def normalize(role: t.Mapping[str, t.Any]) -> Settings:
    """A service-linked role of the API."""
    return {"name": role["RoleName"], "arn": role["Arn"]}


def by_service(roles: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, Settings]:
    """The service-linked roles by the service that their path names, as in /aws-service-role/ecs.amazonaws.com/."""
    return {role["Path"].removeprefix(SERVICE_ROLES_PATH).rstrip("/"): normalize(role) for role in roles}


def plan(services: t.Iterable[str], current: t.Mapping[str, Settings]) -> list[Change]:
    """Create those that are missing."""
    return [plan_present("service-linked role", service, current.get(service), {}) for service in services]
