"""Tests with real releases of OpenClaw, which `make test-config` runs."""

from __future__ import annotations

from tests.collection import make_importable

make_importable()
