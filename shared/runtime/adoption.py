"""Taking partitions over: raise the epoch, send again what the last holder left, begin where it stood."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

from shared.runtime.codec import Outgoing
from shared.runtime.database import Connection
from shared.runtime.kafka import Producer
from shared.runtime.ledger import Kept, Ledger, Stand
from shared.runtime.sender import deliver

Newest = Callable[[Connection, Collection[str]], Awaitable[list[Outgoing]]]


class LaneFault(Exception):
    """The lane cannot go on by itself, and must not: the message says what a person has to look at."""


class Adoption:
    """How a lane becomes the holder of partitions of `topic`.

    `events`: what left the log unread is lost. `exact_ends`: the broker tells where the log ends.
    """

    def __init__(
        self,
        topic: str,
        ledger: Ledger,
        consumer: AIOKafkaConsumer,
        producer: Producer,
        newest: Newest | None,
        *,
        events: bool,
        exact_ends: bool,
    ) -> None:
        self.cluster = ""
        self._topic = topic
        self._ledger = ledger
        self._consumer = consumer
        self._producer = producer
        self._newest = newest
        self._events = events
        self._exact_ends = exact_ends

    async def adopt(
        self, conn: Connection, wanted: dict[int, int | None]
    ) -> Mapping[int, tuple[Stand, set[int]]]:
        """Each partition with its row, and the outbox rows that were sent again.

        `wanted` names the epoch of a partition that was ours before: it is taken again only if it still
        is. It is updated, so that an attempt that failed can be repeated. Nothing comes back when the
        group has meanwhile given the partitions to others. Raises LaneFault.
        """
        if not wanted:
            return {}
        stands = await self._ledger.adopt(conn, wanted)
        self._check_rows(wanted, stands)
        wanted.clear()
        wanted.update((stand.part, stand.epoch) for stand in stands)
        try:
            await self._check_log(stands)
            kept = await self._ledger.kept(conn, [stand.part for stand in stands])
            await self._send_again(conn, kept)
            for stand in stands:
                place = TopicPartition(self._topic, stand.part)
                await self._consumer.position(place)  # so that nothing else sets a position after this
                self._consumer.seek(place, stand.next_offset)
        except IllegalStateError:
            return {}
        return {stand.part: (stand, {one.id for one in kept if one.part == stand.part}) for stand in stands}

    def _check_rows(self, wanted: Mapping[int, int | None], stands: Sequence[Stand]) -> None:
        missing = {part for part, epoch in wanted.items() if epoch is None} - {one.part for one in stands}
        if missing:
            raise LaneFault(f"no offset row for {self._topic} {sorted(missing)}: run `transfers migrate`")
        if any(stand.cluster != self.cluster for stand in stands):
            raise LaneFault(f"{self._topic} was read from another Kafka cluster than {self.cluster}")

    async def _check_log(self, stands: Sequence[Stand]) -> None:
        """What has left the log was never read; what is not in it yet cannot have been."""
        places = {stand.part: TopicPartition(self._topic, stand.part) for stand in stands}
        first = await self._consumer.beginning_offsets(list(places.values()))
        last = await self._consumer.end_offsets(list(places.values()))
        for stand in stands:
            place = places[stand.part]
            if self._events and stand.next_offset < first[place]:
                raise LaneFault(f"{place}: {stand.next_offset} to {first[place]} expired unread")
            if self._exact_ends and stand.next_offset > last[place]:
                raise LaneFault(f"{place}: the log ends at {last[place]}, before {stand.next_offset}")

    async def _send_again(self, conn: Connection, kept: Sequence[Kept]) -> None:
        refs = {ref for one in kept for ref in one.learners}
        messages = [message for one in kept for message in one.messages]
        if refs and self._newest:
            messages = [*await self._newest(conn, refs), *messages]
        await deliver(self._producer, messages)
