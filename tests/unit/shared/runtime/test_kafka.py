"""A producer that broke replaces itself; meanwhile nothing is said to be sent."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError, OutOfOrderSequenceNumber

from shared.runtime import kafka
from shared.runtime.codec import Outgoing
from shared.runtime.config import KafkaSettings
from shared.runtime.kafka import Placed, Producer, Unacknowledged

MESSAGE = Outgoing("events", None, b"anna", b"1")
SETTINGS = KafkaSettings(bootstrap="nowhere:9", security="PLAINTEXT")


class Client:
    """aiokafka's producer: fails as told, then works."""

    made: ClassVar[list[Client]] = []

    def __init__(self, **_: object) -> None:
        self.faults: list[Exception] = []
        self.stopped = False
        Client.made.append(self)

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Close."""
        self.stopped = True

    async def send_and_wait(self, topic: str, **_: object) -> Any:
        """Acknowledge, or not."""
        if self.faults:
            raise self.faults.pop(0)
        return SimpleNamespace(topic=topic, partition=3, offset=7)


@pytest.fixture
async def producer(monkeypatch: pytest.MonkeyPatch) -> Producer:
    """A producer that is connected."""
    Client.made.clear()
    monkeypatch.setattr(kafka, "AIOKafkaProducer", Client)
    made = Producer(SETTINGS, "test")
    await made.start()
    return made


async def test_an_acknowledged_record_has_a_place(producer: Producer) -> None:
    assert await producer.send(MESSAGE) == Placed("events", 3, 7)


@pytest.mark.parametrize("fault", [KafkaTimeoutError(), TimeoutError()])
async def test_one_fault_says_nothing_about_the_record(producer: Producer, fault: Exception) -> None:
    Client.made[0].faults = [fault]
    with pytest.raises(Unacknowledged):
        await producer.send(MESSAGE)
    assert producer.ready
    assert await producer.send(MESSAGE) == Placed("events", 3, 7)


@pytest.mark.parametrize("faults", [[OutOfOrderSequenceNumber()], [KafkaError(), KafkaError()]])
async def test_a_broken_producer_is_replaced(producer: Producer, faults: list[Exception]) -> None:
    Client.made[0].faults = list(faults)
    for _ in faults:
        with pytest.raises(Unacknowledged):
            await producer.send(MESSAGE)
    assert not producer.ready
    with pytest.raises(Unacknowledged):
        await producer.send(MESSAGE)
    async with asyncio.timeout(5):
        while not producer.ready:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert Client.made[0].stopped
    assert await producer.send(MESSAGE) == Placed("events", 3, 7)
