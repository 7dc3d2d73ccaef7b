"""What the agent decides: images, users, environments, health, clusters, services of calls."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from local_aws.agent import container
from local_aws.agent import health
from local_aws.agent import host
from local_aws.agent import images
from local_aws.agent import proxy
from local_aws.install import Installed

DIGEST = "sha256:" + "a" * 64
ECR = "000000000000.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("alpine/openclaw:2026.5.7", "registry-1.docker.io", "alpine/openclaw", "2026.5.7", None),
        ("debian", "registry-1.docker.io", "debian", "latest", None),
        (f"alpine/openclaw@{DIGEST}", "registry-1.docker.io", "alpine/openclaw", None, DIGEST),
        (f"alpine/openclaw:1@{DIGEST}", "registry-1.docker.io", "alpine/openclaw", "1", DIGEST),
        ("ghcr.io/openclaw/openclaw:2026.5.7", "ghcr.io", "openclaw/openclaw", "2026.5.7", None),
        ("localhost:5000/a/b:1", "localhost:5000", "a/b", "1", None),
        (f"{ECR}/mirror/openclaw:1", ECR, "mirror/openclaw", "1", None),
    ],
)
def test_image_references(text: str, registry: str, repository: str, tag: str | None, digest: str | None) -> None:
    found = images.parse(text)
    assert (found.registry, found.repository, found.tag, found.digest) == (registry, repository, tag, digest)


@pytest.mark.parametrize(
    "text",
    [
        "alpine/openclaw:2026.5.7",
        f"alpine/openclaw@{DIGEST}",
        "ghcr.io/openclaw/openclaw:2026.5.7",
        f"{ECR}/openclaw:2026.5.7",
    ],
)
def test_images_that_hold_openclaw(text: str) -> None:
    assert images.recipe(images.parse(text), images.table())["app"] == "openclaw"


@pytest.mark.parametrize("text", ["alpine/openclaw:latest", "nobody/nothing:1", "alpine/openclaw@sha256:12"])
def test_images_that_are_not_there(text: str) -> None:
    with pytest.raises(images.PullError, match="CannotPullContainerError.*not found: manifest unknown"):
        images.recipe(images.parse(text), images.table())


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("1000", (1000, 1000)),
        ("node", (1000, 1000)),
        ("1000:5", (1000, 5)),
        ("root", (0, 0)),
        ("4711", (4711, 0)),
    ],
)
def test_users(text: str, ids: tuple[int, int]) -> None:
    assert container.user_of(text) == ids


def test_unknown_user() -> None:
    with pytest.raises(container.UserUnknownError, match="unable to find user somebody"):
        container.user_of("somebody")


def around(**changes: object) -> container.Surroundings:
    """Surroundings that need nothing on disk."""
    values = {
        "installed": Installed(Path("/c/node"), Path("/c/node_modules")),
        "directory": Path("/t/1"),
        "address": "10.0.0.5",
        "aws_port": 4566,
        **changes,
    }
    return container.Surroundings(**values)


def test_environment_is_the_image_the_definition_and_what_ecs_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-this-machine")
    recipe = images.table()["recipes"]["debian"]
    env = container.environment(
        {"environment": [{"name": "A", "value": "b"}]},
        recipe,
        around(secrets=(("S", "s"),), credentials_path="/v2/credentials/x"),
        "h",
    )
    assert env == {
        **recipe["env"],
        "A": "b",
        "S": "s",
        "HOSTNAME": "h",
        "AWS_EXECUTION_ENV": "AWS_ECS_EC2",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x",
        "ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/container",
    }


def test_a_task_without_a_role_has_no_credentials() -> None:
    env = container.environment({}, images.table()["recipes"]["debian"], around(), "h")
    assert not [name for name in env if "CREDENTIALS" in name]


def test_a_container_becomes_a_sandbox() -> None:
    spec = container.build(
        {
            "name": "c",
            "command": ["node", "x"],
            "user": "1000",
            "portMappings": [{"containerPort": 18789}],
            "linuxParameters": {"initProcessEnabled": True},
        },
        images.table()["recipes"]["openclaw"],
        around(),
        "h",
    )
    assert (spec.argv, spec.uid, spec.cwd, spec.init) == (["node", "x"], 1000, "/app", True)
    assert ("/c/node_modules/openclaw", "/app", False) in [(b.source, b.target, b.write) for b in spec.binds]
    assert ("unix:/t/1/port-18789", "tcp:127.0.0.1:18789") in [(f.listen, f.connect) for f in spec.forwards]
    assert not [bind for bind in spec.binds if bind.write]


CHECK = health.Check(["true"], 1, 1, retries=3, start_period=10)


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([(True, 1)], "HEALTHY"),
        ([(False, 1), (False, 2), (False, 3), (False, 9)], "UNKNOWN"),  # the start period
        ([(False, 11), (False, 12)], "UNKNOWN"),
        ([(False, 11), (False, 12), (False, 13)], "UNHEALTHY"),
        ([(True, 1), (False, 2), (False, 3), (False, 4)], "UNHEALTHY"),  # once healthy, failures count
        ([(True, 1), (False, 2), (False, 3), (True, 4), (False, 5)], "HEALTHY"),
    ],
)
def test_health(results: list[tuple[bool, float]], status: str) -> None:
    state = health.Health()
    for passed, age in results:
        state = health.after(state, passed, age, CHECK)
    assert state.status == status


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        (["CMD-SHELL", "exit 0"], ["/bin/sh", "-c", "exit 0"]),
        (["CMD", "node", "-v"], ["node", "-v"]),
    ],
)
def test_health_commands(command: list[str], argv: list[str]) -> None:
    check = health.read_check({"command": command, "interval": 30}, scale=0.1)
    assert check is not None
    assert (check.command, check.interval, check.timeout, check.retries) == (argv, 3, 5, 3)


@pytest.mark.parametrize(
    ("text", "cluster"),
    [
        ("#!/bin/bash\necho ECS_CLUSTER=main >> /etc/ecs/ecs.config", "main"),
        ("cat <<EOF > /etc/ecs/ecs.config\nECS_CLUSTER=oc-1\nECS_AWSVPC_BLOCK_IMDS=true\nEOF", "oc-1"),
        ("echo 'ECS_CLUSTER=quoted' >> /etc/ecs/ecs.config", "quoted"),
        ("#!/bin/bash\ntrue", "default"),
        ("", "default"),
    ],
)
def test_cluster_in_user_data(text: str, cluster: str) -> None:
    assert host.cluster_from(text) == cluster
    assert host.cluster_from(base64.b64encode(text.encode()).decode()) == cluster


@pytest.mark.parametrize(
    ("path", "signed", "service"),
    [
        ("/model/m/converse-stream", "bedrock", "bedrock-runtime"),
        ("/foundation-models", "bedrock", "bedrock"),
        ("/", "logs", "logs"),
        ("/", "ecr", "ecr.api"),
    ],
)
def test_service_of_a_call(path: str, signed: str, service: str) -> None:
    header = f"AWS4-HMAC-SHA256 Credential=AKIA1/20261122/us-east-1/{signed}/aws4_request, SignedHeaders=host"
    assert proxy.service_of(path, header) == service


def test_service_of_a_presigned_url() -> None:
    line = (
        b"GET /bucket/key?X-Amz-Credential=AKIA1%2F20261122%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=60 HTTP/1.1"
    )
    request = proxy.Request(line, [])
    assert request.path == "/bucket/key"
    assert proxy.service_of(request.path, "", request.query) == "s3"


@pytest.mark.parametrize(
    ("path", "key"),
    [("/", ""), ("/", "test"), ("/", "000000000000"), ("/_local/credentials", "AKIA1"), ("/_ministack/reset", "AKIA1")],
)
def test_what_is_no_call_on_aws_goes_nowhere(path: str, key: str) -> None:
    """Else a task could make itself the account's root."""
    header = f"AWS4-HMAC-SHA256 Credential={key}/20261122/us-east-1/iam/aws4_request, SignedHeaders=host"
    assert proxy.service_of(path, header if key else "") is None
