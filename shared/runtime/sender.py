"""Sending what a partition's transactions left in the outbox, in their order, until it is acknowledged."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from typing import Protocol

import msgspec
import structlog

from shared.runtime.codec import Mark, Outgoing
from shared.runtime.kafka import Producer, Unacknowledged
from shared.runtime.tasks import begin, end

BACKOFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger()


class Parcel(msgspec.Struct, frozen=True):
    """What one transaction left for one partition.

    `row` is its outbox row, when it has one. `mark` goes after all that was committed before, and only
    while the partition is still ours; `next_offset` goes with it.
    """

    row: int | None
    messages: Sequence[Outgoing]
    next_offset: int
    mark: Mark | None = None


class Owner(Protocol):
    """Whom a sender works for."""

    async def still_holds(self, part: int) -> bool:
        """Is the partition still ours?"""
        ...

    def beat(self, part: int, next_offset: int, mark: Mark) -> Sequence[Outgoing]:
        """The messages that say how far the partition is."""
        ...

    def acknowledged(self, part: int, rows: Sequence[int]) -> None:
        """These outbox rows are in their topics."""
        ...

    async def lost(self, part: int, sent: Sequence[Outgoing]) -> None:
        """The partition has another holder, and these may have overwritten what it sent."""
        ...


class Sender:
    """The one task that sends for one partition: two would break aiokafka's batches."""

    def __init__(self, part: int, producer: Producer, owner: Owner) -> None:
        self.waiting = 0  # messages not yet acknowledged
        self._part = part
        self._producer = producer
        self._owner = owner
        self._parcels: list[Parcel] = []
        self._there = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._task = begin(self._run(), f"sender-{self._part}")

    async def stop(self) -> None:
        """Send no more; what was not acknowledged stays in the outbox."""
        await end(self._task)

    def put(self, parcel: Parcel) -> None:
        """Send this after what was put before."""
        self._parcels.append(parcel)
        self.waiting += len(parcel.messages)
        self._there.set()

    async def _run(self) -> None:
        while True:
            await self._there.wait()
            self._there.clear()
            parcels, self._parcels = self._parcels, []
            if not await self._deliver(parcels):
                return

    async def _deliver(self, parcels: Sequence[Parcel]) -> bool:
        """Send several parcels as one; False when the partition has another holder."""
        messages = newest(one for parcel in parcels for one in parcel.messages)
        mark = _last(parcels)
        await deliver(self._producer, messages)
        if messages and mark and not await self._owner.still_holds(self._part):
            await self._owner.lost(self._part, messages)
            return False
        if mark:
            await deliver(self._producer, self._owner.beat(self._part, parcels[-1].next_offset, mark))
        self.waiting -= sum(len(parcel.messages) for parcel in parcels)
        self._owner.acknowledged(self._part, [parcel.row for parcel in parcels if parcel.row is not None])
        return True


def _last(parcels: Iterable[Parcel]) -> Mark | None:
    """The last watermark; it answers the last barrier, also that of an earlier parcel."""
    last: Mark | None = None
    for mark in (parcel.mark for parcel in parcels):
        if mark is not None:
            earlier = last.barrier if last else None
            last = Mark(mark.watermark, mark.barrier or earlier)
    return last


def newest(messages: Iterable[Outgoing]) -> list[Outgoing]:
    """The messages without the states that a later one replaces."""
    states: dict[str, Outgoing] = {}
    others: list[Outgoing] = []
    for message in messages:
        if message.learner is None:
            others.append(message)
        else:
            states[message.learner] = message
    return [*states.values(), *others]


async def deliver(producer: Producer, messages: Sequence[Outgoing]) -> None:
    """Send until all is acknowledged; for as long as the broker is away."""
    attempt = 0
    while messages:
        try:
            await _send(producer, messages)
        except Unacknowledged as error:
            log.warning("send_unacknowledged", error=str(error))
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
            attempt += 1
        else:
            return


async def _send(producer: Producer, messages: Iterable[Outgoing]) -> None:
    """Send messages of a given partition in batches, the others by their key."""
    batches: defaultdict[tuple[str, int], list[Outgoing]] = defaultdict(list)
    sends: list[Awaitable[object]] = []
    for message in messages:
        if message.partition is None:
            sends.append(producer.send(message))
        else:
            batches[message.topic, message.partition].append(message)
    sends += [producer.send_all(batch) for batch in batches.values()]
    for outcome in await asyncio.gather(*sends, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
