"""A barrier is written when every door has confirmed it, and to every partition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.registration import barrier
from services.registration.barrier import write
from shared.runtime.codec import Outgoing, read_mark
from shared.runtime.kafka import Placed, Unacknowledged
from shared.runtime.topics import INSTITUTIONS, PARTITIONS, TRANSFER_EVENTS

AT = datetime(2026, 9, 21, 6, tzinfo=UTC)


class Database:
    """Holds barriers that all have confirmed."""

    def __init__(self, *waiting: int) -> None:
        self.waiting = list(waiting)

    async def fetch(self, statement: str) -> Sequence[dict[str, Any]]:
        """Those that are to be written."""
        assert statement == barrier.READY
        return [{"id": number, "at": AT} for number in self.waiting]

    async def execute(self, statement: str, number: int) -> None:
        """One is written."""
        assert statement == barrier.WRITTEN
        self.waiting.remove(number)


class Log:
    """Keeps what is sent, unless it is deaf to a partition."""

    def __init__(self, deaf: int | None = None) -> None:
        self.messages: list[Outgoing] = []
        self.deaf = deaf

    async def send(self, message: Outgoing) -> Placed:
        """Keep it."""
        if message.partition == self.deaf:
            raise Unacknowledged("TimeoutError")
        self.messages.append(message)
        return Placed(message.topic, message.partition or 0, 0)


class Record(msgspec.Struct):
    """A record as the Kafka client gives it."""

    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes]]
    topic: str = TRANSFER_EVENTS
    partition: int = 0
    offset: int = 0
    timestamp: int = 0


async def test_it_goes_to_every_partition_and_to_the_institutions() -> None:
    database, log = Database(7), Log()
    assert not await write(database, log)  # type: ignore[arg-type]
    assert database.waiting == []
    places = {(message.topic, message.partition) for message in log.messages}
    assert places == {(TRANSFER_EVENTS, part) for part in range(PARTITIONS)} | {(INSTITUTIONS, 0)}
    for message in log.messages:
        mark = read_mark(Record(message.key, message.value, message.headers))
        assert mark is not None
        assert mark.barrier == AT


@pytest.mark.parametrize("part", range(0, PARTITIONS, 5))
async def test_one_that_a_partition_did_not_take_is_written_again(part: int) -> None:
    database = Database(7, 8)
    assert await write(database, Log(deaf=part))  # type: ignore[arg-type]
    assert database.waiting == [7, 8]
    assert not await write(database, Log())  # type: ignore[arg-type]
    assert database.waiting == []
