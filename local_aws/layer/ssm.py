"""Systems Manager: the public parameters that name Amazon's machine images."""

from __future__ import annotations

from ministack.services import ssm

ECS_OPTIMIZED_ARM64 = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
AL2023_ARM64 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
PUBLIC_IMAGES = {ECS_OPTIMIZED_ARM64: "ami-0ec5a64202311220a", AL2023_ARM64: "ami-0a12023a64202311a"}


def install() -> None:
    """Publish the parameters a real account can read."""
    ssm._PUBLIC_AMI_PARAMETERS.update(PUBLIC_IMAGES)
