"""Instances of the local AWS as machines: their first start, what they reach, what they mount, and their end."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.conftest import LocalAws
from tests.unit.local_aws.machine_host import MOUNTING
from tests.unit.local_aws.machine_host import USER_DATA
from tests.unit.local_aws.machine_host import FileSystem
from tests.unit.local_aws.machine_host import Host
from tests.unit.local_aws.machine_host import wait

TOKEN = "curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token"
ALLOW = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": MOUNTING, "Resource": "*"}


@pytest.fixture
def host(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> Host:
    """What a machine needs, in the network with a way out."""
    return Host(local_aws)


@pytest.fixture
def mounting(host: Host) -> FileSystem:
    """A machine that can mount a file system."""
    made = FileSystem(host)
    host.launch(USER_DATA)
    host.output("cloud-init status --wait")
    return made


def page(path: str) -> str:
    """A script that shows a page of the metadata service."""
    return f'curl -sf -H "X-aws-ec2-metadata-token: $({TOKEN})" http://169.254.169.254/latest/{path}'


def test_user_data_runs_once_as_root(host: Host) -> None:
    host.launch("#!/bin/bash\nid -u; echo $PWD $HOME; echo told >&2; echo x >> /opt/starts\n")
    assert host.output("cloud-init status --wait").endswith("status: done")
    log = host.output("cat /var/log/cloud-init-output.log").splitlines()
    assert log[1:-1] == ["0", "/", "told"]
    kept = host.aws.directory / "machines" / host.instance_id / "cloud-init-output.log"
    assert kept.read_text().splitlines() == log
    ec2 = host.aws.client("ec2")
    ec2.stop_instances(InstanceIds=[host.instance_id])
    wait(lambda: not host.is_up())
    ec2.start_instances(InstanceIds=[host.instance_id])
    wait(host.is_up)
    assert host.output("cat /opt/starts", root=True) == "x"


@pytest.mark.parametrize(
    ("user_data", "told"),
    [
        ("#!/bin/bash\nset -e\nfalse\necho well\n", "part-001 ended with exit code 1"),
        ("#cloud-config\npackages: [tar]\n", "unhandled user data"),
    ],
)
def test_user_data_that_fails_is_told(host: Host, user_data: str, told: str) -> None:
    host.launch(user_data)
    done = host.run("cloud-init status --wait --long")
    assert (done.returncode, "status: error" in done.stdout) == (1, True)
    assert told in host.output("cat /var/log/cloud-init-output.log")


def test_what_a_session_finds(host: Host) -> None:
    host.launch()
    assert host.output("id -un; pwd; echo $HOME; hostname").split() == [
        "ssm-user",
        "/usr/bin",
        "/home/ssm-user",
        host.show()["PrivateDnsName"],
    ]
    assert host.run("touch /etc/x").returncode != 0
    assert host.run("touch /usr/bin/x", root=True).returncode != 0
    host.output("touch ~/x /tmp/x")
    host.output("touch /etc/x ~/x /opt/x /var/lib/x /usr/local/bin/x", root=True)
    assert host.run("ls /etc/x ~/x /tmp/x").returncode == 0
    assert host.run("getent passwd 1000").returncode != 0
    assert "Amazon Linux 2023" in host.output("cat /etc/os-release")
    assert host.run(f"ls {host.aws.directory}").returncode != 0


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("sudo id -u", "0"),
        ("sudo -n -H -S -u root sh -c 'echo $USER $HOME'", "root /root"),
        ("sudo -u ssm-user -- id -un", "ssm-user"),
        ("sudo -u '#1001' id -un", "ssm-user"),
        ("sudo -u nobody id -u", "65534"),
        ("X=1 sudo sh -c 'echo $X-$SUDO_USER-$PATH'", "-ssm-user-/sbin:/bin:/usr/sbin:/usr/bin"),
        ("sudo X=1 sh -c 'echo $X'", "1"),
        ("sudo -i pwd", "/root"),
        ("echo in | sudo -n cat", "in"),
        ("sudo sh -c 'exit 7'; echo $?", "7"),
    ],
)
def test_sudo(running: Host, command: str, output: str) -> None:
    assert running.output(command) == output


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("sudo -u '#1000' id", 1, "sudo: unknown user #1000"),
        ("sudo -u somebody id", 1, "sudo: unknown user somebody"),
        ("sudo nothing-there", 1, "sudo: nothing-there: command not found"),
        ("sudo --wrong id", 1, "sudo: invalid option -- 'wrong'"),
        ("sudo -u nobody sudo id", 1, "sudo: nobody is not in the sudoers file."),
        ("dnf install -y tar", 1, "superuser privileges"),
        ("sudo dnf install -y no-such-thing", 1, "Unable to find a match: no-such-thing"),
        ("sudo dnf install tar", 1, "Operation aborted."),
        ("sudo swapon /nowhere", 255, "swapon: cannot open /nowhere"),
        ("sudo touch /x; sudo swapon /x", 255, "swapon: /x: read swap header failed"),
        ("shutdown -h now", 1, "Access denied"),
        ("sudo shutdown -h soon", 1, "Failed to parse time specification: soon"),
        ("sudo fallocate -l lots /x", 1, "invalid length value specified: 'lots'"),
        ("cat < /dev/tcp/10.20.0.1/80", 1, "Network is unreachable"),
    ],
)
def test_what_is_refused_inside(running: Host, command: str, code: int, told: str) -> None:
    done = running.run(command)
    assert (done.returncode, told in done.stderr) == (code, True), done


@pytest.fixture(scope="module")
def running(local_aws_process: LocalAws, agent: subprocess.Popen[bytes]) -> Host:
    """One machine for those tests that change nothing of it."""
    local_aws_process.control("POST", "reset")
    local_aws_process.control("POST", "latency", scale=0)
    return Host(local_aws_process).launch(USER_DATA)


def test_swap(host: Host) -> None:
    script = "fallocate -l 2G /swapfile; chmod 600 /swapfile; mkswap /swapfile > /dev/null 2>&1; swapon /swapfile"
    host.launch(f"#!/bin/bash\nset -e\n{script}\n")
    assert host.output("cloud-init status --wait").endswith("done")
    assert host.output("swapon --show", root=True).splitlines()[1].startswith("/swapfile file 2048M")
    assert host.output("stat -c %b /swapfile") != "0"
    assert int(host.output("stat -c %b /swapfile")) < 1000


def test_metadata_takes_a_token(host: Host) -> None:
    host.launch()
    assert host.output("curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/") == "401"
    assert host.output(page("meta-data/instance-id")) == host.instance_id
    assert host.output(page("meta-data/placement/region")) == "us-east-1"
    document = json.loads(host.output(page("dynamic/instance-identity/document")))
    assert (document["instanceId"], document["region"]) == (host.instance_id, "us-east-1")
    assert host.output(page("meta-data/iam/security-credentials/")) == "x-setup"


def test_the_role_is_who_calls(host: Host) -> None:
    host.launch()
    found = json.loads(host.output(page("meta-data/iam/security-credentials/x-setup")))
    key = {name: found[name] for name in ("AccessKeyId", "SecretAccessKey")} | {"SessionToken": found["Token"]}
    arn = host.aws.client("sts", key).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::000000000000:assumed-role/x-setup/{host.instance_id}"


def presigned(local_aws: LocalAws, bucket: str) -> str:
    """The URL with which somebody who may read a bucket lets others read its object k."""
    key = local_aws.user(f"reader-of-{bucket}", {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    signing = boto3.client(
        "s3",
        endpoint_url=local_aws.endpoint,
        region_name="us-east-1",
        config=Config(signature_version="s3v4"),
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    return signing.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})


def s3_endpoint(local_aws: LocalAws, policy: dict[str, Any] | None = None) -> str:
    """Give the network without a way out a gateway endpoint for s3; its id."""
    ec2 = local_aws.client("ec2")
    tables = ec2.describe_route_tables(Filters=[{"Name": "tag:Name", "Values": ["isolated-private"]}])["RouteTables"]
    made = ec2.create_vpc_endpoint(
        VpcId=local_aws.network("isolated")["vpc"],
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[tables[0]["RouteTableId"]],
        **({"PolicyDocument": json.dumps(policy)} if policy else {}),
    )
    return made["VpcEndpoint"]["VpcEndpointId"]


@pytest.mark.parametrize(("network", "reached"), [("home", True), ("isolated", False)])
def test_s3_only_if_there_is_a_way(
    local_aws: LocalAws, agent: subprocess.Popen[bytes], network: str, reached: bool
) -> None:
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket="x-files")
    s3.put_object(Bucket="x-files", Key="k", Body=b"inside")
    url = presigned(local_aws, "x-files")
    done = Host(local_aws, network).launch().run(f"curl -sf '{url}'")
    assert (done.stdout == "inside", done.returncode == 0) == (reached, reached)


def test_the_policy_of_a_gateway_endpoint_decides(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> None:
    host = Host(local_aws, "isolated").launch()
    s3, urls = local_aws.client("s3"), {}
    for bucket in ("x-open", "x-closed"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="k", Body=b"inside")
        urls[bucket] = presigned(local_aws, bucket)
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::x-open/*"}
    endpoint = s3_endpoint(local_aws, {"Version": "2012-10-17", "Statement": [allowed]})
    wait(lambda: host.run(f"curl -sf '{urls['x-open']}'").stdout == "inside")
    answer = host.output(f"curl -s -w '%{{http_code}}' '{urls['x-closed']}'")
    assert answer.endswith("403")
    assert "no VPC endpoint policy allows the s3:GetObject action" in answer
    done = host.run("dnf install -y amazon-efs-utils", root=True)
    assert done.returncode == 1
    assert "Status code: 403 for https://al2023-repos-us-east-1-de612dc2.s3.dualstack." in done.stderr
    packages = {**allowed, "Resource": "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed, packages]}
    local_aws.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=json.dumps(policy))
    wait(lambda: host.run("dnf install -y amazon-efs-utils", root=True).returncode == 0)


def test_packages_come_over_a_gateway_endpoint(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> None:
    host = Host(local_aws, "isolated").launch(USER_DATA)
    assert host.run("cloud-init status --wait").returncode == 1
    log = host.output("cat /var/log/cloud-init-output.log")
    assert "Curl error (28): Timeout was reached for https://al2023-repos-us-east-1-de612dc2.s3.dualstack." in log
    assert "Error: Unable to find a match: amazon-efs-utils" in log
    s3_endpoint(local_aws)
    wait(lambda: host.run("dnf install -y amazon-efs-utils", root=True).returncode == 0)
    host.output("test -x /sbin/mount.efs")


def test_an_access_point_squashes(mounting: FileSystem) -> None:
    host = mounting.host
    done = mounting.mount()
    assert done.returncode == 0, done.stderr
    host.output("mkdir -m 700 /data/.openclaw; echo '{}' > /data/.openclaw/f", root=True)
    wait(lambda: host.output("stat -c %u:%g /data/.openclaw /data/.openclaw/f", root=True) == "1000:1000\n1000:1000")
    assert host.output("stat -c %u:%g:%a /data") == "1000:1000:750"
    if host.output("stat -f -c %T /data") == "fuseblk":
        refused = host.run("chown 0 /data/.openclaw/f", root=True)
        assert (refused.returncode, "Operation not permitted" in refused.stderr) == (1, True)
    host.output("umount /data", root=True)
    assert host.output("ls -A /data") == ""
    assert mounting.mount().returncode == 0
    assert host.output("cat /data/.openclaw/f", root=True) == "{}"
    behind = host.aws.directory / "efs" / mounting.id / "openclaw" / ".openclaw" / "f"
    assert behind.stat().st_uid == 1000


def test_a_policy_decides(mounting: FileSystem) -> None:
    host = mounting.host
    arn = f"arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/{mounting.point}"
    mounting.policy({**ALLOW, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    assert "access denied by server" in mounting.mount("noresvport").stderr
    assert mounting.mount().returncode == 0
    host.output("umount /data", root=True)
    mounting.policy(
        {**ALLOW, "Effect": "Deny", "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": arn}}}
    )
    refused = mounting.mount()
    assert refused.returncode == 32
    assert "Mount attempt 1/3 failed due to b'mount.nfs4: access denied by server" in refused.stderr


def test_without_the_right_to_write_it_is_read_only(mounting: FileSystem) -> None:
    host = mounting.host
    statement = {"Effect": "Allow", "Action": MOUNTING[0], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    host.aws.client("iam").put_role_policy(RoleName="x-setup", PolicyName="x", PolicyDocument=document)
    mounting.policy({**ALLOW, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    assert mounting.mount().returncode == 0
    assert "Read-only file system" in host.run("touch /data/x", root=True).stderr


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ("iam", 1, 'The "tls" option is required when mounting via "iam"'),
        ("accesspoint=fsap-0123456789abcdef0", 1, 'The "tls" option is required when mounting via "accesspoint"'),
        ("tls,iam,accesspoint=x", 1, "Access Point ID x is malformed"),
        ("tls,iam,accesspoint=fsap-0123456789abcdef0", 32, "access denied by server while mounting 127.0.0.1:/"),
    ],
)
def test_options_of_a_mount(mounting: FileSystem, options: str, code: int, told: str) -> None:
    done = mounting.mount(options)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_a_mount_needs_a_way(mounting: FileSystem) -> None:
    ec2 = mounting.host.aws.client("ec2")
    ec2.revoke_security_group_ingress(GroupId=mounting.group, IpPermissions=mounting.rule)
    wait(lambda: "Connection reset by peer" in mounting.mount().stderr)
    target = mounting.efs.describe_mount_targets(FileSystemId=mounting.id)["MountTargets"][0]["MountTargetId"]
    mounting.efs.delete_mount_target(MountTargetId=target)
    done = mounting.mount()
    assert done.returncode == 1
    assert f'Failed to resolve "{mounting.id}.efs.us-east-1.amazonaws.com" - check that your file system' in done.stderr


def test_a_mount_with_iam_needs_a_role(mounting: FileSystem) -> None:
    iam = mounting.host.aws.client("iam")
    iam.remove_role_from_instance_profile(InstanceProfileName="x-setup", RoleName="x-setup")
    assert "AWS Access Key ID and Secret Access Key are not found" in mounting.mount().stderr


@pytest.mark.parametrize(("behavior", "state"), [("terminate", "terminated"), ("stop", "stopped")])
def test_it_ends_itself(host: Host, behavior: str, state: str) -> None:
    host.aws.control("POST", "latency", minute=9999)
    host.launch("#!/bin/bash\nshutdown -h +1\n", InstanceInitiatedShutdownBehavior=behavior)
    host.output("cloud-init status --wait")
    assert "Shutdown scheduled for " in host.output("cat /var/log/cloud-init-output.log")
    assert host.state() == "running"
    host.aws.control("POST", "latency", minute=0.1)
    wait(lambda: host.state() == state)
    assert host.show()["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert not host.is_up()


def test_a_shutdown_can_be_cancelled(host: Host) -> None:
    host.aws.control("POST", "latency", minute=0.2)
    host.launch("#!/bin/bash\nshutdown -h +2\nshutdown -c\nshutdown -h +5\n")
    host.output("cloud-init status --wait; sudo shutdown -c; sleep 1.5")
    assert host.state() == "running"
    host.run("sudo shutdown now")
    wait(lambda: host.state() == "terminated")


def test_a_terminated_one_takes_its_processes_and_disk_along(host: Host) -> None:
    host.launch()
    inside = subprocess.Popen(host.command("sleep 987"))
    directory = host.aws.directory / "machines" / host.instance_id
    assert (directory / "disk").is_dir()
    host.aws.client("ec2").terminate_instances(InstanceIds=[host.instance_id])
    assert inside.wait(20) != 0
    wait(lambda: not (directory / "disk").exists())


def test_container_hosts_are_only_played(host: Host) -> None:
    image = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
    played = host.aws.client("ssm").get_parameter(Name=image)["Parameter"]["Value"]
    host.launch(until_up=False, ImageId=played)
    assert host.state() == "running"
    time.sleep(1)
    assert not host.is_up()


def online(host: Host) -> list[str]:
    """What Systems Manager says of the machine."""
    found: list[dict[str, Any]] = host.aws.client("ssm").describe_instance_information()["InstanceInformationList"]
    return [one["PingStatus"] for one in found if one["InstanceId"] == host.instance_id]


def test_it_comes_online(host: Host) -> None:
    host.launch()
    wait(lambda: online(host) == ["Online"])
    ec2 = host.aws.client("ec2")
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=host.group, IpPermissions=everything)
    assert online(host) == ["ConnectionLost"]
    ec2.terminate_instances(InstanceIds=[host.instance_id])
    assert online(host) == []


def test_it_can_be_slow_to_come_online(host: Host) -> None:
    host.aws.control("POST", "latency", steps={"ssm_online": 99999})
    host.launch()
    assert online(host) == []
    host.aws.control("POST", "settle")
    assert online(host) == ["Online"]


@pytest.mark.parametrize("missing", ["ssm:UpdateInstanceInformation", "ssmmessages:OpenDataChannel"])
def test_without_a_permission_it_never_comes_online(
    local_aws: LocalAws, agent: subprocess.Popen[bytes], missing: str
) -> None:
    host = Host(local_aws)
    host.actions = [action for action in host.actions if action != missing]
    statement = {"Effect": "Allow", "Action": host.actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    local_aws.client("iam").put_role_policy(RoleName="x-setup", PolicyName="x", PolicyDocument=document)
    host.launch()
    assert online(host) == []


def test_without_a_way_it_never_comes_online(local_aws: LocalAws, agent: subprocess.Popen[bytes]) -> None:
    assert online(Host(local_aws, "isolated").launch()) == []
