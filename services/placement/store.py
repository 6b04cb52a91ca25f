"""The rows of placement: records, timers, and who is set aside. All in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime

import msgspec

from shared.domain.facts import Identity, Record
from shared.domain.linking import Forwarded
from shared.domain.world import Institution
from shared.runtime.codec import decode_record
from shared.runtime.database import Connection

NOTHING_KEPT = date(1970, 1, 1)


class Held(msgspec.Struct):
    """A learner in the memory of the lane: the record, its bytes as stored, and what its rows say.

    `due`: when time alone may next change a state. `timer`: what its timer row says, unless a change of an
    institution has made it due meanwhile. `blocked`: why its state stands still.
    """

    record: Record
    body: bytes = b""
    part: int = -1
    due: datetime | None = None
    timer: datetime | None = None
    blocked: str | None = None
    blocked_row: bool = False


class Way(msgspec.Struct, frozen=True):
    """Something goes on from an old reference; `link` is the event when this is the beginning of it."""

    old_ref: str
    sent: Forwarded
    link: Identity | None = None


LOAD = """
SELECT l.student_ref, l.part, l.body, b.reason
FROM placement.learner l
LEFT JOIN placement.blocked b USING (student_ref)
WHERE l.student_ref = ANY($1)
"""


async def load(conn: Connection, refs: Collection[str]) -> dict[str, Held]:
    """The learners of these references; one without a row begins with nothing."""
    held = {ref: Held(Record(ref)) for ref in refs}
    for ref, part, body, reason in await conn.fetch(LOAD, list(refs)):
        record = decode_record(body)
        due = next_change(record)
        held[ref] = Held(record, body, part, due, due, reason, reason is not None)
    return held


def next_change(record: Record) -> datetime | None:
    """When time alone may next change a state of this learner."""
    return min((year.next_change for year in record.years.values() if year.next_change), default=None)


SAVE = """
INSERT INTO placement.learner (student_ref, part, version, body, delete_after)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::bytea[], $5::date[])
ON CONFLICT (student_ref) DO UPDATE SET version = excluded.version, body = excluded.body,
    delete_after = excluded.delete_after
"""


async def save(conn: Connection, changed: Collection[Held]) -> None:
    """Write records that changed."""
    if changed:
        await conn.execute(
            SAVE,
            [held.record.student_ref for held in changed],
            [held.part for held in changed],
            [held.record.version for held in changed],
            [held.body for held in changed],
            [term(held.record) for held in changed],
        )


def term(record: Record) -> date:
    """Until when a record is kept (docs/domain.md 10): two years after the last transition year closed.

    That is the longest term a transition can have, one with alerts; alerts has the exact ones.
    """
    if record.linked is not None:
        return way_term(record.linked.at)
    return max((date(year + 3, 7, 31) for year in record.years), default=NOTHING_KEPT)


def way_term(at: datetime) -> date:
    """Until when it is kept that a reference leads elsewhere since `at`: longer than any record of then."""
    return date(at.year + 4, 7, 31)


LEAD = """
INSERT INTO placement.link (old_ref, new_ref, sent, delete_after) VALUES ($1, $2, 1, $3)
ON CONFLICT (old_ref) DO UPDATE SET sent = link.sent + 1
"""
LEADS_BACK = """
WITH RECURSIVE way AS (
    SELECT new_ref FROM placement.link WHERE old_ref = $1
    UNION SELECT link.new_ref FROM way JOIN placement.link ON link.old_ref = way.new_ref
)
SELECT EXISTS (SELECT FROM way WHERE new_ref = $1)
"""
LINKS = 20_040_704
"""The advisory lock of whoever writes a link: two that close a circle never stand side by side."""


async def save_ways(conn: Connection, ways: Sequence[Way]) -> Identity | None:
    """Write where old references lead; returns the link that leads one back to itself, if there is one."""
    if any(way.sent.link.whole for way in ways):
        await conn.execute("SELECT pg_advisory_xact_lock($1)", LINKS)
    for way in ways:
        link = way.sent.link
        await conn.execute(LEAD, way.old_ref, link.new_ref, way_term(link.at))
        if link.whole and await conn.fetchval(LEADS_BACK, way.old_ref):
            return way.link
    return None


UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)
"""In place of what a timer row says: the learner was looked at, so it is set anew whatever it says."""

# Whom a change of an institution made due, and nobody has looked at since, stays due.
ARM = """
INSERT INTO placement.timer (student_ref, part, due_at)
SELECT new.ref, new.part, CASE WHEN $5 = new.known OR old.due_at IS NOT DISTINCT FROM new.known
    THEN new.due ELSE least(new.due, old.due_at) END
