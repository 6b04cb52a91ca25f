"""The alerts worker in the running platform: what is asked, done, told and brought back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.stack.folder import Folder
from shared.domain.catalogue import KINDS
from shared.domain.ids import handle, learner_id
from shared.runtime.topics import ALERT_EVENTS, partition_of
from tests.stack.running import Stack

pytestmark = pytest.mark.stack

SOURCE = "urn:nld:oin:00000099000000001000:systeem:alerts-worker"
SCHOOL: dict[str, Any] = {
    "org": "98VA",
    "role": "vo_school",
    "name": "Voorbeeldschool",
    "presence": False,
    "sites": [{"site": "98VA01", "municipality": "0957", "holidayRegion": "zuid"}],
}
Json = dict[str, Any]


class Desk:
    """What the web process does for a desk in region 38, without its pages."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self._connection = connection

    async def asks(self, ref: str, **body: str) -> Json:
        """Ask for something, and give the answer of the lane."""
        number = uuid4()
        done = asyncio.Event()
        await self._connection.add_listener(
            "action_done", lambda *heard: done.set() if heard[3] == str(number) else None
        )
        async with self._connection.transaction():
            await self._connection.execute("SELECT set_config('transfers.audience', 'R38', true)")
            at = await self._connection.fetchval("SELECT platform.now()")
            action = {"at": at.isoformat(), "role": "rmc_desk", "region": "38", "studentRef": ref}
            await self._connection.execute(
                "INSERT INTO alerts.action (id, part, student_ref, learner_id, body, at, by_subject,"
                " audience, delete_after) VALUES ($1, $2, $3, $4, $5, $6, 'officer', '{R38}', '2030-01-01')",
                number,
                partition_of(ref),
                ref,
                learner_id(ref),
                json.dumps(action | {"transitionYear": 2026, "by": "officer"} | body),
                at,
            )
            await self._connection.execute("SELECT pg_notify('actions', '')")
        await asyncio.wait_for(done.wait(), 5)
        return await self.answer(str(number))

    async def answer(self, number: str) -> Json:
        """The answer to one action."""
        async with self._connection.transaction():
            await self._connection.execute("SELECT set_config('transfers.audience', 'R38', true)")
            text = await self._connection.fetchval("SELECT result FROM alerts.action WHERE id = $1", number)
        found: Json = json.loads(text)
        return found


@pytest.fixture
async def desk(stack: Stack) -> AsyncIterator[Desk]:
    folder = Folder(stack.folder)
    plan = folder.plan()
    assert plan is not None
    connection = await asyncpg.connect(folder.database_url(plan.ports["postgres"], "alerts_web"))
    yield Desk(connection)
    await connection.close()


@pytest.fixture
async def told(stack: Stack) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.addresses["kafka"], enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(ALERT_EVENTS, part) for part in range(6)])
    await consumer.seek_to_end()
    await asyncio.gather(*(consumer.position(part) for part in consumer.assignment()))
    yield consumer
    await consumer.stop()


async def listed(stack: Stack) -> str:
    """A pupil who was just put on the list; gives the pseudonym."""
    ref = "Aw-" + uuid4().hex + "0" * 8
    stack.import_institutions([SCHOOL])
    token = stack.add_client("alerts-worker-test", [SOURCE], [SCHOOL["org"]])
    connection = await stack.connect()
    now = (await connection.fetchval("SELECT platform.now()")).isoformat()
    await connection.close()
    kind = KINDS["vo.learner.listed"]
    data = dict(kind.example) | {
        "studentRef": ref,
        "senderOrg": "98VA",
        "voSite": "98VA01",
        "occurredAt": now,
    }
    event = {"specversion": "1.0", "id": str(uuid4()), "source": SOURCE, "type": kind.wire_type, "time": now}
    (answer,) = await stack.post(token, [event | {"data": data}])
    assert answer["outcome"] == "accepted", answer
    await stack.settled()
    return ref


async def heard(consumer: AIOKafkaConsumer, count: int) -> list[Any]:
    """The next records of the topic."""
    found: list[Any] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            batches = await consumer.getmany(timeout_ms=200)
            found += [record for records in batches.values() for record in records]
    return found


async def test_what_a_desk_does_is_done_told_and_comes_back_as_a_fact(
    stack: Stack, desk: Desk, told: AIOKafkaConsumer
) -> None:
    ref = await listed(stack)
    opened = await desk.asks(ref, action="open")
    assert opened["status"] == 201
    called = await desk.asks(ref, action="contact-attempt", caseId=opened["caseId"], result="REACHED")
    assert (called["status"], called["caseId"]) == (201, opened["caseId"])

    records = await heard(told, 2)
    kinds = [dict(record.headers)["ce_type"].decode().rsplit(".", 2)[1] for record in records]
    assert kinds == ["opened", "status-changed"]
    for record in records:
        assert record.key == opened["caseId"].encode()
        spoken = record.value + b"".join(value for _, value in record.headers)
        for secret in (ref, learner_id(ref), handle(ref)):
            assert secret.encode() not in spoken

    await stack.settled()
    connection = await stack.connect()
    version = await connection.fetchval("SELECT version FROM placement.learner WHERE student_ref = $1", ref)
    await connection.close()
    assert version == 2, "placement knows of the call too"
