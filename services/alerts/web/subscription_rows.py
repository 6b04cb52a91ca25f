"""Subscriptions and deliveries as the API reads and writes them: whose they are, and how they are shown.

All functions run in a transaction of `own`. Machine time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import structlog
from asyncpg import Record

from services.alerts.web.access import missing
from services.alerts.web.officers import Reader, see_as
from services.alerts.web.queries import Field, Listing, moment_from, moment_to, pattern
from services.alerts.webhooks.channel import place
from services.alerts.webhooks.filters import TEST
from services.alerts.webhooks.rows import take_turn
from services.alerts.webhooks.seal import Seal
from services.alerts.webhooks.signature import new_secret
from shared.runtime.database import Connection, Pool
from shared.runtime.problems import Problem, unavailable

Json = dict[str, Any]

OVERLAP = "24 hours"
"""How long the old secret signs along."""

KEY_LIFE = "24 hours"
MOST = 50
"""Subscriptions of one owner."""

SUBSCRIPTION = """id, owner, revision, sink, headers, types, filters, status, reason, created_at, agreed_sink,
    allowed_rate, failing_since, secret, secret_at, old_until"""
DELIVERY = """id, event_id, type, sequence, status, created_at, due_at, ended_at, once, replay_of,
    subscription, event, attempts::text AS attempts"""
OF_DELIVERIES = "alerts.delivery JOIN alerts.event ON number = event"

SUBSCRIPTIONS = Listing(
    table="alerts.subscription",
    key="id",
    key_type="uuid",
    fields={
        "status": Field(
            "status",
            pattern("PENDING|ACTIVE|PAUSED|DISABLED", "Kies uit PENDING, ACTIVE, PAUSED, DISABLED."),
        )
    },
    sorts={"createdAt": "created_at"},
    default="createdAt",
    mine="owner = $1",
)
DELIVERIES = Listing(
    table=OF_DELIVERIES,
    key="id",
    key_type="uuid",
    fields={
        "status": Field(
            "status", pattern("WAITING|DELIVERED|EXHAUSTED", "Kies uit WAITING, DELIVERED, EXHAUSTED.")
        ),
        "type": Field("type", str),
        "eventId": Field("event_id", str),
        "createdFrom": Field("created_at", moment_from, ">=", "timestamptz"),
        "createdTo": Field("created_at", moment_to, "<=", "timestamptz"),
    },
    sorts={"createdAt": "created_at"},
    default="-createdAt",
    mine="subscription = $1",
)

log = structlog.get_logger()


@asynccontextmanager
async def own(pool: Pool, reader: Reader) -> AsyncIterator[Connection]:
    """A transaction in which only the reader's own is there. Raises Problem 503."""
    try:
        async with pool.acquire() as conn, conn.transaction():
            await see_as(conn, reader.audience)
            await act_for(conn, reader.officer.subject)
            yield conn
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        log.error("subscription_failed", error=type(error).__name__, state=getattr(error, "sqlstate", None))
        raise unavailable() from None


async def act_for(conn: Connection, subject: str) -> None:
    """What follows in this transaction concerns the subscriptions of this officer."""
    await conn.execute("SELECT set_config('transfers.subject', $1, true)", subject)


# --- subscriptions

INSERT = """
INSERT INTO alerts.subscription (id, owner, sink, headers, types, filters, credential, secret, ask_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp()
WHERE (SELECT count(*) FROM alerts.subscription WHERE owner = $2) < $9
"""


async def create(conn: Connection, seal: Seal, owner: str, wanted: Mapping[str, Any]) -> Json:
    """Make a subscription that waits for its receiver's agreement; returns its id and secret."""
    name, secret = uuid4(), new_secret()
    credential = wanted["credential"]
    made = await conn.execute(
        INSERT,
        name,
        owner,
        wanted["sink"],
        dumps(wanted["headers"]),
        wanted["types"],
        dumps(wanted["filters"]),
        seal.close(credential, place(name, "credential")) if credential else None,
        seal.close(secret, place(name, "secret")),
        MOST,
    )
    if made != "INSERT 0 1":
        raise Problem("conflict", f"Ten hoogste {MOST} abonnementen. Verwijder er eerst een.")
    await wake(conn)
    return {"id": str(name), "secret": secret}


async def wake(conn: Connection) -> None:
    """There is something to do for `transfers alerts deliver`, after COMMIT."""
    await conn.execute("SELECT pg_notify('deliver', '')")


async def read(conn: Connection, reader: Reader, name: str, *, admin: bool = False) -> Record:
    """One subscription. Raises Problem 404; an administrator reaches those of the own region too."""
    row = await conn.fetchrow(
        f"SELECT {SUBSCRIPTION} FROM alerts.subscription WHERE id = $1",  # noqa: S608
        UUID(name),
    )
    if row is None or (row["owner"] != reader.officer.subject and not admin):
        raise missing()
    return row


