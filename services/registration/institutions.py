"""The registry of institutions on its way to the topic: rows whose `published` is below their `version`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from services.registration.calendars import read as calendars_of
from services.registration.patience import whenever
from shared.domain.timetable import timetable
from shared.domain.world import Institution
from shared.runtime.codec import Outgoing, encode_institution
from shared.runtime.database import Connection, Listener, Pool
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.kafka import Unacknowledged
from shared.runtime.problems import unavailable
from shared.runtime.tasks import begin, end
from shared.runtime.topics import INSTITUTIONS

CHANNEL = "institutions_published"
PATIENCE_SECONDS = 5.0

KNOWN = """
SELECT i.org, i.body, i.last_received_at, i.calendars, i.heard, i.version, i.changed_at, EXISTS (
    SELECT FROM registration.client AS c
    WHERE i.org = ANY(c.orgs) AND c.presence AND c.revoked_at IS NULL
) AS client_has_presence
FROM registration.institution AS i
"""
BEHIND = KNOWN + "WHERE i.published < i.version ORDER BY i.version LIMIT 500"
SENT = """
UPDATE registration.institution AS i SET published = g.version
FROM unnest($1::text[], $2::bigint[]) AS g(org, version) WHERE i.org = g.org AND i.published < g.version
"""
FORGET = "UPDATE registration.institution SET published = 0"
# Every change up to this version stands in the topic.
NEWEST = """
SELECT coalesce(min(version) FILTER (WHERE published < version) - 1, max(version), 0)
FROM registration.institution
"""
WAITS = "SELECT EXISTS (SELECT FROM registration.institution WHERE org = ANY($1) AND published < version)"


class Sends(Protocol):
    """What sends records in order and waits for the acknowledgement (`kafka.Producer`)."""

    async def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Send them. Raises Unacknowledged."""
        ...


def institution_of(row: Any) -> Institution:
    """One row as the topic has it; it can send presence only when a registered client of it can."""
    body: dict[str, Any] = msgspec.json.decode(row["body"])
    last: dict[str, str] = msgspec.json.decode(row["last_received_at"])
    body |= {
        "version": row["version"],
        "changed_at": row["changed_at"],
        "last_received_at": {family: datetime.fromisoformat(at) for family, at in last.items()},
        "heard": msgspec.json.decode(row["heard"]),
        "presence": bool(body.get("presence")) and row["client_has_presence"],
    }
    institution = msgspec.convert(body, Institution)
    calendars = timetable(calendars_of(row["calendars"], row["org"]))
    return msgspec.structs.replace(institution, calendars=calendars)


async def publish(conn: Connection, producer: Sends) -> bool:
    """Send what changed, lowest version first; True when something is left that could not be sent."""
    while rows := await conn.fetch(BEHIND):
        messages = [
            Outgoing(INSTITUTIONS, 0, row["org"].encode(), encode_institution(institution_of(row)))
            for row in rows
        ]
        try:
            await producer.send_all(messages)
        except Unacknowledged:
            return True
        await conn.execute(SENT, [row["org"] for row in rows], [row["version"] for row in rows])
        await conn.execute(f"NOTIFY {CHANNEL}")
    return False


class Published:
    """How far the topic has come: whoever changed an institution waits for it, and others are told."""

    def __init__(self, pool: Pool, listener: Listener, heartbeat: Heartbeat) -> None:
        self._pool = pool
        self._heartbeat = heartbeat
        self._asked = asyncio.Event()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        listener.on(CHANNEL, lambda _: self._asked.set())

    def start(self) -> None:
        """Begin to follow."""
        self._asked.set()
        self._task = begin(whenever(self._asked, self._look, "published"), "published")

    async def stop(self) -> None:
        """Follow no longer."""
        await end(self._task)

    async def wait(self, orgs: Iterable[str]) -> None:
        """Wait until what changed about these stands in the topic. Raises Problem 503 after 5 seconds."""
        names = list(orgs)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                moved = self._moved
                while await self._pool.fetchval(WAITS, names):
                    await moved.wait()
                    moved = self._moved
        except TimeoutError:
            raise unavailable() from None

    async def _look(self) -> None:
        version: int = await self._pool.fetchval(NEWEST)
        before, self._moved = self._moved, asyncio.Event()
        before.set()
        await self._heartbeat.applied("institutions", version)
