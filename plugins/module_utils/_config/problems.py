# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems as data, and the one message that tells them all. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

Problem = dict[str, str]


def problem(what: str, where: str, why: str, fix: str) -> Problem:
    """What was found, where, why it matters and what to do about it."""
    return {"what": what, "where": where, "why": why, "fix": fix}


def report(problems: t.Sequence[Problem]) -> str:
    """All problems in one message for a person."""
    count = "one thing is" if len(problems) == 1 else f"{len(problems)} things are"
    parts = [f"Nothing was created or changed, because {count} wrong:"]
    for number, each in enumerate(problems, start=1):
        parts.append(
            f"{number}. {each['what']}\n   where: {each['where']}\n   why:   {each['why']}\n   mend:  {each['fix']}"
        )
    return "\n\n".join(parts)
