# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plugin with the provider, by one that stands for it: installed, asked for in the gateway, and put back."""

from __future__ import annotations

import json

import pytest

from tests import provider_plugin


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """A function that packs a plugin, and gives the variables that name it."""
    folder = tmp_path_factory.mktemp("plugins")

    def make(version, **options):
        archive = provider_plugin.pack(version, **options)
        path = folder / f"plugin-{version}.tgz"
        path.write_bytes(archive)
        return {"bedrock_plugin_source": str(path), "bedrock_plugin_checksum": provider_plugin.sha256(archive)}

    return make


@pytest.fixture(scope="module")
def plugin(journey, archives):
    """A deployment, and the variables that name the first version of a plugin."""
    journey.deploy()
    return archives("1.0.0")


@pytest.fixture(scope="module")
def installed(journey, plugin):
    """A gateway that runs with the first version of the plugin; the variables that name this."""
    run = journey.onboard(**plugin)
    assert "loaded by the gateway" in run.output
    return plugin


def test_another_file_than_the_checksum_s_is_refused_before_anything_is_made(journey, plugin):
    run = journey.playbook("onboard", **{**plugin, "bedrock_plugin_checksum": "sha256:" + "0" * 64})
    assert run.code != 0
    assert run.message.startswith("Nothing was created or changed, because")
    assert "0" * 64 in run.message
    assert run.changing_calls == []


def plugin_of(journey):
    """The version that is written down, and the one whose files are there."""
    folder = journey.config_file.parent
    record = json.loads((folder / "openclaw-plugin-amazon-bedrock.json").read_text())
    place = folder / record["now"]["place"].removeprefix("/data/.openclaw/")
    return record["now"]["version"], json.loads((place / "package.json").read_text())["version"]


@pytest.mark.long
def test_it_is_installed_once(journey, installed):
    task, config = journey.healthy_task()["taskArn"], journey.config_bytes()
    assert plugin_of(journey) == ("1.0.0", "1.0.0")
    run = journey.onboard(**installed)
    assert "configuration unchanged" in run.output
    assert journey.healthy_task()["taskArn"] == task
    assert journey.config_bytes() == config


@pytest.mark.long
def test_one_that_does_not_load_is_told_with_the_gateway_s_words_and_put_back(journey, installed, archives):
    config = journey.config_bytes()
    broken = archives("2.0.0", register=provider_plugin.BREAKS)
    run = journey.playbook("onboard", **broken)
    assert run.code != 0
    assert "has not loaded the provider amazon-bedrock" in run.message
    assert "this one is broken" in run.message
    assert "The plugin with the provider was put back as it was." in run.message
    assert plugin_of(journey) == ("1.0.0", "1.0.0")
    assert journey.config_bytes() == config
    assert journey.healthy_task()
    assert journey.setup_leftovers() == []
