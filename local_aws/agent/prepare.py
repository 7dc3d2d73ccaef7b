"""What ECS does before a container starts, each step with the refusal that ends up in stoppedReason.

The instance's own network interface pulls the image, fetches secrets and sends logs; mounts and everything after go
through the task's interface. Texts: aws/amazon-ecs-agent, aws/efs-utils, and AWS's task troubleshooting pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_aws import credentials
from local_aws import endpoint_policy
from local_aws.agent import aws
from local_aws.agent import efs
from local_aws.agent import images
from local_aws.agent import network
from local_aws.reach import Interface
from local_aws.reach import reach
from local_aws.sandbox import Bind
from local_aws.sandbox import Folder
from local_aws.settings import REGION

EXEC_ACTIONS = [
    f"ssmmessages:{name}"
    for name in ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
]


class StartError(Exception):
    """The task can't start; the text is its stoppedReason."""


@dataclass(frozen=True)
class Place:
    """Where a task is: its machine's interface, its own, and the zone."""

    machine: Interface
    task: Interface
    zone: str


def execution_credentials(definition: dict[str, Any], session: str) -> dict[str, Any] | None:
    """Credentials of the execution role, if the task has one."""
    role = definition.get("executionRoleArn")
    if not role:
        return None
    try:
        return aws.role_credentials(role, session)
    except credentials.RoleNotAssumableError as error:
        raise StartError(
            f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify "
            "that the role being passed has the proper trust relationship and permissions and that your "
            "IAM user has permissions to pass this role."
        ) from error


def pull(image: str, place: Place, execution: dict[str, Any] | None) -> dict[str, Any]:
    """The recipe of an image, if it can be pulled from there."""
    reference = images.parse(image)
    for service in images.services_for(reference):
        if not reach(place.machine, service, network.snapshot()):
            raise StartError(images.unreachable(reference, service))
    if reference.in_ecr and endpoint_policy.refusal(place.machine, network.snapshot(), "s3:GetObject", images.A_LAYER):
        raise StartError(images.FORBIDDEN_LAYER)
    try:
        if reference.in_ecr:
            _pull_from_ecr(reference, execution)
        return images.recipe(reference, images.table())
    except images.PullError as error:
        raise StartError(str(error)) from error


def _pull_from_ecr(reference: images.Reference, execution: dict[str, Any] | None) -> None:
    if execution is None:
        raise images.PullError(f"CannotPullECRContainerError: no basic auth credentials for {reference.registry}")
    ecr = aws.client("ecr", execution)
    image = {"imageDigest": reference.digest} if reference.digest else {"imageTag": reference.tag}
    try:
        ecr.get_authorization_token()
        answer = ecr.batch_get_image(repositoryName=reference.repository, imageIds=[image])
        if not answer["images"]:
            raise images.PullError(
                f"CannotPullContainerError: Error response from daemon: manifest for "
                f"{reference.text} not found: manifest unknown: Requested image not found"
            )
        # Layers come with a call that needs a permission of its own.
        ecr.get_download_url_for_layer(repositoryName=reference.repository, layerDigest="sha256:" + "0" * 64)
    except ClientError as error:
        if error.response["Error"]["Code"] != "LayersNotFoundException":
            raise images.PullError(f"CannotPullECRContainerError: {_words(error)}") from error


def _words(error: ClientError) -> str:
    return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"


def fetch_secrets(container: dict[str, Any], place: Place, execution: dict[str, Any] | None) -> dict[str, str]:
    """The values of a container's secrets, fetched with the execution role."""
    return {secret["name"]: _fetch(secret["valueFrom"], place, execution) for secret in container.get("secrets", [])}


def _fetch(source: str, place: Place, execution: dict[str, Any] | None) -> str:
    manager = source.startswith("arn:aws:secretsmanager:")
    what = "secret data from AWS Secrets Manager in region" if manager else "secret data from SSM Parameter Store in"
    service = "secretsmanager" if manager else "ssm"
    if not reach(place.machine, service, network.snapshot()):
        raise StartError(
            f"Fetching {what} {REGION}: RequestCanceled: request context canceled caused by: context "
            f"deadline exceeded (https://{service}.{REGION}.amazonaws.com/)"
        )
    try:
        if manager:
            return aws.client(service, execution).get_secret_value(SecretId=source)["SecretString"]
        name = source.split(":parameter", 1)[1] if source.startswith("arn:") else source
        answer = aws.client(service, execution).get_parameters(Names=[name], WithDecryption=True)
    except ClientError as error:
        raise StartError(f"Fetching {what} {REGION}: {_words(error)}") from error
    if answer["InvalidParameters"]:
        raise StartError(f"Fetching {what} {REGION}: invalid parameters: {', '.join(answer['InvalidParameters'])}")
    return answer["Parameters"][0]["Value"]


