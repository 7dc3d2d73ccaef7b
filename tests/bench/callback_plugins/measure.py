# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long each task took and how many module processes it was, as JSON in the file OPENCLAW_MEASURE_FILE names."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: measure
type: aggregate
short_description: Writes the seconds and the module processes of each task to a file
description:
  - Each item of a loop and each attempt of C(until) is a process of its own.
"""

FILE = "OPENCLAW_MEASURE_FILE"
MODULES_OF_AWS = ("openclaw.ecs.", "amazon.aws.", "community.aws.")


class CallbackModule(CallbackBase):
    """Collects in memory and writes once, at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "measure"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with no task."""
        super().__init__(*args, **kwargs)
        self._tasks: list[dict[str, Any]] = []
        self._retries = 0
        self._since = time.monotonic()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """The time of a task begins."""
        self._since = time.monotonic()

    def v2_runner_retry(self, result: Any) -> None:
        """An attempt has ended that was not the last."""
        self._retries += 1

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task has ended; the items of a loop have been noted already."""
        if "results" not in result.result or not result.task.loop:
            self._note(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A failed one has been a process too."""
        self.v2_runner_on_ok(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """An item of a loop has ended, and the time of the next begins."""
        self._note(result)

    v2_runner_item_on_failed = v2_runner_item_on_ok

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write everything."""
        changed = sum(stats.summarize(host)["changed"] for host in stats.processed)
        Path(os.environ[FILE]).write_text(json.dumps({"tasks": self._tasks, "changed": changed}))

    def _note(self, result: Any) -> None:
        now = time.monotonic()
        action = result.task.resolved_action or result.task.action
        self._tasks.append(
            {
                "name": result.task.get_name(),
                "action": action,
                "seconds": now - self._since,
                "processes": 1 + self._retries if action.startswith(MODULES_OF_AWS) else 0,
            }
        )
        self._retries = 0
        self._since = now
