"""Send what a container prints to CloudWatch Logs, a batch at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

BATCH = 500
SECONDS = 0.5
KEEP = 10_000
LONGEST_LINE = 2**18
logger = logging.getLogger("local_aws.agent")


class Shipper:
    """Reads a container's output line by line; what can't be sent is dropped, as in non-blocking mode."""

    def __init__(self, write: Callable[[list[dict[str, Any]]], None] | None) -> None:
        """Take the function that sends; None throws the lines away."""
        self._write = write
        self._lines: list[dict[str, Any]] = []

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Collect lines until the container closes its output."""
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the stream's limit: the rest comes with the next line
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip("\n")
            if text and len(self._lines) < KEEP:
                self._lines.append({"timestamp": int(time.time() * 1000), "message": text})

    async def send_all(self) -> None:
        """Send what has been collected."""
        while self._lines:
            batch, self._lines = self._lines[:BATCH], self._lines[BATCH:]
            if self._write is None:
                continue
            try:
                await asyncio.to_thread(self._write, batch)
            except (BotoCoreError, ClientError) as error:
                logger.warning("log lines are lost: %s", error)

    async def send_for_ever(self) -> None:
        """Send every now and then."""
        while True:
            await asyncio.sleep(SECONDS)
            await self.send_all()
