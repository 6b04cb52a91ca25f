"""What became of events: reads `event-outcomes` into the receipts, offset and effect in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from aiokafka import TopicPartition

from shared.domain.codes import Outcome
from shared.runtime.config import KafkaSettings
from shared.runtime.database import Connection
from shared.runtime.kafka import reader
from shared.runtime.topics import EVENT_OUTCOMES, PARTITIONS

WHERE = "SELECT part, next_offset FROM registration.stream_offset WHERE topic = $1"
MOVE = """
INSERT INTO registration.stream_offset (topic, part, next_offset) VALUES ($1, $2, $3)
ON CONFLICT (topic, part) DO UPDATE SET next_offset = excluded.next_offset
"""
PROGRESS = """
INSERT INTO registration.progress AS p (part, next_offset) VALUES ($1, $2)
ON CONFLICT (part) DO UPDATE SET next_offset = greatest(p.next_offset, excluded.next_offset)
"""
OUTCOME = """
UPDATE registration.receipt AS r SET outcome = nullif(g.outcome, 'applied')
FROM unnest($1::text[], $2::text[]) AS g(receipt_id, outcome) WHERE r.receipt_id = g.receipt_id
"""
OUTCOMES = frozenset(outcome.value for outcome in Outcome)

log = structlog.get_logger()


async def follow(conn: Connection, settings: KafkaSettings, process: str) -> None:
    """Read for as long as this process leads."""
    consumer = reader(settings, f"{process}-outcomes")
    await consumer.start()
    try:
        places = [TopicPartition(EVENT_OUTCOMES, part) for part in range(PARTITIONS)]
        consumer.assign(places)
        known = {row["part"]: row["next_offset"] for row in await conn.fetch(WHERE, EVENT_OUTCOMES)}
        for place in places:
            if place.partition in known:
                consumer.seek(place, known[place.partition])
            else:
                await consumer.seek_to_beginning(place)
        while True:
            fetched = await consumer.getmany(timeout_ms=1000)
            for place, records in fetched.items():
                await keep(conn, place.partition, records)
    finally:
        await consumer.stop()


class Batch(msgspec.Struct):
    """What some records say: an outcome by receipt, and how far placement has come."""

    outcomes: dict[str, str] = {}
    progress: int | None = None


def read(records: Sequence[Any]) -> Batch:
    """The last outcome of a receipt counts; what cannot be read is passed over."""
    batch = Batch()
    for record in records:
        told = _told(record.value)
        if isinstance(told.get("nextOffset"), int):
            batch.progress = max(batch.progress or 0, told["nextOffset"])
        elif told.get("outcome") in OUTCOMES and isinstance(told.get("receiptId"), str):
            batch.outcomes[told["receiptId"]] = told["outcome"]
    return batch


async def keep(conn: Connection, part: int, records: Sequence[Any]) -> None:
    """Write what the records of one partition say, and that they were read, in one transaction."""
    batch = read(records)
    async with conn.transaction():
        if batch.outcomes:
            await conn.execute(OUTCOME, list(batch.outcomes), list(batch.outcomes.values()))
        if batch.progress is not None:
            await conn.execute(PROGRESS, part, batch.progress)
        await conn.execute(MOVE, EVENT_OUTCOMES, part, records[-1].offset + 1)


def _told(value: bytes | None) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(value or b"{}")
    except msgspec.MsgspecError:
        told = None
    if isinstance(told, dict):
        return told
    log.error("outcome_unreadable")
    return {}
