"""The files of this internet: Node as nodejs.org packs it, and the npm packages of OpenClaw's lock file.

They are made once from what `local_aws.install` has fetched, and kept beside it in the repository's .cache.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import platform
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The names that nodejs.org has for machines: https://nodejs.org/dist/latest-v22.x/
MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
LINKS = {"npm": "npm-cli.js", "npx": "npx-cli.js"}
CHECKSUMS = "SHASUMS256.txt"
# What a lock file says of a package's place in the tree, and the registry doesn't.
NOT_SAID = ("integrity", "resolved", "dev", "optional", "peer", "devOptional")


@dataclass(frozen=True)
class Store:
    """Where the files are."""

    directory: Path

    @property
    def dist(self) -> Path:
        """What is below nodejs.org/dist."""
        return self.directory / "dist"

    @property
    def packages(self) -> Path:
        """The tarballs of the npm packages, each named after its SHA-512 in hex."""
        return self.directory / "npm"


def node_folder(version: str) -> str:
    """The name of Node's archive for this machine, without the suffix."""
    return f"node-v{version}-linux-{MACHINES[platform.machine()]}"


def pack_node(version: str, wheel: Path, dist: Path) -> None:
    """Make Node's archive and its checksum file from the wheel's directory: what it takes to run node and npm."""
    folder = dist / f"v{version}"
    folder.mkdir(parents=True)
    name = node_folder(version)
    archive = folder / f"{name}.tar.gz"
    with gzip.open(archive, "wb", compresslevel=1) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(wheel / "bin" / "node", f"{name}/bin/node", filter=_anonymous)
        for link, target in LINKS.items():
            entry = tarfile.TarInfo(f"{name}/bin/{link}")
            entry.type, entry.linkname = tarfile.SYMTYPE, f"../lib/node_modules/npm/bin/{target}"
            tar.addfile(entry)
        tar.add(wheel / "lib" / "node_modules" / "npm", f"{name}/lib/node_modules/npm", filter=_anonymous)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (folder / CHECKSUMS).write_text(f"{digest}  {archive.name}\n")


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def packages(lock: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The packages of a lock file by name, each with its versions; the first one is the one at the top."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, entry in sorted(lock["packages"].items(), key=lambda item: item[0].count("node_modules/")):
        if path:
            name = path.rsplit("node_modules/", 1)[-1]
            versions = found.setdefault(name, [])
            if entry["version"] not in [version["version"] for version in versions]:
                versions.append({"name": name, **entry})
    return found


def digest_of(integrity: str) -> str:
    """The SHA-512 in hex of an integrity string (sha512-<base64>)."""
    kind, _dash, text = integrity.partition("-")
    if kind != "sha512":
        raise ValueError(f"A lock file of sha512 only was expected, not {integrity}")
    return base64.b64decode(text).hex()


def collect(lock: dict[str, Any], npm_cache: Path, folder: Path) -> list[str]:
    """Take the tarballs out of npm's own cache; returns what it lacks, but for packages of one sort of machine."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = []
    for name, versions in packages(lock).items():
        for version in versions:
            digest = digest_of(version["integrity"])
            kept = npm_cache / "_cacache" / "content-v2" / "sha512" / digest[:2] / digest[2:4] / digest[4:]
            if kept.exists() and hashlib.sha512(kept.read_bytes()).hexdigest() == digest:
                (folder / f"{digest}.tgz").write_bytes(kept.read_bytes())
            elif not version.get("os") and not version.get("cpu"):
                missing.append(f"{name}@{version['version']}")
    return missing


def packument(versions: list[dict[str, Any]], address: str) -> dict[str, Any]:
    """What a registry at this address says of a package.

    github.com/npm/registry/blob/main/docs/responses/package-metadata.md
    """
    name = versions[0]["name"]
    base = name.rsplit("/", 1)[-1]
    shown = {}
    for entry in versions:
        manifest = {key: value for key, value in entry.items() if key not in NOT_SAID}
        tarball = f"{address}/{name}/-/{base}-{entry['version']}.tgz"
        manifest["dist"] = {"tarball": tarball, "integrity": entry["integrity"]}
        shown[entry["version"]] = manifest
    return {"name": name, "dist-tags": {"latest": versions[0]["version"]}, "versions": shown}


def tarballs(known: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """The path of each tarball below the registry's address, and the name of its file."""
    return {
        f"{name}/-/{name.rsplit('/', 1)[-1]}-{entry['version']}.tgz": f"{digest_of(entry['integrity'])}.tgz"
        for name, versions in known.items()
        for entry in versions
    }
