"""The plugin with the provider of Amazon Bedrock, by one that stands for it, in real releases: `make test-config`.

The real one is not to be had from npm's registry (see test_releases.py). What is shown is that each release installs an
archive with what the module does, loads it in its gateway, and is as before when it is put back.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from ansible_collections.openclaw.ecs.plugins.module_utils._config.provider import provider_problem
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.versions import parse_version
from ansible_collections.openclaw.ecs.plugins.modules import openclaw_plugin
from local_aws import install
from tests.config.test_releases import newest
from tests.config.test_releases import node_version
from tests.provider_plugin import BREAKS
from tests.provider_plugin import pack

# One that bundles the provider, and those that don't on both sides of what has changed about plugins since then.
RELEASES = ("2026.5.7", "2026.5.12", "2026.7.1", "2026.8.1", "~2026.9.0")
CONFIG = {"plugins": {"entries": {"amazon-bedrock": {"enabled": True}}}}
SECONDS = 300


class Ended(Exception):
    """The module has ended, with this result."""


@dataclass
class Ground:
    """A release of OpenClaw, and a state directory of its own."""

    version: str
    places: install.Installed
    home: Path

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.home / "state"

    def environment(self, config: Path) -> dict[str, str]:
        """What OpenClaw finds; npm may fetch nothing."""
        return {
            "PATH": f"{self.node.parent}:{os.defpath}",
            "HOME": str(self.home),
            "OPENCLAW_STATE_DIR": str(self.state),
            "OPENCLAW_CONFIG_PATH": str(config),
            "npm_config_offline": "true",
            "npm_config_update_notifier": "false",
        }

    @property
    def node(self) -> Path:
        """Node in a folder as nodejs.org has it: OpenClaw runs the npm beside it, pip unpacks a broken copy."""
        folder, wheel = self.home / "node", self.places.node.parents[1]
        if not folder.exists():
            (folder / "bin").mkdir(parents=True)
            shutil.copy(self.places.node, folder / "bin" / "node")
            (folder / "lib").symlink_to(wheel / "lib")
            (folder / "bin" / "npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
        return folder / "bin" / "node"

    @property
    def openclaw(self) -> list[str]:
        """The command."""
        return [str(self.node), str(self.places.openclaw / "openclaw.mjs")]

    def ask(self) -> str:
        """What stands in the way of the provider, by what the release says with the gateway's configuration."""
        words = ["plugins", "inspect", "amazon-bedrock", "--runtime", "--json"]
        done = subprocess.run(
            [*self.openclaw, *words],
            env=self.environment(self.state / "openclaw.json"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return provider_problem({"rc": done.returncode, "stdout": done.stdout}, "amazon-bedrock")

    def run(self, monkeypatch: pytest.MonkeyPatch, **params: Any) -> dict[str, Any]:
        """The module's result."""
        result: dict[str, Any] = {}

        def end(_module: AnsibleModule, **given: Any) -> None:
            result.update(given)
            raise Ended

        variables = [
            f"{name}={value}" for name, value in self.environment(self.home / "thrown-away" / "openclaw.json").items()
        ]
        arguments = {
            "id": "amazon-bedrock",
            "state_dir": str(self.state),
            "openclaw_version": self.version,
            "command": shlex.join(["env", "--ignore-environment", *variables, *self.openclaw]),
            "owner": os.getuid(),
            "group": os.getgid(),
            **params,
        }
        monkeypatch.setattr(AnsibleModule, "exit_json", end)
        monkeypatch.setattr(AnsibleModule, "fail_json", lambda module, **given: end(module, failed=True, **given))
        with patch_module_args(arguments), pytest.raises(Ended):
            openclaw_plugin.main()
        return result

    def install(self, monkeypatch: pytest.MonkeyPatch, version: str, **options: Any) -> dict[str, Any]:
        """The result of installing a version of the plugin from an archive."""
        path = self.home / f"plugin-{version}.tgz"
        path.write_bytes(pack(version, **options))
        return self.run(monkeypatch, source=str(path), archive=str(path))


@pytest.fixture(params=RELEASES)
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    """A release, fetched if it is not there yet, with a configuration that somebody has written."""
    version = newest(request.param) if request.param.startswith("~") else request.param
    if version == install.openclaw_version():
        places = install.install()
    else:
        places = install.install_release(version, node_version(parse_version(version)))
    made = Ground(version, places, tmp_path)
    made.state.mkdir(mode=0o700)
    (made.state / "openclaw.json").write_text(json.dumps(CONFIG))
    return made


def test_it_is_installed_loaded_replaced_and_put_back(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = ground.version == "2026.5.7"
    assert bool(ground.ask()) is not bundled
    first = ground.install(monkeypatch, "1.0.0")
    assert (first["changed"], first["installed"]["version"]) == (True, "1.0.0"), first
    assert ground.ask() == ""
    assert not ground.install(monkeypatch, "1.0.0")["changed"]
    second = ground.install(monkeypatch, "2.0.0", register=BREAKS)
    assert second["installed"]["version"] == "2.0.0", second
    assert "this one is broken" in ground.ask()
    assert ground.run(monkeypatch, state="restored")["installed"]["version"] == "1.0.0"
    assert ground.ask() == ""
    config = json.loads((ground.state / "openclaw.json").read_text())
    assert config["plugins"] == CONFIG["plugins"]


def test_what_it_can_t_install_leaves_it_as_it_was(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_more = {"package.json": json.dumps({"name": "x", "version": "1.0.0"})}
    result = ground.install(monkeypatch, "1.0.0", **needs_more)
    assert "The plugin is as it was before." in result["msg"]
    assert bool(ground.ask()) is (ground.version != "2026.5.7")
