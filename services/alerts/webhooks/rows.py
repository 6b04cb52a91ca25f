"""What `transfers alerts deliver` reads and writes of webhooks. Machine time, by the clock of the database.

All functions run in the caller's transaction, one process at a time (`take_turn`), so that the limit of each
endpoint holds over all processes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from services.alerts.webhooks.exchange import Exchange
from services.alerts.webhooks.filters import wanted
from services.alerts.webhooks.message import Event
from services.alerts.webhooks.owner import About, Owner, may_hear
from services.alerts.webhooks.verdict import DELIVERED, Agreement, Verdict
from shared.domain.action import PLATFORM
from shared.domain.codes import Role
from shared.runtime.codec import text
from shared.runtime.database import Connection

TURN = 7308
"""The advisory lock of a turn."""
LEASE_SECONDS = 60
PER_ENDPOINT = 4
EVENTS = 500
ASKS = 8
DISABLED_AFTER = "5 days"
GONE, NO_SUCCESS = "GONE", "NO_SUCCESS"
"""Why a subscription is disabled."""


class Claim(msgspec.Struct, frozen=True):
    """One attempt that this process has to make; secrets are sealed still."""

    id: UUID
    attempt: int
    once: bool
    sequence: int
    event: Event
    subscription: UUID
    sink: str
    headers: Mapping[str, str]
    credential: bytes | None
    secrets: Sequence[bytes]


class Ask(msgspec.Struct, frozen=True):
    """A receiver that has to be asked whether it agrees."""

    subscription: UUID
    asked: int
    sink: str
    headers: Mapping[str, str]


class Result(msgspec.Struct, frozen=True):
    """How an attempt ended."""

    claim: Claim
    exchange: Exchange
    verdict: Verdict


class Answer(msgspec.Struct, frozen=True):
    """What a receiver answered to the question; `wait` (seconds) until it is asked again."""

    ask: Ask
    agreement: Agreement
    wait: float | None


async def take_turn(conn: Connection) -> None:
    """Wait until no other process is in this transaction."""
    await conn.execute("SELECT pg_advisory_xact_lock($1)", TURN)


FREE = """
UPDATE alerts.delivery SET lease_until = NULL, lease_by = NULL WHERE status = 'WAITING' AND lease_by = $1
"""


async def free(conn: Connection, process: str) -> None:
    """Let go of what an earlier process of this name had claimed: it lives no more."""
    await conn.execute(FREE, process)


# --- from events to deliveries

WAITING_EVENTS = f"""
SELECT e.number, e.event_id, e.type, e.at, e.dataref, e.data, e.case_id IS NOT NULL AS of_case, a.level,
    a.student_ref IS NOT NULL AS of_learner, coalesce(a.audience, c.audience) AS audience
