"""What the emulator lacks, one module per service; each changes the emulator's module when it is installed."""

from __future__ import annotations

from importlib import import_module

SEAMS = (
    "ssm",
    "interfaces",
    "network",
    "groups",
    "endpoints",
    "efs",
    "enforcement",
    "ecs",
    "hosts",
)


def install() -> None:
    """Install every seam, in the order of the list: a later one may build on an earlier one."""
    for name in SEAMS:
        import_module(f"local_aws.layer.{name}").install()
