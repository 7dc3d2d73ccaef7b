"""Services and their tasks as real processes: started, replaced, refused, and ended."""

from __future__ import annotations

import contextlib
import subprocess
import time
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
from tests.conftest import LocalAws
from tests.conftest import free_port
from tests.unit.local_aws.gateway_deployment import LOG
from tests.unit.local_aws.gateway_deployment import NAME
from tests.unit.local_aws.gateway_deployment import Deployment
from tests.unit.local_aws.gateway_deployment import wait


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
