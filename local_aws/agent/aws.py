"""How the agent talks to the local AWS: as AWS itself (root), or with the credentials of a role."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request
from urllib.request import urlopen

import boto3
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from local_aws.credentials import mint
from local_aws.settings import REGION
from local_aws.settings import ROOT_KEY
from local_aws.settings import ROOT_SECRET
from local_aws.settings import from_environment

TARGET = "AmazonEC2ContainerServiceV20141113"
CONFIG = Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=30)
ECS_TASKS = "ecs-tasks.amazonaws.com"
EC2 = "ec2.amazonaws.com"


class RefusedError(Exception):
    """AWS said no; the text is AWS's."""

    def __init__(self, code: str, message: str) -> None:
        """Take code and text."""
        super().__init__(f"{code}: {message}")
        self.code = code


@functools.cache
def _latencies() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent.parent / "latencies.yml").read_text())["steps"]


def seconds(step: str) -> float:
    """How long a step takes on the real AWS."""
    return float(_latencies()[step]["seconds"])


@functools.cache
def root(service: str) -> Any:
    """A client of the account's root."""
    return boto3.client(
        service,
        endpoint_url=from_environment().endpoint,
        region_name=REGION,
        config=CONFIG,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_SECRET,
    )


def client(service: str, credentials: dict[str, Any]) -> Any:
    """A client with the credentials of a role."""
    return boto3.client(
        service,
        endpoint_url=from_environment().endpoint,
        region_name=REGION,
        config=CONFIG,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def role_credentials(role_arn: str, session: str, service: str = ECS_TASKS) -> dict[str, Any]:
    """Credentials of a role that trusts the service; RoleNotAssumableError if it doesn't."""
    return mint(role_arn, session, service)


def ecs(action: str, credentials: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """Call an action of ECS that only an agent uses, as root or with a role's credentials."""
    endpoint = from_environment().endpoint
    body = json.dumps(data).encode()
    headers = {"X-Amz-Target": f"{TARGET}.{action}", "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", f"{endpoint}/", data=body, headers=headers)
    keys = (
        Credentials(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
        if credentials
        else Credentials(ROOT_KEY, ROOT_SECRET)
    )
    SigV4Auth(keys, "ecs", REGION).add_auth(request)
    try:
        with urlopen(
            Request(request.url, data=body, headers=dict(request.headers), method="POST"), timeout=60
        ) as answer:
            return json.load(answer)
    except HTTPError as error:
        text = error.read()
        refusal = json.loads(text) if text.startswith(b"{") else {"message": text.decode(errors="replace")}
        raise RefusedError(
            str(refusal.get("__type", error.code)).rsplit("#", 1)[-1], refusal.get("message", "")
        ) from None
