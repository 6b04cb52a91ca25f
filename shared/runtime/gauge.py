"""How far the log is: for the watermark, and for graphs of the lag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime import metrics
from shared.runtime.clock import Clock
from shared.runtime.partition import Partition, Slice


class Gauge:
    """Looks where the partitions end."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, group: str, clock: Clock) -> None:
        self._consumer = consumer
        self._topic = topic
        self._group = group
        self._clock = clock
        self._asked_at: datetime | None = None
        self._ends: Mapping[int, int] = {}

    async def look(self, partitions: Iterable[Partition]) -> None:
        """Ask for the ends. Raises KafkaError."""
        held = {TopicPartition(self._topic, one.part): one for one in partitions}
        if not held:
            return
        before = self._clock.now()  # read BEFORE the ends are asked: what comes later is appended later
        ends = await self._consumer.end_offsets(list(held))
        self._asked_at, self._ends = before, {place.partition: end for place, end in ends.items()}
        for place, one in held.items():
            lag = metrics.CONSUMER_LAG.labels(self._group, place.topic, place.partition)
            lag.set(max(0, ends[place] - one.stand.next_offset))

    async def commit(self, partitions: Iterable[Partition]) -> None:
        """Tell Kafka how far we are: for graphs only, nobody starts from it. Raises KafkaError."""
        done = {TopicPartition(self._topic, one.part): one.stand.next_offset for one in partitions}
        if done:
            await self._consumer.commit(done)

    def aim(self, slices: Iterable[Slice]) -> None:
        """Up to when is each partition complete: behind what is done, or behind its quiet end.

        By the time that a record may be late; the records of the slices are not done yet.
        """
        lateness = self._clock.reading.lateness
        for one in slices:
            held = one.held
            end = self._ends.get(held.part)
            at_end = end is not None and held.stand.next_offset >= end and not one.reads and not len(held)
            if at_end and self._asked_at is not None:
                held.aim(held.quiet_since(self._asked_at) - lateness)
            elif held.stand.append_max is not None:
                held.aim(held.stand.append_max - lateness)
