"""A lane with the smallest possible job: it counts the records of each learner, n = n + 1."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.domain.world import Institution
from shared.runtime.clock import Clock
from shared.runtime.codec import Mark, Outgoing, Raw, Unreadable, marker
from shared.runtime.config import DatabaseSettings, KafkaSettings, WorkerSettings
from shared.runtime.database import Connection, Listener
from shared.runtime.job import ActionRow
from shared.runtime.kafka import Producer, cluster_id, reader
from shared.runtime.lane import Lane

PATIENCE_SECONDS = 20
PARTS = 2

TABLES = """
CREATE SCHEMA {name};
CREATE TABLE {name}.stream_offset (LIKE placement.stream_offset INCLUDING ALL);
CREATE TABLE {name}.outbox (LIKE placement.outbox INCLUDING ALL);
CREATE TABLE {name}.timer (LIKE placement.timer INCLUDING ALL);
CREATE TABLE {name}.tally (student_ref text PRIMARY KEY, part smallint, n int NOT NULL);
"""
COUNT = """
INSERT INTO {name}.tally AS t SELECT * FROM unnest($1::text[], $2::smallint[], $3::int[])
ON CONFLICT (student_ref) DO UPDATE SET n = t.n + excluded.n
"""


class Item(msgspec.Struct, frozen=True):
    """One record counts for one learner."""

    student_ref: str
    poison: bool


class Tally:
    """Counts records; `due` counts as a record too. The word `poison` breaks `fold`."""

    def __init__(self, name: str) -> None:
        self.schema = name
        self.topic = f"{name}-in"
        self.group = f"{name}-group"
        self._seen: Counter[tuple[int, str]] = Counter()
        self._due: set[str] = set()

    def decode(self, record: Raw, known: datetime) -> Item:
        """The key is the learner."""
        if not record.key:
            raise Unreadable("no-key")
        if record.value == b"rubbish":
            raise Unreadable("not-json")
        return Item(record.key.decode(), record.value == b"poison")

    async def load(self, conn: Connection, keys: set[str]) -> None:
        """It remembers nothing."""

    def fold(
        self,
        part: int,
        items: Sequence[Item],
        due: Sequence[str],
        actions: Sequence[ActionRow],
        until: datetime | None,
    ) -> None:
        """Count."""
        if any(item.poison for item in items):
            raise ValueError("poison")
        self._seen.update((part, item.student_ref) for item in items)
        self._seen.update((part, ref) for ref in due)
        self._due.update(due)

    async def write(self, conn: Connection) -> list[Outgoing]:
        """Add to the rows."""
        seen, due = self._seen, self._due
        self._seen, self._due = Counter(), set()
        refs = [ref for _, ref in seen]
        parts = [part for part, _ in seen]
        await conn.execute(COUNT.format(name=self.schema), refs, parts, list(seen.values()))
        await conn.execute(f"DELETE FROM {self.schema}.timer WHERE student_ref = ANY($1)", list(due))  # noqa: S608
        return await self.newest(conn, refs)

    async def stir(self, conn: Connection, parts: Sequence[int], institutions: Sequence[Institution]) -> None:
        """Institutions mean nothing to it."""

    def announcements(self) -> list[tuple[str, str]]:
        """It tells nobody."""
        return []

    def forget(self, parts: set[int]) -> None:
        """Nothing was counted."""
        self._seen, self._due = Counter(), set()

    async def newest(self, conn: Connection, refs: Collection[str]) -> list[Outgoing]:
        """How often each was counted."""
        query = f"SELECT student_ref, part, n FROM {self.schema}.tally WHERE student_ref = ANY($1)"  # noqa: S608
        rows = await conn.fetch(query, list(refs))
        return [
            Outgoing(f"{self.schema}-out", part, ref.encode(), str(n).encode(), learner=ref)
            for ref, part, n in rows
        ]

    def beat(self, part: int, next_offset: int, mark: Mark) -> list[Outgoing]:
        """The watermark."""
        return [marker(f"{self.schema}-out", part, mark)]


class Everything:
    """Institutions of which everything is known, up to any moment."""

    reached = datetime(2999, 1, 1, tzinfo=UTC)
    newest = 0

    def on_reach(self, moved: Callable[[], object]) -> None:
        """It never moves."""


class Bench:
    """A topic, a schema, and lanes of the tally job on them."""

    def __init__(self, name: str, kafka: KafkaSettings, url: str, conn: asyncpg.Connection[Any]) -> None:
        self.name = name
        self.conn = conn
        self.kafka = kafka
        self._database = DatabaseSettings.model_validate({"url": url})
        self.producer = Producer(kafka, "tally")
        self._lanes: list[tuple[Lane, Listener]] = []

    async def start(self, instance: str = "a") -> Lane:
        """A lane that holds its partitions."""
        settings = WorkerSettings(embedded=True, instance=instance, kafka=self.kafka, database=self._database)
        listener = Listener(self._database, "tally")
        clock = Clock(embedded=True)
        await clock.read(self.conn)
        job = Tally(self.name)
        follower: Any = Everything()
        lane = Lane(job, settings, clock, listener, follower, measure=True, newest=job.newest, beat=job.beat)
        await listener.start()
        await lane.start()
        self._lanes.append((lane, listener))
        await until(lambda: _true(lane.ready))
        return lane

    async def stop(self) -> None:
        """Stop all lanes."""
        for lane, listener in self._lanes:
            await lane.stop()
            await listener.stop()
        self._lanes.clear()

    async def send(self, ref: str, value: bytes = b"1", part: int = 0, **headers: str) -> None:
        """One record."""
        pairs = tuple((name, text.encode()) for name, text in headers.items())
        await self.producer.send(Outgoing(f"{self.name}-in", part, ref.encode(), value, pairs))

    async def counts(self) -> dict[str, int]:
        """The rows."""
        rows = await self.conn.fetch(f"SELECT student_ref, n FROM {self.name}.tally")  # noqa: S608
        return {row[0]: row[1] for row in rows}

    async def outbox(self) -> int:
        """Rows in the outbox."""
        count: int = await self.conn.fetchval(f"SELECT count(*) FROM {self.name}.outbox")  # noqa: S608
        return count

    async def raise_epoch(self) -> None:
        """Somebody else becomes the holder of all partitions."""
        await self.conn.execute(f"UPDATE {self.name}.stream_offset SET epoch = epoch + 1")  # noqa: S608

    async def read(self, topic: str, parts: int) -> list[Any]:
        """Everything that a topic holds."""
        consumer: AIOKafkaConsumer = reader(self.kafka, "tally-reader")
        await consumer.start()
        try:
            places = [TopicPartition(topic, part) for part in range(parts)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            records: list[Any] = []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for some in (await consumer.getmany(timeout_ms=200)).values():
                    records += some
            return records
        finally:
            await consumer.stop()

    async def sent(self) -> dict[str, str]:
        """The last value of each learner in the outgoing topic."""
        records = await self.read(f"{self.name}-out", PARTS)
        return {record.key.decode(): record.value.decode() for record in records if record.key}


@asynccontextmanager
async def bench(kafka: str, url: str) -> AsyncIterator[Bench]:
    """A bench of its own, on a running broker and database."""
    name = f"tally_{uuid4().hex[:8]}"
    settings = KafkaSettings(bootstrap=kafka, security="PLAINTEXT", replication=1)
    topics = {f"{name}-in": PARTS, f"{name}-out": PARTS, f"{name}-in-dlt": 1}
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    log_append = {"message.timestamp.type": "LogAppendTime"}
    await admin.create_topics(
        [NewTopic(topic, n, 1, topic_configs=log_append) for topic, n in topics.items()]
    )
    conn = await asyncpg.connect(url)
    await conn.execute(TABLES.format(name=name))
    cluster = await cluster_id(settings)
    for part in range(PARTS):
        await conn.execute(
            f"INSERT INTO {name}.stream_offset (topic, part, next_offset, cluster) VALUES ($1, $2, 0, $3)",  # noqa: S608
            f"{name}-in",
            part,
            cluster,
        )
    made = Bench(name, settings, url, conn)
    await made.producer.start()
    try:
        yield made
    finally:
        await made.stop()
        await made.producer.stop()
        await conn.execute(f"DROP SCHEMA {name} CASCADE")
        await conn.close()
        await admin.delete_topics(list(topics))
        await admin.close()


async def until(holds: Callable[[], Any]) -> None:
    """Wait until an awaitable question is answered with yes. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - other processes have no event to wait for
            await asyncio.sleep(0.02)


async def _true(value: bool) -> bool:
    return value
