"""Reading and decoding what the lane works on next, while it waits for the database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

from shared.runtime.clock import Clock
from shared.runtime.codec import Raw, Unreadable, read_mark
from shared.runtime.job import Job
from shared.runtime.partition import Dead, Partition, Read

FETCH_RECORDS = 5_000
FETCH_MS = 500
BATCH_RECORDS = 20_000
BATCH_BYTES = 16_777_216
YIELD_SECONDS = 0.1

log = structlog.get_logger()


class Intake:
    """Fills the backlogs of the partitions in `held`, and sets `wake` when there is something new.

    `events`: the topic has no gaps and its append times count; a compacted topic has neither.
    """

    def __init__(
        self,
        job: Job,
        consumer: AIOKafkaConsumer,
        held: Mapping[int, Partition],
        clock: Clock,
        wake: asyncio.Event,
        *,
        events: bool,
    ) -> None:
        self._job = job
        self._consumer = consumer
        self._held = held
        self._clock = clock
        self._wake = wake
        self._events = events
        self._room = asyncio.Event()
        self._room.set()

    async def run(self) -> None:
        """Read for ever; a fault of the consumer ends it, and with it the process."""
        while True:
            await self._room.wait()
            before = dict(self._held)
            fetched = await self._consumer.getmany(timeout_ms=FETCH_MS, max_records=FETCH_RECORDS)
            for place, records in fetched.items():
                held = self._held.get(place.partition)
                if held is None:
                    continue
                if before.get(place.partition) is held:
                    await self._decode(held, records)
                else:  # it was read before it was ours
                    self._seek(held)
            if fetched:
                self._wake.set()
            self.make_room()

    def make_room(self) -> None:
        """Read on while the backlogs are below what one transaction may hold."""
        records = sum(len(held) for held in self._held.values())
        size = sum(held.size for held in self._held.values())
        if records < BATCH_RECORDS and size < BATCH_BYTES:
            self._room.set()
        else:
            self._room.clear()

    async def _decode(self, held: Partition, records: Sequence[Raw]) -> None:
        loop = asyncio.get_running_loop()
        yielded = loop.time()
        for record in records:
            if record.offset < held.position:
                continue
            if self._events and record.offset > held.position:
                log.warning("gap_seen", partition=held.part)
                self._seek(held)
                return
            held.push(self._read(held, record))
            if loop.time() - yielded > YIELD_SECONDS:
                self._wake.set()
                await asyncio.sleep(0)
                yielded = loop.time()
                if self._held.get(held.part) is not held:
                    return

    def _read(self, held: Partition, record: Raw) -> Read:
        reading = self._clock.reading
        append_max = held.appended(record.timestamp, reading) if self._events else None
        if record.key == b"" and (mark := read_mark(record)) is not None:
            return Read(record.offset, append_max, mark, record)
        try:
            known = append_max - reading.lateness if append_max else reading.domain
            return Read(record.offset, append_max, self._job.decode(record, known), record)
        except Unreadable as error:
            return Read(record.offset, append_max, Dead(error.reason), record)
        except Exception as defect:
            log.error("record_not_decoded", defect=type(defect).__name__)
            return Read(record.offset, append_max, Dead("invalid"), record)

    def _seek(self, held: Partition) -> None:
        with contextlib.suppress(IllegalStateError):
            self._consumer.seek(TopicPartition(self._job.topic, held.part), held.position)
