"""The events of the measurement: a simulated year, in the log as the door would have put it there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time

import msgspec

from services.bench.platform import Platform
from services.simulate.command import world_of
from services.simulate.region import read, registered
from services.simulate.year import postings
from shared.domain.calendar import AMSTERDAM
from shared.domain.envelope import check
from shared.runtime.codec import Outgoing, event_message
from shared.runtime.kafka import LANE_BATCH, Producer
from shared.runtime.topics import partition_of

YEAR = 2026
LAST = date(YEAR, 10, 16)
SEED = 1
SENT_AT_ONCE = 5_000


def year(learners: int) -> Iterator[Outgoing]:
    """The messages of a school year of the region Limburg-Noord, in order of day."""
    region = read("38")
    for posting in postings(region, world_of(registered(region)), YEAR, learners, SEED, LAST):
        if posting.ref is None:
            continue  # a lesson calendar has a way of its own
        received = datetime.combine(posting.day, time(17), AMSTERDAM)
        message = event_message(check(posting.event), received)
        part = partition_of((message.key or b"").decode())
        yield msgspec.structs.replace(message, partition=part)


async def fill(where: Platform, messages: list[Outgoing]) -> None:
    """Put them into the log."""
    producer = Producer(where.kafka, "bench-events", batch=LANE_BATCH)
    await producer.start()
    for start in range(0, len(messages), SENT_AT_ONCE):
        parts: defaultdict[int | None, list[Outgoing]] = defaultdict(list)
        for message in messages[start : start + SENT_AT_ONCE]:
            parts[message.partition].append(message)
        await asyncio.gather(*(producer.send_all(some, timeout=60) for some in parts.values()))
    await producer.stop()
