"""Services and their tasks as real processes: started, replaced, refused, and ended."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from local_aws.agent import enter
from local_aws.agent.task import directory_of
from local_aws.processes import running
from local_aws.sandbox import pid_file
from local_aws.sandbox import user_namespace
from local_aws.settings import Settings
from tests.conftest import REPOSITORY
from tests.conftest import LocalAws
from tests.conftest import free_port
from tests.unit.local_aws.gateway_deployment import NAME
from tests.unit.local_aws.gateway_deployment import Deployment
from tests.unit.local_aws.gateway_deployment import allow
from tests.unit.local_aws.gateway_deployment import wait

LOG = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/oc", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "gateway"},
}


@pytest.fixture(scope="module")
def agent(local_aws_process: LocalAws) -> Iterator[subprocess.Popen[bytes]]:
    """The process that plays the agent of every host."""
    with (local_aws_process.directory / "log" / "agent.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_aws.agent"],
            cwd=REPOSITORY,
            stderr=log,
            stdout=log,
            env=local_aws_process.environment,
        )
        yield process
        process.terminate()
        process.wait(15)


@pytest.fixture
def deployment(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> Deployment:
    """All but the service, in the network with a way out."""
    made = Deployment(local_aws.endpoint, local_aws.directory)
    made.base()
    return made


def process_of(local_aws: LocalAws, task: dict[str, Any]) -> int | None:
    """The number of a task's first process on this machine, as long as it runs."""
    return running(pid_file(directory_of(Settings(0, local_aws.directory), task["taskArn"])))


def owner(path: Path) -> str:
    """Whom a file belongs to, as seen by the tasks."""
    return subprocess.check_output([*user_namespace(), "stat", "-c", "%u", str(path)], text=True).strip()


def test_a_task_runs_and_everything_shows_it(deployment: Deployment, local_aws: LocalAws) -> None:
    local_aws.client("logs").create_log_group(logGroupName="/oc")
    deployment.service(
        deployment.task_definition(
            deployment.container(
                logConfiguration=LOG, command=["sh", "-c", "echo up as $(id -u); echo kept > /data/f; sleep 60"]
            )
        )
    )
    task = deployment.running_task()
    wait(lambda: deployment.describe()["deployments"][0]["rolloutState"] == "COMPLETED", story=deployment.story)
    assert process_of(local_aws, task)
    details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}
    eni = deployment.ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])
    assert [group["GroupId"] for group in eni["NetworkInterfaces"][0]["Groups"]] == [deployment.groups["gateway"]]
    host = deployment.ecs.describe_container_instances(cluster=NAME, containerInstances=[task["containerInstanceArn"]])[
        "containerInstances"
    ][0]
    assert (host["runningTasksCount"], host["capacityProviderName"]) == (1, f"{NAME}-host")
    assert {item["name"]: item["integerValue"] for item in host["remainingResources"]}["MEMORY"] == 1846 - 256
    stored = deployment.volume / "f"
    assert (stored.read_text(), owner(stored)) == ("kept\n", "1000")
    logs = local_aws.client("logs")
    stream = f"gateway/openclaw/{task['taskArn'].rsplit('/', 1)[-1]}"
    wait(
        lambda: (
            [event["message"] for event in logs.get_log_events(logGroupName="/oc", logStreamName=stream)["events"]]
            == ["up as 1000"]
        )
    )
    wait(lambda: deployment.tasks()[0]["containers"][0]["managedAgents"][0]["lastStatus"] == "RUNNING")


def test_the_old_process_is_gone_before_the_new_one_starts(deployment: Deployment) -> None:
    """Each task writes when it begins and ends: the intervals must not touch."""
    script = (
        "echo begin >> /data/order; trap 'sleep 0.5; echo end >> /data/order; exit 0' TERM; "
        "while :; do sleep 0.05; done"
    )
    deployment.service(deployment.task_definition(deployment.container(command=["sh", "-c", script])))
    first = deployment.running_task()
    deployment.update(forceNewDeployment=True)
    wait(lambda: deployment.running_task()["taskArn"] != first["taskArn"], story=deployment.story)
    wait(lambda: (deployment.volume / "order").read_text().split() == ["begin", "end", "begin"])
    old = deployment.ecs.describe_tasks(cluster=NAME, tasks=[first["taskArn"]])["tasks"][0]
    assert old["containers"][0]["exitCode"] == 0
    assert old["stoppedReason"].startswith("Scaling activity initiated by (deployment ecs-svc/")
    assert old["stopCode"] == "ServiceSchedulerInitiated"


