"""Session Manager: which instances it manages, and the sessions on them; `session_channel` opens them."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from ministack.core.responses import get_region
from ministack.services import ec2

from local_aws.layer import documents
from local_aws.layer import ssm
from local_aws.layer.managed_instances import managed
from local_aws.layer.permissions import Caller
from local_aws.layer.seam import AwsError
from local_aws.layer.seam import tags_of
from local_aws.settings import from_environment

PAGE = 50
INFORMATION = {
    "InstanceIds": "InstanceId",
    "PingStatus": "PingStatus",
    "AgentVersion": "AgentVersion",
    "PlatformTypes": "PlatformType",
    "IamRole": "IamRole",
    "ResourceType": "ResourceType",
}


@dataclass
class Session:
    """One session, the secret that opens its channel, and what runs in it if that is no shell of a machine."""

    id: str
    target: str
    document: str
    region: str
    caller: Caller
    token: str
    command: list[str] | None = None
    started: float = field(default_factory=time.time)
    ended: float | None = None


sessions: dict[str, Session] = {}


def start(request: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """StartSession."""
    name = request.get("DocumentName") or documents.PREFERENCES
    documents.inputs(name)
    target = request["Target"]
    if instance_of(target)["ping_status"] != "Online":
        raise _not_connected(target)
    session = Session(
        f"{caller.name}-{secrets.token_hex(9)[:17]}", target, name, get_region(), caller, secrets.token_urlsafe(96)
    )
    sessions[session.id] = session
    return channel(session)


def resume(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """ResumeSession: a new token, and none for a session that has ended."""
    session = sessions.get(request["SessionId"])
    if session is None:
        raise AwsError("DoesNotExistException", f"Session {request['SessionId']} does not exist.")
    if session.ended:
        return {"SessionId": session.id}
    session.token = secrets.token_urlsafe(96)
    return channel(session)


def terminate(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """TerminateSession, which succeeds whether or not there is such a session."""
    session = sessions.get(request["SessionId"])
    if session and not session.ended:
        session.ended = time.time()
    return {"SessionId": request["SessionId"]}


def describe(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """DescribeSessions, the newest first."""
    history = request["State"] == "History"
    shown = [_public(session) for session in _here() if bool(session.ended) == history]
    for wanted in request.get("Filters", []):
        shown = [session for session in shown if _admits(wanted["key"], wanted["value"], session)]
    shown.sort(key=lambda session: session["StartDate"], reverse=True)
    return _page("Sessions", shown, request)


def describe_instances(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """DescribeInstanceInformation."""
    shown = [_information(instance) for instance in managed()]
    wanted = [(entry["key"], entry["valueSet"]) for entry in request.get("InstanceInformationFilterList", [])]
    wanted += [(entry["Key"], entry["Values"]) for entry in request.get("Filters", [])]
    for key, values in wanted:
        if key not in INFORMATION and not key.startswith("tag:"):
            raise AwsError("InvalidFilterKey", f"The filter key {key} is not valid.")
        shown = [instance for instance in shown if _value(key, instance) in values]
    return _page("InstanceInformationList", shown, request)


def _value(key: str, instance: dict[str, Any]) -> str | None:
    if key.startswith("tag:"):
        tags = {tag["Key"]: tag["Value"] for tag in tags_of(instance["InstanceId"])}
        return tags.get(key.removeprefix("tag:"))
    return instance[INFORMATION[key]]


def _information(instance: dict[str, Any]) -> dict[str, Any]:
    record = ec2._instances[instance["instance_id"]]
    return {
        "InstanceId": instance["instance_id"],
        "PingStatus": instance["ping_status"],
        "LastPingDateTime": time.time(),
        "AgentVersion": instance["agent_version"],
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "PlatformName": instance["platform"],
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IamRole": (instance["role"] or "").rsplit("/", 1)[-1],
        "IPAddress": instance["ip"],
        "ComputerName": record["PrivateDnsName"],
        "SourceId": instance["instance_id"],
        "SourceType": "AWS::EC2::Instance",
    }


def _page(name: str, entries: list[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    begin = int(request.get("NextToken") or 0)
    end = begin + (request.get("MaxResults") or PAGE)
    more = {"NextToken": str(end)} if end < len(entries) else {}
    return {name: entries[begin:end], **more}


def instance_of(target: str) -> dict[str, Any]:
    """The managed instance that a session is for."""
    for instance in managed():
        if instance["instance_id"] == target:
            return instance
    raise _not_connected(target)


def _not_connected(target: str) -> AwsError:
    """As users report it: github.com/aws/session-manager-plugin/issues/5."""
    return AwsError("TargetNotConnected", f"{target} is not connected.")


def channel(session: Session) -> dict[str, Any]:
    """What opens a session."""
    return {
        "SessionId": session.id,
        "TokenValue": session.token,
        "StreamUrl": f"{from_environment().endpoint.replace('http', 'ws')}/v1/data-channel/{session.id}"
        "?role=publish_subscribe",
    }


def _here() -> list[Session]:
    """The sessions of this region; those of an instance that is gone have ended."""
    connected = {instance["instance_id"] for instance in managed()}
    for session in sessions.values():
        if session.ended is None and session.command is None and session.target not in connected:
            session.ended = time.time()
    return [session for session in sessions.values() if session.region == get_region()]


def _public(session: Session) -> dict[str, Any]:
    shown = {
        "SessionId": session.id,
        "Target": session.target,
        "Status": "Terminated" if session.ended else "Connected",
        "StartDate": session.started,
        "DocumentName": session.document,
        "Owner": session.caller.arn,
    }
    return {**shown, "EndDate": session.ended} if session.ended else shown


def _admits(key: str, value: str, session: dict[str, Any]) -> bool:
    if key not in ("Target", "Owner", "Status", "SessionId"):
        raise AwsError("InvalidFilterKey", f"The filter key {key} is not valid.")
    return session[key] == value


def tags(session_id: str) -> dict[str, str]:
    """The tags that AWS puts on a session, for policies to name.

    docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html
    """
    session = sessions.get(session_id)
    if session is None:
        return {}
    return {"aws:ssmmessages:session-id": session.caller.user_id, "aws:ssmmessages:target-id": session.target}


def is_open(session_id: str) -> bool:
    """Whether nobody has ended a session yet."""
    found = sessions.get(session_id)
    return found is not None and found.ended is None


def close(session_id: str) -> None:
    """Note that a session's shell has ended."""
    found = sessions.get(session_id)
    if found and found.ended is None:
        found.ended = time.time()


def reset() -> None:
    """As in a new account."""
    sessions.clear()


def install() -> None:
    """Answer for sessions in the emulator's place."""
    ssm.replace(
        StartSession=start,
        ResumeSession=resume,
        TerminateSession=terminate,
        DescribeSessions=describe,
        DescribeInstanceInformation=describe_instances,
    )
