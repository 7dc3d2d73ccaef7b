"""The artifact holds the collection, and nothing that only its developers need."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

SHIPPED = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs",
    "docs",
    "files",
    "inventories",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "requirements.yml",
    "roles",
}


@pytest.fixture(scope="module")
def names(artifact: Path) -> list[str]:
    with tarfile.open(artifact) as archive:
        return [member.name for member in archive.getmembers() if member.isfile()]


def test_top_level_is_the_collection(names: list[str]) -> None:
    assert {name.partition("/")[0] for name in names} == SHIPPED


def test_only_the_inventory_to_be_filled_in_is_shipped(names: list[str]) -> None:
    assert {name for name in names if name.startswith(("inventories/", "changelogs/"))} == {
        "changelogs/changelog.yaml",
        "changelogs/config.yaml",
        "inventories/example/group_vars/all.yml",
        "inventories/example/hosts.yml",
    }


def test_nothing_is_shipped_that_is_made_by_running_it(names: list[str]) -> None:
    assert [name for name in names if name.endswith((".pyc", ".log", ".tar.gz")) or "/." in f"/{name}"] == []


def test_shipped_code_does_not_know_of_the_local_aws(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        knowing = [
            member.name
            for member in archive.getmembers()
            if member.isfile()
            and member.name.startswith(("plugins/", "roles/", "playbooks/"))
            and any(word in archive.extractfile(member).read() for word in (b"local_aws", b"LOCAL_AWS", b"ministack"))
        ]
    assert knowing == []