def test_stop_timeout_ends_in_sigkill(deployment: Deployment) -> None:
    deployment.service(
        deployment.task_definition(
            deployment.container(stopTimeout=1, command=["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"])
        )
    )
    task = deployment.running_task()
    begin = time.monotonic()
    deployment.update(desiredCount=0)
    wait(lambda: deployment.tasks("STOPPED") and deployment.tasks("STOPPED")[0]["lastStatus"] == "STOPPED")
    assert time.monotonic() - begin > 1
    ended = deployment.ecs.describe_tasks(cluster=NAME, tasks=[task["taskArn"]])["tasks"][0]
    assert ended["containers"][0]["exitCode"] == 137


def test_unhealthy_tasks_are_replaced(deployment: Deployment) -> None:
    deployment.service(
        deployment.task_definition(
            deployment.container(
                healthCheck={"command": ["CMD-SHELL", "test -f /data/well"], "interval": 5, "retries": 1},
                command=["sh", "-c", "touch /data/well; sleep 60"],
            )
        )
    )
    first = deployment.running_task()
    wait(lambda: deployment.tasks()[0]["healthStatus"] == "HEALTHY", story=deployment.story)
    subprocess.run([*user_namespace(), "rm", str(deployment.volume / "well")], check=True)
    wait(lambda: deployment.running_task()["taskArn"] != first["taskArn"], story=deployment.story)
    old = deployment.ecs.describe_tasks(cluster=NAME, tasks=[first["taskArn"]])["tasks"][0]
    assert old["stoppedReason"] == "Task failed container health checks"
    assert any("failed container health checks" in event["message"] for event in deployment.describe()["events"])


def test_the_breaker_trips_after_three_failures_and_goes_back(deployment: Deployment) -> None:
    good = deployment.task_definition(deployment.container())
    deployment.service(good)
    deployment.running_task()
    wait(lambda: deployment.describe()["deployments"][0]["rolloutState"] == "COMPLETED", story=deployment.story)
    deployment.update(taskDefinition=deployment.task_definition(deployment.container(command=["false"])))
    wait(lambda: deployment.describe()["taskDefinition"] == good, 40, deployment.story)
    deployment.running_task()
    failed = [task for task in deployment.tasks("STOPPED") if task["stopCode"] == "EssentialContainerExited"]
    assert [task["containers"][0]["exitCode"] for task in failed] == [1, 1, 1]
    assert any(
        "deployment failed: tasks failed to start" in event["message"] for event in deployment.describe()["events"]
    )


def test_without_a_completed_deployment_the_breaker_only_stops(deployment: Deployment) -> None:
    deployment.service(deployment.task_definition(deployment.container(command=["false"])))
    wait(lambda: deployment.describe()["deployments"][0]["rolloutState"] == "FAILED", 40, deployment.story)
    time.sleep(1)
    assert (len(deployment.tasks("STOPPED")), deployment.tasks()) == (3, [])
    assert deployment.describe()["deployments"][0]["failedTasks"] == 3


def test_raising_the_count_alone_is_no_deployment(deployment: Deployment) -> None:
    deployment.service(deployment.task_definition(deployment.container()), desired=0)
    before = deployment.describe()["deployments"]
    assert before[0]["rolloutState"] == "COMPLETED"
    deployment.update(desiredCount=1)
    deployment.running_task()
    assert [item["id"] for item in deployment.describe()["deployments"]] == [before[0]["id"]]


