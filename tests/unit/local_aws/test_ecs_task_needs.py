"""What a task and its host need; what is missing is said in AWS's words."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from typing import Any

import pytest

from tests.conftest import LocalAws
from tests.unit.local_aws.gateway_deployment import LOG
from tests.unit.local_aws.gateway_deployment import NAME
from tests.unit.local_aws.gateway_deployment import Deployment
from tests.unit.local_aws.gateway_deployment import allow
from tests.unit.local_aws.gateway_deployment import wait

DENY_WITHOUT_TLS = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": '
    '"elasticfilesystem:Client*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": '
    '"false"}}}]}'
)
REFUSALS = [
    pytest.param(
        {"image": "alpine/openclaw:no-such-tag"},
        {},
        "CannotPullContainerError: Error response from daemon: manifest for alpine/openclaw:no-such-tag not found",
        id="no such image",
    ),
    pytest.param(
        {"secrets": [{"name": "T", "valueFrom": "/no/such"}]},
        {},
        "Fetching secret data from SSM Parameter Store in us-east-1: invalid parameters: /no/such",
        id="no such secret",
    ),
    pytest.param(
        {"logConfiguration": LOG},
        {},
        "ResourceNotFoundException: The specified log group does not exist",
        id="no log group",
    ),
    pytest.param({"user": "somebody"}, {}, "unable to find user somebody", id="no such user"),
    pytest.param(
        {"secrets": [{"name": "T", "valueFrom": "/oc/token"}]},
        {"execution": allow("logs:*")},
        "AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/oc-execution/",
        id="no right to the secret",
    ),
    pytest.param(
        {},
        {"task": allow("elasticfilesystem:ClientMount", "arn:aws:elasticfilesystem:*:*:file-system/fs-x")},
        "mount.nfs4: access denied by server",
        id="no right to mount",
    ),
]


def test_a_port_that_is_taken_is_named(deployment: Deployment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        deployment.service(deployment.task_definition(deployment.container(portMappings=[{"containerPort": port}])))
        assert f"Bind for 127.0.0.1:{port} failed: port is already allocated" in deployment.stopped_reason()


@pytest.mark.parametrize(("container", "policies", "words"), REFUSALS)
def test_a_task_that_cannot_start_says_why(
    container: dict[str, Any], policies: dict[str, Any], words: str, deployment: Deployment
) -> None:
    deployment.efs.put_file_system_policy(FileSystemId=deployment.file_system, Policy=DENY_WITHOUT_TLS)
    for role, policy in policies.items():
        deployment.set_policy(role, policy)
    deployment.service(deployment.task_definition(deployment.container(**container)))
    assert words in deployment.stopped_reason()
    assert deployment.tasks("STOPPED")[-1]["stopCode"] == "TaskFailedToStart"


def test_the_file_system_policy_denies_other_access_points(deployment: Deployment) -> None:
    policy = json.loads(DENY_WITHOUT_TLS)
    policy["Statement"][0]["Condition"] = {"StringNotEquals": {"elasticfilesystem:AccessPointArn": "arn:other"}}
    deployment.efs.put_file_system_policy(FileSystemId=deployment.file_system, Policy=json.dumps(policy))
    deployment.service(deployment.task_definition(deployment.container()))
    assert "mount.nfs4: access denied by server" in deployment.stopped_reason()


def test_the_file_system_policy_denies_mounts_without_tls(deployment: Deployment) -> None:
    deployment.efs.put_file_system_policy(FileSystemId=deployment.file_system, Policy=DENY_WITHOUT_TLS)
    volume = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": deployment.file_system}}
    deployment.service(deployment.task_definition(deployment.container(), volumes=[volume]))
    assert "mount.nfs4: access denied by server" in deployment.stopped_reason()


def test_without_the_right_to_write_the_volume_is_read_only(deployment: Deployment) -> None:
    deployment.efs.put_file_system_policy(FileSystemId=deployment.file_system, Policy=DENY_WITHOUT_TLS)
    deployment.set_policy("task", allow("elasticfilesystem:ClientMount"))
    deployment.service(deployment.task_definition(deployment.container(command=["touch", "/data/x"])))
    wait(lambda: deployment.tasks("STOPPED"), story=deployment.story)
    assert deployment.stopped_reason() == "Essential container in task exited"
    assert not (deployment.volume / "x").exists()


def test_the_mount_target_must_admit_the_task(deployment: Deployment) -> None:
    target = deployment.efs.describe_mount_targets(FileSystemId=deployment.file_system)["MountTargets"][0]
    deployment.efs.modify_mount_target_security_groups(
        MountTargetId=target["MountTargetId"], SecurityGroups=[deployment.groups["host"]]
    )
    deployment.service(deployment.task_definition(deployment.container()))
    assert 'VolumeDriver.Create": context deadline exceeded' in deployment.stopped_reason()


def test_a_host_without_the_rights_of_an_agent_never_comes(deployment: Deployment) -> None:
    deployment.set_policy("instance", allow("ssm:*"))
    deployment.service(deployment.task_definition(deployment.container()))
    wait(
        lambda: any(
            "No Container Instances were found in your capacity provider" in event["message"]
            for event in deployment.describe()["events"]
        ),
        story=deployment.story,
    )
    assert deployment.tasks()[0]["lastStatus"] == "PROVISIONING"


def test_a_host_without_a_way_to_ecs_never_comes(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> None:
    isolated = Deployment(local_aws.endpoint, local_aws.directory, "isolated")
    isolated.base()
    isolated.endpoints("ecs", "ecs-agent")
    isolated.service(isolated.task_definition(isolated.container()))
    wait(
        lambda: any("No Container Instances were found" in event["message"] for event in isolated.describe()["events"]),
        story=isolated.story,
    )
    assert not isolated.ecs.list_container_instances(cluster=NAME)["containerInstanceArns"]


def test_a_public_image_needs_a_way_out(isolated: Deployment) -> None:
    isolated.service(isolated.task_definition(isolated.container()))
    assert isolated.stopped_reason().startswith(
        'CannotPullContainerError: Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: '
        "request canceled while waiting for connection"
    )


def test_an_image_in_ecr_needs_its_three_endpoints(isolated: Deployment) -> None:
    definition = isolated.task_definition(isolated.container(image=isolated.mirror("debian:12")))
    isolated.endpoints("ecr.api", "ecr.dkr")
    isolated.service(definition, desired=1)
    assert "starport-layer-bucket.s3" in isolated.stopped_reason()
    isolated.endpoints("s3")
    isolated.update(forceNewDeployment=True)
    isolated.running_task()


def test_an_image_in_ecr_needs_the_rights_of_the_execution_role(isolated: Deployment) -> None:
    isolated.endpoints("ecr.api", "ecr.dkr", "s3")
    isolated.set_policy("execution", allow("ecr:GetAuthorizationToken"))
    isolated.service(isolated.task_definition(isolated.container(image=isolated.mirror("debian:12"))))
    reason = isolated.stopped_reason()
    assert reason.startswith("CannotPullECRContainerError: AccessDeniedException")
    assert "ecr:BatchGetImage" in reason


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"logConfiguration": LOG}, "failed to initialize logging driver.*logs.us-east-1.amazonaws.com.*i/o timeout"),
        (
            {"secrets": [{"name": "T", "valueFrom": "/oc/token"}]},
            "Fetching secret data from SSM Parameter Store.*deadline",
        ),
    ],
)
def test_logs_and_secrets_need_their_endpoints(part: dict[str, Any], words: str, isolated: Deployment) -> None:
    isolated.endpoints("ecr.api", "ecr.dkr", "s3")
    isolated.service(isolated.task_definition(isolated.container(image=isolated.mirror("debian:12"), **part)))
    assert re.search(words, isolated.stopped_reason())


def test_bedrock_is_reached_through_its_endpoint_only(isolated: Deployment, local_aws: LocalAws) -> None:
    """The task calls Bedrock over and over and writes down how that went."""
    isolated.endpoints("ecr.api", "ecr.dkr", "s3")
    port = local_aws.endpoint.rsplit(":", 1)[1]
    signed = (
        "AWS4-HMAC-SHA256 Credential=AKIA1/20261122/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0"
    )
    script = f"""while :; do
      /usr/bin/python3 -c "import http.client as h; c = h.HTTPConnection('127.0.0.1', {port}, timeout=5)
c.request('POST', '/model/m/converse', '{{}}', {{'Authorization': '{signed}'}}); print(c.getresponse().status)" \
        > /data/new 2>/dev/null || echo none > /data/new
      mv /data/new /data/answer; sleep 0.3; done"""
    isolated.service(
        isolated.task_definition(isolated.container(image=isolated.mirror("debian:12"), command=["sh", "-c", script]))
    )
    isolated.running_task()
    answer = isolated.volume / "answer"
    wait(lambda: answer.exists() and answer.read_text() == "none\n")
    isolated.endpoints("bedrock-runtime")
    wait(lambda: answer.read_text() == "403\n")


def test_exec_is_not_ready_without_its_rights(deployment: Deployment) -> None:
    deployment.set_policy("task", allow(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]))
    deployment.service(deployment.task_definition(deployment.container()))
    deployment.running_task()
    wait(lambda: deployment.tasks()[0]["containers"][0]["managedAgents"][0]["lastStatus"] == "STOPPED")
    reason = deployment.tasks()[0]["containers"][0]["managedAgents"][0]["reason"]
    assert "ssmmessages:CreateControlChannel" in reason
