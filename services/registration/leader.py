"""What only one registration process does at a time: barriers, publishing institutions, reading outcomes.

It holds a session lock of the database for it; when it dies, the lock goes to another.
"""

from __future__ import annotations

import asyncio
import contextlib

from services.registration import barrier, institutions, outcomes
from services.registration.patience import persist
from shared.runtime.config import Settings
from shared.runtime.database import Connection, Listener, connect
from shared.runtime.kafka import Producer
from shared.runtime.metrics import RECEIPTS_PENDING
from shared.runtime.tasks import begin, end

LOCK = 7301
LOOK_SECONDS = 1.0
RETRY_SECONDS = 0.2
PENDING = "SELECT count(*) FROM registration.receipt WHERE state = 'pending'"


class Leader:
    """Leads when nobody else does."""

    def __init__(self, settings: Settings, listener: Listener, producer: Producer, process: str) -> None:
        self._settings = settings
        self._producer = producer
        self._process = process
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        for channel in ("barrier_ack", "institutions", "clients"):
            listener.on(channel, lambda _: self._changed.set())

    def start(self) -> None:
        """Try to lead."""
        self._task = begin(persist(self._try, "leader"), "leader")

    async def stop(self) -> None:
        """Lead no longer."""
        await end(self._task)

    async def _try(self) -> None:
        conn = await connect(self._settings.database, f"{self._process}-leader")
        try:
            while not await conn.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)
            await self._lead(conn)
        finally:
            conn.terminate()

    async def _lead(self, conn: Connection) -> None:
        """Send every institution once more, then follow what changes."""
        await conn.execute(institutions.FORGET)
        reading = begin(persist(self._read_outcomes, "outcomes"), "outcomes")
        try:
            while True:
                self._changed.clear()
                left = await institutions.publish(conn, self._producer)
                left |= await barrier.write(conn, self._producer)
                RECEIPTS_PENDING.set(await conn.fetchval(PENDING))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), RETRY_SECONDS if left else LOOK_SECONDS)
        finally:
            await end(reading)

    async def _read_outcomes(self) -> None:
        conn = await connect(self._settings.database, f"{self._process}-outcomes")
        try:
            await outcomes.follow(conn, self._settings.kafka, self._process)
        finally:
            conn.terminate()