async def lock(conn: Connection, row: Record, revision: int | None) -> None:
    """Let nobody else change it. Raises Problem 412 when it is another one than the caller read."""
    await take_turn(conn)  # first, as the process that delivers does: neither waits for the other for ever
    await act_for(conn, row["owner"])
    now = await conn.fetchval("SELECT revision FROM alerts.subscription WHERE id = $1 FOR UPDATE", row["id"])
    if now is None:
        raise missing()
    if revision is not None and now != revision:
        raise Problem("precondition-failed", "Intussen veranderd. Lees opnieuw.")


CHANGE = """
UPDATE alerts.subscription SET revision = revision + 1, sink = $2, headers = $3, types = $4, filters = $5,
    status = $6, credential = CASE WHEN $7 THEN $8 ELSE credential END,
    reason = CASE WHEN status = $6 AND $6 <> 'PENDING' THEN reason END,
    ask_at = CASE WHEN $6 = 'PENDING' THEN clock_timestamp() END, asked = 0,
    agreed_at = CASE WHEN $6 = 'ACTIVE' THEN coalesce(agreed_at, clock_timestamp()) ELSE agreed_at END,
    agreed_sink = CASE WHEN $6 = 'ACTIVE' THEN $2 ELSE agreed_sink END,
    failing_since = CASE WHEN $6 = 'ACTIVE' AND status = 'ACTIVE' THEN failing_since END,
    held_until = CASE WHEN sink = $2 THEN held_until END
WHERE id = $1
"""


async def change(conn: Connection, seal: Seal, row: Record, wanted: Mapping[str, Any]) -> None:
    """Write a changed subscription; `wanted` holds everything, and `credential` only when that changes."""
    credential = wanted.get("credential")
    await conn.execute(
        CHANGE,
        row["id"],
        wanted["sink"],
        dumps(wanted["headers"]),
        wanted["types"],
        dumps(wanted["filters"]),
        wanted["status"],
        "credential" in wanted,
        seal.close(credential, place(row["id"], "credential")) if credential else None,
    )
    await wake(conn)


async def delete(conn: Connection, row: Record) -> None:
    """Take a subscription away, with its deliveries."""
    await conn.execute("DELETE FROM alerts.subscription WHERE id = $1", row["id"])


ROTATE = f"""
UPDATE alerts.subscription SET revision = revision + 1, old_secret = $2, secret = $3,
    secret_at = clock_timestamp(), old_until = clock_timestamp() + interval '{OVERLAP}'
WHERE id = $1
"""  # noqa: S608


async def rotate(conn: Connection, seal: Seal, row: Record) -> Json:
    """Give a new secret; the old one signs along for a day."""
    secret = new_secret()
    old = seal.open(row["secret"], place(row["id"], "secret"))
    await conn.execute(
        ROTATE,
        row["id"],
        seal.close(old, place(row["id"], "old")),
        seal.close(secret, place(row["id"], "secret")),
    )
    return {"id": str(row["id"]), "secret": secret}


def show(row: Record) -> Json:
    """A subscription as the API gives it: without credential and secret."""
    found: Json = {
        "id": str(row["id"]),
        "sink": row["sink"],
        "protocol": "HTTP",
        "types": row["types"],
        "filters": msgspec.json.decode(row["filters"]),
        "status": row["status"],
        "createdAt": row["created_at"],
    }
    headers = msgspec.json.decode(row["headers"])
    optional = {
        "protocolSettings": {"headers": headers} if headers else None,
        "statusReason": row["reason"],
        "allowedRate": row["allowed_rate"],
        "failingSince": row["failing_since"],
    }
    return found | {name: value for name, value in optional.items() if value is not None}


def show_secrets(row: Record, now: datetime) -> list[Json]:
    """Which secrets sign now, without them."""
    found: list[Json] = [{"createdAt": row["secret_at"]}]
    if row["old_until"] is not None and row["old_until"] > now:
        found.append({"until": row["old_until"]})
    return found


# --- deliveries

REPLAY = """
INSERT INTO alerts.delivery (subscription, event, sequence, once, replay_of)
SELECT subscription, event, sequence, true, coalesce(replay_of, id) FROM alerts.delivery WHERE id = $1
RETURNING id
"""
TEST_EVENT = """
INSERT INTO alerts.event (event_id, type, at, data, fanned_at)
VALUES ($1, $2, platform.now(), $3, clock_timestamp()) RETURNING number
"""
TEST_DELIVERY = """
WITH next AS (UPDATE alerts.subscription SET sequence = sequence + 1 WHERE id = $1 RETURNING sequence)
INSERT INTO alerts.delivery (subscription, event, sequence, once) SELECT $1, $2, sequence, true FROM next
RETURNING id
"""


