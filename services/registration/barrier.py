"""Barriers: a record that says "everything received up to this moment lies before me".

Every registration process confirms that what it had begun has ended; the one that leads then writes the
barrier to each partition of `transfer-events` and to `institutions`.
"""

from __future__ import annotations

import asyncio

from services.registration.patience import whenever
from services.registration.traffic import Traffic
from shared.runtime.clock import Clock
from shared.runtime.codec import barrier
from shared.runtime.database import Connection, Listener, Pool
from shared.runtime.kafka import Producer, Unacknowledged
from shared.runtime.tasks import begin, end
from shared.runtime.topics import INSTITUTIONS, PARTITIONS, TRANSFER_EVENTS

PLACES = [(TRANSFER_EVENTS, part) for part in range(PARTITIONS)] + [(INSTITUTIONS, 0)]

OPEN = "SELECT id FROM platform.barrier WHERE written_at IS NULL ORDER BY id"
ACK = """
WITH confirmed AS (
    INSERT INTO platform.barrier_ack (barrier, process)
    SELECT id, $2 FROM platform.barrier WHERE id = ANY($1::bigint[]) ON CONFLICT DO NOTHING RETURNING barrier
)
SELECT pg_notify('barrier_ack', max(barrier)::text) FROM confirmed
"""
READY = """
SELECT b.id, b.at FROM platform.barrier AS b WHERE written_at IS NULL AND NOT EXISTS (
    SELECT FROM platform.process AS p
    WHERE p.role = 'registration-web' AND p.seen_at > clock_timestamp() - interval '5 seconds'
      AND NOT EXISTS (SELECT FROM platform.barrier_ack AS a WHERE a.barrier = b.id AND a.process = p.id)
) ORDER BY b.id
"""
WRITTEN = """
WITH written AS (
    UPDATE platform.barrier SET written_at = clock_timestamp() WHERE id = $1 RETURNING id
)
SELECT pg_notify('barrier_written', id::text) FROM written
"""


class Acknowledger:
    """Confirms barriers for this process."""

    def __init__(self, pool: Pool, listener: Listener, traffic: Traffic, clock: Clock, process: str) -> None:
        self._pool = pool
        self._traffic = traffic
        self._clock = clock
        self._process = process
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        listener.on("barrier", lambda _: self._asked.set())

    def start(self) -> None:
        """Begin to listen."""
        self._task = begin(whenever(self._asked, self._confirm, "barrier"), "barrier")

    async def stop(self) -> None:
        """Listen no longer."""
        await end(self._task)

    async def _confirm(self) -> None:
        """Hold new requests back first, when the clock asks for it: none may begin behind our word."""
        async with self._pool.acquire() as conn:
            await self._clock.read(conn)
            waiting = [row["id"] for row in await conn.fetch(OPEN)]
        if waiting:
            await self._traffic.ended()
            await self._pool.execute(ACK, waiting, self._process)


async def write(conn: Connection, producer: Producer) -> bool:
    """Write every barrier that all have confirmed; True when one is left that could not be sent."""
    for row in await conn.fetch(READY):
        sends = [producer.send(barrier(topic, part, row["at"])) for topic, part in PLACES]
        sent = await asyncio.gather(*sends, return_exceptions=True)
        for told in sent:
            if isinstance(told, Unacknowledged):
                return True
            if isinstance(told, BaseException):
                raise told
        await conn.execute(WRITTEN, row["id"])
    return False
