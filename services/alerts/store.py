"""The rows of alerts: how learners, alerts, cases, timers and answers are read and written.

A learner's body holds its record, its walk and the actions done; alerts and cases have rows of their
own, which are the only place where they stand. All functions run in the caller's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from services.alerts import events
from services.alerts.audience import NOBODY
from services.alerts.rows import AlertRow, CaseRow, LearnerRow
from services.alerts.walk import Answer
from shared.domain.alert import Alert
from shared.domain.case import Case
from shared.domain.ids import handle, learner_id
from shared.domain.learner import Learner, newcomer
from shared.domain.watch import Watch
from shared.runtime.codec import decode_learner, encode_learner
from shared.runtime.database import Connection
from shared.runtime.ledger import tell
from shared.runtime.topics import partition_of


class Held(msgspec.Struct):
    """A learner in the memory of the lane, with what its rows say.

    `revisions` counts the changes of each alert and case row (the ETag of the API); `due` is the
    moment in the timer row; `blocked` tells that its walk stands still. Until something is known,
    only the platform's coordinator may see a learner.
    """

    learner: Learner
    part: int = -1
    revisions: dict[str, int] = {}
    due: datetime | None = None
    blocked: bool = False
    audience: Sequence[str] = (NOBODY,)
    delete_after: date = date.min


class Handed(msgspec.Struct, frozen=True):
    """The walk of an old reference on its way to the learner `student_ref`; `revisions` of its rows."""

    student_ref: str
    old: Learner
    revisions: dict[str, int]
    delete_after: date


LEARNERS = """
SELECT l.student_ref, l.part, l.body, l.audience, l.delete_after, t.due_at,
    b.student_ref IS NOT NULL AS blocked
