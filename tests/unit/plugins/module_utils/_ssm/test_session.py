# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the way of a session: preferences of the account, and the plugin."""

from __future__ import annotations

import json
import shlex

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._ssm import session

REGION = "eu-central-1"


def document(document_type="Session", session_type="Standard_Stream", **inputs):
    content = {"schemaVersion": "1.0", "sessionType": session_type, "inputs": inputs}
    return {"DocumentType": document_type, "Content": json.dumps(content)}


def problems(found, name=session.DEFAULT_DOCUMENT):
    return session.document_problems(name, found, REGION)


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"kmsKeyId": "", "s3BucketName": "", "cloudWatchLogGroupName": ""},
        # AWS's console writes these two also where nothing is logged.
        {"s3EncryptionEnabled": True, "cloudWatchEncryptionEnabled": True, "cloudWatchStreamingEnabled": True},
        {"runAsEnabled": False, "runAsDefaultUser": "somebody"},
        {"shellProfile": {"linux": "", "windows": "date"}},
        {"shellProfile": {"linux": " \n"}},
        {"shellProfile": None},
        {"idleSessionTimeout": "20", "maxSessionDuration": ""},
        {"idleSessionTimeout": "15", "maxSessionDuration": "15"},
        {"maxSessionDuration": "{{ minutes }}"},
        session.OWN_DOCUMENT["inputs"],
    ],
)
def test_preferences_that_are_no_obstacle(inputs):
    assert problems(document(**inputs)) == []


@pytest.mark.parametrize(
    ("inputs", "setting", "why"),
    [
        ({"kmsKeyId": "alias/sessions"}, "kmsKeyId", "kms:Decrypt"),
        ({"s3BucketName": "logs", "s3EncryptionEnabled": False}, "s3BucketName", "each session ends late"),
        ({"s3BucketName": "logs", "s3EncryptionEnabled": True}, "s3BucketName", "the session is refused"),
        ({"cloudWatchLogGroupName": "/sessions"}, "cloudWatchLogGroupName", "hangs while it is opened"),
        ({"runAsEnabled": True, "runAsDefaultUser": "admin"}, "runAsEnabled", "SSMSessionRunAs"),
        ({"runAsEnabled": "true"}, "runAsEnabled", "SSMSessionRunAs"),
        ({"shellProfile": {"linux": "exec bash"}}, "shellProfile.linux", "at the beginning of each session"),
        ({"idleSessionTimeout": "14"}, "idleSessionTimeout", "without input"),
        ({"maxSessionDuration": "1"}, "maxSessionDuration", "after that many minutes"),
    ],
)
def test_a_preference_that_breaks_a_session_is_told_with_both_remedies(inputs, setting, why):
    (found,) = problems(document(**inputs))
    assert found["what"].startswith(f"Session Manager's {setting} is set to ")
    assert found["where"] == "Systems Manager in eu-central-1, document SSM-SessionManagerRunShell"
    assert why in found["why"]
    assert setting in found["fix"]
    assert session.own_document_command(REGION) in found["fix"]
    assert found["fix"].endswith("openclaw_session_document: openclaw-session")


def test_all_obstacles_are_told_at_once_and_with_what_they_are_set_to():
    found = problems(document(kmsKeyId="alias/k", runAsEnabled=True, shellProfile={"linux": "cd /tmp"}))
    assert [each["what"] for each in found] == [
        "Session Manager's kmsKeyId is set to alias/k",
        "Session Manager's runAsEnabled is set to True",
        "Session Manager's shellProfile.linux is set to cd /tmp",
    ]


def test_the_command_for_a_document_of_ones_own_makes_one_without_obstacles():
    words = shlex.split(session.own_document_command(REGION))
    content = words[words.index("--content") + 1]
    assert json.loads(content) == session.OWN_DOCUMENT
    assert problems({"DocumentType": words[words.index("--document-type") + 1], "Content": content}) == []


@pytest.mark.parametrize(("name", "what"), [(session.DEFAULT_DOCUMENT, []), ("mine", ["There is no document mine"])])
def test_only_the_document_of_the_account_may_be_missing(name, what):
    assert [each["what"] for each in problems(None, name)] == what
    assert session.preferences(None) is None


@pytest.mark.parametrize(
    "found",
    [
        document(session_type="Port"),
        document(session_type="InteractiveCommands"),
        {"DocumentType": "Command", "Content": json.dumps({"schemaVersion": "2.2", "mainSteps": []})},
    ],
)
def test_a_document_that_opens_no_shell_is_refused(found):
    (told,) = problems(found, "mine")
    assert found["DocumentType"] in told["what"]
    assert "Name another document in openclaw_session_document" in told["fix"]


def test_a_document_without_inputs_has_no_preferences():
    assert session.preferences({"Content": '{"sessionType": "Standard_Stream"}'}) == {}


@pytest.mark.parametrize(
    ("system", "machine", "command"),
    [
        ("debian", "x86_64", "ubuntu_64bit/session-manager-plugin.deb && sudo dpkg -i session-manager-plugin.deb ; "),
        ("debian", "aarch64", "ubuntu_arm64/session-manager-plugin.deb && sudo dpkg -i session-manager-plugin.deb ; "),
        ("rpm", "x86_64", "sudo dnf install -y https://"),
        ("rpm", "aarch64", "linux_arm64/session-manager-plugin.rpm ; "),
        ("macos", "arm64", "mac_arm64/session-manager-plugin.pkg && sudo installer"),
        ("macos", "x86_64", "latest/mac/session-manager-plugin.pkg"),
    ],
)
def test_how_to_get_the_plugin(system, machine, command):
    hint = session.install_hint(system, machine)
    assert command in hint
    assert hint.endswith(session.PLUGIN_PAGE)


def test_an_unknown_machine_gets_the_page_alone():
    assert session.install_hint("rpm", "riscv64") == f"Install it: {session.PLUGIN_PAGE}"
