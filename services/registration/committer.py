"""Receipts, written for all who wait in one statement and one COMMIT.

A receipt is kept 400 days (project decision). It is `pending` before the event goes to Kafka and `accepted`
after the acknowledgement. It fixes the moment of receipt (domain time), which rises strictly by item.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

import msgspec

from services.registration.silence import FirstOfDay, mark
from shared.runtime.database import Pool, passes
from shared.runtime.kafka import Placed
from shared.runtime.problems import unavailable
from shared.runtime.tasks import begin, end

MOST = 2_000
"""Receipts in one statement, unless one request alone has more."""

# A copy that is still pending is sent again, with a later moment. `old` is what stood there before.
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
        clock.now + n * interval '1 microsecond', (clock.now + interval '400 days')::date
    FROM given, clock ORDER BY receipt_id
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
FROM (
    SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[])
        AS u(receipt_id, topic, part, at)
    ORDER BY receipt_id
) AS g
WHERE r.receipt_id = g.receipt_id
"""


class Entry(msgspec.Struct, frozen=True):
    """A receipt to be opened; `student_hash` only for an event of a learner."""

    receipt_id: str
    client_id: str
    source: str
    event_id: str
    event_type: str
    hash: bytes
    student_hash: bytes | None


class Opened(msgspec.Struct, frozen=True):
    """What a receipt said: with `received_at` the event is to be sent, else it was accepted before.

    `same` is false when it was taken in with other content, and None when another process is just
    writing it.
    """

    received_at: datetime | None
    same: bool | None


class Sent(msgspec.Struct, frozen=True):
    """A receipt whose event is acknowledged; `first` are the marks of a first event of a day."""

    receipt_id: str
    placed: Placed
    first: tuple[FirstOfDay, ...] = ()


Thing = TypeVar("Thing")
Answer = TypeVar("Answer")


class Asked(Generic[Thing, Answer]):
    """What one request asks; nothing in it has the name of another."""

    def __init__(self, things: Sequence[Thing], names: set[str]) -> None:
        self.things = things
        self.names = names
        self.answers: asyncio.Future[Sequence[Answer]] = asyncio.get_running_loop().create_future()

    def answer(self, answers: Sequence[Answer]) -> None:
        """Give the answers, unless nobody waits any more."""
        if not self.answers.done():
            self.answers.set_result(answers)

    def fail(self, error: BaseException) -> None:
        """Say that there are none."""
        if not self.answers.done():
            self.answers.set_exception(error)


class Group(Generic[Thing, Answer]):
    """Gathers what is asked while the database is busy, and asks it in one go."""

    def __init__(
        self, work: Callable[[Sequence[Thing]], Awaitable[Sequence[Answer]]], name: Callable[[Thing], str]
    ) -> None:
        self._work = work
        self._name = name
        self._waiting: list[Asked[Thing, Answer]] = []
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work."""
        self._task = begin(self._run(), "receipts")

    async def stop(self) -> None:
        """Work no longer."""
        await end(self._task)

    async def ask(self, things: Sequence[Thing]) -> Sequence[Answer]:
        """The answers, in order. Raises Problem 503 when the database does not answer."""
        asked: Asked[Thing, Answer] = Asked(things, {self._name(thing) for thing in things})
        self._waiting.append(asked)
        self._asked.set()
        return await asked.answers

    async def _run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                await self._answer(self._next())

    def _next(self) -> list[Asked[Thing, Answer]]:
        """What goes into one statement: no name may stand in it twice."""
        names: set[str] = set()
        taken: list[Asked[Thing, Answer]] = []
        left: list[Asked[Thing, Answer]] = []
        for one in self._waiting:
            fits = not taken or len(names) + len(one.names) <= MOST
            if fits and names.isdisjoint(one.names):
                names |= one.names
                taken.append(one)
            else:
                left.append(one)
        self._waiting = left
        return taken

    async def _answer(self, taken: list[Asked[Thing, Answer]]) -> None:
        try:
            answers = await self._work([thing for one in taken for thing in one.things])
        except Exception as error:
            for one in taken:
                one.fail(unavailable() if passes(error) else error)
            return
        at = 0
        for one in taken:
            one.answer(answers[at : at + len(one.things)])
            at += len(one.things)


class Receipts:
    """The receipts of this process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._last = datetime(1970, 1, 1, tzinfo=UTC)
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

    async def open(self, entries: Sequence[Entry]) -> Sequence[Opened]:
        """Open a receipt for each event; no two of the same. Raises Problem 503."""
        return await self._opening.ask(entries) if entries else ()

    async def accept(self, sent: Sequence[Sent]) -> None:
        """Write that events are acknowledged. Raises Problem 503."""
        if sent:
            await self._accepting.ask(sent)

    async def _open(self, entries: Sequence[Entry]) -> list[Opened]:
        columns = zip(*(msgspec.structs.astuple(entry) for entry in entries), strict=True)
        async with self._pool.acquire() as conn:
            rows = await conn.fetch(OPEN, *(list(column) for column in columns), self._last)
        found = {row["receipt_id"]: Opened(row["received_at"], row["same"]) for row in rows}
        self._last = max((one.received_at for one in found.values() if one.received_at), default=self._last)
        return [found[entry.receipt_id] for entry in entries]

    async def _accept(self, sent: Sequence[Sent]) -> list[None]:
        first = [one for each in sent for one in each.first]
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute(
                ACCEPT,
                [one.receipt_id for one in sent],
                [one.placed.topic for one in sent],
                [one.placed.partition for one in sent],
                [one.placed.offset for one in sent],
            )
            if first:
                await mark(conn, first)
        return [None] * len(sent)
