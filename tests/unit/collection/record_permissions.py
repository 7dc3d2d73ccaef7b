# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`python -m tests.unit.collection.record_permissions`: records anew what the playbooks take of IAM.

Deploys, changes and takes away on a local AWS of its own, as the operator with the policies in files/, and writes
permissions.json. To be run after a change of what the collection calls; it takes about twenty minutes. A refusal ends
it and names the action that a policy lacks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import provider_plugin
from tests.conftest import REPOSITORY
from tests.conftest import LocalAws
from tests.conftest import free_port

RECORD = Path(__file__).with_name("permissions.json")
NAME = "openclaw"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
NOTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
IMAGE_PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
ISOLATED = {
    "vpc": "isolated",
    "network_mode": "endpoints",
    "zones": 2,
    "image_repository": "000000000000.dkr.ecr.us-east-1.amazonaws.com/openclaw",
}
ANOTHER = {"vpc": "home", "model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}
DOCUMENT = "openclaw-sessions"
# A gateway that ends as soon as it starts, so that its log is read; and one that ends with its new configuration.
NEVER_READY = {"vpc": "home", "desired_count": 1, "command": ["sh", "-c", "echo no; exit 78"]}
REFUSES_TO_START = {**ANOTHER, "setup_keep": True, "config_overrides": {"gateway": {"auth": {"mode": "none"}}}}
FAILING = (NEVER_READY, REFUSES_TO_START)
# A plugin for whose sake the gateway is asked; where its file is, the environment says.
ARCHIVE = provider_plugin.pack("1.0.0")
PLUGIN = {
    "bedrock_plugin_source": "{{ lookup('ansible.builtin.env', 'RECORDED_PLUGIN') }}",
    "bedrock_plugin_checksum": provider_plugin.sha256(ARCHIVE),
}
REFUSALS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def changed_roles(aws: LocalAws) -> None:
    """Everything about the roles that somebody else may have changed."""
    iam = aws.client("iam")
    role = f"{NAME}-us-east-1-task"
    iam.update_role(RoleName=role, Description="changed")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=NOTHING)
    policy = iam.create_policy(PolicyName="more", PolicyDocument=NOTHING)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    iam.untag_role(RoleName=role, TagKeys=["Name"])
    profile = f"{NAME}-us-east-1-instance"
    iam.untag_instance_profile(InstanceProfileName=profile, TagKeys=["Name"])
    iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)


def changed_network(aws: LocalAws) -> None:
    """Rules that are missing, too many or described otherwise; policy and groups of endpoints."""
    ec2 = aws.client("ec2")
    owner = [{"Name": "tag:openclaw:deployment", "Values": [NAME]}]
    groups = {each["GroupName"]: each for each in ec2.describe_security_groups(Filters=owner)["SecurityGroups"]}
    for group in groups.values():
        ec2.delete_tags(Resources=[group["GroupId"]], Tags=[{"Key": "Name"}])
        for direction, rules in (("ingress", group["IpPermissions"]), ("egress", group["IpPermissionsEgress"])):
            _change_rules(ec2, group["GroupId"], direction, [rule for rule in rules if rule["IpRanges"]])
    host = groups[f"{NAME}-host"]
    ec2.revoke_security_group_egress(GroupId=host["GroupId"], IpPermissions=host["IpPermissionsEgress"])
    for endpoint in ec2.describe_vpc_endpoints(Filters=owner)["VpcEndpoints"]:
        change: dict[str, Any] = {"ResetPolicy": True}
        if endpoint["VpcEndpointType"] == "Interface":
            change = {"AddSecurityGroupIds": [host["GroupId"]]}
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], **change)
        ec2.delete_tags(Resources=[endpoint["VpcEndpointId"]], Tags=[{"Key": "Name"}])


