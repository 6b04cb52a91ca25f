"""A door for each test of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.services.registration.door import House, opened


@pytest.fixture
def house() -> Iterator[House]:
    """A running door with an empty book and an empty log."""
    with opened(House()) as running:
        yield running
