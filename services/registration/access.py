"""Which caller may speak for whom, and how fast: the client registry, kept in memory."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable
from typing import Any

import msgspec

from services.registration.patience import whenever
from shared.domain.envelope import Checked
from shared.runtime.database import Connection, Listener, Pool
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.problems import Problem
from shared.runtime.tasks import begin, end

ALL = """
SELECT client_id, role, sources, orgs, scopes, rate, presence, relay FROM registration.client
WHERE revoked_at IS NULL
"""
VERSION = "SELECT coalesce(max(version), 0) FROM registration.client"


class Client(msgspec.Struct, frozen=True):
    """One registered system: the sources and organisations it may speak for, and its events a second."""

    client_id: str
    role: str
    sources: frozenset[str]
    orgs: frozenset[str]
    scopes: frozenset[str]
    rate: int
    presence: bool
    relay: bool

    def may_post(self, checked: Checked) -> Problem | None:
        """Why this event may not come from this client; None when it may."""
        if checked.source not in self.sources:
            return Problem("forbidden", "Deze source staat niet op naam van deze client.")
        if checked.sender not in self.orgs:
            return Problem("forbidden", "Deze client mag niet namens deze senderOrg sturen.")
        return None


class Bucket:
    """How many events a client may still send now: a second's worth at most twice over."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._left = 2.0 * rate
        self._at = time.monotonic()

    def take(self, count: int) -> float:
        """Take so many; 0 when that was allowed, else the seconds to wait."""
        now = time.monotonic()
        self._left = min(2.0 * self._rate, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left <= 0:
            return (count - self._left) / self._rate
        self._left -= count
        return 0.0


class Registry:
    """The clients as this process last read them."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}
        self._buckets: dict[str, Bucket] = {}

    async def read(self, conn: Connection) -> int:
        """Read all again; returns the version of what was read."""
        version: int = await conn.fetchval(VERSION)
        self.fill(client_of(row) for row in await conn.fetch(ALL))
        return version

    def fill(self, clients: Iterable[Client]) -> None:
        """Know these clients and no others; who keeps its rate keeps its bucket."""
        before = self._clients
        self._clients = {client.client_id: client for client in clients}
        self._buckets = {
            name: self._buckets[name]
            if name in before and before[name].rate == client.rate
            else Bucket(client.rate)
            for name, client in self._clients.items()
        }

    def client(self, client_id: str) -> Client:
        """The client that a token names. Raises Problem 403."""
        try:
            return self._clients[client_id]
        except KeyError:
            raise Problem("forbidden", "Deze client is hier niet geregistreerd.") from None

    def spend(self, client: Client, count: int) -> None:
        """Count events against the client's rate. Raises Problem 429."""
        seconds = self._buckets[client.client_id].take(count)
        if seconds:
            wait = str(math.ceil(seconds))
            raise Problem(
                "too-many-requests",
                f"Ten hoogste {client.rate} berichten per seconde. Probeer het over {wait} s opnieuw.",
                headers={"retry-after": wait},
            )


class Following:
    """Keeps the registry of this process up to date, and shows which version is in force."""

    def __init__(self, registry: Registry, pool: Pool, listener: Listener, heartbeat: Heartbeat) -> None:
        self._registry = registry
        self._pool = pool
        self._heartbeat = heartbeat
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        listener.on("clients", lambda _: self._asked.set())

    async def start(self) -> None:
        """Read the clients, then follow their changes."""
        await self._read()
        self._task = begin(whenever(self._asked, self._read, "clients"), "clients")

    async def stop(self) -> None:
        """Follow no longer."""
        await end(self._task)

    async def _read(self) -> None:
        async with self._pool.acquire() as conn:
            version = await self._registry.read(conn)
        await self._heartbeat.applied("clients", version)


def client_of(row: Any) -> Client:
    """A row of the registry."""
    return Client(
        client_id=row["client_id"],
        role=row["role"],
        sources=frozenset(row["sources"]),
        orgs=frozenset(row["orgs"]),
        scopes=frozenset(row["scopes"]),
        rate=row["rate"],
        presence=row["presence"],
        relay=row["relay"],
    )
