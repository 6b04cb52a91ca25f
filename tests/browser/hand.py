"""The lane of alerts without a log: it does what people ask, as the real one does, and nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from services.alerts.settle import Settle
from shared.domain.world import World
from shared.runtime.database import Connection
from shared.runtime.job import ActionRow

WAITING = """
SELECT part, id, student_ref, body::text AS body, at, if_match FROM alerts.action
WHERE answered_at IS NULL ORDER BY at, id
"""
WATERMARK = "SELECT min(watermark) FROM alerts.stream_offset"


RESTING = threading.Event()
"""While this is set, nothing is answered."""


@contextmanager
def at_work(database: str, world: World) -> Iterator[None]:
    """A hand that answers actions until the block ends; `database` is the address for `alerts_worker`."""
    begun, ended = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_work(database, world, begun, ended)), daemon=True)
    thread.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=10)


async def _work(database: str, world: World, begun: threading.Event, ended: threading.Event) -> None:
    conn: Connection = await asyncpg.connect(database)
    settle = Settle(world, "http://127.0.0.1:9")
    begun.set()
    while not ended.is_set():
        if RESTING.is_set() or not await _once(conn, settle):
            await asyncio.sleep(0.02)
    await conn.close()


async def _once(conn: Connection, settle: Settle) -> bool:
    rows = await conn.fetch(WAITING)
    parts: defaultdict[int, list[ActionRow]] = defaultdict(list)
    for row in rows:
        asked = ActionRow(row["id"], row["student_ref"], row["body"], row["at"], row["if_match"])
        parts[row["part"]].append(asked)
    if not rows:
        return False
    async with conn.transaction():
        until = await conn.fetchval(WATERMARK)
        await settle.load(conn, {row["student_ref"] for row in rows})
        for part, actions in parts.items():
            settle.fold(part, [], [], actions, until)
        await settle.write(conn)
        for channel, payload in settle.announcements():
            await conn.execute("SELECT pg_notify($1, $2)", channel, payload)
    return True
