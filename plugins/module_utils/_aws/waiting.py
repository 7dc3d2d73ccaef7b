# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits: declarative botocore waiters with a limit in seconds and a message, and errors that pass by themselves.

Private to the collection.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.waiter import BaseWaiterFactory
from ansible_collections.amazon.aws.plugins.module_utils.waiter import custom_waiter_config

from .errors import DeploymentError
from .errors import error_code


def waiter(operation: str, *acceptors: dict[str, t.Any]) -> dict[str, t.Any]:
    """The botocore model of a waiter that calls C(operation). Delay and attempts are set when it is used."""
    return {"operation": operation, "delay": 5, "maxAttempts": 120, "acceptors": list(acceptors)}


def on_path(state: str, matcher: str, argument: str, expected: t.Any) -> dict[str, t.Any]:
    """An acceptor: the waiter ends in C(state) when the JMESPath C(argument) matches C(expected)."""
    return {"state": state, "matcher": matcher, "argument": argument, "expected": expected}


def on_error(state: str, code: str) -> dict[str, t.Any]:
    """An acceptor: the waiter ends in C(state) when AWS answers with the error C(code)."""
    return {"state": state, "matcher": "error", "expected": code}


class WaiterFactory(BaseWaiterFactory):
    """The waiters of one service, from a table of L(botocore models, waiter)."""

    def __init__(self, models: dict[str, dict[str, t.Any]]) -> None:
        self._models = models
        super().__init__()

    @property
    def _waiter_model_data(self) -> dict[str, dict[str, t.Any]]:
        return self._models

    def wait(self, client: t.Any, name: str, timeout: int, delay: int = 5, **arguments: t.Any) -> None:
        """Wait at most C(timeout) seconds, asking every C(delay) seconds."""
        config = custom_waiter_config(timeout, default_pause=delay)
        self.get_waiter(client, name).wait(WaiterConfig=config, **arguments)


def passing(*codes: str, text: str = "") -> t.Callable[[DeploymentError], bool]:
    """Tell errors of AWS that pass by themselves by their code and, where the code says too little, their text."""

    def recognize(error: DeploymentError) -> bool:
        return error_code(error.exception) in codes and text.lower() in str(error.exception).lower()

    return recognize


def outlast(
    call: t.Callable[[], t.Any], timeout: int, *recognizers: t.Callable[[DeploymentError], bool], delay: int = 3
) -> t.Any:
    """Make a call again while it fails with an error that passes by itself, for C(timeout) seconds at most."""
    for _attempt in range(timeout // delay):
        try:
            return call()
        except DeploymentError as error:
            if not any(recognize(error) for recognize in recognizers):
                raise
        time.sleep(delay)
    return call()