async def delivery(conn: Connection, reader: Reader, name: str) -> tuple[Record, Record]:
    """One delivery and its subscription. Raises Problem 404."""
    row = await conn.fetchrow(
        f"SELECT {DELIVERY} FROM {OF_DELIVERIES} WHERE id = $1",  # noqa: S608
        UUID(name),
    )
    if row is None:
        raise missing()
    return row, await read(conn, reader, str(row["subscription"]))


async def replays(conn: Connection, row: Record) -> list[Record]:
    """The replays of one delivery, oldest first."""
    return list(
        await conn.fetch(
            f"SELECT {DELIVERY} FROM {OF_DELIVERIES} WHERE subscription = $1 AND replay_of = $2"  # noqa: S608
            " ORDER BY created_at, id",
            row["subscription"],
            row["id"],
        )
    )


async def tests(conn: Connection, row: Record) -> list[Record]:
    """The newest test events of a subscription."""
    return list(
        await conn.fetch(
            f"SELECT {DELIVERY} FROM {OF_DELIVERIES} WHERE subscription = $1 AND type = $2"  # noqa: S608
            " ORDER BY created_at DESC, id LIMIT 50",
            row["id"],
            TEST,
        )
    )


async def replay(conn: Connection, row: Record, subscription: Record) -> Json:
    """Send an event once more, under its own id."""
    must_be_active(subscription)
    found = await conn.fetchval(REPLAY, row["id"])
    await wake(conn)
    return {"delivery": str(found)}


async def test(conn: Connection, subscription: Record) -> Json:
    """Send an event that means nothing."""
    must_be_active(subscription)
    number = await conn.fetchval(
        TEST_EVENT,
        f"subscription.tested-{uuid4().hex}",
        TEST,
        dumps({"subscriptionId": str(subscription["id"])}),
    )
    found = await conn.fetchval(TEST_DELIVERY, subscription["id"], number)
    await wake(conn)
    return {"delivery": str(found)}


def must_be_active(row: Record) -> None:
    """Raises Problem 409 for a subscription whose receiver is not called now."""
    if row["status"] != "ACTIVE":
        raise Problem("illegal-move", "Dit abonnement is niet actief. Zet het eerst op ACTIVE.")


def show_delivery(row: Record) -> Json:
    """A delivery as the API gives it."""
    found: Json = {
        "id": str(row["id"]),
        "subscriptionId": str(row["subscription"]),
        "eventId": row["event_id"],
        "type": row["type"],
        "status": row["status"],
        "createdAt": row["created_at"],
        "attempts": [_attempt(one) for one in msgspec.json.decode(row["attempts"])],
    }
    if row["sequence"]:
        found["sequence"] = f"{row['sequence']:020}"
    optional = {
        "endedAt": row["ended_at"],
        "nextAttemptAt": row["due_at"] if row["status"] == "WAITING" else None,
        "replayOf": str(row["replay_of"]) if row["replay_of"] else None,
    }
    return found | {name: value for name, value in optional.items() if value is not None}


def _attempt(told: Json) -> Json:
    return {name: told[name] for name in ("at", "status", "fault", "durationMs", "answer") if name in told}


# --- once and no more

TAKEN = f"""
SELECT hash, answer FROM alerts.once
WHERE owner = $1 AND key = $2 AND at > clock_timestamp() - interval '{KEY_LIFE}'
"""  # noqa: S608
SWEEP = f"""
DELETE FROM alerts.once WHERE owner = $1 AND at <= clock_timestamp() - interval '{KEY_LIFE}'
"""  # noqa: S608


async def once(
    conn: Connection,
    seal: Seal,
    owner: str,
    asked: tuple[str | None, bytes],
    make: Callable[[], Awaitable[Json]],
) -> tuple[Json, bool]:
    """What `make` gives, at the first time; later the same, and False. Raises Problem 409 for another body.

    `asked` are the Idempotency-Key and what was asked with it.
    """
    key, body = asked
    if key is None:
        return await make(), True
    place_of_it, digest = f"once/{owner}/{key}", sha256(body).digest()
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7309))", f"{owner}\n{key}")
    row = await conn.fetchrow(TAKEN, owner, key)
    if row is not None:
        if row["hash"] != digest:
            raise Problem("conflict", "Deze Idempotency-Key is al gebruikt voor een ander verzoek.")
        known: Json = msgspec.json.decode(seal.open(row["answer"], place_of_it))
        return known, False
    await conn.execute(SWEEP, owner)
    made = await make()
    await conn.execute(
        "INSERT INTO alerts.once (owner, key, hash, answer) VALUES ($1, $2, $3, $4)",
        owner,
        key,
        digest,
        seal.close(dumps(made), place_of_it),
    )
    return made, True


def dumps(value: object) -> str:
    """JSON text for the database."""
    return msgspec.json.encode(value).decode()
