"""Times at which this internet doesn't answer, or not well: ordered by the control plane, seen by the server."""

from __future__ import annotations

import time
from pathlib import Path

from local_aws.settings import Settings

SILENCE = "silence"
LOOK_SECONDS = 0.5


def order(settings: Settings, answer: str | int | None) -> None:
    """From now on every answer is this status, or none at all (`silence`); None is as usual."""
    place = _place(settings)
    if answer is None:
        place.unlink(missing_ok=True)
        return
    if answer != SILENCE and not 400 <= int(answer) < 600:
        raise ValueError(f"An answer is {SILENCE}, a status from 400 to 599, or null, not {answer}")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(str(answer))


def current(settings: Settings) -> str | None:
    """What was ordered."""
    try:
        return _place(settings).read_text()
    except FileNotFoundError:
        return None


def wait_for_end(settings: Settings) -> None:
    """Return when it answers again."""
    while current(settings) == SILENCE:
        time.sleep(LOOK_SECONDS)


def _place(settings: Settings) -> Path:
    return settings.directory / "run" / "internet-outage"
