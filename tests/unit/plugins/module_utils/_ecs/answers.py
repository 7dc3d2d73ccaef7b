# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the ECS API for the tests of services and tasks."""

from __future__ import annotations

CLUSTER_ARN = "arn:aws:ecs:eu-central-1:123456789012:cluster/box"
SERVICE_ARN = "arn:aws:ecs:eu-central-1:123456789012:service/box/box-gateway"
DEFINITION_ARN = "arn:aws:ecs:eu-central-1:123456789012:task-definition/box-gateway:{}"
TASK_ARN = "arn:aws:ecs:eu-central-1:123456789012:task/box/{}"
TAGS = {"Name": "box-gateway", "openclaw:deployment": "box"}
ASK_SERVICE = {"cluster": "box", "services": ["box-gateway"], "include": ["TAGS"]}


def deployment(number=1, **changes):
    return {
        "id": f"ecs-svc/{number}",
        "status": "PRIMARY",
        "taskDefinition": DEFINITION_ARN.format(1),
        "rolloutState": "IN_PROGRESS",
        **changes,
    }


def service(**changes):
    return {
        "serviceArn": SERVICE_ARN,
        "serviceName": "box-gateway",
        "clusterArn": CLUSTER_ARN,
        "status": "ACTIVE",
        "desiredCount": 1,
        "runningCount": 1,
        "pendingCount": 0,
        "taskDefinition": DEFINITION_ARN.format(1),
        "capacityProviderStrategy": [{"capacityProvider": "box-host", "weight": 1, "base": 0}],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-b", "subnet-a"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "DISABLED",
            }
        },
        "deploymentConfiguration": {
            "minimumHealthyPercent": 0,
            "maximumPercent": 100,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "strategy": "ROLLING",
        },
        "availabilityZoneRebalancing": "DISABLED",
        "enableExecuteCommand": True,
        "propagateTags": "SERVICE",
        "enableECSManagedTags": True,
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "deployments": [deployment()],
        "events": [],
        "tags": [{"key": key, "value": value} for key, value in TAGS.items()],
        **changes,
    }


def task(name="a", **changes):
    return {
        "taskArn": TASK_ARN.format(name),
        "taskDefinitionArn": DEFINITION_ARN.format(1),
        "startedBy": "ecs-svc/1",
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "healthStatus": "HEALTHY",
        "enableExecuteCommand": True,
        "attachments": [
            {
                "type": "ElasticNetworkInterface",
                "details": [
                    {"name": "subnetId", "value": "subnet-a"},
                    {"name": "networkInterfaceId", "value": "eni-1"},
                    {"name": "privateIPv4Address", "value": "10.20.0.7"},
                ],
            }
        ],
        "containers": [
            {
                "name": "openclaw",
                "lastStatus": "RUNNING",
                "managedAgents": [{"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}],
            }
        ],
        **changes,
    }


def stopped(name="b", **changes):
    return task(
        name,
        **{
            "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED",
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "openclaw", "lastStatus": "STOPPED", "exitCode": 78}],
            **changes,
        },
    )
