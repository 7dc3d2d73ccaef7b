"""What the scenarios' tests look with: clients of the local AWS that know nothing of the collection."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).parent))

import ground as made_before


@pytest.fixture(scope="session")
def aws() -> Callable[[str], Any]:
    """Clients of the account's root, by service."""
    return made_before.client


@pytest.fixture(scope="session")
def ground() -> SimpleNamespace:
    """What was there before the role."""
    text = (Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "ground.json").read_text()
    return SimpleNamespace(**json.loads(text)["ground"])


@pytest.fixture(scope="session")
def owner() -> dict[str, str]:
    """The tags that tell the owner."""
    return made_before.TAGS


@pytest.fixture(scope="session")
def log() -> list[dict[str, Any]]:
    """All calls since the account was empty."""
    return made_before.control("GET", "log?since=1")["entries"]


@pytest.fixture
def as_role() -> Callable[[str, str], Callable[[str], Any]]:
    """Clients with the credentials that a service gets for a role."""

    def clients(name: str, service: str) -> Callable[[str], Any]:
        arn = f"arn:aws:iam::000000000000:role/{name}"
        key = made_before.control("POST", "credentials", role_arn=arn, session_name="test", service=service)
        return lambda api: made_before.client(
            api,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
        )

    return clients


@pytest.fixture
def refusal() -> Callable[..., str]:
    """AWS's error code for a call; empty if it is allowed."""

    def code(call: Callable[..., Any], **parameters: Any) -> str:
        try:
            call(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return ""

    return code


@pytest.fixture
def denied_mount(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The actions of a mounting client that a role, or the policy of the file system if it exists, does not allow."""
    monkeypatch.setenv("LOCAL_AWS_PORT", str(urlsplit(os.environ["AWS_ENDPOINT_URL"]).port))
    from local_aws.agent import aws as agent

    def ask(file_system: dict[str, Any], role_arn: str, access_point_arn: str, tls: bool = True) -> list[str]:
        answer = agent.ecs(
            "LocalAllowed",
            Role=role_arn,
            Actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            FileSystem=file_system["FileSystemId"],
            Resource=file_system["FileSystemArn"],
            SecureTransport=tls,
            Context={"elasticfilesystem:AccessPointArn": access_point_arn},
        )
        return answer["denied"]

    return ask
