"""A process shows that it lives, and what it has applied: its row in `platform.process`."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal

import asyncpg
import structlog

from shared.runtime.clock import Clock
from shared.runtime.config import Settings
from shared.runtime.database import Listener, connect, passes
from shared.runtime.tasks import begin, end

EVERY_SECONDS = 1.0

Applied = Literal["clock", "institutions", "clients"]

RENEW = """
INSERT INTO platform.process
    (id, role, clock_version, institutions_version, clients_version, seen_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET clock_version = excluded.clock_version,
    institutions_version = excluded.institutions_version, clients_version = excluded.clients_version,
    seen_at = excluded.seen_at
"""

log = structlog.get_logger()


class Heartbeat:
    """Renews the row each second, and at once when a newer version was applied.

    It follows the clock by itself; who reads institutions or clients calls `applied`. `role` is that of
    `platform.process`: `registration-web`, `placement`, `alerts-worker`, `alerts-deliver` or `alerts-web`.
    """

    def __init__(self, settings: Settings, role: str, clock: Clock, listener: Listener) -> None:
        self.process = f"{role}-{settings.instance}"
        self._settings = settings
        self._role = role
        self._clock = clock
        self._versions: dict[str, int] = {"clock": 0, "institutions": 0, "clients": 0}
        self._due = asyncio.Event()
        self._renewing = asyncio.Lock()
        self._conn: asyncpg.Connection[asyncpg.Record] | None = None
        self._task: asyncio.Task[None] | None = None
        listener.on("clock", lambda _: self._due.set())

    async def start(self) -> None:
        """Read the clock, write the row, and go on with it. Raises MovedClock."""
        await self._renew()
        self._task = begin(self._run(), "heartbeat")

    async def stop(self) -> None:
        """Take the row away."""
        await end(self._task)
        if self._conn is not None:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await self._conn.execute("DELETE FROM platform.process WHERE id = $1", self.process)
                await self._conn.close(timeout=2)

    async def applied(self, what: Applied, version: int) -> None:
        """This version is in force in this process: show it at once, others wait for that."""
        if version > self._versions[what]:
            self._versions[what] = version
            await self._try()

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), EVERY_SECONDS)
            self._due.clear()
            await self._try()

    async def _try(self) -> None:
        try:
            await self._renew()
        except Exception as error:
            if not passes(error):
                raise
            log.warning("heartbeat_missed", error=type(error).__name__)

    async def _renew(self) -> None:
        async with self._renewing:
            if self._conn is None or self._conn.is_closed():
                self._conn = await connect(self._settings.database, f"{self.process}-heartbeat")
            self._versions["clock"] = (await self._clock.read(self._conn)).version
            await self._conn.execute(RENEW, self.process, self._role, *self._versions.values())