def open_log(container: dict[str, Any], task_id: str, place: Place, execution: dict[str, Any] | None) -> Any:
    """A function that writes lines to the container's log stream, or None when it keeps no log."""
    configuration = container.get("logConfiguration")
    if configuration is None or configuration["logDriver"] != "awslogs":
        return None
    options = configuration["options"]
    failed = (
        "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to "
        "create Cloudwatch log stream: operation error CloudWatch Logs: CreateLogStream, "
    )
    if not reach(place.machine, "logs", network.snapshot()):
        raise StartError(
            f"{failed}exceeded maximum number of attempts, 10, https response error StatusCode: 0, "
            f'request send failed, Post "https://logs.{REGION}.amazonaws.com/": dial tcp: i/o timeout'
        )
    if execution is None:
        raise StartError(
            f"{failed}get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found"
        )
    logs = aws.client("logs", execution)
    group, stream = (
        options["awslogs-group"],
        "/".join([options.get("awslogs-stream-prefix", "ecs"), container["name"], task_id]),
    )
    try:
        if options.get("awslogs-create-group") == "true":
            _create_group(logs, group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except ClientError as error:
        raise StartError(f"{failed}https response error StatusCode: 400, {_words(error)}") from error

    def write(events: list[dict[str, Any]]) -> None:
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    return write


def _create_group(logs: Any, group: str) -> None:
    try:
        logs.create_log_group(logGroupName=group)
    except logs.exceptions.ResourceAlreadyExistsException:
        return


def mount(
    definition: dict[str, Any], container: dict[str, Any], place: Place, root: Path
) -> tuple[list[Folder], list[Bind]]:
    """The folders behind a container's EFS volumes, if AWS would let the task mount them."""
    volumes = {volume["name"]: volume.get("efsVolumeConfiguration") for volume in definition.get("volumes", [])}
    folders, binds = [], []
    for point in container.get("mountPoints", []):
        volume = volumes[point["sourceVolume"]]
        if volume is None:
            raise StartError(f"CannotCreateVolumeError: only EFS volumes are known here, not {point['sourceVolume']}")
        name = f"ecs-{definition['family']}-{definition['revision']}-{point['sourceVolume']}"
        folder, may_write = _mount_efs(name, volume, definition, place, root)
        folders.append(folder)
        binds.append(Bind(folder.path, point["containerPath"], write=may_write and not point.get("readOnly", False)))
    return folders, binds


def _mount_efs(
    name: str, volume: dict[str, Any], definition: dict[str, Any], place: Place, root: Path
) -> tuple[Folder, bool]:
    """The folder of a volume, and whether the task may write to it."""
    authorization, system = volume.get("authorizationConfig", {}), volume["fileSystemId"]
    role = definition.get("taskRoleArn") if authorization.get("iam") == "ENABLED" else None
    client = efs.Client(place.task, place.zone, role, volume.get("transitEncryption") == "ENABLED")
    try:
        opened = efs.open_volume(
            system, authorization.get("accessPointId"), volume.get("rootDirectory", "/"), client, root
        )
    except efs.MountError as error:
        raise StartError(_mount_refusals(name, system)[error.refusal]) from error
    return opened.folder, opened.may_write


def _mount_refusals(name: str, system: str) -> dict[efs.Refusal, str]:
    created = f"Error response from daemon: create {name}: "
    failed = f"{created}VolumeDriver.Create: mounting volume failed: "
    return {
        efs.Refusal.NO_NAME: f'{failed}Failed to resolve "{efs.dns_name(system)}" - check that your file system ID is '
        "correct, and ensure that the VPC has an EFS mount target for this file system ID.",
        efs.Refusal.NO_ANSWER: f'{created}Post "http://%2Frun%2Fdocker%2Fplugins%2Famazon-ecs-volume-plugin.sock/'
        'VolumeDriver.Create": context deadline exceeded',
        efs.Refusal.DENIED: f"{failed}b'mount.nfs4: access denied by server while mounting 127.0.0.1:/'",
    }


def exec_agent_problem(definition: dict[str, Any], place: Place) -> str | None:
    """Why ECS Exec can't be used with a task, or None."""
    way = reach(place.task, "ssmmessages", network.snapshot())
    if not way:
        return f"Unable to connect to https://ssmmessages.{REGION}.amazonaws.com/: i/o timeout ({way.reason})"
    role = definition.get("taskRoleArn")
    if not role:
        return "The task has no task role: ExecuteCommandAgent finds no credentials"
    denied = aws.ecs("LocalAllowed", Role=role, Actions=EXEC_ACTIONS, Resource="*")["denied"]
    if denied:
        return f"AccessDeniedException: the task role {role} is not authorized to perform: {', '.join(denied)}"
    return None