FROM unnest($1::text[], $2::smallint[], $3::timestamptz[], $4::timestamptz[]) AS new (ref, part, due, known)
LEFT JOIN placement.timer AS old ON old.student_ref = new.ref
ON CONFLICT (student_ref) DO UPDATE SET due_at = excluded.due_at
"""
DISARM = """
DELETE FROM placement.timer AS old USING unnest($1::text[], $2::timestamptz[]) AS new (ref, known)
WHERE old.student_ref = new.ref AND (new.known = $3 OR new.known = old.due_at)
"""


async def save_timers(conn: Connection, looked: Iterable[Held]) -> None:
    """Set the timers of learners that were looked at, as far as they differ from their rows."""
    moved = [held for held in looked if held.due != held.timer]
    armed = [held for held in moved if held.due is not None]
    disarmed = [held for held in moved if held.due is None]
    if armed:
        await conn.execute(
            ARM,
            [held.record.student_ref for held in armed],
            [held.part for held in armed],
            [held.due for held in armed],
            [held.timer for held in armed],
            UNKNOWN,
        )
    if disarmed:
        refs = [held.record.student_ref for held in disarmed]
        await conn.execute(DISARM, refs, [held.timer for held in disarmed], UNKNOWN)
    for held in moved:
        held.timer = held.due


async def save_blocked(conn: Connection, looked: Iterable[Held]) -> None:
    """Note who is set aside, and who no longer is."""
    differing = [held for held in looked if (held.blocked is not None) != held.blocked_row]
    for held in differing:
        ref = held.record.student_ref
        if held.blocked is None:
            await conn.execute("DELETE FROM placement.blocked WHERE student_ref = $1", ref)
        else:
            await conn.execute(
                "INSERT INTO placement.blocked (student_ref, part, reason, since)"
                " VALUES ($1, $2, $3, platform.now()) ON CONFLICT DO NOTHING",
                ref,
                held.part,
                held.blocked,
            )
        held.blocked_row = held.blocked is not None


# A body holds the codes of institutions and sites as plain text, so that a look at its bytes finds them.
STIR = """
INSERT INTO placement.timer (student_ref, part, due_at)
SELECT l.student_ref, l.part, min(i.changed_at)
FROM placement.learner l JOIN unnest($2::bytea[], $3::timestamptz[]) AS i (code, changed_at)
    ON position(i.code IN l.body) > 0
WHERE l.part = ANY($1) GROUP BY l.student_ref, l.part
ON CONFLICT (student_ref) DO UPDATE SET due_at = least(timer.due_at, excluded.due_at)
"""


async def stir(conn: Connection, parts: Sequence[int], institutions: Sequence[Institution]) -> None:
    """Make learners with a fact at one of these institutions due at the moment that it changed."""
    changed = [(one.org.encode(), one.changed_at) for one in institutions if one.changed_at is not None]
    if changed:
        codes, moments = zip(*changed, strict=True)
        await conn.execute(STIR, parts, codes, moments)


RETRY = """
INSERT INTO placement.timer (student_ref, part, due_at)
SELECT student_ref, part, since FROM placement.blocked
ON CONFLICT (student_ref) DO UPDATE SET due_at = least(timer.due_at, excluded.due_at)
"""


async def retry_blocked(conn: Connection) -> int:
    """Have everybody who is set aside tried again; returns how many there are."""
    await conn.execute(RETRY)
    count: int = await conn.fetchval("SELECT count(*) FROM placement.blocked")
    return count