def test_a_service_drains_before_its_name_is_free(deployment: Deployment, local_aws: LocalAws) -> None:
    definition = deployment.task_definition(deployment.container())
    deployment.service(definition)
    deployment.running_task()
    local_aws.control("POST", "latency", scale=0.05)
    deployment.ecs.delete_service(cluster=NAME, service=f"{NAME}-gateway", force=True)
    assert deployment.describe()["status"] == "DRAINING"
    with pytest.raises(ClientError, match="Unable to Start a service that is still Draining"):
        deployment.service(definition)
    wait(lambda: deployment.describe()["status"] == "INACTIVE", story=deployment.story)
    deployment.service(definition, desired=0)


def test_everything_goes_in_order_and_not_otherwise(deployment: Deployment) -> None:
    """The order of deletion that AWS wants, each step refused before its time."""
    deployment.service(deployment.task_definition(deployment.container()))
    deployment.running_task()
    ecs, groups = deployment.ecs, deployment.client("autoscaling")
    with pytest.raises(ClientError, match="ClusterContainsServicesException"):
        ecs.delete_cluster(cluster=NAME)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        ecs.put_cluster_capacity_providers(cluster=NAME, capacityProviders=[], defaultCapacityProviderStrategy=[])
    with pytest.raises(ClientError, match="InvalidParameterException.*scaled above 0"):
        ecs.delete_service(cluster=NAME, service=f"{NAME}-gateway")
    with pytest.raises(ClientError, match="DependencyViolation"):
        deployment.ec2.delete_security_group(GroupId=deployment.groups["gateway"])
    ecs.delete_service(cluster=NAME, service=f"{NAME}-gateway", force=True)
    deleted = ecs.delete_capacity_provider(capacityProvider=f"{NAME}-host")["capacityProvider"]
    assert (deleted["status"], deleted["updateStatus"]) == ("ACTIVE", "DELETE_FAILED")
    wait(lambda: deployment.describe()["status"] == "INACTIVE")
    ecs.put_cluster_capacity_providers(cluster=NAME, capacityProviders=[], defaultCapacityProviderStrategy=[])
    ecs.delete_capacity_provider(capacityProvider=f"{NAME}-host")
    groups.update_auto_scaling_group(AutoScalingGroupName=f"{NAME}-host", MinSize=1, DesiredCapacity=1)
    wait(lambda: ecs.list_container_instances(cluster=NAME)["containerInstanceArns"])
    with pytest.raises(ClientError, match="ClusterContainsContainerInstancesException"):
        ecs.delete_cluster(cluster=NAME)
    with pytest.raises(ClientError, match="ResourceInUse"):
        groups.delete_auto_scaling_group(AutoScalingGroupName=f"{NAME}-host")
    groups.delete_auto_scaling_group(AutoScalingGroupName=f"{NAME}-host", ForceDelete=True)
    wait(lambda: not ecs.list_container_instances(cluster=NAME)["containerInstanceArns"])
    wait(lambda: not groups.describe_auto_scaling_groups()["AutoScalingGroups"])
    ecs.delete_cluster(cluster=NAME)
    target = deployment.efs.describe_mount_targets(FileSystemId=deployment.file_system)["MountTargets"][0]
    deployment.efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    assert ecs.describe_clusters(clusters=[NAME])["clusters"][0]["status"] == "INACTIVE"
    deployment.ec2.delete_security_group(GroupId=deployment.groups["efs"])
    deployment.ec2.delete_security_group(GroupId=deployment.groups["gateway"])


def test_a_refresh_replaces_the_host_and_the_task_comes_back(deployment: Deployment) -> None:
    deployment.service(deployment.task_definition(deployment.container()))
    first = deployment.running_task()
    groups = deployment.client("autoscaling")
    groups.start_instance_refresh(AutoScalingGroupName=f"{NAME}-host", Preferences={"MinHealthyPercentage": 0})
    wait(
        lambda: (
            groups.describe_instance_refreshes(AutoScalingGroupName=f"{NAME}-host")["InstanceRefreshes"][0]["Status"]
            == "Successful"
        )
    )
    wait(
        lambda: deployment.running_task()["containerInstanceArn"] != first["containerInstanceArn"], 30, deployment.story
    )
    old = deployment.ecs.describe_tasks(cluster=NAME, tasks=[first["taskArn"]])["tasks"][0]
    assert old["stoppedReason"].startswith("Host EC2 (instance i-")


