"""What the module writes, read by releases of OpenClaw from npm: `make test-config`.

Each of them accepts the file, starts with it and answers, and what it has made of the file is fine with the module;
where its provider can be had, an agent's turn reaches Bedrock, too.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.versions import parse_version
from local_aws import install
from tests.conftest import LocalAws
from tests.conftest import free_port
from tests.unit.plugins.modules.config_ground import MODEL
from tests.unit.plugins.modules.config_ground import everything
from tests.unit.plugins.modules.config_ground import run

# From the first that the module writes for, on both sides of most borders in its table of versions, to the newest.
RELEASES = (
    *("2026.3.24", "2026.3.31", "2026.4.26", "2026.4.29", "2026.5.7", "2026.5.12", "2026.6.11", "2026.7.1"),
    *("2026.8.1", "~2026.9.0"),
)
# Releases whose gateway does not answer, as npm installs it.
BROKEN = {
    "2026.3.31": "@aws-sdk/client-bedrock is missing from its package, and /healthz answers 500 without Bedrock, too"
}
TOO_OLD = ("2026.2.26", "2026.3.13")
# What the releases ask for (npm view openclaw@VERSION engines), as far as PyPI has it; 2026-11-22.
NODES = {(0,): install.NODE_VERSION, (2026, 7): "24.19.0"}
PROVIDER = "@openclaw/amazon-bedrock-provider"
ABOUT_BEDROCK = ("fallback_models", "image_model", "models", "discovery", "guardrail", "service_tier", "memory_search")
# Some releases have npm fetch packages for their plugins before they answer, and more with the first turn.
SECONDS = 600


def node_version(version: tuple[int, ...]) -> str:
    """The Node that a release runs on."""
    return [node for since, node in NODES.items() if since <= version][-1]


@dataclass
class Release:
    """A release of OpenClaw in a home of its own."""

    version: str
    places: install.Installed
    home: Path
    environment: dict[str, str]

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.home / "openclaw.json"

    @property
    def bundles_the_provider(self) -> bool:
        """Whether Bedrock's provider comes with it."""
        return (self.places.openclaw / "dist" / "extensions" / "amazon-bedrock").is_dir()

    def words(self, *words: str) -> list[str]:
        """The command line of one of its commands."""
        return [str(self.places.node), str(self.places.openclaw / "openclaw.mjs"), *words]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in its environment."""
        return subprocess.run(
            command, env=self.environment, cwd=self.home, capture_output=True, text=True, timeout=SECONDS
        )

    def configure(self, endpoint: str, guardrail: str, with_bedrock: bool = True) -> dict[str, Any]:
        """Run the module with every option that there is for it; gives the result."""
        options = everything(self.version)
        if "guardrail" in options:
            options["guardrail"] = {**options["guardrail"], "identifier": guardrail, "version": "DRAFT"}
        if not with_bedrock:
            options = {name: value for name, value in options.items() if name not in ABOUT_BEDROCK}
            options["primary_model"] = None
        validate = shlex.join(["env", "OPENCLAW_CONFIG_PATH=%s", *self.words("config", "validate")])
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return run(self.config, validate=validate, base_url=endpoint, **options)

    @contextmanager
    def gateway(self) -> Iterator[str]:
        """A gateway that answers; its address. Raises Ended with what it said, if it ends by itself."""
        port = self.environment["OPENCLAW_GATEWAY_PORT"]
        log = self.home / "gateway.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                self.words("gateway", "--port", port),
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            end = time.monotonic() + SECONDS
            while not is_live(f"http://127.0.0.1:{port}"):
                if process.poll() is not None or time.monotonic() > end:
                    raise Ended("\n".join(log.read_text(errors="replace").splitlines()[-30:]))
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Ended(Exception):
    """A gateway has ended, or does not answer."""


@dataclass
class Running:
    """A gateway that was started: where it answers, and whether it took the file with all that is about Bedrock."""

    address: str
    with_bedrock: bool


def environment(home: Path, places: install.Installed, aws: LocalAws) -> dict[str, str]:
    """What a gateway finds in its environment, and where npm finds its settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OPENCLAW_"))}
    return {
        **kept,
        "PATH": f"{places.node.parent}{os.pathsep}{kept['PATH']}",
        "HOME": str(home),
        "NPM_CONFIG_USERCONFIG": kept.get("NPM_CONFIG_USERCONFIG", str(Path.home() / ".npmrc")),
        "OPENCLAW_STATE_DIR": str(home),
        "OPENCLAW_CONFIG_PATH": str(home / "openclaw.json"),
        "OPENCLAW_GATEWAY_TOKEN": "a-token-for-the-test",
        "OPENCLAW_GATEWAY_PORT": str(free_port()),
        "TELEGRAM_BOT_TOKEN": "1:a",
        "DISCORD_TOKEN": "a",
        # HTTP/2 without TLS is not how the local AWS is called, and the first releases don't look at base_url.
        "AWS_BEDROCK_FORCE_HTTP1": "1",
        "AWS_ENDPOINT_URL": aws.endpoint,
        **{name: aws.env[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")},
    }


def newest(spec: str) -> str:
    """The newest version that a range of npm's stands for."""
    npm = install.install().npm
    found = json.loads(subprocess.check_output([*npm, "view", f"openclaw@{spec}", "version", "--json"], text=True))
    return max([found] if isinstance(found, str) else found, key=parse_version)


@pytest.fixture(scope="module", params=RELEASES)
def release(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, local_aws_process: LocalAws
) -> Release:
    """A release, fetched if it is not there yet."""
    version = newest(request.param) if request.param.startswith("~") else request.param
    if version == install.openclaw_version():
        places = install.install()
    else:
        places = install.install_release(version, node_version(parse_version(version)))
    home = tmp_path_factory.mktemp("home")
    return Release(version, places, home, environment(home, places, local_aws_process))


@pytest.fixture(scope="module")
def guardrail(local_aws_process: LocalAws) -> str:
    """A guardrail that every call passes."""
    made = local_aws_process.client("bedrock").create_guardrail(
        name="all-passes", blockedInputMessaging="no", blockedOutputsMessaging="no"
    )
    return made["guardrailId"]


@pytest.fixture(scope="module")
def written(release: Release, local_aws_process: LocalAws, guardrail: str) -> dict[str, Any]:
    """The result of the module's first run, for which the release's own judgement counts."""
    return release.configure(local_aws_process.endpoint, guardrail)


@pytest.fixture(scope="module")
def provider(release: Release, written: dict[str, Any]) -> str | None:
    """Why the release can't have Bedrock's provider; None if it has it."""
    package = f"{PROVIDER}@{release.version}"
    if release.bundles_the_provider:
        return None
    asked = release.run(*release.places.npm, "view", package, "version")
    if asked.returncode:
        return f"{release.version} does not bundle the provider, and npm has no {package}: {told(asked.stderr)}"
    installed = release.run(*release.words("plugins", "install", package))
    assert not installed.returncode, installed.stderr
    return None


def told(text: str) -> str:
    """What npm says of a failure, in one line."""
    lines = [line.removeprefix("npm error ").strip() for line in text.splitlines() if line.startswith("npm error ")]
    return "; ".join(dict.fromkeys(line for line in lines if line.count(" ") and not line.startswith("code ")))[:250]


@pytest.fixture(scope="module")
def gateway(release: Release, provider: str | None, local_aws_process: LocalAws, guardrail: str) -> Iterator[Running]:
    """A gateway of the release, started with the file; without Bedrock, if it needs a provider that can't be had."""
    if release.version in BROKEN:
        pytest.skip(f"the gateway of {release.version} is broken: {BROKEN[release.version]}")
    with ExitStack() as stack:
        try:
            running = Running(stack.enter_context(release.gateway()), with_bedrock=True)
        except Ended as ended:
            if not provider or PROVIDER not in str(ended):
                raise
            release.configure(local_aws_process.endpoint, guardrail, with_bedrock=False)
            running = Running(stack.enter_context(release.gateway()), with_bedrock=False)
        yield running


def is_live(address: str) -> bool:
    """Whether a gateway says of itself that it is."""
    try:
        with urlopen(f"{address}/healthz", timeout=60) as answer:
            return json.load(answer) == {"ok": True, "status": "live"}
    except (OSError, ValueError):
        return False


def test_it_accepts_what_is_written(release: Release, written: dict[str, Any]) -> None:
    assert "failed" not in written, written["msg"]
    validated = release.run(*release.words("config", "validate"))
    assert not validated.returncode, validated.stdout + validated.stderr


def test_it_starts_with_what_is_written(gateway: Running, provider: str | None) -> None:
    if not gateway.with_bedrock:
        pytest.skip(f"it starts without Bedrock only: {provider}")
    assert is_live(gateway.address)


def test_it_answers(gateway: Running) -> None:
    assert is_live(gateway.address)


def test_what_it_has_made_of_the_file_needs_no_change(
    release: Release, gateway: Running, local_aws_process: LocalAws, guardrail: str
) -> None:
    again = release.configure(local_aws_process.endpoint, guardrail, gateway.with_bedrock)
    assert "failed" not in again, again["msg"]
    assert again["changed_paths"] == []


def test_a_turn_reaches_bedrock(
    release: Release, gateway: Running, provider: str | None, local_aws_process: LocalAws
) -> None:
    if provider:
        pytest.skip(provider)
    since = local_aws_process.control("GET", "log?since=0")["next"]
    answered = release.run(*release.words("agent", "--agent", "main", "--message", "Hello", "--json"))
    assert not answered.returncode, answered.stderr
    calls = [call for call in local_aws_process.log(since) if call["service"].startswith("bedrock")]
    assert (MODEL, 200) in [(call.get("resource"), call["status"]) for call in calls], calls


@pytest.mark.parametrize("version", TOO_OLD)
def test_the_module_does_not_write_for_what_is_too_old(tmp_path: Path, version: str) -> None:
    result = run(tmp_path / "openclaw.json", openclaw_version=version)
    assert "is too old" in result["msg"]
    try:
        install.install_release(version, install.NODE_VERSION)
    except install.InstallFailed as failure:
        pytest.skip(f"refused by the module, and {version} can't be installed here: {told(str(failure))}")
