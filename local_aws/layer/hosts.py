"""To come: hosts."""


def install() -> None:
    """Change nothing yet."""
