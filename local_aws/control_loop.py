"""What AWS does by itself, without being asked: short steps, taken over and over in one thread of the emulator."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ministack.core.responses import request_scope

from local_aws.settings import ACCOUNT
from local_aws.settings import REGION

SECONDS = 0.2
lock = threading.RLock()
changed = threading.Condition(lock)
_steps: list[Callable[[], None]] = []
_started = threading.Event()
_wake = threading.Event()
logger = logging.getLogger("local_aws")


def every_round(step: Callable[[], None]) -> None:
    """Take this step in every round from now on; the first call starts the thread."""
    _steps.append(step)
    if not _started.is_set():
        _started.set()
        threading.Thread(target=_run, name="local-aws-control-loop", daemon=True).start()


def soon() -> None:
    """Begin the next round now."""
    _wake.set()


def one_round() -> None:
    """Take every step once."""
    with lock, request_scope(ACCOUNT, REGION):
        for step in _steps:
            try:
                step()
            except Exception:
                logger.exception("a step of the control loop failed: %s", step.__name__)
        changed.notify_all()


def _run() -> None:
    while True:
        _wake.wait(SECONDS)
        _wake.clear()
        one_round()
