"""What a lane keeps in its schema: where it stands, what is due, what was asked, what is to be sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

import msgspec

from shared.runtime.codec import Outgoing
from shared.runtime.database import Connection
from shared.runtime.job import ActionRow

DUE_LIMIT = 500
"""Due learners of one partition in one transaction."""
ACTION_LIMIT = 500

ADOPT = """
WITH held AS (
    SELECT part FROM {schema}.stream_offset WHERE topic = $1 AND part = ANY($2) ORDER BY part FOR UPDATE
)
UPDATE {schema}.stream_offset o SET epoch = o.epoch + 1
FROM held JOIN unnest($2::smallint[], $3::bigint[]) AS w (part, expected) USING (part)
WHERE o.topic = $1 AND o.part = held.part AND (w.expected IS NULL OR o.epoch = w.expected)
RETURNING o.part, o.next_offset, o.epoch, o.cluster, o.append_max, o.watermark, o.institutions_version
"""

FENCE = """
WITH held AS (
    SELECT part FROM {schema}.stream_offset WHERE topic = $1 AND part = ANY($2) ORDER BY part FOR UPDATE
)
UPDATE {schema}.stream_offset o
SET next_offset = m.next, append_max = m.append_max, watermark = m.watermark,
    institutions_version = m.institutions
FROM held JOIN unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[],
                      $7::timestamptz[], $8::bigint[])
    AS m (part, base, next, mine, append_max, watermark, institutions) USING (part)