FROM alerts.learner l
LEFT JOIN alerts.timer t USING (student_ref)
LEFT JOIN alerts.blocked b USING (student_ref)
WHERE l.student_ref = ANY($1)
"""
ALERTS = """
SELECT student_ref, revision, body FROM alerts.alert
WHERE student_ref = ANY($1) ORDER BY raised_at, alert_id
"""
CASES = """
SELECT student_ref, revision, body FROM alerts.case
WHERE student_ref = ANY($1) ORDER BY opened_at, case_id
"""


async def load(conn: Connection, refs: Collection[str]) -> dict[str, Held]:
    """The learners of these references; one that has no row yet begins as a newcomer."""
    asked = list(refs)
    held = {ref: Held(newcomer(ref)) for ref in asked}
    rows = await conn.fetch(LEARNERS, asked)
    if not rows:
        return held
    known = [row["student_ref"] for row in rows]
    alerts: dict[str, list[Alert]] = {ref: [] for ref in known}
    cases: dict[str, list[Case]] = {ref: [] for ref in known}
    revisions: dict[str, dict[str, int]] = {ref: {} for ref in known}
    for row in await conn.fetch(ALERTS, known):
        alert = msgspec.json.decode(row["body"], type=Alert)
        alerts[row["student_ref"]].append(alert)
        revisions[row["student_ref"]][alert.alert_id] = row["revision"]
    for row in await conn.fetch(CASES, known):
        case = msgspec.json.decode(row["body"], type=Case)
        cases[row["student_ref"]].append(case)
        revisions[row["student_ref"]][case.case_id] = row["revision"]
    for row in rows:
        ref = row["student_ref"]
        learner = whole(decode_learner(row["body"]), alerts[ref], cases[ref])
        held[ref] = Held(
            learner,
            row["part"],
            revisions[ref],
            row["due_at"],
            row["blocked"],
            row["audience"],
            row["delete_after"],
        )
    await _revisions_of_brought(conn, held.values())
    return held


REVISIONS = """
SELECT student_ref, alert_id AS id, revision FROM alerts.alert WHERE student_ref = ANY($1)
UNION ALL SELECT student_ref, case_id::text, revision FROM alerts.case WHERE student_ref = ANY($1)
"""


async def _revisions_of_brought(conn: Connection, learners: Iterable[Held]) -> None:
    """The rows of an old reference stand under it until its walk was taken up."""
    whose = {old: held for held in learners for old in brought_to(held.learner)}
    if whose:
        for row in await conn.fetch(REVISIONS, list(whose)):
            whose[row["student_ref"]].revisions[row["id"]] = row["revision"]


def brought_to(learner: Learner) -> Iterator[str]:
    """The old references whose walk is here and was not taken up yet, also those that they had."""
    for ref, old in learner.brought.items():
        yield ref
        yield from brought_to(old)


HANDED = """
SELECT part, student_ref, body, delete_after FROM alerts.handover WHERE part = ANY($1) ORDER BY old_ref
"""


async def handed(conn: Connection, parts: Collection[int]) -> dict[int, list[Handed]]:
    """The walks of old references that wait for a learner of these partitions."""
    found: dict[int, list[Handed]] = {}
    for part, ref, body, delete_after in await conn.fetch(HANDED, list(parts)):
        old, revisions = _unpack(body)
        found.setdefault(part, []).append(Handed(ref, old, revisions, delete_after))
    return found


HAND_OVER = """
INSERT INTO alerts.handover (old_ref, student_ref, part, body, delete_after) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (old_ref) DO NOTHING
"""


async def hand_over(conn: Connection, taken: Sequence[Handed], given: Sequence[Handed]) -> None:
    """Take walks of old references out, and give others to the lanes of those that they lead to."""
    if taken:
        olds = [one.old.student_ref for one in taken]
        await conn.execute("DELETE FROM alerts.handover WHERE old_ref = ANY($1)", olds)
    for one in given:
        part, body = partition_of(one.student_ref), _pack((one.old, one.revisions))
        await conn.execute(HAND_OVER, one.old.student_ref, one.student_ref, part, body, one.delete_after)
    await tell(conn, [("actions", "")] if given else [])


def bare(learner: Learner) -> Learner:
    """A learner without what has rows of its own."""
    return msgspec.structs.replace(learner, alerts=(), cases=())


def whole(learner: Learner, alerts: Iterable[Alert], cases: Iterable[Case]) -> Learner:
    """A learner with its alerts and cases: the other way round."""
    return msgspec.structs.replace(learner, alerts=tuple(alerts), cases=tuple(cases))


SAVE_LEARNERS = """
INSERT INTO alerts.learner AS l
    (student_ref, learner_id, handle, part, revision, body, audience, delete_after)
SELECT ref, id, handle, part, revision, body, string_to_array(audience, ','), delete_after
FROM unnest($1::text[], $2::uuid[], $3::text[], $4::smallint[], $5::bigint[], $6::bytea[], $7::text[],
            $8::date[])
    AS new (ref, id, handle, part, revision, body, audience, delete_after)
ON CONFLICT (student_ref) DO UPDATE SET part = excluded.part, revision = excluded.revision,
    body = excluded.body, audience = excluded.audience, delete_after = excluded.delete_after
"""


async def save_learners(conn: Connection, rows: Sequence[LearnerRow]) -> None:
    """Write learners that changed."""
    if not rows:
        return
    refs = [row.learner.student_ref for row in rows]
    await conn.execute(
        SAVE_LEARNERS,
        refs,
        [learner_id(ref) for ref in refs],
        [handle(ref) for ref in refs],
        [row.part for row in rows],
        [row.learner.revision for row in rows],
        [encode_learner(bare(row.learner)) for row in rows],
        [",".join(row.audience) for row in rows],
        [row.delete_after for row in rows],
    )


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[Learner, dict[str, int]]).decode


SAVE_ALERT = """
INSERT INTO alerts.alert (alert_id, student_ref, learner_id, year, code, status, severity, level, region,
    raised_at, resolved_at, revision, audience, body, delete_after, org)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (alert_id) DO UPDATE SET student_ref = excluded.student_ref,
    learner_id = excluded.learner_id, status = excluded.status, severity = excluded.severity,
    level = excluded.level, region = excluded.region, resolved_at = excluded.resolved_at,
    revision = excluded.revision, audience = excluded.audience, body = excluded.body,
    delete_after = excluded.delete_after
