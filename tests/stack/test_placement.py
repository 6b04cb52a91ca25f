"""Placement on the running platform, with records that no door would let through."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from aiokafka import TopicPartition

from shared.domain.catalogue import KINDS
from shared.domain.envelope import check
from shared.domain.ids import receipt_id
from shared.runtime.clock import ask
from shared.runtime.codec import Outgoing, decode_record, event_message
from shared.runtime.config import KafkaSettings
from shared.runtime.kafka import Producer, reader
from shared.runtime.topics import EVENT_OUTCOMES, PARTITIONS, TRANSFER_EVENTS, dead_letters
from tests.stack.running import Stack

pytestmark = pytest.mark.stack

SOURCE = "urn:nld:oin:00000099000000001000:systeem:test-placement"
RUN = uuid4().hex
"""So that a second run on one stack meets nobody of the first."""
PATIENCE_SECONDS = 20


class Log:
    """The log and the rows behind it."""

    def __init__(self, kafka: KafkaSettings, conn: asyncpg.Connection[Any]) -> None:
        self.conn = conn
        self._kafka = kafka
        self.producer = Producer(kafka, "test-placement")

    async def listed(self, name: str, event_id: str, **data: Any) -> Outgoing:
        """An event as the door would send it."""
        kind = KINDS["vo.learner.listed"]
        event = {
            "specversion": "1.0",
            "id": f"{event_id}-{RUN}",
            "source": SOURCE,
            "type": kind.wire_type,
            "time": "2025-09-30T12:00:00+02:00",
            "data": {**kind.example, "studentRef": _ref(name), "occurredAt": "2025-09-30T11:00:00+02:00"}
            | data,
        }
        return event_message(check(event), await ask(self.conn))

    async def body(self, name: str) -> bytes:
        """What is stored of a learner, as soon as there is something."""
        query = "SELECT body FROM placement.learner WHERE student_ref = $1"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (body := await self.conn.fetchval(query, _ref(name))) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return bytes(body)

    async def find(self, topic: str, parts: int, key: bytes) -> list[Any]:
        """The records of a key, as soon as there is one."""
        consumer = reader(self._kafka, "test-placement-reader")
        await consumer.start()
        try:
            places = [TopicPartition(topic, part) for part in range(parts)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    fetched = await consumer.getmany(timeout_ms=200)
                    found = [one for some in fetched.values() for one in some if one.key == key]
                    if found:
                        return found
        finally:
            await consumer.stop()


@pytest.fixture
async def log(stack: Stack) -> AsyncIterator[Log]:
    """The log of the running stack."""
    conn = await stack.connect()
    kafka = KafkaSettings(bootstrap=stack.addresses["kafka"], security="PLAINTEXT", replication=1)
    made = Log(kafka, conn)
    await made.producer.start()
    try:
        yield made
    finally:
        await made.producer.stop()
        await conn.close()


async def test_copies_of_one_event_are_one_fact_and_one_version(log: Log) -> None:
    first = await log.listed("copies", "copies-1")
    for _ in range(5):
        await log.producer.send(first)
    await log.producer.send(await log.listed("copies-end", "copies-end"))
    await log.body("copies-end")
    record = decode_record(await log.body("copies"))
    [year] = record.years.values()
    [chain] = year.chains.values()
    assert (record.version, [one.event_id for one in chain]) == (1, [f"copies-1-{RUN}"])


async def test_rubbish_is_a_dead_letter_and_the_partition_goes_on(log: Log) -> None:
    good = await log.listed("rubbish", "rubbish-2")
    bad = msgspec.structs.replace(
        good,
        value=b'{"studentRef": NaN',
        headers=tuple(
            (name, f"rubbish-1-{RUN}".encode() if name == "ce_id" else value) for name, value in good.headers
        ),
    )
    await log.producer.send(bad)
    await log.producer.send(good)
    assert decode_record(await log.body("rubbish")).version == 1
    [letter] = await log.find(dead_letters(TRANSFER_EVENTS), 3, good.key or b"")
    headers = dict(letter.headers)
    assert letter.value == bad.value
    assert (headers["dlt-reason"], headers["dlt-topic"]) == (b"not-json", b"transfer-events")
    assert headers["ce_id"] == f"rubbish-1-{RUN}".encode()
    receipt = receipt_id(SOURCE, f"rubbish-1-{RUN}")
    [outcome] = await log.find(EVENT_OUTCOMES, PARTITIONS, receipt.encode())
    assert json.loads(outcome.value)["outcome"] == "dead"


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (None, b"{}", ()),
        (b"\xff\xfe", b"\x00", (("ce_id", b"\xff"),)),
        (b"x", None, ()),
        (b"y" * 100, b"1" * 1_000_000, ()),
    ],
)
async def test_no_record_whatever_stops_a_partition(
    log: Log, key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]
) -> None:
    name = f"after-{sha256(repr((key, value)).encode()).hexdigest()[:8]}"
    good = await log.listed(name, name)
    part = (await log.producer.send(good)).partition
    await log.producer.send(Outgoing(TRANSFER_EVENTS, part, key, value, headers))
    await log.producer.send(await log.listed(name, f"{name}-2", sourceSeq=2))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while decode_record(await log.body(name)).version < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def _ref(name: str) -> str:
    return urlsafe_b64encode(sha256(f"{RUN}/{name}".encode()).digest()).rstrip(b"=").decode()