WHERE o.topic = $1 AND o.part = held.part AND o.next_offset = m.base AND o.epoch = m.mine
RETURNING o.part
"""

DUE = """
SELECT w.part, t.student_ref
FROM unnest($1::smallint[], $2::timestamptz[]) AS w (part, until)
CROSS JOIN LATERAL (
    SELECT student_ref FROM {schema}.timer
    WHERE part = w.part AND due_at <= w.until ORDER BY due_at LIMIT {limit}
) t
"""

ACTIONS = """
SELECT part, id, student_ref, body, at, if_match FROM {schema}.action
WHERE part = ANY($1) AND answered_at IS NULL ORDER BY at, id LIMIT {limit}
"""

KEEP = """
INSERT INTO {schema}.outbox (part, messages)
SELECT * FROM unnest($1::smallint[], $2::bytea[]) RETURNING id
"""

KEEP_NAMES = """
INSERT INTO {schema}.outbox (part, messages, learners)
SELECT part, messages, coalesce(string_to_array(nullif(names, ''), ','), '{{}}')
FROM unnest($1::smallint[], $2::bytea[], $3::text[]) AS new (part, messages, names) RETURNING id
"""


class Stand(msgspec.Struct, frozen=True):
    """An offset row: where a partition stands. Moments in domain time (UTC)."""

    part: int
    next_offset: int
    epoch: int
    cluster: str
    append_max: datetime | None
    watermark: datetime | None
    institutions_version: int


class Move(msgspec.Struct, frozen=True):
    """From where to where one transaction moves a partition."""

    part: int
    base: int
    next: int
    epoch: int
    append_max: datetime | None
    watermark: datetime | None
    institutions_version: int

    def stand(self, cluster: str) -> Stand:
        """The row after it."""
        return Stand(
            part=self.part,
            next_offset=self.next,
            epoch=self.epoch,
            cluster=cluster,
            append_max=self.append_max,
            watermark=self.watermark,
            institutions_version=self.institutions_version,
        )


class Kept(msgspec.Struct, frozen=True):
    """An outbox row: what one transaction left to be sent for one partition."""

    id: int
    part: int
    messages: list[Outgoing]
    learners: list[str]


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Outgoing]).decode


class Ledger:
    """The statements of one lane. `names`: its outbox keeps names of learners in place of states."""

    def __init__(self, schema: str, topic: str, *, names: bool) -> None:
        self._topic = topic
        self._names = names
        self._adopt = ADOPT.format(schema=schema)
        self._fence = FENCE.format(schema=schema)
        self._due = DUE.format(schema=schema, limit=DUE_LIMIT)
        self._actions = ACTIONS.format(schema=schema, limit=ACTION_LIMIT)
        self._keep = (KEEP_NAMES if names else KEEP).format(schema=schema)
        columns = "id, part, messages, learners" if names else "id, part, messages, '{}'::text[]"
        self._kept = f"SELECT {columns} FROM {schema}.outbox WHERE part = ANY($1) ORDER BY id"  # noqa: S608
        self._drop = f"DELETE FROM {schema}.outbox WHERE id = ANY($1)"  # noqa: S608
        self._name = f"INSERT INTO {schema}.outbox (part, learners) VALUES ($1, $2)"  # noqa: S608
        self._owns = f"SELECT epoch FROM {schema}.stream_offset WHERE topic = $1 AND part = $2"  # noqa: S608

    async def adopt(self, conn: Connection, wanted: Mapping[int, int | None]) -> list[Stand]:
        """Become the holder of partitions: raise the epoch, unless it is no longer the expected one."""
        parts = sorted(wanted)
        rows = await conn.fetch(self._adopt, self._topic, parts, [wanted[part] for part in parts])
        return [Stand(*row) for row in sorted(rows, key=itemgetter(0))]

    async def owns(self, conn: Connection, part: int, epoch: int) -> bool:
        """Is this still the epoch of the partition?"""
        return bool(await conn.fetchval(self._owns, self._topic, part) == epoch)

    async def fence(self, conn: Connection, moves: Sequence[Move]) -> set[int]:
        """Move the offset rows, in order of partition; returns the partitions that have another holder."""
        rows = await conn.fetch(
            self._fence,
            self._topic,
            [move.part for move in moves],
            [move.base for move in moves],
            [move.next for move in moves],
            [move.epoch for move in moves],
            [move.append_max for move in moves],
            [move.watermark for move in moves],
            [move.institutions_version for move in moves],
        )
        return {move.part for move in moves} - {row[0] for row in rows}

    async def due(self, conn: Connection, until: Mapping[int, datetime]) -> dict[int, list[str]]:
        """The learners whose due moment has come, at most `DUE_LIMIT` of each partition."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        for part, ref in await conn.fetch(self._due, list(until), list(until.values())):
            found[part].append(ref)
        return found

    async def actions(self, conn: Connection, parts: Collection[int]) -> dict[int, list[ActionRow]]:
        """What people asked for and nobody has answered."""
        found: defaultdict[int, list[ActionRow]] = defaultdict(list)
        for part, *rest in await conn.fetch(self._actions, list(parts)):
            found[part].append(ActionRow(*rest))
        return found

    async def keep(self, conn: Connection, letters: Mapping[int, Sequence[Outgoing]]) -> dict[int, int]:
        """Put messages into the outbox, one row for each partition; returns the row of each."""
        parts = [part for part in sorted(letters) if letters[part]]
        if not parts:
            return {}
        whole = [[one for one in letters[part] if one.learner is None] for part in parts]
        values: list[object] = [parts, [_pack(messages) if messages else b"" for messages in whole]]
        if self._names:
            values.append([",".join(one.learner for one in letters[part] if one.learner) for part in parts])
        return dict(zip(parts, [row[0] for row in await conn.fetch(self._keep, *values)], strict=True))

    async def keep_names(self, conn: Connection, part: int, learners: Sequence[str]) -> None:
        """Have the newest states of these learners sent again by whoever holds the partition."""
        if self._names:
            await conn.execute(self._name, part, learners)

    async def kept(self, conn: Connection, parts: Collection[int]) -> list[Kept]:
        """Everything in the outbox of these partitions, oldest first."""
        rows = await conn.fetch(self._kept, sorted(parts))
        return [Kept(row[0], row[1], _unpack(row[2]) if row[2] else [], row[3]) for row in rows]

    async def drop(self, conn: Connection, rows: Collection[int]) -> None:
        """Take acknowledged rows out of the outbox."""
        if rows:
            await conn.execute(self._drop, list(rows))


async def tell(conn: Connection, announcements: Sequence[tuple[str, str]]) -> None:
    """NOTIFY every channel; inside a transaction it is heard after COMMIT."""
    if announcements:
        channels, payloads = zip(*announcements, strict=True)
        await conn.execute(
            "SELECT pg_notify(c, p) FROM unnest($1::text[], $2::text[]) n (c, p)", channels, payloads
        )
