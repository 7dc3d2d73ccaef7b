"""What the emulator lacks, one module per service; each changes the emulator's module when it is installed."""

from __future__ import annotations

from importlib import import_module

SEAMS = (
    "iam",
    "ssm",
    "documents",
    "sessions",
    "s3",
    "s3_expiry",
    "interfaces",
    "network",
    "paths",
    "tags",
    "groups",
    "endpoints",
    "efs",
    "templates",
    "instances",
    "autoscaling",
    "bedrock",
    "policy_variables",
    "enforcement",
    "ecs",
    "exec_command",
    "hosts",
)


def install() -> None:
    """Install every seam, in the order of the list: a later one may build on an earlier one."""
    for name in SEAMS:
        import_module(f"local_aws.layer.{name}").install()


def reset() -> None:
    """Let the seams that keep something of their own forget it."""
    for name in SEAMS:
        forget = getattr(import_module(f"local_aws.layer.{name}"), "reset", None)
        if forget:
            forget()
