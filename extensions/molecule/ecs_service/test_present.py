"""What would run, where and with which rights, and that nothing does yet."""

import pytest

TOKEN = "/openclaw/scenario/gateway-token"
SECRET_ARNS = "arn:aws:ssm:us-east-1:000000000000:parameter"


@pytest.fixture(scope="module")
def service(aws):
    [found] = aws("ecs").describe_services(cluster="scenario", services=["scenario-gateway"], include=["TAGS"])[
        "services"
    ]
    return found


@pytest.fixture(scope="module")
def definition(aws, service):
    return aws("ecs").describe_task_definition(taskDefinition=service["taskDefinition"], include=["TAGS"])


@pytest.fixture(scope="module")
def task(definition):
    return definition["taskDefinition"]


@pytest.fixture(scope="module")
def container(task):
    [found] = task["containerDefinitions"]
    return found


def lower_case(tags):
    return {tag["key"]: tag["value"] for tag in tags}


def test_no_task_yet(aws, service):
    assert (service["status"], service["desiredCount"], service["runningCount"]) == ("ACTIVE", 0, 0)
    assert aws("ecs").list_tasks(cluster="scenario")["taskArns"] == []


def test_never_two_tasks_at_once(service):
    deployment = service["deploymentConfiguration"]
    assert (deployment["minimumHealthyPercent"], deployment["maximumPercent"]) == (0, 100)
    assert deployment["deploymentCircuitBreaker"]["enable"] is True
    assert service["availabilityZoneRebalancing"] == "DISABLED"


def test_place(service, ground):
    [provider] = service["capacityProviderStrategy"]
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert provider["capacityProvider"] == "scenario-host"
    assert set(network["subnets"]) == {ground.subnets["a"], ground.subnets["b"]}
    assert network["securityGroups"] == [ground.security_group]
    assert network["assignPublicIp"] == "DISABLED"


def test_exec_and_tags(service, definition, owner):
    assert service["enableExecuteCommand"] is True
    assert lower_case(service["tags"]) == {"Name": "scenario-gateway", **owner}
    assert lower_case(definition["tags"]) == {"Name": "scenario-gateway", **owner}


def test_one_revision(aws, task):
    arns = aws("ecs").list_task_definitions(familyPrefix="scenario-gateway")["taskDefinitionArns"]
    assert arns == [task["taskDefinitionArn"]]


def test_task(task, ground):
    assert task["networkMode"] == "awsvpc"
    assert task["requiresCompatibilities"] == ["EC2"]
    assert task["runtimePlatform"] == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    assert (task["executionRoleArn"], task["taskRoleArn"]) == (ground.execution_role, ground.task_role)


def test_data(task, container, ground):
    [volume] = task["volumes"]
    assert volume["name"] == "data"
    file_system = volume["efsVolumeConfiguration"]
    assert file_system["fileSystemId"] == ground.file_system
    assert file_system["transitEncryption"] == "ENABLED"
    assert file_system["authorizationConfig"] == {"accessPointId": ground.access_point, "iam": "ENABLED"}
    assert container["mountPoints"] == [{"sourceVolume": "data", "containerPath": "/data", "readOnly": False}]


def test_container(container):
    assert (container["name"], container["image"]) == ("openclaw", "alpine/openclaw:2026.5.7")
    assert container["command"] == ["node", "dist/index.js", "gateway", "--bind", "lan", "--port", "18789"]
    assert container["memoryReservation"] == 1024
    assert "memory" not in container
    assert container["linuxParameters"]["initProcessEnabled"] is True
    assert container["stopTimeout"] == 30
    assert not container.get("privileged")
    assert [port["containerPort"] for port in container["portMappings"]] == [18789]


def test_environment(container):
    assert {each["name"]: each["value"] for each in container["environment"]} == {
        "AWS_REGION": "us-east-1",
        "HOME": "/data",
        "OPENCLAW_CONFIG_PATH": "/data/.openclaw/openclaw.json",
        "OPENCLAW_STATE_DIR": "/data/.openclaw",
        "TZ": "Europe/Berlin",
    }


def test_secrets_are_named_and_not_given(container):
    assert {each["name"]: each["valueFrom"] for each in container["secrets"]} == {
        "OPENCLAW_GATEWAY_TOKEN": f"{SECRET_ARNS}{TOKEN}",
        "TELEGRAM_BOT_TOKEN": f"{SECRET_ARNS}/telegram",
    }


def test_health_check(container):
    check = container["healthCheck"]
    assert check["command"][:3] == ["CMD", "node", "-e"]
    assert "http://127.0.0.1:18789/healthz" in check["command"][3]
    assert check["startPeriod"] == 120


def test_log_lines(container):
    log = container["logConfiguration"]
    assert log["logDriver"] == "awslogs"
    assert log["options"]["awslogs-group"] == "/openclaw/scenario/gateway"
    assert log["options"]["awslogs-region"] == "us-east-1"


@pytest.mark.parametrize("name", ["/openclaw/scenario/exec", "/openclaw/scenario/gateway"])
def test_log_group(aws, owner, name):
    [group] = aws("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 7
    tags = aws("logs").list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
    assert tags == {"Name": name, **owner}


def test_token_was_made_once_and_never_read(aws, log, owner):
    ssm = aws("ssm")
    token = ssm.get_parameter(Name=TOKEN, WithDecryption=True)["Parameter"]
    assert (token["Type"], token["Version"]) == ("SecureString", 1)
    assert len(token["Value"]) >= 32
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=TOKEN)["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Name": TOKEN, **owner}
    operators = {entry["action"] for entry in log if entry["principal_arn"].endswith("user/operator")}
    assert "PutParameter" in operators
    assert operators.isdisjoint({"GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory"})
