"""Forward connections between a sandbox's network namespace and unix sockets on the host.

Started as `python -m local_aws.relay LISTEN CONNECT [LISTEN CONNECT ...]`, each `tcp:HOST:PORT` or `unix:PATH`; it
prints an empty line when it listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

CHUNK = 65536
_running: set[asyncio.Task[None]] = set()


async def open_address(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to an address."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(rest)
    host, _, port = rest.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def listen(address: str, connect: str) -> asyncio.Server:
    """Forward every connection made to `address`."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await open_address(connect)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(copy(reader, there_writer), copy(there_reader, writer))
        for end in (writer, there_writer):
            end.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        job = asyncio.get_running_loop().create_task(forward(reader, writer))
        _running.add(job)  # the loop itself only keeps weak references
        job.add_done_callback(_running.discard)

    kind, _, rest = address.partition(":")
    if kind == "unix":
        Path(rest).unlink(missing_ok=True)
        return await asyncio.start_unix_server(accept, rest)
    host, _, port = rest.rpartition(":")
    return await asyncio.start_server(accept, host, int(port), reuse_address=True)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, and pass on the end."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()


async def _serve(pairs: list[tuple[str, str]]) -> None:
    servers = [await listen(*pair) for pair in pairs]
    os.write(sys.stdout.fileno(), b"\n")
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main(arguments: list[str]) -> None:
    """Serve until ended."""
    asyncio.run(_serve(list(zip(arguments[::2], arguments[1::2], strict=True))))


if __name__ == "__main__":
    main(sys.argv[1:])
