# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the way of a session: the plugin of this machine, the document that it is opened with.

Pure. Private to the collection.
"""

from __future__ import annotations

import json
import typing as t

from .._config.problems import Problem
from .._config.problems import problem
from .._controller.programs import Program

Facts = t.Mapping[str, t.Any]

# "The current minimum supported version", read in 2026-11:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/plugin-version-history.html
PLUGIN = Program(
    name="session-manager-plugin",
    variable="openclaw_session_manager_plugin",
    why="Ansible reaches the setup host through Session Manager, and its connection starts this program of AWS.",
    minimum="1.2.764.0",
)
PLUGIN_PAGE = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
)
# Where AWS has the plugin for a system and a machine, below DOWNLOADS: the pages install-plugin-* below PLUGIN_PAGE.
DOWNLOADS = "https://s3.amazonaws.com/session-manager-downloads/plugin/latest"
PACKAGES = {
    ("macos", "x86_64"): "mac/session-manager-plugin.pkg",
    ("macos", "arm64"): "mac_arm64/session-manager-plugin.pkg",
    ("debian", "x86_64"): "ubuntu_64bit/session-manager-plugin.deb",
    ("debian", "aarch64"): "ubuntu_arm64/session-manager-plugin.deb",
    ("rpm", "x86_64"): "linux_64bit/session-manager-plugin.rpm",
    ("rpm", "aarch64"): "linux_arm64/session-manager-plugin.rpm",
}
INSTALL = {
    "macos": "curl -O {url} && sudo installer -pkg session-manager-plugin.pkg -target / && sudo ln -sf"
    " /usr/local/sessionmanagerplugin/bin/session-manager-plugin /usr/local/bin/session-manager-plugin",
    "debian": "curl -O {url} && sudo dpkg -i session-manager-plugin.deb",
    "rpm": "sudo dnf install -y {url}",
}

DEFAULT_DOCUMENT = "SSM-SessionManagerRunShell"
# Each task of Ansible is a session of its own. The longest installs OpenClaw, and says nothing meanwhile.
SHORTEST_MINUTES = 15
# Settings that are no obstacle, those that the schema requires among them:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
OWN_DOCUMENT = {
    "schemaVersion": "1.0",
    "description": "Sessions of Ansible",
    "sessionType": "Standard_Stream",
    "inputs": {
        "s3EncryptionEnabled": True,
        "cloudWatchEncryptionEnabled": True,
        "cloudWatchStreamingEnabled": False,
        "kmsKeyId": "",
        "runAsEnabled": False,
        "runAsDefaultUser": "",
        "idleSessionTimeout": "20",
    },
}


def _is_set(value: t.Any) -> bool:
    return bool(str(value or "").strip())


def _is_on(value: t.Any) -> bool:
    return str(value).lower() == "true"


def _is_short(value: t.Any) -> bool:
    return str(value).isdigit() and int(value) < SHORTEST_MINUTES


class Obstacle(t.NamedTuple):
    """A setting of a session document, when and why a session of Ansible fails with it, and how to change it."""

    setting: str
    breaks: t.Callable[[t.Any], bool]
    why: str
    change: str


# Sources, read in 2026-11: the pages session-preferences-* below
# https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started.html, and
# https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html;
# https://github.com/aws/amazon-ssm-agent/issues/212, /246 and /639 for what happens without the permissions;
# https://github.com/ansible-collections/amazon.aws/issues/2647
OBSTACLES = (
    Obstacle(
        "kmsKeyId",
        _is_set,
        "The session is encrypted with this key. The setup host's role would have to be allowed kms:Decrypt on it, and"
        " you kms:GenerateDataKey; without both the session breaks off while it is opened.",
        "empty kmsKeyId",
    ),
    Obstacle(
        "s3BucketName",
        _is_set,
        "The setup host would have to write a log of each session to this bucket, and its role is not allowed to."
        " With s3EncryptionEnabled the session is refused, since it can't look at the bucket's encryption; otherwise"
        " each session ends late and its log is lost.",
        "empty s3BucketName",
    ),
    Obstacle(
        "cloudWatchLogGroupName",
        _is_set,
        "The setup host would have to write a log of each session to this log group, and its role is not allowed to."
        " With cloudWatchEncryptionEnabled the session is refused, since it can't look at the group's encryption;"
        " otherwise it hangs while it is opened.",
        "empty cloudWatchLogGroupName",
    ),
    Obstacle(
        "runAsEnabled",
        _is_on,
        "The session runs as a user of the operating system that runAsDefaultUser or your tag SSMSessionRunAs names,"
        " and is refused where there is no such user. On the setup host only ssm-user is sure to exist and to be"
        " allowed sudo.",
        "set runAsEnabled to false",
    ),
    Obstacle(
        "shellProfile.linux",
        _is_set,
        "These commands run at the beginning of each session. What they print, another shell, user or folder gets"
        " between Ansible and the commands that it sends.",
        "empty shellProfile.linux",
    ),
    Obstacle(
        "idleSessionTimeout",
        _is_short,
        "The session is ended after that many minutes without input. The installation of OpenClaw takes minutes, in"
        " which nothing is typed.",
        f"set idleSessionTimeout to at least {SHORTEST_MINUTES} minutes",
    ),
    Obstacle(
        "maxSessionDuration",
        _is_short,
        "The session is ended after that many minutes. The installation of OpenClaw may take longer.",
        f"set maxSessionDuration to at least {SHORTEST_MINUTES} minutes, or empty it",
    ),
)


def _value(inputs: Facts, setting: str) -> t.Any:
    value: t.Any = inputs
    for key in setting.split("."):
        value = (value or {}).get(key)
    return value


def own_document_command(region: str) -> str:
    """The command that makes a session document with which Ansible gets on."""
    content = json.dumps(OWN_DOCUMENT, separators=(",", ":"))
    return (
        f"aws ssm create-document --region {region} --name openclaw-session --document-type Session"
        f" --content '{content}'"
    )


def _with_own_document(change: str, region: str) -> str:
    return (
        f"{change}, or leave it as it is and use a document of your own for these sessions:"
        f" {own_document_command(region)} and openclaw_session_document: openclaw-session"
    )


def preferences(document: Facts | None) -> dict[str, t.Any] | None:
    """The settings in a document as AWS answers with it; nothing if there is no document."""
    return (json.loads(document["Content"]).get("inputs") or {}) if document else None


def document_problems(name: str, document: Facts | None, region: str) -> list[Problem]:
    """What of a session document stands in the way. An account without the default document has AWS's defaults."""
    where = f"Systems Manager in {region}, document {name}"
    if document is None:
        return [] if name == DEFAULT_DOCUMENT else [_missing_document(name, where, region)]
    session_type = json.loads(document["Content"]).get("sessionType")
    if document["DocumentType"] != "Session" or session_type != "Standard_Stream":
        return [
            problem(
                f"Document {name} is of type {document['DocumentType']}, sessionType {session_type or 'none'}",
                where,
                "Only a document of type Session with sessionType Standard_Stream opens a shell.",
                _with_own_document("Name another document in openclaw_session_document", region),
            )
        ]
    inputs = preferences(document) or {}
    return [
        problem(
            f"Session Manager's {obstacle.setting} is set to {_value(inputs, obstacle.setting)}",
            where,
            obstacle.why,
            _with_own_document(f"In the preferences of Session Manager {obstacle.change}", region),
        )
        for obstacle in OBSTACLES
        if obstacle.breaks(_value(inputs, obstacle.setting))
    ]


def _missing_document(name: str, where: str, region: str) -> Problem:
    return problem(
        f"There is no document {name}",
        where,
        "Sessions are opened with the document that openclaw_session_document names.",
        _with_own_document("Correct openclaw_session_document, or empty it to use the account's preferences", region),
    )


def reading_problem(name: str, region: str, words: str) -> Problem:
    """That the document can't be looked at, in AWS's words."""
    return problem(
        f"You are not allowed ssm:GetDocument on {name}",
        f"IAM, region {region}",
        f"Preferences that would break a session can't be seen before a host is paid for. ({words})",
        "Allow ssm:GetDocument; docs/permissions.md lists all that is needed.",
    )


def install_hint(system: str, machine: str) -> str:
    """What to do to get the plugin: the command where it is known, and AWS's page."""
    package = PACKAGES.get((system, machine))
    command = f"{INSTALL[system].format(url=f'{DOWNLOADS}/{package}')} ; " if package else ""
    return f"Install it: {command}{PLUGIN_PAGE}"
