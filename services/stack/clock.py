"""The moved clock of an embedded stack: domain time, which only goes forwards.

It changes behind a barrier only, while new requests wait, so that a moment always means one thing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg

from services.stack.connection import Connection
from services.stack.fault import StackFault
from services.stack.settled import settle
from shared.domain.calendar import AMSTERDAM

LOCK = 7302
"""Session advisory lock of the one command that moves the clock."""
THERE = timedelta(seconds=1)
"""A clock at most this far past the wanted moment is there: barriers make it step by milliseconds."""

# A stack without a moved clock gets one that shows what the clock of the database shows.
HOLD = """
INSERT INTO platform.clock (version, machine, domain, rate, held)
SELECT 1, moment, moment, 1, true FROM clock_timestamp() AS moment
ON CONFLICT (one) DO UPDATE SET held = true
"""
RELEASE = "UPDATE platform.clock SET held = false WHERE held"
MOVE = """
UPDATE platform.clock SET version = version + 1, machine = moment,
       domain = coalesce($1, platform.domain_at(moment)), rate = coalesce($2, rate)
FROM clock_timestamp() AS moment RETURNING version
"""
BEHIND = """
SELECT array_agg(id ORDER BY id) FROM platform.process
WHERE clock_version < $1 AND seen_at > clock_timestamp() - interval '5 seconds'
"""


def read_moment(text: str) -> datetime:
    """A moment as a person types it; without an offset it is Dutch clock time. Raises StackFault."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise StackFault(
            f"{text!r} is not a moment", "write it as 2026-10-01T08:00 or 2026-10-01T08:00+02:00"
        ) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)


async def now(connection: Connection) -> datetime:
    """Domain time by the clock of the database."""
    moment: datetime = await connection.fetchval("SELECT platform.now()")
    return moment


async def rate(connection: Connection) -> float:
    """How fast domain time runs: 1 is real time, 0 stands still."""
    found: float | None = await connection.fetchval("SELECT rate FROM platform.clock")
    return 1 if found is None else found


async def set_clock(connection: Connection, to: datetime, timeout: float = 60) -> None:  # noqa: ASYNC109
    """Move domain time forwards to a moment; returns when every process has it.

    Everything received before is settled first. What falls due by the move happens after it: `settle`
    waits for that. Raises StackFault for a moment that has passed, and NotSettled.
    """
    async with _held(connection):
        reached = await now(connection)
        if reached - THERE < to <= reached:
            return
        if to < reached:
            raise StackFault(
                f"it is {reached.astimezone(AMSTERDAM).isoformat()} already",
                "the clock only goes forwards: choose a later moment",
            )
        await settle(connection, timeout)
        await _move(connection, to, None, timeout)


async def run_clock(connection: Connection, pace: float, timeout: float = 60) -> None:  # noqa: ASYNC109
    """Let domain time run at this rate from now on: 1 is real time, 0 stands still. Raises NotSettled."""
    async with _held(connection):
        await settle(connection, timeout)
        await _move(connection, None, pace, timeout)


@asynccontextmanager
async def _held(connection: Connection) -> AsyncIterator[None]:
    """New requests wait inside this block, and so does whoever else wants to move the clock."""
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    except asyncpg.LockNotAvailableError as problem:
        raise StackFault("another command is moving the clock", "try again when it is done") from problem
    try:
        await connection.execute(HOLD)
        await connection.execute("NOTIFY clock")
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(RELEASE)
            await connection.execute("NOTIFY clock")
            await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def release(connection: Connection) -> None:
    """Let requests through that a command held back which was killed before it was done."""
    if await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
        await connection.execute(RELEASE)
        await connection.execute("NOTIFY clock")
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _move(connection: Connection, to: datetime | None, pace: float | None, patience: float) -> None:
    version = await connection.fetchval(MOVE, to, pace)
    await connection.execute("NOTIFY clock")
    end = asyncio.get_running_loop().time() + patience
    while behind := await connection.fetchval(BEHIND, version):
        if asyncio.get_running_loop().time() > end:
            raise StackFault(
                f"{', '.join(behind)} did not take the new time", "see the logs of those processes"
            )
        await asyncio.sleep(0.002)
