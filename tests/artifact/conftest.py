"""The collection as it is shipped: built, and installed into a folder of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built artifact."""
    folder = tmp_path_factory.mktemp("artifact")
    build = ["ansible-galaxy", "collection", "build", "--output-path", str(folder), str(REPOSITORY)]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("openclaw-ecs-*.tar.gz")
    return built


@pytest.fixture(scope="session")
def collections_path(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the artifact was installed. What it depends on comes with the Python package ansible."""
    folder = tmp_path_factory.mktemp("collections")
    install = ["ansible-galaxy", "collection", "install", "--no-deps", "--collections-path", str(folder), str(artifact)]
    # Not in the clone: its ansible.cfg would have the collection found there, and nothing installed.
    subprocess.run(install, cwd=folder, check=True, capture_output=True)
    return folder