"""


async def save_alerts(conn: Connection, rows: Sequence[AlertRow]) -> None:
    """Write alerts that were raised or changed."""
    if rows:
        await conn.executemany(SAVE_ALERT, [_alert_values(row) for row in rows])


def _alert_values(row: AlertRow) -> tuple[Any, ...]:
    alert = row.alert
    return (
        alert.alert_id,
        row.student_ref,
        learner_id(row.student_ref) if row.student_ref else None,
        alert.year,
        alert.code,
        alert.status.value,
        alert.severity.value,
        alert.level,
        alert.region,
        alert.raised_at,
        alert.resolved_at,
        row.revision,
        row.audience,
        msgspec.json.encode(alert).decode(),
        row.delete_after,
        row.org,
    )


SAVE_CASE = """
INSERT INTO alerts.case (case_id, student_ref, learner_id, year, status, region, opened_at, closed_at,
    revision, audience, body, delete_after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (case_id) DO UPDATE SET student_ref = excluded.student_ref,
    learner_id = excluded.learner_id, status = excluded.status, region = excluded.region,
    closed_at = excluded.closed_at, revision = excluded.revision, audience = excluded.audience,
    body = excluded.body, delete_after = excluded.delete_after
"""


async def save_cases(conn: Connection, rows: Sequence[CaseRow]) -> None:
    """Write cases that were opened or changed."""
    if rows:
        await conn.executemany(SAVE_CASE, [_case_values(row) for row in rows])


def _case_values(row: CaseRow) -> tuple[Any, ...]:
    case = row.case
    return (
        case.case_id,
        case.student_ref,
        learner_id(case.student_ref),
        case.year,
        case.status.value,
        case.region,
        case.opened_at,
        case.closed_at,
        row.revision,
        row.audience,
        msgspec.json.encode(case).decode(),
        row.delete_after,
    )


WATCHES = "SELECT org, settled_until, next_due FROM alerts.watch"
ALERTS_OF_WATCHES = """
SELECT org, revision, body FROM alerts.alert WHERE org IS NOT NULL ORDER BY raised_at, alert_id
"""
SAVE_WATCHES = """
INSERT INTO alerts.watch (org, part, settled_until, next_due)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::timestamptz[], $4::timestamptz[])
ON CONFLICT (org) DO UPDATE SET part = excluded.part, settled_until = excluded.settled_until,
    next_due = excluded.next_due
