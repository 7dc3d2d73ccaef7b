"""Container images: how a reference reads, where it is pulled from, and what is in it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).parent.parent / "images.yml"
ECR = re.compile(r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com$")
DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
DOCKER_HUB = "registry-1.docker.io"


class PullError(Exception):
    """The image can't be pulled; the text is the one in stoppedReason."""


@dataclass(frozen=True)
class Reference:
    """An image reference, taken apart as Docker does."""

    text: str
    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def in_ecr(self) -> bool:
        """Whether the image is in a private registry of Amazon."""
        return ECR.match(self.registry) is not None


def parse(text: str) -> Reference:
    """Take a reference apart; without a registry it is Docker Hub's."""
    name, _, digest = text.partition("@")
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, path = first, rest
    else:
        registry, path = DOCKER_HUB, name
    repository, colon, tag = path.rpartition(":")
    if not colon:
        repository, tag = path, ""
    return Reference(text, registry, repository, tag or (None if digest else "latest"), digest or None)


@functools.cache
def table() -> dict[str, Any]:
    """The recipes and images there are."""
    return yaml.safe_load(TABLE.read_text())


def recipe(reference: Reference, images: dict[str, Any]) -> dict[str, Any]:
    """What is in an image; a repository in ECR is a mirror of the public one whose last name it has."""
    for image in images["images"]:
        known = parse(image["repository"])
        same = (
            reference.repository.rsplit("/", 1)[-1] == known.repository.rsplit("/", 1)[-1]
            if reference.in_ecr
            else (reference.registry, reference.repository) == (known.registry, known.repository)
        )
        tags = [str(tag) for tag in image["tags"]]
        if same and (reference.tag in tags or (reference.digest and DIGEST.match(reference.digest))):
            return images["recipes"][image["recipe"]]
    raise PullError(
        f"CannotPullContainerError: Error response from daemon: manifest for {reference.text} not found: "
        "manifest unknown: manifest unknown"
    )


def services_for(reference: Reference) -> list[str]:
    """What an instance must reach to pull an image, in the order it is asked."""
    return ["ecr.api", "ecr.dkr", "s3"] if reference.in_ecr else ["internet"]


# Texts of the same pages.
A_LAYER = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/a-layer"
FORBIDDEN_LAYER = (
    "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: "
    "unexpected status code https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/a-layer: 403 "
    "Forbidden"
)


def unreachable(reference: Reference, service: str) -> str:
    """What is said when one of them is out of reach.

    Texts: AWS's task troubleshooting pages (CannotPullContainer) and Docker's own.
    """
    timeout = "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
    if service == "ecr.api":
        return (
            "CannotPullECRContainerError: RequestError: send request failed caused by: Post "
            f'"https://api.ecr.us-east-1.amazonaws.com/": dial tcp: {timeout}'
        )
    if service == "s3":
        return (
            "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed "
            'open: failed to do request: Get "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.'
            f'amazonaws.com/": {timeout}'
        )
    return f'CannotPullContainerError: Error response from daemon: Get "https://{reference.registry}/v2/": {timeout}'
