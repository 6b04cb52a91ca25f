"""An embedded stack of its own for a measurement, in a folder that goes with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.stack.folder import Folder
from shared.runtime.config import DatabaseSettings, KafkaSettings, WorkerSettings

PATIENCE_SECONDS = 180


class BenchFault(Exception):
    """The measurement could not be made; the message says why."""


class Platform:
    """A running stack."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *words: str) -> str:
        """What one `transfers` command prints. Raises BenchFault."""
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "services", *words],
            capture_output=True,
            text=True,
            env=os.environ | {"TRANSFERS_STACK_DIR": str(self.path)},
            timeout=PATIENCE_SECONDS,
        )
        if done.returncode:
            raise BenchFault(f"transfers {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    @property
    def addresses(self) -> dict[str, str]:
        """Where everything listens."""
        found: dict[str, str] = json.loads((self.path / "stack.json").read_text())
        return found

    @property
    def kafka(self) -> KafkaSettings:
        """How to reach the broker."""
        return KafkaSettings(bootstrap=self.addresses["kafka"], security="PLAINTEXT", replication=1)

    def settings(self, role: str | None = None) -> WorkerSettings:
        """The settings of a worker here: of one database role, or of the owner."""
        folder = Folder(self.path)
        plan = folder.plan()
        if plan is None:
            raise BenchFault(f"there is no stack in {self.path}")
        ports = plan.ports["postgres"]
        url = folder.database_url(ports, role) if role else folder.database_url(ports)
        return WorkerSettings(
            embedded=True,
            kafka=self.kafka,
            database=DatabaseSettings.model_validate({"url": url}),
        )


@contextmanager
def platform(*options: str) -> Iterator[Platform]:
    """A stack that starts with these options of `stack up`, and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="transfers-bench-") as folder:
        made = Platform(Path(folder))
        try:
            made.run("stack", "up", *options)
            yield made
        finally:
            made.run("stack", "down")