FROM alerts.event e
LEFT JOIN alerts.alert a ON a.alert_id = e.alert_id
LEFT JOIN alerts.case c ON c.case_id = e.case_id
WHERE e.fanned_at IS NULL ORDER BY e.number LIMIT {EVENTS} FOR UPDATE OF e SKIP LOCKED
"""  # noqa: S608
HEARERS = """
SELECT s.id, s.types, s.filters, o.role, o.region, o.org, o.sites
FROM alerts.subscription s JOIN alerts.officer o ON o.subject = s.owner
WHERE s.agreed_at IS NOT NULL ORDER BY s.id FOR KEY SHARE OF s
"""
ASSIGNED = """
SELECT region, array_agg(DISTINCT site) AS sites FROM alerts.officer, unnest(sites) AS site
WHERE role = 'vsv_broker' AND region IS NOT NULL GROUP BY region
"""
NUMBER = """
UPDATE alerts.subscription s SET sequence = s.sequence + told.count
FROM unnest($1::uuid[], $2::int[]) AS told (id, count) WHERE s.id = told.id
RETURNING s.id, s.sequence - told.count AS before
"""
PART = """
INSERT INTO alerts.delivery (subscription, event, sequence)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
ON CONFLICT (event, subscription) WHERE NOT once DO NOTHING
"""


async def part(conn: Connection) -> bool:
    """Part new events into a delivery for everybody who is to hear them; True when there may be more."""
    found = await conn.fetch(WAITING_EVENTS)
    if not found:
        return False
    hearers = await conn.fetch(HEARERS)
    assigned = {row["region"]: frozenset(row["sites"]) for row in await conn.fetch(ASSIGNED)}
    heard: defaultdict[UUID, list[int]] = defaultdict(list)
    owners = {row["id"]: _owner(row) for row in hearers}
    filters = {row["id"]: msgspec.json.decode(row["filters"]) for row in hearers}
    for event in found:
        about, attributes = _about(event), attributes_of(event)
        for row in hearers:
            name = row["id"]
            if may_hear(owners[name], about, assigned) and wanted(row["types"], filters[name], attributes):
                heard[name].append(event["number"])
    await _keep(conn, heard)
    numbers = {number for some in heard.values() for number in some}
    unheard = [event["number"] for event in found if event["number"] not in numbers]
    await conn.execute(
        "UPDATE alerts.event SET fanned_at = clock_timestamp() WHERE number = ANY($1)", list(numbers)
    )
    await conn.execute("DELETE FROM alerts.event WHERE number = ANY($1)", unheard)
    return len(found) == EVENTS


async def _keep(conn: Connection, heard: Mapping[UUID, Sequence[int]]) -> None:
    if not heard:
        return
    counts = [len(numbers) for numbers in heard.values()]
    before = {row["id"]: row["before"] for row in await conn.fetch(NUMBER, list(heard), counts)}
    rows = [
        (name, number, before[name] + place)
        for name, numbers in heard.items()
        for place, number in enumerate(numbers, 1)
    ]
    await conn.execute(PART, *(list(column) for column in zip(*rows, strict=True)))


def _owner(row: Record) -> Owner:
    return Owner(Role(row["role"]), row["region"], row["org"], frozenset(row["sites"]))


def _about(row: Record) -> About:
    return About(row["audience"] or (), row["of_case"], row["level"] or 0, row["of_learner"])


def attributes_of(row: Record) -> dict[str, str]:
    """What filters may look at."""
    data: dict[str, Any] = msgspec.json.decode(row["data"])
    known = {
        "id": row["event_id"],
        "source": PLATFORM,
        "type": row["type"],
        "time": text(row["at"]),
        "dataref": row["dataref"] or "",
    }
    return {name: str(value) for name, value in data.items()} | known


# --- claims

CLAIM = f"""
WITH free AS (
    SELECT s.id, {PER_ENDPOINT} - (
        SELECT count(*) FROM alerts.delivery b WHERE b.subscription = s.id AND b.status = 'WAITING'
            AND b.lease_until > clock_timestamp()) AS room
    FROM alerts.subscription s
    WHERE s.status = 'ACTIVE' AND (s.held_until IS NULL OR s.held_until <= clock_timestamp())
), ranked AS (
    SELECT d.id, d.due_at,
        row_number() OVER (PARTITION BY free.id ORDER BY d.due_at, d.sequence) AS place
    FROM free CROSS JOIN LATERAL (
        SELECT d.id, d.due_at, d.sequence FROM alerts.delivery d
        WHERE d.subscription = free.id AND d.status = 'WAITING' AND d.due_at <= clock_timestamp()
            AND (d.lease_until IS NULL OR d.lease_until <= clock_timestamp())
        ORDER BY d.due_at, d.sequence LIMIT greatest(free.room, 0)) d
), picked AS (
    SELECT id FROM ranked ORDER BY place, due_at LIMIT $1
)
UPDATE alerts.delivery d SET attempt = d.attempt + 1, lease_by = $2,
    lease_until = clock_timestamp() + interval '{LEASE_SECONDS} seconds'
FROM picked, alerts.subscription s, alerts.event e
WHERE d.id = picked.id AND s.id = d.subscription AND e.number = d.event
RETURNING d.id, d.attempt, d.once, d.sequence, d.subscription, s.sink, s.headers, s.credential, s.secret,
    CASE WHEN s.old_until > clock_timestamp() THEN s.old_secret END AS old_secret,
    e.event_id, e.type, e.at, e.dataref, e.data
