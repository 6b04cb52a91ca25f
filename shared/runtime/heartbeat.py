"""A process shows that it lives, and what it has applied: its row in `platform.process`."""

from __future__ import annotations

from typing import Literal

from shared.runtime.clock import Clock
from shared.runtime.config import Settings

Applied = Literal["clock", "institutions", "clients"]


class Heartbeat:
    """Renews the row each second, and at once when a newer version was applied.

    It follows the clock by itself (channel `clock`); who reads institutions or clients calls `applied`.
    """

    def __init__(self, settings: Settings, role: str, clock: Clock) -> None:
        self.process = f"{role}-{settings.instance}"

    async def start(self) -> None:
        """Read the clock, write the row, and go on with it."""

    async def stop(self) -> None:
        """Take the row away."""

    async def applied(self, what: Applied, version: int) -> None:
        """This version is in force in this process: others may rely on it when this returns."""
