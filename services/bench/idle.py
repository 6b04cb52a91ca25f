"""The lane with a job that does nothing: each record rewrites a row of fixed size, and sends it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

import asyncpg
import msgspec

from shared.domain.world import Institution
from shared.runtime.codec import CODEC_HEADER, Mark, Outgoing, Raw, Unreadable, marker
from shared.runtime.database import Connection
from shared.runtime.job import ActionRow
from shared.runtime.topics import TRANSFER_EVENTS

SCHEMA = "bench"
OUT = "transition-states"

TABLES = """
CREATE SCHEMA bench;
CREATE TABLE bench.stream_offset (LIKE placement.stream_offset INCLUDING ALL);
CREATE TABLE bench.outbox (LIKE placement.outbox INCLUDING ALL);
CREATE TABLE bench.timer (LIKE placement.timer INCLUDING ALL);
CREATE TABLE bench.learner (LIKE placement.learner INCLUDING ALL)
    WITH (fillfactor = 50, toast_tuple_target = 8160);
INSERT INTO bench.stream_offset (topic, part, next_offset, cluster)
SELECT topic, part, 0, cluster FROM placement.stream_offset;
"""
SAVE = """
INSERT INTO bench.learner (student_ref, part, version, body, delete_after)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::bytea[], $5::date[])
ON CONFLICT (student_ref) DO UPDATE SET version = excluded.version, body = excluded.body,
    delete_after = excluded.delete_after
"""


class Item(msgspec.Struct, frozen=True):
    """The key of a record; nothing else of it is read."""

    student_ref: str


class Idle:
    """Does nothing with a record but say that its learner changed."""

    schema = SCHEMA
    topic = TRANSFER_EVENTS
    group = "bench-idle"

    def __init__(self, size: int) -> None:
        self._body = bytes(range(256)) * (size // 256 + 1)
        self._body = self._body[:size]
        self._changed: dict[str, int] = {}
        self._versions: dict[str, int] = {}

    def decode(self, record: Raw, known: datetime) -> Item:
        """The key."""
        if not record.key:
            raise Unreadable("no-key")
        return Item(record.key.decode())

    async def load(self, conn: Connection, keys: set[str]) -> None:
        """Nothing is remembered."""

    def fold(
        self,
        part: int,
        items: Sequence[Item],
        due: Sequence[str],
        actions: Sequence[ActionRow],
        until: datetime | None,
    ) -> None:
        """Note who changed."""
        for item in items:
            self._changed[item.student_ref] = part

    async def write(self, conn: Connection) -> list[Outgoing]:
        """Rewrite their rows."""
        changed, self._changed = self._changed, {}
        for ref in changed:
            self._versions[ref] = self._versions.get(ref, 0) + 1
        count, term = len(changed), date(2029, 7, 31)
        versions = [self._versions[ref] for ref in changed]
        rows = (list(changed), list(changed.values()), versions, [self._body] * count, [term] * count)
        await conn.execute(SAVE, *rows)
        return [
            Outgoing(OUT, part, ref.encode(), self._body, (CODEC_HEADER,), ref)
            for ref, part in changed.items()
        ]

    async def stir(self, conn: Connection, parts: Sequence[int], institutions: Sequence[Institution]) -> None:
        """Institutions mean nothing to it."""

    def announcements(self) -> list[tuple[str, str]]:
        """It tells nobody."""
        return []

    def forget(self, parts: set[int]) -> None:
        """Nobody changed."""
        self._changed = {}

    async def newest(self, conn: Connection, refs: Collection[str]) -> list[Outgoing]:
        """A measurement is not resumed."""
        return []

    def beat(self, part: int, next_offset: int, mark: Mark) -> list[Outgoing]:
        """The watermark."""
        return [marker(OUT, part, mark)]


async def prepare(conn: asyncpg.Connection[asyncpg.Record]) -> None:
    """Make its tables, as the owner of the database."""
    await conn.execute(TABLES)
