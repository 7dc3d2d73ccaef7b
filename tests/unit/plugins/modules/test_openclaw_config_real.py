"""OpenClaw itself accepts what the module writes, and says what it does not like."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from local_aws import install
from tests.unit.plugins.modules.config_ground import everything
from tests.unit.plugins.modules.config_ground import run

THEIRS = """// written by hand
{
  session: {$include: "./session.json5"},
  channels: {whatsapp: {allowFrom: ["+15555550123"]}},
}
"""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> str:
    """`openclaw config validate` of the pinned version, in a home of its own."""
    places = install.install()
    home = tmp_path_factory.mktemp("home")
    words = [
        *("env", f"HOME={home}", f"OPENCLAW_STATE_DIR={home}", "TELEGRAM_BOT_TOKEN=1:a", f"PATH={os.defpath}"),
        *("OPENCLAW_CONFIG_PATH=%s", str(places.node), str(places.openclaw / "openclaw.mjs"), "config", "validate"),
    ]
    return shlex.join(words)


def test_openclaw_accepts_all_that_can_be_asked_for(tmp_path: Path, command: str) -> None:
    path = tmp_path / "openclaw.json"
    result = run(path, validate=command, **everything(install.openclaw_version()))
    assert "failed" not in result, result["msg"]
    assert path.exists()


def test_openclaw_s_own_words_are_passed_on(tmp_path: Path, command: str) -> None:
    path = tmp_path / "openclaw.json"
    result = run(path, validate=command, overrides={"gatway": {"port": 1}})
    assert result["failed"]
    assert f"Config invalid at {path}" in result["msg"]
    assert 'Unrecognized key: "gatway"' in result["msg"]
    assert not path.exists()


@pytest.mark.parametrize(
    ("given", "accepted"), [({}, True), ({"overrides": {"channels": {"whatsapp": {"dmPolicy": 5}}}}, False)]
)
def test_what_is_included_is_found(tmp_path: Path, command: str, given: dict[str, Any], accepted: bool) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text(THEIRS)
    (tmp_path / "session.json5").write_text("{dmScope: 'main'}")
    result = run(path, validate=command, **given)
    assert ("failed" not in result) is accepted
    assert (path.read_text() == THEIRS) is not accepted
    assert '"$include": "./session.json5"' in path.read_text() or not accepted
