# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release of OpenClaw needs: its Node and its memory. Pure. Private to the collection.

The catalog is C(__openclaw_releases) in C(roles/openclaw/vars/main/releases.yml), which says what its keys mean.
"""

from __future__ import annotations

import operator
import re
import typing as t

from .._openclaw.versions import OLDEST
from .._openclaw.versions import dots
from .problems import Problem
from .problems import problem

Values = t.Mapping[str, t.Any]
Number = tuple[int, ...]

RELEASE = re.compile(r"\d+\.\d+\.\d+")
# The tag of an image of OpenClaw, whose variants have a hyphen and a name.
TAG = re.compile(r"(20\d\d\.\d+\.\d+)(-.*)?")
COMPARATOR = re.compile(r"(>=|<)(\d+(?:\.\d+)*)")
COMPARE = {">=": operator.ge, "<": operator.lt}


def number(release: str) -> Number:
    """The numbers of a release, which can be compared."""
    return tuple(int(part) for part in release.split("."))


def is_in(release: str, node: str) -> bool:
    """Whether a release is in a range as npm writes it, of comparators that all hold and alternatives to them."""
    return any(
        all(COMPARE[sign](number(release), number(bound)) for sign, bound in COMPARATOR.findall(alternative))
        for alternative in node.split("||")
    )


def needs(release: str, catalog: Values) -> Values:
    """What a release needs, by the last entry that is not newer."""
    return [each for each in catalog["needs"] if number(each["since"]) <= number(release)][-1]


def node_version(values: Values, catalog: Values) -> str:
    """The Node to install on the setup host."""
    return values["openclaw_node_version"] or needs(values["openclaw_version"], catalog)["node_version"]


def memory_reservation(values: Values, catalog: Values) -> int:
    """The memory in MiB to reserve for the gateway."""
    return values["openclaw_task_memory_reservation"] or needs(values["openclaw_version"], catalog)["memory"]


def known_release(values: Values) -> Number | None:
    """The release that the configuration is written for, if there can be one."""
    release = values["openclaw_version"]
    if release is None or not RELEASE.fullmatch(release) or number(release) < OLDEST:
        return None
    return number(release)


def check_releases(values: Values, catalog: Values) -> t.Iterator[Problem]:
    """The release of OpenClaw, and the Node that it runs on."""
    release, node = values["openclaw_version"], values["openclaw_node_version"]
    if release is not None and not RELEASE.fullmatch(release):
        yield problem(
            f"{release!r} is not a release of OpenClaw.",
            f"openclaw_version: {release}",
            "The configuration is written for this release, and the setup host installs it to check the configuration.",
            "Set openclaw_version to the release that the image holds, like 2026.5.7.",
        )
    elif release is not None and number(release) < OLDEST:
        yield problem(
            f"OpenClaw {release} is too old.",
            f"openclaw_version: {release}",
            f"Settings have moved since then; what would be written is known for {dots(OLDEST)} and later.",
            "Set openclaw_image_tag to a later release.",
        )
    if node and not RELEASE.fullmatch(node):
        yield problem(
            f"{node!r} is not a release of Node.",
            f"openclaw_node_version: {node}",
            "The setup host installs exactly this release.",
            "Leave openclaw_node_version out, or write a number like 22.20.0.",
        )
    elif node and known_release(values) and not is_in(node, needs(release, catalog)["node"]):
        yield problem(
            f"OpenClaw {release} does not run on Node {node}.",
            f"openclaw_node_version: {node}",
            "The setup host runs OpenClaw with it, to check the configuration before it is put in place.",
            f"Leave openclaw_node_version out, or choose a release that is {needs(release, catalog)['node']}.",
        )
    yield from _check_tag(values)


def _check_tag(values: Values) -> t.Iterator[Problem]:
    tag = TAG.fullmatch(values["openclaw_image_tag"] or "")
    release = values["openclaw_version"]
    if tag and not values["openclaw_image_digest"] and known_release(values) and tag[1] != release:
        yield problem(
            f"The image is of OpenClaw {tag[1]}, the configuration would be one for {release}.",
            f"openclaw_image_tag: {tag[0]}, openclaw_version: {release}",
            "OpenClaw does not start with a setting that it does not know, and releases differ in what they know.",
            "Leave openclaw_version out: it follows the tag.",
        )


def doubt_release(values: Values, catalog: Values) -> t.Iterator[str]:
    """What is not wrong for sure about the release."""
    release = values["openclaw_version"]
    if number(release) > number(catalog["newest"]):
        yield (
            f"openclaw_version: {release} is newer than what is known here, {catalog['newest']} of"
            f" {catalog['listed_on']}. What it needs is taken to be the same."
        )
