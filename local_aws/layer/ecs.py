"""To come: ecs."""


def install() -> None:
    """Change nothing yet."""