def _change_rules(ec2: Any, group_id: str, direction: str, rules: list[dict[str, Any]]) -> None:
    for rule in rules[:1]:
        same = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
        ranges = [{**each, "Description": "changed"} for each in rule["IpRanges"]]
        describe = getattr(ec2, f"update_security_group_rule_descriptions_{direction}")
        describe(GroupId=group_id, IpPermissions=[{**same, "IpRanges": ranges}])
    too_many = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}
    getattr(ec2, f"authorize_security_group_{direction}")(GroupId=group_id, IpPermissions=[too_many])


def changed_storage(aws: LocalAws) -> None:
    """Policy, backup and tags of the file system, the group of its mount targets; log groups and token."""
    efs, ec2, logs, ssm = (aws.client(name) for name in ("efs", "ec2", "logs", "ssm"))
    file_system = efs.describe_file_systems(CreationToken=NAME)["FileSystems"][0]["FileSystemId"]
    efs.delete_file_system_policy(FileSystemId=file_system)
    efs.put_backup_policy(FileSystemId=file_system, BackupPolicy={"Status": "DISABLED"})
    point = efs.describe_access_points(FileSystemId=file_system)["AccessPoints"][0]["AccessPointId"]
    for each in (file_system, point):
        efs.untag_resource(ResourceId=each, TagKeys=["Name"])
    host = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [f"{NAME}-host"]}])
    groups = [host["SecurityGroups"][0]["GroupId"]]
    for target in efs.describe_mount_targets(FileSystemId=file_system)["MountTargets"]:
        efs.modify_mount_target_security_groups(MountTargetId=target["MountTargetId"], SecurityGroups=groups)
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:/openclaw/{NAME}/gateway"
    logs.untag_resource(resourceArn=arn, tagKeys=["Name"])
    ssm.remove_tags_from_resource(
        ResourceType="Parameter", ResourceId=f"/openclaw/{NAME}/gateway-token", TagKeys=["Name"]
    )


def changed_cluster(aws: LocalAws) -> None:
    """Tags, the capacity provider's settings, the group's size; a newer machine image has come out."""
    ecs, ec2, scaling = (aws.client(name) for name in ("ecs", "ec2", "autoscaling"))
    prefix = "arn:aws:ecs:us-east-1:000000000000"
    definition = ecs.describe_task_definition(taskDefinition=f"{NAME}-gateway")["taskDefinition"]["taskDefinitionArn"]
    named = (f"cluster/{NAME}", f"capacity-provider/{NAME}-host", f"service/{NAME}/{NAME}-gateway")
    for arn in (*(f"{prefix}:{each}" for each in named), definition):
        ecs.untag_resource(resourceArn=arn, tagKeys=["Name"])
    settings = {"managedScaling": {"status": "ENABLED", "targetCapacity": 50}}
    ecs.update_capacity_provider(name=f"{NAME}-host", autoScalingGroupProvider=settings)
    template = ec2.describe_launch_templates(LaunchTemplateNames=[f"{NAME}-host"])["LaunchTemplates"][0]
    ec2.delete_tags(Resources=[template["LaunchTemplateId"]], Tags=[{"Key": "Name"}])
    group = f"{NAME}-host"
    scaling.update_auto_scaling_group(AutoScalingGroupName=group, MaxSize=2)
    tag = {"ResourceId": group, "ResourceType": "auto-scaling-group", "Key": "Name"}
    scaling.delete_tags(Tags=[tag])
    aws.control("POST", "images", **{IMAGE_PARAMETER: "ami-0123456789abcdef0"})


def session_document(aws: LocalAws) -> None:
    """Preferences for these sessions alone."""
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"idleSessionTimeout": "20"}}
    aws.client("ssm").create_document(Name=DOCUMENT, DocumentType="Session", Content=json.dumps(content))


def left_bucket(aws: LocalAws) -> None:
    """What a run that was killed leaves: files that were on their way, and one that never arrived whole."""
    s3 = aws.client("s3")
    bucket = f"{NAME}-setup-000000000000-us-east-1"
    tags = {"Name": bucket, "openclaw:deployment": NAME, "openclaw:region": "us-east-1"}
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}
    )
    # The local AWS asks for the version of all but the first that are deleted in one call; AWS, of all.
    for file in ("first.py", "second.py"):
        s3.put_object(Bucket=bucket, Key=f"i-0123456789abcdef0/tmp/{file}", Body=b"")
    s3.create_multipart_upload(Bucket=bucket, Key="i-0123456789abcdef0/tmp/large")