"""  # noqa: S608
SPACE = """
UPDATE alerts.subscription s
SET held_until = greatest(s.held_until, clock_timestamp()) + told.count * interval '1 minute' / s.allowed_rate
FROM unnest($1::uuid[], $2::int[]) AS told (id, count) WHERE s.id = told.id AND s.allowed_rate IS NOT NULL
"""


async def claim(conn: Connection, room: int, process: str) -> list[Claim]:
    """Claim at most `room` deliveries that are due, from each endpoint in turn."""
    if room <= 0:
        return []
    claims = [_claim(row) for row in await conn.fetch(CLAIM, room, process)]
    counts: defaultdict[UUID, int] = defaultdict(int)
    for one in claims:
        counts[one.subscription] += 1
    if counts:
        await conn.execute(SPACE, list(counts), list(counts.values()))
    return claims


def _claim(row: Record) -> Claim:
    return Claim(
        id=row["id"],
        attempt=row["attempt"],
        once=row["once"],
        sequence=row["sequence"],
        event=Event(row["event_id"], row["type"], row["at"], row["dataref"], row["data"]),
        subscription=row["subscription"],
        sink=row["sink"],
        headers=msgspec.json.decode(row["headers"]),
        credential=row["credential"],
        secrets=[one for one in (row["secret"], row["old_secret"]) if one is not None],
    )


CLAIM_ASKS = f"""
UPDATE alerts.subscription s
SET asked = s.asked + 1, ask_at = clock_timestamp() + interval '{LEASE_SECONDS} seconds'
WHERE s.id IN (
    SELECT id FROM alerts.subscription WHERE status = 'PENDING' AND ask_at <= clock_timestamp()
    ORDER BY ask_at LIMIT {ASKS} FOR UPDATE SKIP LOCKED)
RETURNING s.id, s.asked, s.sink, s.headers
"""  # noqa: S608


async def claim_asks(conn: Connection) -> list[Ask]:
    """Claim the receivers that have to be asked now."""
    rows = await conn.fetch(CLAIM_ASKS)
    return [Ask(row["id"], row["asked"], row["sink"], msgspec.json.decode(row["headers"])) for row in rows]


NEXT = """
SELECT extract(epoch FROM least(
    (SELECT min(next.due_at) FROM alerts.subscription s CROSS JOIN LATERAL (
        SELECT d.due_at FROM alerts.delivery d
        WHERE d.subscription = s.id AND d.status = 'WAITING' AND d.due_at > clock_timestamp()
        ORDER BY d.due_at LIMIT 1) AS next WHERE s.status = 'ACTIVE'),
    (SELECT min(held_until) FROM alerts.subscription
     WHERE status = 'ACTIVE' AND held_until > clock_timestamp()),
    (SELECT min(ask_at) FROM alerts.subscription WHERE status = 'PENDING')
) - clock_timestamp())::float8
"""


async def next_due(conn: Connection) -> float | None:
    """In how many seconds something falls due that is not due yet; None when nothing will by itself."""
    seconds: float | None = await conn.fetchval(NEXT)
    return seconds


# --- results

NOTE = """
UPDATE alerts.delivery d SET status = told.status, lease_until = NULL, lease_by = NULL,
    due_at = clock_timestamp() + make_interval(secs => told.wait),
    ended_at = CASE WHEN told.wait IS NULL THEN clock_timestamp() END,
    attempts = d.attempts || told.entry::jsonb
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::float8[], $5::text[])
    AS told (id, attempt, status, wait, entry)
WHERE d.id = told.id AND d.attempt = told.attempt AND d.status = 'WAITING'
RETURNING d.id
"""
HEALTH = """
UPDATE alerts.subscription s SET
    failing_since = CASE WHEN NOT told.succeeded THEN coalesce(s.failing_since, clock_timestamp()) END,
    held_until = greatest(s.held_until, clock_timestamp() + make_interval(secs => told.hold))
FROM unnest($1::uuid[], $2::boolean[], $3::float8[]) AS told (id, succeeded, hold) WHERE s.id = told.id
"""
DISABLE = f"""
UPDATE alerts.subscription SET status = 'DISABLED', revision = revision + 1,
    reason = CASE WHEN id = ANY($2) THEN '{GONE}' ELSE '{NO_SUCCESS}' END
