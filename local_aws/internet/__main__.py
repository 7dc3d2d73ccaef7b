"""Serve this internet: `python -m local_aws.internet`, a process and a port of its own on the loopback interface."""

from __future__ import annotations

import json
import shutil
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote
from urllib.parse import urlsplit

from local_aws.install import archives
from local_aws.install import lock_file
from local_aws.internet import outage
from local_aws.internet import store
from local_aws.settings import from_environment

DIST, NPM = "/dist/", "/npm/"
USUAL_PORT = 4570
settings = from_environment()


class Handler(BaseHTTPRequestHandler):
    """One connection from inside a machine."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A file of nodejs.org, a package of the registry, or 404."""
        trouble = outage.current(settings)
        if trouble == outage.SILENCE:
            outage.wait_for_end(settings)
            self.close_connection = True
            return
        if trouble:
            self._send(int(trouble), b"", "text/plain")
            return
        path = unquote(urlsplit(self.path).path)
        if path.startswith(DIST):
            self._file(_inside(archives().dist, path.removeprefix(DIST)), "application/octet-stream")
        elif path.startswith(NPM) and "/-/" in path:
            name = _tarballs().get(path.removeprefix(NPM))
            self._file(name and archives().packages / name, "application/octet-stream")
        elif path.startswith(NPM) and path.removeprefix(NPM) in _packages():
            address = f"http://{self.headers['Host']}{NPM}".rstrip("/")
            found = store.packument(_packages()[path.removeprefix(NPM)], address)
            self._send(HTTPStatus.OK, json.dumps(found).encode(), "application/json")
        else:
            self._not_found()

    def _file(self, path: Path | None, kind: str) -> None:
        if not path or not path.is_file():
            self._not_found()
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(path.stat().st_size))
        self.end_headers()
        with path.open("rb") as source:
            shutil.copyfileobj(source, self.wfile)

    def _not_found(self) -> None:
        self._send(HTTPStatus.NOT_FOUND, b'{"error": "Not found"}', "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _inside(folder: Path, name: str) -> Path | None:
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) else None


@cache
def _packages() -> dict:
    return store.packages(lock_file())


@cache
def _tarballs() -> dict:
    return store.tarballs(_packages())


def main() -> None:
    """Serve until ended, on the port that is wanted, or else on the usual one or any."""
    server = _listen()
    said = settings.internet_port_file
    said.parent.mkdir(parents=True, exist_ok=True)
    whole = said.with_suffix(".new")
    whole.write_text(str(server.server_address[1]))
    whole.rename(said)
    server.daemon_threads = True
    server.serve_forever()


def _listen() -> ThreadingHTTPServer:
    if settings.wanted_internet_port:
        return ThreadingHTTPServer(("127.0.0.1", settings.wanted_internet_port), Handler)
    try:
        return ThreadingHTTPServer(("127.0.0.1", USUAL_PORT), Handler)
    except OSError:
        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


if __name__ == "__main__":
    main()
