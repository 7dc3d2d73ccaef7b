"""Serve the emulator: `python -m local_aws.server`, one process, one port on the loopback interface."""

from __future__ import annotations

import asyncio

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local_aws.settings import from_environment


def main() -> None:
    """Serve until ended."""
    asyncio.run(_serve())


async def _serve() -> None:
    from local_aws.app import app
    from local_aws.app import reset

    await reset()
    config = Config()
    config.bind = [f"127.0.0.1:{from_environment().port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    await serve(app, config)


if __name__ == "__main__":
    main()
