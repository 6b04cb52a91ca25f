"""Receipts, written for all who wait in one statement and one COMMIT.

A receipt is kept 400 days (project decision). It is `pending` before the event goes to Kafka and `accepted`
after the acknowledgement. It fixes the moment of receipt (domain time), which rises strictly from item to item.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from services.registration.silence import FirstOfDay
from shared.runtime.database import Pool, passes
from shared.runtime.kafka import Placed
from shared.runtime.problems import unavailable
from shared.runtime.tasks import begin, end

MOST = 2_000

OPEN = """
WITH clock AS MATERIALIZED (SELECT greatest(platform.now(), $8::timestamptz) AS now),
     given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[],
                         $7::bytea[])
        WITH ORDINALITY AS g(receipt_id, client_id, source, event_id, event_type, hash, student_hash, n)
), put AS (
    INSERT INTO registration.receipt AS r (receipt_id, client_id, source, event_id, event_type, hash,
        student_hash, state, received_at, delete_after)
    SELECT receipt_id, client_id, source, event_id, event_type, hash, student_hash, 'pending',
        clock.now + n * interval '1 microsecond', (clock.now + interval '400 days')::date FROM given, clock
    ON CONFLICT (receipt_id) DO UPDATE SET received_at = excluded.received_at
        WHERE r.state = 'pending' AND r.hash = excluded.hash
    RETURNING receipt_id, received_at
)
SELECT given.receipt_id, put.received_at, old.hash = given.hash AS same
FROM given LEFT JOIN put USING (receipt_id)
LEFT JOIN registration.receipt AS old USING (receipt_id)
"""
ACCEPT = """
UPDATE registration.receipt AS r SET state = 'accepted', topic = g.topic, part = g.part, "offset" = g.at
FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[]) AS g(receipt_id, topic, part, at)
WHERE r.receipt_id = g.receipt_id
"""


class Entry(msgspec.Struct, frozen=True):
    """A receipt to be opened."""

    receipt_id: str
    client_id: str
    source: str
    event_id: str
    event_type: str
    hash: bytes
    student_hash: bytes


class Opened(msgspec.Struct, frozen=True):
    """What a receipt said: with `received_at` the event is to be sent, else it was accepted before.

    `same` is false when it was accepted with other content, and None when another process is just
    writing it.
    """

    received_at: datetime | None
    same: bool | None


class Sent(msgspec.Struct, frozen=True):
    """A receipt whose event is acknowledged; `first` are the marks of a first event of a day."""

    receipt_id: str
    placed: Placed
    first: tuple[FirstOfDay, ...]


Thing = TypeVar("Thing")
Answer = TypeVar("Answer")


class Group(Generic[Thing, Answer]):
    """Gathers what is asked while the database is busy, and asks it in one go."""

    def __init__(
        self, work: Callable[[Sequence[Thing]], Awaitable[Sequence[Answer]]], name: Callable[[Thing], str]
    ) -> None:
        self._work = work
        self._name = name
        self._waiting: list[tuple[Thing, asyncio.Future[Answer]]] = []
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work."""
        self._task = begin(self._run(), "receipts")

    async def stop(self) -> None:
        """Work no longer."""
        await end(self._task)

    async def ask(self, things: Sequence[Thing]) -> list[Answer]:
        """The answers, in order. Raises Problem 503 when the database does not answer."""
        loop = asyncio.get_running_loop()
        asked = [(thing, loop.create_future()) for thing in things]
        self._waiting += asked
        self._asked.set()
        return list(await asyncio.gather(*(future for _, future in asked)))

    async def _run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                await self._answer(self._next())

    def _next(self) -> list[tuple[Thing, asyncio.Future[Answer]]]:
        """What can go into one statement: no name twice."""
        names: set[str] = set()
        taken: list[tuple[Thing, asyncio.Future[Answer]]] = []
        left: list[tuple[Thing, asyncio.Future[Answer]]] = []
        for one in self._waiting:
            name = self._name(one[0])
            if name in names or len(taken) >= MOST:
                left.append(one)
            else:
                names.add(name)
                taken.append(one)
        self._waiting = left
        return taken

    async def _answer(self, asked: list[tuple[Thing, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._work([thing for thing, _ in asked])
        except Exception as error:
            fault = unavailable() if passes(error) else error
            for _, future in asked:
                if not future.done():
                    future.set_exception(fault)
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():
                future.set_result(answer)


class Receipts:
    """The receipts of this process."""

    def __init__(self, pool: Pool, mark: Callable[[Any, Sequence[FirstOfDay]], Awaitable[None]]) -> None:
        self._pool = pool
        self._mark = mark
        self._last = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        self._opening: Group[Entry, Opened] = Group(self._open, lambda entry: entry.receipt_id)
        self._accepting: Group[Sent, None] = Group(self._accept, lambda sent: sent.receipt_id)

    def start(self) -> None:
        """Begin to write."""
        self._opening.start()
        self._accepting.start()

    async def stop(self) -> None:
        """Write no longer."""
        await self._opening.stop()
        await self._accepting.stop()

    async def open(self, entries: Sequence[Entry]) -> list[Opened]:
        """Open a receipt for each event. Raises Problem 503."""
        return await self._opening.ask(entries)

    async def accept(self, sent: Sequence[Sent]) -> None:
        """Write that events are acknowledged. Raises Problem 503."""
        await self._accepting.ask(sent)

    async def _open(self, entries: Sequence[Entry]) -> list[Opened]:
        columns = zip(*(msgspec.structs.astuple(entry) for entry in entries), strict=True)
        async with self._pool.acquire() as conn:
            rows = await conn.fetch(
                OPEN,
                *(list(column) for column in columns),
                self._last,
            )
        found = {row["receipt_id"]: Opened(row["received_at"], row["same"]) for row in rows}
        self._last = max((one.received_at for one in found.values() if one.received_at), default=self._last)
        return [found[entry.receipt_id] for entry in entries]

    async def _accept(self, sent: Sequence[Sent]) -> list[None]:
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute(
                ACCEPT,
                [one.receipt_id for one in sent],
                [one.placed.topic for one in sent],
                [one.placed.partition for one in sent],
                [one.placed.offset for one in sent],
            )
            first = [mark for one in sent for mark in one.first]
            if first:
                await self._mark(conn, first)
        return [None] * len(sent)