WHERE id = ANY($1) AND status = 'ACTIVE'
    AND (id = ANY($2) OR failing_since < clock_timestamp() - interval '{DISABLED_AFTER}')
RETURNING id, reason
"""  # noqa: S608


async def note(conn: Connection, results: Sequence[Result]) -> list[tuple[UUID, str]]:
    """Write how attempts ended; returns the subscriptions that this disables, and why.

    A result of an attempt that is no longer the newest is void: somebody else has claimed the delivery since.
    """
    if not results:
        return []
    columns = zip(*(_noted(result) for result in results), strict=True)
    stand = {row["id"] for row in await conn.fetch(NOTE, *(list(column) for column in columns))}
    health = [one for one in results if one.claim.id in stand and not one.claim.once]
    if not health:
        return []
    told = {one.claim.subscription for one in health}
    delivered = {one.claim.subscription for one in health if one.verdict.status == DELIVERED}
    holds: dict[UUID, float | None] = dict.fromkeys(told)
    for one in health:
        if one.verdict.hold:
            holds[one.claim.subscription] = max(one.verdict.hold, holds[one.claim.subscription] or 0.0)
    names = list(told)
    await conn.execute(HEALTH, names, [name in delivered for name in names], [holds[name] for name in names])
    gone = {one.claim.subscription for one in health if one.verdict.gone}
    ended = await conn.fetch(DISABLE, list((told - delivered) | gone), list(gone))
    return [(row["id"], row["reason"]) for row in ended]


def _noted(result: Result) -> tuple[UUID, int, str, float | None, str]:
    exchange = result.exchange
    entry: dict[str, Any] = {"at": text(exchange.at), "durationMs": round(exchange.seconds * 1000)}
    entry |= {"status": exchange.status} if exchange.status is not None else {"fault": exchange.fault}
    if exchange.answer:
        entry["answer"] = exchange.answer
    told = msgspec.json.encode([entry]).decode()
    return result.claim.id, result.claim.attempt, result.verdict.status, result.verdict.wait, told


AGREED = """
UPDATE alerts.subscription SET status = 'ACTIVE', reason = NULL, revision = revision + 1,
    ask_at = NULL, asked = 0, agreed_at = coalesce(agreed_at, clock_timestamp()), agreed_sink = sink,
    allowed_rate = $4, failing_since = NULL, held_until = NULL
WHERE id = $1 AND asked = $2 AND sink = $3 AND status = 'PENDING'
"""
NOT_AGREED = """
UPDATE alerts.subscription SET reason = $4, ask_at = clock_timestamp() + make_interval(secs => $5),
    revision = revision + CASE WHEN reason IS DISTINCT FROM $4 THEN 1 ELSE 0 END
WHERE id = $1 AND asked = $2 AND sink = $3 AND status = 'PENDING'
"""


async def note_answers(conn: Connection, answers: Collection[Answer]) -> None:
    """Write what receivers answered to the question whether they agree."""
    for one in answers:
        ask, told = one.ask, one.agreement
        if told.reason is None:
            await conn.execute(AGREED, ask.subscription, ask.asked, ask.sink, told.rate)
        else:
            await conn.execute(NOT_AGREED, ask.subscription, ask.asked, ask.sink, told.reason, one.wait)


SWEEP = """
WITH asked AS (DELETE FROM alerts.once WHERE at < clock_timestamp() - interval '24 hours')
UPDATE alerts.subscription SET old_secret = NULL, old_until = NULL WHERE old_until < clock_timestamp()
"""


async def sweep(conn: Connection) -> None:
    """Let go of secrets whose time is over."""
    await conn.execute(SWEEP)


PENDING = """
SELECT count(*) AS pending,
    coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS oldest
FROM alerts.delivery WHERE status = 'WAITING'
"""


async def backlog(conn: Connection) -> tuple[int, float]:
    """How many deliveries wait, and how long the oldest of them does (seconds)."""
    row = await conn.fetchrow(PENDING)
    return (row["pending"], row["oldest"]) if row else (0, 0.0)
