# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per API call that only the readiness of ECS Exec needs. Private to the collection."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import unquote

from .._aws.errors import api_call

NO_ROLE = ("NoSuchEntity",)


@api_call("simulate the policies of {role_arn}", missing=NO_ROLE, default={})
def simulate(client: t.Any, role_arn: str, actions: t.Sequence[str]) -> dict[str, bool]:
    """Which of the actions a role may do on all resources, everything considered that IAM knows of."""
    answer = client.simulate_principal_policy(PolicySourceArn=role_arn, ActionNames=list(actions))
    return {each["EvalActionName"]: each["EvalDecision"] == "allowed" for each in answer["EvaluationResults"]}


@api_call("read the policies of role {role}", missing=NO_ROLE, default=[])
def read_policies(client: t.Any, role: str) -> list[dict[str, t.Any]]:
    """The policy documents of a role, inline and attached."""
    inline = client.get_paginator("list_role_policies").paginate(RoleName=role).build_full_result()["PolicyNames"]
    documents = [client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in inline]
    attached = client.get_paginator("list_attached_role_policies").paginate(RoleName=role).build_full_result()
    for policy in attached["AttachedPolicies"]:
        version = client.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        answer = client.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)
        documents.append(answer["PolicyVersion"]["Document"])
    return [json.loads(unquote(each)) if isinstance(each, str) else each for each in documents]
