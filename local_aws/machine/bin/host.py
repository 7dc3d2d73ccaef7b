"""How the commands of a machine talk to what plays its hardware: over a socket that only root may use."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

SOCKET = "/run/local-aws"


class Connection(http.client.HTTPConnection):
    """An HTTP connection over the socket."""

    def connect(self) -> None:
        """Open it."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)


def ask(page: str, /, **question: Any) -> dict[str, Any]:
    """Put a question and return the answer."""
    connection = Connection("localhost", timeout=120)
    connection.request("POST", page, json.dumps(question), {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())
