"""ECS Exec: ExecuteCommand, and the session that runs its one command in a container."""

from __future__ import annotations

import json
import secrets
import shlex
import sys
from typing import Any

from ministack.core.responses import error_response_json
from ministack.core.responses import get_region
from ministack.core.responses import json_response
from ministack.core.router import extract_access_key_id
from ministack.services import ecs

from local_aws.layer.ecs_seam import active_cluster
from local_aws.layer.permissions import Caller
from local_aws.layer.permissions import caller_of
from local_aws.layer.seam import AwsError
from local_aws.layer.sessions import Session
from local_aws.layer.sessions import channel
from local_aws.layer.sessions import sessions
from local_aws.settings import REPOSITORY
from local_aws.settings import from_environment

# As users report it: github.com/aws-containers/amazon-ecs-exec-checker
NOT_READY = (
    "The execute command failed because execute command was not enabled when the task was run or the execute command"
    " agent isn't running. Wait and try again or run a new task with execute command enabled and try again."
)
_handle_request = ecs.handle_request


async def handle_request(method: str, path: str, headers: dict, body: bytes, query: dict) -> tuple:
    """As the emulator does it, but for ExecuteCommand, which has to know who asks."""
    if headers.get("x-amz-target", "").rsplit(".", 1)[-1] != "ExecuteCommand":
        return await _handle_request(method, path, headers, body, query)
    try:
        return json_response(execute_command(json.loads(body), caller_of(extract_access_key_id(headers, query))))
    except AwsError as error:
        return error_response_json(error.code, error.message, error.status)


def execute_command(request: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """ExecuteCommand: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html"""
    cluster = active_cluster(request.get("cluster"))
    task = ecs._resolve_task(request["task"], cluster["clusterName"])
    if task is None or task["lastStatus"] == "STOPPED":
        raise AwsError("InvalidParameterException", "The referenced task was not found.")
    name = request.get("container") or task["containers"][0]["name"]
    container = next((each for each in task["containers"] if each["name"] == name), None)
    if container is None:
        raise AwsError("InvalidParameterException", f"The container {name} was not found in the task.")
    if not any(agent["lastStatus"] == "RUNNING" for agent in container.get("managedAgents", [])):
        raise AwsError("InvalidParameterException", NOT_READY)
    session = Session(
        id=f"ecs-execute-command-{secrets.token_hex(9)[:17]}",
        target=f"ecs:{cluster['clusterName']}_{task['taskArn'].rsplit('/', 1)[-1]}_{container['runtimeId']}",
        document="AmazonECS-ExecuteInteractiveCommand",
        region=get_region(),
        caller=caller,
        token=secrets.token_urlsafe(96),
        command=enter(task["taskArn"], request["command"]),
    )
    sessions[session.id] = session
    opened = channel(session)
    return {
        "clusterArn": task["clusterArn"],
        "taskArn": task["taskArn"],
        "containerArn": container["containerArn"],
        "containerName": name,
        "interactive": request["interactive"],
        "session": {
            "sessionId": opened["SessionId"],
            "streamUrl": opened["StreamUrl"],
            "tokenValue": opened["TokenValue"],
        },
    }


def enter(task: str, command: str) -> list[str]:
    """The command of this machine that runs a command in a task, whose words are split as the SSM agent does it."""
    settings = from_environment()
    environment = {
        "PYTHONPATH": REPOSITORY,
        "LOCAL_AWS_DIR": settings.directory,
        "LOCAL_AWS_PORT": settings.port,
    }
    variables = [f"{name}={value}" for name, value in environment.items()]
    return ["/usr/bin/env", *variables, sys.executable, "-m", "local_aws", "exec", task, "--", *shlex.split(command)]


def install() -> None:
    """Answer in the emulator's place."""
    ecs.handle_request = handle_request
