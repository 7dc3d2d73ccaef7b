"""Who may assume the roles, and what AWS then allows and refuses."""

import pytest

TASKS, HOSTS = "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"
EXECUTION, TASK, INSTANCE, SETUP = (f"scenario-us-east-1-{each}" for each in ("execution", "task", "instance", "setup"))
TOKEN = "/openclaw/scenario/gateway-token"
GATEWAY_LOG, EXEC_LOG = "/openclaw/scenario/gateway", "/openclaw/scenario/exec"
TITAN, NOVA = "amazon.titan-embed-text-v2:0", "amazon.nova-lite-v1:0"
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


@pytest.mark.parametrize(("name", "service"), [(EXECUTION, TASKS), (TASK, TASKS), (INSTANCE, HOSTS), (SETUP, HOSTS)])
def test_role(aws, owner, name, service):
    iam = aws("iam")
    role = iam.get_role(RoleName=name)["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
    assert statement["Principal"] == {"Service": service}
    tags = {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName=name)["Tags"]}
    assert tags == {"Name": name, **owner}
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    assert len(iam.list_role_policies(RoleName=name)["PolicyNames"]) == 1


@pytest.mark.parametrize("name", [INSTANCE, SETUP])
def test_instance_profile(aws, owner, name):
    iam = aws("iam")
    profile = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == [name]
    tags = iam.list_instance_profile_tags(InstanceProfileName=name)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Name": name, **owner}


def invoke(model):
    return ("bedrock-runtime", "invoke_model", {"modelId": model, "body": "{}"})


def create_stream(group):
    return ("logs", "create_log_stream", {"logGroupName": group, "logStreamName": "test"})


def read_parameter(name):
    return ("ssm", "get_parameters", {"Names": [name], "WithDecryption": True})


def read_secret(name):
    arn = f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}"
    return ("secretsmanager", "get_secret_value", {"SecretId": arn})


def pull(repository):
    return ("ecr", "batch_get_image", {"repositoryName": repository, "imageIds": [{"imageTag": "1"}]})


def register(cluster):
    return ("ecs", "register_container_instance", {"cluster": cluster})


@pytest.mark.parametrize(
    ("role", "service", "call", "allowed"),
    [
        (EXECUTION, TASKS, read_parameter(TOKEN), True),
        (EXECUTION, TASKS, read_parameter("/somebody/else"), False),
        (EXECUTION, TASKS, read_secret("telegram-AbCdEf"), True),
        (EXECUTION, TASKS, read_secret("another-AbCdEf"), False),
        (EXECUTION, TASKS, create_stream(GATEWAY_LOG), True),
        (EXECUTION, TASKS, create_stream(EXEC_LOG), False),
        (EXECUTION, TASKS, pull("openclaw"), True),
        (EXECUTION, TASKS, pull("another"), False),
        (EXECUTION, TASKS, invoke(TITAN), False),
        (TASK, TASKS, invoke(TITAN), True),
        (TASK, TASKS, invoke(NOVA), False),
        (TASK, TASKS, create_stream(EXEC_LOG), True),
        (TASK, TASKS, create_stream(GATEWAY_LOG), False),
        (TASK, TASKS, read_parameter(TOKEN), False),
        (TASK, TASKS, ("ec2", "describe_instances", {}), False),
        (INSTANCE, HOSTS, register("scenario"), True),
        (INSTANCE, HOSTS, register("another"), False),
        (INSTANCE, HOSTS, read_parameter(TOKEN), False),
        (INSTANCE, HOSTS, ("ecs", "list_clusters", {}), False),
        (SETUP, HOSTS, read_parameter(TOKEN), False),
        (SETUP, HOSTS, ("s3", "list_buckets", {}), False),
        (SETUP, HOSTS, invoke(TITAN), False),
    ],
)
def test_permissions(as_role, refusal, role, service, call, allowed):
    api, operation, parameters = call
    code = refusal(getattr(as_role(role, service)(api), operation), **parameters)
    assert (code not in DENIED) is allowed, code


FILE_SYSTEM = "arn:aws:elasticfilesystem:us-east-1:000000000000:file-system/fs-0123456789abcdef0"
ACCESS_POINT = "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0"
MOUNT, WRITE = "elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"


@pytest.mark.parametrize(
    ("role", "access_point", "denied"),
    [
        (TASK, ACCESS_POINT, []),
        (TASK, f"{ACCESS_POINT}0", [MOUNT, WRITE]),
        (SETUP, ACCESS_POINT, []),
        (SETUP, f"{ACCESS_POINT}0", [MOUNT, WRITE]),
        (EXECUTION, ACCESS_POINT, [MOUNT, WRITE]),
        (INSTANCE, ACCESS_POINT, [MOUNT, WRITE]),
    ],
)
def test_mount(denied_mount, role, access_point, denied):
    anywhere = {"FileSystemId": None, "FileSystemArn": FILE_SYSTEM}
    assert denied_mount(anywhere, f"arn:aws:iam::000000000000:role/{role}", access_point) == denied


# What the agent of Systems Manager calls for a session, which no SDK offers:
# docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
AGENT = ["ssm:UpdateInstanceInformation"] + [
    f"ssmmessages:{verb}{channel}" for verb in ("Create", "Open") for channel in ("ControlChannel", "DataChannel")
]


@pytest.mark.parametrize(("role", "allowed"), [(SETUP, AGENT), (TASK, AGENT[1:]), (INSTANCE, [])])
def test_session_manager(aws, role, allowed):
    arn = f"arn:aws:iam::000000000000:role/{role}"
    answer = aws("iam").simulate_principal_policy(PolicySourceArn=arn, ActionNames=AGENT)["EvaluationResults"]
    decisions = {each["EvalActionName"]: each["EvalDecision"] for each in answer}
    assert [action for action in AGENT if decisions[action] == "allowed"] == allowed
