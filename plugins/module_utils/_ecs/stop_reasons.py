# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why ECS tasks stop, in AWS's words, and what to do about it. Data. Private to the collection.

Sources, read in 2026-11:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html, or as named beside an entry.
"""

from __future__ import annotations

import re
import typing as t


class Remedy(t.NamedTuple):
    """A pattern in the reason of a stopped task or in a service event, and the advice for a person who reads it."""

    pattern: str
    advice: str


REMEDIES = (
    Remedy(
        r"CannotPull|pull image manifest|ref pull has been retried",
        "The image could not be pulled. Does the tag exist for ARM64? A public registry needs a way out (NAT) in the"
        " host's subnet; ECR needs the endpoints ecr.api, ecr.dkr and s3, and the execution role its ECR actions.",
    ),
    Remedy(
        r"fetching secret data|secret .*: ResourceInitializationError|ssm:GetParameters|unable to pull secrets",
        "A secret of the task could not be read. Does the parameter or secret exist, may the execution role read it,"
        " and does the host's subnet reach the service (endpoint ssm or secretsmanager, or NAT)?",
    ),
    Remedy(
        r"failed to initialize logging driver|CreateLogStream",
        "The log driver could not start. Does the log group exist, may the execution role write to it, and does the"
        " host's subnet reach the service (endpoint logs, or NAT)?",
    ),
    # https://github.com/aws/amazon-ecs-agent/issues/2570
    Remedy(
        r"mount\.nfs4|VolumeDriver|Failed to resolve \"?fs-|mount target",
        "The file system could not be mounted. Is there a mount target in the task's zone whose security group admits"
        " port 2049 from the task's group, does the VPC have DNS support and DNS hostnames on, and do task role and"
        " file system policy allow this access point?",
    ),
    Remedy(
        r"OutOfMemory|exit code 137",
        "The container ran out of memory. A model ID that OpenClaw does not know can make it use more than 900 MB:"
        " check the model, raise the memory, or take a larger instance type.",
    ),
    Remedy(
        r"failed container health checks|unhealthy",
        "The process runs, but its health check fails. The gateway answers on /healthz when it has started: read the"
        " log for what it waits for.",
    ),
    Remedy(
        r"unable to assume the role|was unable to assume",
        "ECS could not assume the task's role. Does its trust policy name ecs-tasks.amazonaws.com? A role that was made"
        " a moment ago needs some seconds.",
    ),
    Remedy(
        r"No Container Instances were found|unable to place a task",
        "No host took the task. Is there an instance in the auto scaling group, did it register with the cluster"
        " (endpoints ecs, ecs-agent and ecs-telemetry, or NAT), and has it enough memory and a free network interface?",
    ),
    Remedy(
        r"Essential container in task exited",
        "The gateway's process ended by itself. Exit code 78 is a configuration it refuses, 1 a configuration it can't"
        " read: the log says which.",
    ),
)


def advice(texts: t.Iterable[str]) -> list[str]:
    """What to do about these reasons and events, each advice once, in the order of the table."""
    together = "\n".join(texts)
    return [remedy.advice for remedy in REMEDIES if re.search(remedy.pattern, together, re.IGNORECASE)]
