"""What a consumer can do at most: fetch every record, and throw it away."""

from __future__ import annotations

import time
from collections.abc import Callable

from aiokafka import TopicPartition

from services.bench.figures import Rate
from services.bench.platform import Platform
from shared.runtime.kafka import lane_consumer
from shared.runtime.topics import PARTITIONS, TRANSFER_EVENTS

RECORDS = 5_000


async def consume(where: Platform, events: int, done: Callable[[int], None]) -> Rate:
    """Fetch `events` records of `transfer-events` with the settings of the lane."""
    consumer = lane_consumer(where.kafka, "bench-bare", "1")
    await consumer.start()
    try:
        places = [TopicPartition(TRANSFER_EVENTS, part) for part in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        started, computed, seen = time.perf_counter(), time.process_time(), 0
        while seen < events:
            for records in (await consumer.getmany(timeout_ms=1000, max_records=RECORDS)).values():
                seen += len(records)
            done(seen)
        return Rate("bare consumer", seen, time.perf_counter() - started, time.process_time() - computed)
    finally:
        await consumer.stop()
