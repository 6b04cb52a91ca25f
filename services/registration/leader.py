"""What only one registration process does at a time: barriers, publishing institutions, reading outcomes.

It holds a session lock of the database for it; when it dies, the lock goes to another.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from services.registration import barrier, institutions, outcomes
from shared.runtime.config import Settings
from shared.runtime.database import Connection, Listener, connect, passes
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.kafka import Producer
from shared.runtime.tasks import begin, end

LOCK = 7301
TRY_SECONDS = 1.0
FORGET = "UPDATE registration.institution SET published = 0"
NEWEST = "SELECT coalesce(max(version), 0) FROM registration.institution WHERE published = version"

log = structlog.get_logger()


class Leader:
    """Leads when nobody else does."""

    def __init__(
        self, settings: Settings, listener: Listener, producer: Producer, heartbeat: Heartbeat
    ) -> None:
        self._settings = settings
        self._producer = producer
        self._heartbeat = heartbeat
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        for channel in ("barrier_ack", "institutions", "clients"):
            listener.on(channel, lambda _: self._changed.set())

    def start(self) -> None:
        """Try to lead."""
        self._task = begin(self._run(), "leader")

    async def stop(self) -> None:
        """Lead no longer."""
        await end(self._task)

    async def _run(self) -> None:
        while True:
            try:
                conn = await connect(self._settings.database, f"{self._heartbeat.process}-leader")
                try:
                    await self._lead(conn)
                finally:
                    conn.terminate()
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("leadership_lost", error=type(error).__name__)
            await asyncio.sleep(TRY_SECONDS)

    async def _lead(self, conn: Connection) -> None:
        """With the lock: send everything once, then follow what changes. Without: return."""
        if not await conn.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            return
        await conn.execute(FORGET)
        follow = begin(self._outcomes(), "outcomes")
        try:
            while True:
                self._changed.clear()
                left = await barrier.write(conn, self._producer)
                left |= await institutions.publish(conn, self._producer)
                await self._heartbeat.applied("institutions", await conn.fetchval(NEWEST))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        self._changed.wait(), barrier.RETRY_SECONDS if left else TRY_SECONDS
                    )
        finally:
            await end(follow)

    async def _outcomes(self) -> None:
        while True:
            try:
                conn = await connect(self._settings.database, f"{self._heartbeat.process}-outcomes")
                try:
                    await outcomes.follow(conn, self._settings.kafka, self._heartbeat.process)
                finally:
                    conn.terminate()
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("outcomes_lost", error=type(error).__name__)
            await asyncio.sleep(TRY_SECONDS)
