"""The stand-in for nodejs.org and the npm registry: what is packed, what is said of a package, and times of trouble."""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from local_aws import install
from local_aws.internet import __main__ as internet
from local_aws.internet import outage
from local_aws.internet import store
from local_aws.settings import Settings

TARBALL = b"not really a tarball"
DIGEST = hashlib.sha512(TARBALL)
INTEGRITY = "sha512-" + base64.b64encode(DIGEST.digest()).decode()
LOCK = {
    "packages": {
        "": {"name": "root", "version": "1.0.0"},
        "node_modules/a/node_modules/@s/b": {"version": "1.0.0", "integrity": INTEGRITY, "optional": True},
        "node_modules/a": {
            "version": "3.0.0",
            "integrity": INTEGRITY,
            "dependencies": {"@s/b": "^1.0.0"},
            "peer": True,
        },
        "node_modules/@s/b": {"version": "2.0.0", "integrity": INTEGRITY, "os": ["win32"]},
        "node_modules/c/node_modules/@s/b": {"version": "1.0.0", "integrity": INTEGRITY},
    }
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings and files of an internet of one's own: Node 1.2.3 and the packages of LOCK."""
    files = store.Store(tmp_path / "files")
    wheel = tmp_path / "wheel"
    for name in ("bin/node", "lib/node_modules/npm/bin/npm-cli.js", "include/node.h"):
        (wheel / name).parent.mkdir(parents=True, exist_ok=True)
        (wheel / name).write_text(name)
    store.pack_node("1.2.3", wheel, files.dist)
    files.packages.mkdir()
    (files.packages / f"{DIGEST.hexdigest()}.tgz").write_bytes(TARBALL)
    settings = Settings(0, tmp_path)
    monkeypatch.setattr(internet, "settings", settings)
    monkeypatch.setattr(internet, "archives", lambda: files)
    monkeypatch.setattr(internet, "_packages", lambda: store.packages(LOCK))
    monkeypatch.setattr(internet, "_tarballs", lambda: store.tarballs(store.packages(LOCK)))
    return settings


@pytest.fixture
def address(place: Settings) -> Iterator[str]:
    """The running server's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), internet.Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def fetch(url: str) -> bytes:
    """What is there."""
    with urlopen(url, timeout=5) as answer:
        return answer.read()


def test_node_is_packed_as_nodejs_org_does_it(place, address, tmp_path):
    name = store.node_folder("1.2.3")
    data = fetch(f"{address}/dist/v1.2.3/{name}.tar.gz")
    checksum, named = fetch(f"{address}/dist/v1.2.3/SHASUMS256.txt").decode().split()
    assert (checksum, named) == (hashlib.sha256(data).hexdigest(), f"{name}.tar.gz")
    (tmp_path / "node.tar.gz").write_bytes(data)
    with tarfile.open(tmp_path / "node.tar.gz") as tar:
        links = {entry.name: entry.linkname for entry in tar if entry.issym()}
        assert links[f"{name}/bin/npm"] == "../lib/node_modules/npm/bin/npm-cli.js"
        assert tar.extractfile(f"{name}/bin/node").read() == b"bin/node"
        assert {entry.uid for entry in tar} == {0}
        assert f"{name}/lib/node_modules/npm/bin/npm-cli.js" in tar.getnames()


def test_packages_are_those_of_the_lock_file_each_version_once():
    known = store.packages(LOCK)
    assert {name: [entry["version"] for entry in versions] for name, versions in known.items()} == {
        "a": ["3.0.0"],
        "@s/b": ["2.0.0", "1.0.0"],
    }


def test_a_package_and_its_tarball_are_served(address):
    said = json.loads(fetch(f"{address}/npm/a"))
    assert said == {
        "name": "a",
        "dist-tags": {"latest": "3.0.0"},
        "versions": {
            "3.0.0": {
                "name": "a",
                "version": "3.0.0",
                "dependencies": {"@s/b": "^1.0.0"},
                "dist": {"tarball": f"{address}/npm/a/-/a-3.0.0.tgz", "integrity": INTEGRITY},
            }
        },
    }
    assert fetch(said["versions"]["3.0.0"]["dist"]["tarball"]) == TARBALL
    scoped = json.loads(fetch(f"{address}/npm/@s%2fb"))
    assert scoped["dist-tags"] == {"latest": "2.0.0"}
    assert scoped["versions"]["1.0.0"]["dist"]["tarball"] == f"{address}/npm/@s/b/-/b-1.0.0.tgz"
    assert fetch(scoped["versions"]["1.0.0"]["dist"]["tarball"]) == TARBALL


@pytest.mark.parametrize(
    "path",
    ["/npm/nope", "/npm/a/-/a-9.tgz", "/dist/v9/x", "/dist/../wheel/bin/node", "/dist/%2e%2e/npm", "/"],
)
def test_all_else_is_not_there(address, path):
    with pytest.raises(HTTPError, match="404"):
        fetch(f"{address}{path}")


def test_npm_cache_is_taken_over_and_what_it_lacks_is_named(tmp_path):
    kept = tmp_path / "_cacache" / "content-v2" / "sha512" / DIGEST.hexdigest()[:2] / DIGEST.hexdigest()[2:4]
    kept.mkdir(parents=True)
    content = kept / DIGEST.hexdigest()[4:]
    content.write_bytes(b"damaged")
    assert store.collect(LOCK, tmp_path, tmp_path / "out") == ["a@3.0.0", "@s/b@1.0.0"]
    content.write_bytes(TARBALL)
    assert store.collect(LOCK, tmp_path, tmp_path / "out") == []
    assert (tmp_path / "out" / f"{DIGEST.hexdigest()}.tgz").read_bytes() == TARBALL


def test_only_sha512_is_understood():
    assert store.digest_of(INTEGRITY) == DIGEST.hexdigest()
    with pytest.raises(ValueError, match="sha1-x"):
        store.digest_of("sha1-x")


def test_it_can_be_out_of_order(place, address):
    outage.order(place, 503)
    with pytest.raises(HTTPError, match="503"):
        fetch(f"{address}/npm/a")
    outage.order(place, outage.SILENCE)
    with pytest.raises((URLError, TimeoutError)):
        urlopen(f"{address}/npm/a", timeout=0.3)
    outage.order(place, None)
    assert fetch(f"{address}/npm/a")
    with pytest.raises(ValueError, match="not 200"):
        outage.order(place, 200)


def test_control_plane_and_reset(local_aws):
    place = Settings(0, local_aws.directory)
    local_aws.control("POST", "internet", answer=502)
    assert outage.current(place) == "502"
    local_aws.control("POST", "reset")
    assert outage.current(place) is None


def test_the_lock_file_and_the_archives_fit():
    known = store.packages(install.lock_file())
    assert [entry["version"] for entry in known["openclaw"]] == [install.openclaw_version()]
    assert len(store.tarballs(known)) == sum(len(versions) for versions in known.values())
