"""Makes the clone importable as ansible_collections.openclaw.ecs."""

from __future__ import annotations

from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

from tests.conftest import REPOSITORY


def make_importable() -> None:
    """Let Python find the collection where Ansible does."""
    if AnsibleCollectionConfig.collection_finder is None:
        _AnsibleCollectionFinder(paths=[str(REPOSITORY / ".collections")])._install()