"""


async def load_watches(conn: Connection) -> list[tuple[Watch, dict[str, int]]]:
    """Every watch over an institution, with the revisions of its alert rows."""
    alerts: defaultdict[str, list[Alert]] = defaultdict(list)
    revisions: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in await conn.fetch(ALERTS_OF_WATCHES):
        alert = msgspec.json.decode(row["body"], type=Alert)
        alerts[row["org"]].append(alert)
        revisions[row["org"]][alert.alert_id] = row["revision"]
    return [
        (Watch(org, settled, due, tuple(alerts[org])), revisions[org])
        for org, settled, due in await conn.fetch(WATCHES)
    ]


async def save_watches(conn: Connection, watches: Sequence[tuple[Watch, int]]) -> None:
    """Write how far the watches over institutions came, each with its partition."""
    started = [(watch, part) for watch, part in watches if watch.settled_until is not None]
    if started:
        await conn.execute(
            SAVE_WATCHES,
            [watch.org for watch, _ in started],
            [part for _, part in started],
            [watch.settled_until for watch, _ in started],
            [watch.next_due for watch, _ in started],
        )


SAVE_TIMERS = """
INSERT INTO alerts.timer (student_ref, part, due_at)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::timestamptz[])
ON CONFLICT (student_ref) DO UPDATE SET part = excluded.part, due_at = excluded.due_at
"""


async def save_timers(conn: Connection, due: Iterable[tuple[Held, datetime | None]]) -> None:
    """Set when each learner is next looked at; None: never, until something arrives."""
    armed, disarmed = [], []
    for held, at in due:
        ref = held.learner.student_ref
        if at is None:
            disarmed.append(ref)
        else:
            armed.append((ref, held.part, at))
    if armed:
        refs, parts, moments = zip(*armed, strict=True)
        await conn.execute(SAVE_TIMERS, refs, parts, moments)
    if disarmed:
        await conn.execute("DELETE FROM alerts.timer WHERE student_ref = ANY($1)", disarmed)


async def block(conn: Connection, stopped: Iterable[tuple[Held, str]]) -> None:
    """Note learners whose walk stands still, and why."""
    rows = [(held.learner.student_ref, held.part, reason) for held, reason in stopped]
    if rows:
        await conn.executemany(
            "INSERT INTO alerts.blocked (student_ref, part, reason, since)"
            " VALUES ($1, $2, $3, platform.now()) ON CONFLICT (student_ref) DO NOTHING",
            rows,
        )


async def unblock(conn: Connection, freed: Iterable[Held]) -> None:
    """These learners could be judged after all."""
    refs = [held.learner.student_ref for held in freed]
    if refs:
        await conn.execute("DELETE FROM alerts.blocked WHERE student_ref = ANY($1)", refs)


RETRY_BLOCKED = """
INSERT INTO alerts.timer (student_ref, part, due_at)
SELECT student_ref, part, 'epoch' FROM alerts.blocked
ON CONFLICT (student_ref) DO UPDATE SET due_at = least(timer.due_at, excluded.due_at)
"""


async def retry_blocked(conn: Connection) -> None:
    """Make every blocked learner due, so that the holder of its partition tries again."""
    await conn.execute(RETRY_BLOCKED)


STIR = """
INSERT INTO alerts.timer (student_ref, part, due_at)
SELECT l.student_ref, l.part, min(changed.at)
FROM alerts.learner l CROSS JOIN LATERAL unnest(l.audience) AS known (place)
JOIN unnest($2::text[], $3::timestamptz[]) AS changed (place, at) USING (place)
WHERE l.part = ANY($1) GROUP BY l.student_ref, l.part
ON CONFLICT (student_ref) DO UPDATE SET due_at = least(timer.due_at, excluded.due_at)
RETURNING student_ref, due_at
"""


async def stir(
    conn: Connection, parts: Sequence[int], changed: Sequence[tuple[str, datetime]]
) -> dict[str, datetime]:
    """Make the learners with a fact at one of these sites or institutions due when it changed.

    Returns who they are, and when each is due now.
    """
    if not changed:
        return {}
    places, moments = zip(*changed, strict=True)
    rows = await conn.fetch(STIR, parts, places, moments)
    return {row["student_ref"]: row["due_at"] for row in rows}


async def answer(conn: Connection, answers: Sequence[Answer]) -> None:
    """Write what became of actions; who waits for one is told after COMMIT."""
    if answers:
        await conn.executemany(
            "UPDATE alerts.action SET answered_at = clock_timestamp(), at = $2, result = $3 WHERE id = $1",
            [(one.id, one.at, msgspec.json.encode(one.result).decode()) for one in answers],
        )


async def erase(conn: Connection, refs: Sequence[str]) -> None:
    """Delete everything that is kept of these learners."""
    if not refs:
        return
    await events.forget(conn, refs)
    await conn.execute("DELETE FROM alerts.handover WHERE student_ref = ANY($1) OR old_ref = ANY($1)", refs)
    for table in ("timer", "blocked", "action", "alert", "case", "learner"):
        await conn.execute(f"DELETE FROM alerts.{table} WHERE student_ref = ANY($1)", refs)  # noqa: S608
