"""Reading ahead: what comes from the log lands in the backlog, whatever it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import TopicPartition

from shared.runtime.clock import LATENESS, Clock
from shared.runtime.codec import Mark, Unreadable, barrier
from shared.runtime.intake import Intake
from shared.runtime.ledger import Stand
from shared.runtime.partition import Dead, Partition

EIGHT = datetime(2025, 10, 1, 8, tzinfo=UTC)
PLACE = TopicPartition("events", 3)


@dataclass
class Given:
    """A record as Kafka brings it, appended at eight."""

    offset: int
    value: bytes | None = b"fact"
    key: bytes | None = b"anna"
    headers: Iterable[tuple[str, bytes]] = ()
    topic: str = "events"
    partition: int = 3
    timestamp: int = int(EIGHT.timestamp() * 1000)


class Job:
    """Reads a value together with what is known."""

    topic = "events"

    def decode(self, record: Given, known: datetime) -> tuple[bytes | None, datetime]:
        """The value."""
        if record.value == b"rubbish":
            raise Unreadable("not-json")
        if record.value == b"defect":
            raise ZeroDivisionError
        return record.value, known


class Consumer:
    """Brings one fetch after another, then nothing more."""

    def __init__(self, *fetches: list[Given]) -> None:
        self.fetches = list(fetches)
        self.sought: list[int] = []

    async def getmany(self, **_: object) -> dict[TopicPartition, list[Given]]:
        """The next one."""
        if not self.fetches:
            await asyncio.sleep(3600)
        return {PLACE: self.fetches.pop(0)}

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Remember."""
        self.sought.append(offset)


async def read(*fetches: list[Given], events: bool = True) -> tuple[Partition, Consumer]:
    """A partition at offset 10, after everything was fetched."""
    sender: Any = None
    held = Partition(Stand(3, 10, 5, "cluster", None, None, 0), sender)
    consumer, job = Consumer(*fetches), Job()
    arguments: tuple[Any, ...] = (job, consumer, {3: held}, Clock(embedded=True), asyncio.Event())
    running = asyncio.create_task(Intake(*arguments, events=events).run())
    while consumer.fetches:  # noqa: ASYNC110 - the last fetch is taken without waiting
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    return held, consumer


def whats(held: Partition) -> list[Any]:
    """What was read."""
    return [one.what for one in held.take(99, 1 << 30)]


async def test_a_record_is_read_with_what_is_known_by_its_append_time() -> None:
    held, _ = await read([Given(10)])
    assert whats(held) == [(b"fact", EIGHT - LATENESS)]
    assert (held.position, held.append_max) == (11, EIGHT)


async def test_what_cannot_be_read_is_kept_as_dead() -> None:
    held, _ = await read([Given(10, b"rubbish"), Given(11, b"defect"), Given(12)])
    assert whats(held)[:2] == [Dead("not-json"), Dead("invalid")]


async def test_a_barrier_is_a_mark() -> None:
    message = barrier("events", 3, EIGHT + timedelta(hours=1))
    held, _ = await read([Given(10, b"", b"", message.headers)])
    assert whats(held) == [Mark(EIGHT + timedelta(hours=1), EIGHT + timedelta(hours=1))]


async def test_records_before_the_position_are_left_out() -> None:
    held, _ = await read([Given(8), Given(9), Given(10)])
    assert len(held) == 1


async def test_a_gap_in_events_is_read_again() -> None:
    held, consumer = await read([Given(10), Given(12)])
    assert (len(held), consumer.sought) == (1, [11])


async def test_a_compacted_topic_has_gaps() -> None:
    held, consumer = await read([Given(10), Given(12)], events=False)
    assert (len(held), consumer.sought, held.position) == (2, [], 13)
