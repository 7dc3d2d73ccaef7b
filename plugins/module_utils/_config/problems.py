# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems as data, and the one message that tells them all. Pure. Private to the collection."""

from __future__ import annotations

import typing as t

Problem = dict[str, str]
Finding = dict[str, str]


def problem(what: str, where: str, why: str, fix: str) -> Problem:
    """What was found, where, why it matters and what to do about it."""
    return {"what": what, "where": where, "why": why, "fix": fix}


def finding(status: str, said: Problem) -> Finding:
    """What was looked at, and how it is: C(problem), C(not known), C(note) or C(ok)."""
    return {"status": status, **said}


def findings(problems: t.Sequence[Problem], others: t.Sequence[Finding]) -> list[Finding]:
    """All that was found, in one list: first what is wrong, then what is not known, at last what is right."""
    order = ("problem", "not known", "note", "ok")
    found = [*(finding("problem", each) for each in problems), *others]
    return sorted(found, key=lambda each: order.index(each["status"]))


def finding_lines(found: t.Sequence[Finding]) -> list[str]:
    """One line for each finding, with its remedy."""
    lines = []
    for each in found:
        remedy = f" {each['why']} Mend: {each['fix']}" if each["status"] != "ok" else ""
        lines.append(f"{each['status']:10} {each['what']} [{each['where']}]{remedy}")
    return lines


def doubt(found: Finding) -> str:
    """A finding that is not known, as a warning."""
    return f"Not known: {found['what']} ({found['where']}). {found['why']} {found['fix']}"


def report(problems: t.Sequence[Problem]) -> str:
    """All problems in one message for a person."""
    count = "one thing is" if len(problems) == 1 else f"{len(problems)} things are"
    parts = [f"Nothing was created or changed, because {count} wrong:"]
    for number, each in enumerate(problems, start=1):
        parts.append(
            f"{number}. {each['what']}\n   where: {each['where']}\n   why:   {each['why']}\n   mend:  {each['fix']}"
        )
    return "\n\n".join(parts)