# Each run: playbook, variables, and what somebody has done before it.
RUNS: list[tuple[str, dict[str, Any], list[Callable[[LocalAws], None]]]] = [
    ("deploy", {"vpc": "home", "desired_count": 1}, []),
    ("deploy", {"vpc": "home"}, [changed_roles, changed_network, changed_storage]),
    ("deploy", {"vpc": "home", "refresh_hosts": True}, [changed_cluster]),
    (
        "deploy",
        {
            "vpc": "home",
            "zones": 2,
            "task_cpu": 512,
            "log_retention_days": 14,
            "exec_audit": False,
            "throughput_mode": "bursting",
            "gateway_allowed_cidrs": ["10.1.0.0/16"],
            "container_insights": "enabled",
            "tags": {"team": "a"},
        },
        [],
    ),
    ("deploy", {"vpc": "home", "zones": 1}, []),
    ("deploy", NEVER_READY, []),
    ("status", {}, []),
    ("destroy", {"confirm": NAME}, []),
    ("deploy", {"vpc": "home"}, []),
    ("onboard", {"vpc": "home", **PLUGIN}, []),
    ("onboard", {"vpc": "home", "session_document": DOCUMENT}, [session_document]),
    ("deploy", ANOTHER, []),
    ("onboard", {**ANOTHER, "setup_keep": True}, [left_bucket]),
    ("onboard", REFUSES_TO_START, []),
    ("status", {}, [left_bucket]),
    ("destroy", {"confirm": NAME, "delete_data": True}, []),
    ("deploy", ISOLATED, []),
    ("deploy", {**ISOLATED, "zones": 1, "extra_endpoints": ["sts"]}, [changed_network]),
    ("status", {}, []),
    ("destroy", {"confirm": NAME, "delete_data": True}, []),
]


def main() -> int:
    """Run everything, and write what it took."""
    with tempfile.TemporaryDirectory(prefix="record-") as directory:
        aws = LocalAws(f"http://127.0.0.1:{free_port()}", Path(directory))
        plugin = Path(directory) / "plugin.tgz"
        plugin.write_bytes(ARCHIVE)
        environment = {
            **aws.environment,
            "LOCAL_AWS_GATEWAY_PORT": str(free_port()),
            "RECORDED_PLUGIN": str(plugin),
        }

        def command(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
            return subprocess.run(words, cwd=REPOSITORY, env=environment, text=True, **{"check": True, **more})

        command(sys.executable, "-m", "local_aws", "start")
        environment |= {**aws.env, "ANSIBLE_NOCOLOR": "1"}
        try:
            for playbook, variables, changes in RUNS:
                for change in changes:
                    change(aws)
                print(playbook, variables, *(change.__name__ for change in changes), flush=True)
                extra = json.dumps({f"openclaw_{key}": value for key, value in variables.items()})
                words = ("-i", "inventories/local", f"playbooks/{playbook}.yml", "-e", extra)
                ansible = str(Path(sys.executable).with_name("ansible-playbook"))
                fails = any(variables is each for each in FAILING)
                ended = command(ansible, *words, stdout=sys.stderr, check=not fails)
                assert (ended.returncode != 0) is fails
                own = [call for call in aws.log() if call["access_key"] == aws.env["AWS_ACCESS_KEY_ID"]]
                assert [call for call in own if call["error_code"] in REFUSALS] == []
            taken = command(sys.executable, "-m", "local_aws", "permissions", stdout=subprocess.PIPE)
        finally:
            command(sys.executable, "-m", "local_aws", "stop")
    lines = ",\n".join(json.dumps(each) for each in json.loads(taken.stdout))
    RECORD.write_text(f"[\n{lines}\n]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
