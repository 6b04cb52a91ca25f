"""One stack for all tests of this folder; it starts on 1 October 2025 and its clock stands still."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.stack.running import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole platform on Apache Kafka and PostgreSQL."""
    if not (shutil.which("java") and shutil.which("mvn")):
        if os.environ.get("REQUIRE_SERVICES"):
            pytest.fail("Java 17 and Maven are needed for Apache Kafka")
        pytest.skip("NOT TESTED: the platform on Apache Kafka needs Java 17 and Maven")
    running = Stack(tmp_path_factory.mktemp("stack"))
    try:
        running.up("--broker", "kafka", "--clock", "2025-10-01T08:00:00+02:00")
        yield running
    finally:
        running.down()
