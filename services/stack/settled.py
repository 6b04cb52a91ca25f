"""Settled: everything accepted so far has had its effect, and everything due has happened.

A barrier asks for it. Its moment C lies after everything received so far; the registration process that
leads writes it to each partition; a lane that has done what lies before it, and what was due up to C,
says so with a watermark of C. No two barriers have the same moment: a clock that stands still makes
a step of a millisecond for each, so that an old watermark never answers a new barrier.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.stack.connection import Connection
from services.stack.fault import StackFault

CHANNELS = ("barrier_written", "settled", "action_done")
LOOK_AGAIN = 0.005
"""Seconds after which to look although nobody said that something changed."""

ASK = """
WITH asked AS (INSERT INTO platform.barrier (at) VALUES (platform.now()) RETURNING id, at),
     forgotten AS (DELETE FROM platform.barrier USING asked WHERE barrier.id < asked.id - 1000)
SELECT id, at, pg_notify('barrier', id::text) FROM asked
"""
STEP = "UPDATE platform.clock SET domain = domain + interval '1 millisecond' WHERE rate = 0"
# Actions and messages of now may still become events, and those lie behind the barrier.
RESTLESS = """
SELECT EXISTS (SELECT FROM alerts.action WHERE answered_at IS NULL) OR EXISTS (SELECT FROM alerts.outbox)
    OR EXISTS (SELECT FROM placement.outbox WHERE length(messages) > 0)
"""
# So does what was forwarded to another reference meanwhile.
FORWARDED = "SELECT coalesce(sum(sent), 0) FROM placement.link"
WAITING = """
SELECT (SELECT written_at IS NULL FROM platform.barrier WHERE id = $1) AS barrier,
       (SELECT count(*) FROM alerts.stream_offset WHERE watermark IS NULL OR watermark < $2) AS partitions,
       (SELECT count(*) FROM alerts.action WHERE answered_at IS NULL AND at <= $2) AS actions,
       (SELECT count(*) FROM placement.outbox) + (SELECT count(*) FROM alerts.outbox) AS messages,
       (SELECT count(*) FROM alerts.handover) AS handovers,
       (SELECT count(*) FROM alerts.event WHERE fanned_at IS NULL)
           + (SELECT count(*) FROM alerts.delivery d JOIN alerts.subscription s ON s.id = d.subscription
              WHERE d.status = 'WAITING' AND (d.attempt = 0 OR d.lease_until > clock_timestamp())
                AND s.status = 'ACTIVE' AND s.failing_since IS NULL
                AND (s.held_until IS NULL OR s.held_until <= clock_timestamp())) AS deliveries
"""
LEFT = """
SELECT (SELECT count(*) FROM registration.receipt WHERE state = 'pending') AS pending_receipts,
       (SELECT count(*) FROM placement.blocked) + (SELECT count(*) FROM alerts.blocked) AS blocked_learners,
       (SELECT count(*) FROM alerts.delivery WHERE status = 'WAITING') AS deliveries_waiting
"""


@dataclass(frozen=True)
class Waiting:
    """What a barrier still waits for."""

    barrier: bool
    partitions: int
    actions: int
    messages: int
    handovers: int = 0
    deliveries: int = 0

    def __bool__(self) -> bool:
        counts = (self.partitions, self.actions, self.messages, self.handovers, self.deliveries)
        return self.barrier or any(counts)

    def __str__(self) -> str:
        parts = ["the barrier is not in the log yet (does registration run?)"] if self.barrier else []
        counts = {
            "partitions behind (do placement and the alerts worker run?)": self.partitions,
            "actions unanswered": self.actions,
            "outbox rows not yet sent": self.messages,
            "linked learners not yet taken over": self.handovers,
            "deliveries not yet tried (does alerts-deliver run?)": self.deliveries,
        }
        return "; ".join(parts + [f"{count} {what}" for what, count in counts.items() if count])


@dataclass(frozen=True)
class Left:
    """What nobody waits for, but somebody should know of."""

    pending_receipts: int
    blocked_learners: int
    deliveries_waiting: int


class NotSettled(StackFault):
    """The time was up; `waiting` tells for what."""

    def __init__(self, waiting: Waiting, seconds: float) -> None:
        super().__init__(
            f"not settled after {seconds:g} s: {waiting}",
            "see `transfers stack status` and the logs in its folder",
        )
        self.waiting = waiting


async def settle(connection: Connection, timeout: float = 60) -> Left:  # noqa: ASYNC109
    """Wait until everything accepted so far is settled. Raises NotSettled.

    The connection is the database owner's; it may be used for the next call, not for two at once.
    """
    changed = asyncio.Event()

    def wake(*_: object) -> None:
        changed.set()

    end = asyncio.get_running_loop().time() + timeout
    for channel in CHANNELS:
        await connection.add_listener(channel, wake)
    try:
        while True:
            forwarded = await connection.fetchval(FORWARDED)
            barrier, at = await _ask(connection)
            restless = await connection.fetchval(RESTLESS)
            while waiting := Waiting(*await _row(connection, WAITING, barrier, at)):
                if asyncio.get_running_loop().time() > end:
                    raise NotSettled(waiting, timeout)
                await _next(changed)
            if not restless and forwarded == await connection.fetchval(FORWARDED):
                return Left(*await _row(connection, LEFT))
    finally:
        if not connection.is_closed():
            for channel in CHANNELS:
                await connection.remove_listener(channel, wake)


async def _ask(connection: Connection) -> tuple[int, datetime]:
    async with connection.transaction():
        await connection.execute(STEP)
        barrier, at, _ = await _row(connection, ASK)
    return barrier, at


async def _row(connection: Connection, statement: str, *values: object) -> tuple[Any, ...]:
    return tuple(await connection.fetchrow(statement, *values) or ())


async def _next(changed: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(changed.wait(), LOOK_AGAIN)
    except TimeoutError:
        return
    finally:
        changed.clear()
