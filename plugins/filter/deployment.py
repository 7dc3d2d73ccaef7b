# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters with which the role openclaw turns variables into a deployment, and the playbooks sum up a run."""

from __future__ import annotations

import typing as t

from ansible_collections.openclaw.ecs.plugins.module_utils._config.costs import existing_costs
from ansible_collections.openclaw.ecs.plugins.module_utils._config.costs import planned_costs
from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import name_deployment
from ansible_collections.openclaw.ecs.plugins.module_utils._config.deployment import plan_deployment
from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import failure_report
from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import onboarding_problems
from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import onboarding_summary
from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import start_reason
from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import finding_lines
from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import findings
from ansible_collections.openclaw.ecs.plugins.module_utils._config.problems import report
from ansible_collections.openclaw.ecs.plugins.module_utils._config.provider import provider_problem
from ansible_collections.openclaw.ecs.plugins.module_utils._config.status import remaining_lines
from ansible_collections.openclaw.ecs.plugins.module_utils._config.status import status
from ansible_collections.openclaw.ecs.plugins.module_utils._config.status import status_lines
from ansible_collections.openclaw.ecs.plugins.module_utils._config.summary import action_lines
from ansible_collections.openclaw.ecs.plugins.module_utils._config.summary import deployment_summary


class FilterModule:
    """Filters of openclaw.ecs."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {
            "action_lines": action_lines,
            "deployment_costs": planned_costs,
            "deployment_status": status,
            "deployment_summary": deployment_summary,
            "existing_costs": existing_costs,
            "failure_report": failure_report,
            "finding_lines": finding_lines,
            "findings": findings,
            "name_deployment": name_deployment,
            "onboarding_problems": onboarding_problems,
            "onboarding_summary": onboarding_summary,
            "plan_deployment": plan_deployment,
            "problem_report": report,
            "remaining_lines": remaining_lines,
            "provider_problem": provider_problem,
            "start_reason": start_reason,
            "status_lines": status_lines,
        }
