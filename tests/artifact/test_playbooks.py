"""The playbooks run from the installed artifact as they do from a clone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import LocalAws

REPOSITORY = Path(__file__).resolve().parents[2]
PLAYBOOKS = sorted(path.stem for path in (REPOSITORY / "playbooks").glob("*.yml"))


def playbook(arguments: list[str], folder: Path, local_aws: LocalAws, collections: Path | None = None) -> str:
    """What ansible-playbook prints that is run in a folder, as the operator; the run must succeed."""
    places = {"ANSIBLE_COLLECTIONS_PATH": str(collections)} if collections else {}
    done = subprocess.run(
        ["ansible-playbook", *arguments],
        cwd=folder,
        env={**os.environ, **local_aws.env, **places},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def predicted(output: str) -> list[str]:
    """The lines of the summary that say what a run would do."""
    return [line.strip(" '\"-,") for line in output.splitlines() if "would create:" in line]


def test_artifact_predicts_what_the_clone_predicts(local_aws: LocalAws, collections_path: Path, tmp_path: Path) -> None:
    example = collections_path / "ansible_collections/openclaw/ecs/inventories/example"
    inventory = ["-i", str(example), "-e", "openclaw_vpc=home"]
    installed = playbook([*inventory, "openclaw.ecs.plan"], tmp_path, local_aws, collections_path)
    cloned = playbook(["-i", "inventories/local", "playbooks/deploy.yml", "--check"], REPOSITORY, local_aws)
    assert predicted(installed) == predicted(cloned)
    assert any("cluster openclaw" in line for line in predicted(installed))


def test_one_part_alone_can_be_deployed_first(local_aws: LocalAws) -> None:
    command = ["-i", "inventories/local", "playbooks/deploy.yml", "--check", "--tags", "network"]
    lines = predicted(playbook(command, REPOSITORY, local_aws))
    assert {line.split()[2] for line in lines} == {"security", "gateway"}


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_playbook_of_the_artifact_is_found_with_all_it_uses(
    name: str, local_aws: LocalAws, collections_path: Path, tmp_path: Path
) -> None:
    output = playbook([f"openclaw.ecs.{name}", "--syntax-check"], tmp_path, local_aws, collections_path)
    assert f"playbook: {collections_path}/ansible_collections/openclaw/ecs/playbooks/{name}.yml" in output


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_playbook_of_the_clone_is_found_with_all_it_uses(name: str, local_aws: LocalAws) -> None:
    output = playbook(["-i", "inventories/local", f"playbooks/{name}.yml", "--syntax-check"], REPOSITORY, local_aws)
    assert f"playbook: playbooks/{name}.yml" in output
