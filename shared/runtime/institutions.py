"""Following the topic `institutions`: who exists, and how far this process has read.

Every process reads the topic as a whole, without a group, and keeps the highest version of each
record. Nothing about a learner may be judged beyond what has been read here: `reached`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.domain.world import Institution
from shared.runtime.clock import Clock
from shared.runtime.codec import Unreadable, decode_institution, read_mark
from shared.runtime.config import Settings
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.kafka import reader
from shared.runtime.tasks import begin, end
from shared.runtime.topics import INSTITUTIONS

EVERY_SECONDS = 1.0
PLACE = TopicPartition(INSTITUTIONS, 0)

PUBLISHED_WITHIN = timedelta(minutes=10)
"""How long after `changed_at` a change may still enter the topic (its writer waits for it)."""

Changed = Callable[[list[Institution]], object]

log = structlog.get_logger()


class Follower:
    """The institutions as this process has read them.

    `reached` (domain time): every change published before it is in `institutions`.
    """

    def __init__(self, settings: Settings, clock: Clock, heartbeat: Heartbeat) -> None:
        self.institutions: dict[str, Institution] = {}
        self.reached: datetime | None = None
        self._clock = clock
        self._heartbeat = heartbeat
        self._consumer: AIOKafkaConsumer = reader(settings.kafka, f"{heartbeat.process}-institutions")
        self._changed: list[Changed] = []
        self._weighty: dict[str, Institution] = {}
        self.newest = 0  # the version of the last change of substance
        self._moved: list[Callable[[], object]] = []
        self._task: asyncio.Task[None] | None = None

    def on_change(self, changed: Changed) -> None:
        """Call `changed` with institutions that are new or newer, before others are told of them."""
        self._changed.append(changed)

    def on_reach(self, moved: Callable[[], object]) -> None:
        """Call `moved` whenever `reached` has moved."""
        self._moved.append(moved)

    async def start(self) -> None:
        """Read the topic to its end, then follow it."""
        await self._consumer.start()
        self._consumer.assign([PLACE])
        await self._consumer.seek_to_beginning(PLACE)
        while self.reached is None:
            await self._read(timeout_ms=50)
            await self._look()
        self._task = begin(self._run(), "institutions")

    async def stop(self) -> None:
        """Follow no longer."""
        await end(self._task)
        await self._consumer.stop()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        look_at = loop.time() + EVERY_SECONDS
        while True:
            await self._read(timeout_ms=max(1, int((look_at - loop.time()) * 1000)))
            if loop.time() >= look_at:
                look_at = loop.time() + EVERY_SECONDS
                try:
                    await self._look()
                except KafkaError as error:
                    log.warning("institutions_not_reached", error=type(error).__name__)

    async def _read(self, timeout_ms: int) -> None:
        fetched = await self._consumer.getmany(timeout_ms=timeout_ms)
        newer: dict[str, Institution] = {}
        barriers: list[datetime] = []
        for record in fetched.get(PLACE, ()):
            mark = read_mark(record)
            if mark is not None:
                barriers.append(mark.watermark)
            elif (institution := _decoded(record.value)) is not None and self._is_newer(institution):
                newer[institution.org] = self._take(institution)
        await self._apply(list(newer.values()))
        for barrier in barriers:
            self._reach(barrier)

    def copy(self) -> dict[str, Institution]:
        """The institutions as they are now, for a world that does not change."""
        return dict(self.institutions)

    def since(self, version: int, done: datetime | None) -> list[Institution]:
        """The institutions with another substance than at this version of the registry.

        `done` (domain time): everything due up to then was worked off, so earlier changes were seen.
        """
        return [
            one
            for one in self._weighty.values()
            if one.version > version
            and (done is None or one.changed_at is None or one.changed_at > done - PUBLISHED_WITHIN)
        ]

    def _take(self, institution: Institution) -> Institution:
        held = self.institutions.get(institution.org)
        if held is None or _substance(held) != _substance(institution):
            self._weighty[institution.org] = institution
            self.newest = max(self.newest, institution.version)
        self.institutions[institution.org] = institution
        return institution

    def _is_newer(self, institution: Institution) -> bool:
        held = self.institutions.get(institution.org)
        return held is None or institution.version > held.version

    async def _apply(self, newer: list[Institution]) -> None:
        if newer:
            for changed in self._changed:
                changed(newer)
            await self._heartbeat.applied("institutions", latest(newer))

    async def _look(self) -> None:
        """Is everything read that was published before now?"""
        before = self._clock.now() - self._clock.reading.lateness
        end = (await self._consumer.end_offsets([PLACE]))[PLACE]
        if await self._consumer.position(PLACE) >= end:
            self._reach(before)

    def _reach(self, moment: datetime) -> None:
        if self.reached is None or moment > self.reached:
            self.reached = moment
            for moved in self._moved:
                moved()


def latest(institutions: Iterable[Institution], least: int = 0) -> int:
    """The highest version among them, not below `least`."""
    return max((one.version for one in institutions), default=least)


def _substance(institution: Institution) -> Institution:
    """What a learner's state may depend on: all but when its senders were heard."""
    return msgspec.structs.replace(institution, last_received_at={}, heard={}, version=0, changed_at=None)


def _decoded(value: bytes | None) -> Institution | None:
    if not value:
        return None
    try:
        return decode_institution(value)
    except Unreadable:
        log.error("institution_unreadable")
        return None