def test_a_task_has_its_role_and_a_port_of_the_host(deployment: Deployment) -> None:
    port = free_port()
    script = f"""
import http.server, json, os, urllib.request
role = urllib.request.urlopen("http://169.254.170.2" + os.environ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"])
open("key", "w").write(json.load(role)["AccessKeyId"])
http.server.ThreadingHTTPServer(("0.0.0.0", {port}), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
    container = deployment.container(
        command=["/usr/bin/python3", "-c", script], workingDirectory="/tmp", portMappings=[{"containerPort": port}]
    )
    deployment.service(deployment.task_definition(container))
    deployment.running_task()
    answers: list[str] = []

    def ask() -> bool:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/key", timeout=2) as answer:
            answers.append(answer.read().decode())
        return bool(answers)

    wait(ask, story=deployment.story)
    assert answers[0].startswith("ASIA")


def test_a_port_that_is_taken_is_named(deployment: Deployment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        deployment.service(deployment.task_definition(deployment.container(portMappings=[{"containerPort": port}])))
        assert f"Bind for 127.0.0.1:{port} failed: port is already allocated" in deployment.stopped_reason()


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


DENY_WITHOUT_TLS = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": '
    '"elasticfilesystem:Client*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": '
    '"false"}}}]}'
)


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


def test_data_goes_with_its_file_system(deployment: Deployment) -> None:
    deployment.service(deployment.task_definition(deployment.container()))
    deployment.running_task()
    assert deployment.volume.exists()
    deployment.ecs.delete_service(cluster=NAME, service=f"{NAME}-gateway", force=True)
    wait(lambda: deployment.describe()["status"] == "INACTIVE", story=deployment.story)
    target = deployment.efs.describe_mount_targets(FileSystemId=deployment.file_system)["MountTargets"][0]
    deployment.efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    deployment.efs.delete_access_point(AccessPointId=deployment.access_point)
    assert deployment.volume.exists()
    deployment.efs.delete_file_system(FileSystemId=deployment.file_system)
    wait(lambda: not deployment.volume.exists())


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


AGENT_ENDPOINTS = ("ecs", "ecs-agent", "ecs-telemetry")


@pytest.fixture
def isolated(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> Deployment:
    """The same in the network without a way out, with the endpoints a host needs to join."""
    made = Deployment(local_aws.endpoint, local_aws.directory, "isolated")
    made.base()
    made.endpoints(*AGENT_ENDPOINTS)
    return made


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
    signed = "AWS4-HMAC-SHA256 Credential=AKIA1/20261122/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0"
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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"availabilityZoneRebalancing": "ENABLED"}, "availability zone rebalancing"),
        ({"networkConfiguration": {}}, "Network Configuration must be provided"),
        ({"taskDefinition": "oc-gateway:99"}, "Unable to find task definition"),
        ({"capacityProviderStrategy": [{"capacityProvider": "other"}]}, "not associated with the cluster"),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0"]}}}, "InvalidSubnetID.NotFound"),
    ],
)
def test_services_that_aws_refuses(changes: dict[str, Any], words: str, deployment: Deployment) -> None:
    definition = deployment.task_definition(deployment.container())
    with pytest.raises(ClientError, match=words):
        deployment.service(definition, **changes)


def test_a_session_in_a_task_is_root_but_its_files_belong_to_the_access_point(
    deployment: Deployment, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.service(deployment.task_definition(deployment.container(environment=[{"name": "A", "value": "b"}])))
    task = deployment.running_task()
    monkeypatch.setenv("LOCAL_AWS_DIR", str(local_aws.directory))
    done = enter(
        task["taskArn"], ["sh", "-c", "echo $A; id -u; echo x > /data/by-root"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "b\n0\n")
    assert owner(deployment.volume / "by-root") == "1000"
