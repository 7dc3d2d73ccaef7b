"""How a seam answers an action of ECS, whose emulator module takes and gives JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.core.responses import json_response
from ministack.services import ecs
from ministack.services import iam

from local_aws import control_loop
from local_aws.layer.seam import AwsError

Answer = tuple[int, dict[str, str], bytes]
LINKED_ROLE_PATH = "/aws-service-role/ecs.amazonaws.com/"
# docs: AmazonECS/latest/developerguide/using-service-linked-roles.html; text as reported in public repositories.
NO_LINKED_ROLE = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."


def replace(operation: str, handler: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Let `handler` answer an action with what it returns, or with the AwsError it raises."""

    def answer(data: dict[str, Any]) -> Answer:
        with control_loop.lock:
            try:
                body = handler(data)
            except AwsError as error:
                return error_response_json(error.code, error.message, error.status)
        control_loop.soon()
        return json_response(body)

    ecs._ACTION_MAP[operation] = answer


def call(original: Callable[[dict[str, Any]], Answer], data: dict[str, Any]) -> dict[str, Any]:
    """An answer of the emulator as data; its refusals as AwsError."""
    status, _headers, body = original(data)
    answer = json.loads(body)
    if status >= 300:
        raise AwsError(answer["__type"].rsplit("#", 1)[-1], answer["message"], status)
    return answer


def require_linked_role(_data: dict[str, Any]) -> None:
    """Refuse what needs ECS's service-linked role while there is none."""
    if not any(role["Path"] == LINKED_ROLE_PATH for role in iam._roles.values()):
        raise AwsError("InvalidParameterException", NO_LINKED_ROLE)


def active_cluster(reference: str | None) -> dict[str, Any]:
    """The cluster, or AWS's refusal."""
    cluster = ecs._clusters.get(ecs._resolve_cluster_name(reference or "default"))
    if cluster is None or cluster["status"] != "ACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return cluster
