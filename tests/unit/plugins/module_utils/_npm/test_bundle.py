# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._npm import bundle

GIB = 1024**3


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("openclaw", "openclaw-1.2.3-linux-arm64.tar.gz"),
        ("@openclaw/provider", "openclaw-provider-1.2.3-linux-arm64.tar.gz"),
    ],
)
def test_the_name_tells_package_version_and_processor(package, name):
    assert bundle.file_name(package, "1.2.3", "arm64") == name


def test_npm_installs_for_the_other_machine_and_runs_no_script():
    params = {"package": "openclaw", "version": "1.2.3", "cpu": "arm64", "registry": "https://npm.example"}
    command = bundle.install_command("/usr/bin/npm", "/tmp/prefix", params)
    assert command[:3] == ["/usr/bin/npm", "install", "--global"]
    assert command[-1] == "openclaw@1.2.3"
    assert {
        "--prefix=/tmp/prefix",
        "--registry=https://npm.example",
        "--os=linux",
        "--cpu=arm64",
        "--libc=glibc",
        "--ignore-scripts",
    } <= set(command)


def folder(**changes):
    return {"nearest": "/srv/me", "is_folder": True, "writable": True, "free_bytes": 2 * GIB, **changes}


@pytest.mark.parametrize("free", [GIB, 50 * GIB])
def test_a_folder_that_can_be_written_to_and_has_room_is_no_problem(free):
    assert bundle.folder_problems("/srv/me/.cache", folder(free_bytes=free)) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"is_folder": False, "writable": False, "free_bytes": 0}, "/srv/me is not a folder"),
        ({"writable": False}, "/srv/me can't be written to"),
        ({"free_bytes": GIB - 1}, "/srv/me has 1023 MiB left, and 1024 are needed"),
    ],
)
def test_a_folder_that_will_not_do_is_told_with_its_variable(changes, what):
    (found,) = bundle.folder_problems("/srv/me/.cache", folder(**changes))
    assert found["what"] == what
    assert found["where"] == "openclaw_setup_artifacts_folder: /srv/me/.cache"
    assert "openclaw_setup_artifacts_folder" in found["fix"]
