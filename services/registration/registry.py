"""Changing the registry: institutions and clients. Each change has a version that every process applies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from services.registration.access import Client
from services.registration.silence import IN_TURN
from shared.domain.world import Institution
from shared.runtime.database import Connection

NEW_VERSION = "SELECT nextval('registration.registry_version')"
PUT_INSTITUTION = """
INSERT INTO registration.institution AS i (org, body, version, changed_at)
SELECT g.org, g.body::jsonb, nextval('registration.registry_version'), platform.now()
FROM unnest($1::text[], $2::text[]) AS g(org, body)
ON CONFLICT (org) DO UPDATE SET body = excluded.body, version = excluded.version,
    changed_at = excluded.changed_at
    WHERE i.body IS DISTINCT FROM excluded.body
"""
PUT_CLIENT = """
INSERT INTO registration.client
    (client_id, role, sources, orgs, scopes, rate, presence, relay, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (client_id) DO UPDATE SET role = excluded.role, sources = excluded.sources,
    orgs = excluded.orgs, scopes = excluded.scopes, rate = excluded.rate, presence = excluded.presence,
    relay = excluded.relay, version = excluded.version, revoked_at = NULL
"""
ORGS = "SELECT orgs FROM registration.client WHERE client_id = $1"
# Whether an institution can send presence depends on its clients.
TOUCH = """
UPDATE registration.institution SET version = nextval('registration.registry_version'),
    changed_at = platform.now() WHERE org = ANY($1::text[]) AND (body ->> 'presence')::boolean
"""
REVOKE = """
UPDATE registration.client SET revoked_at = platform.now(), version = $2
WHERE client_id = $1 AND revoked_at IS NULL RETURNING orgs
"""
NEWEST = "SELECT coalesce(max(version), 0) FROM registration.institution"
BEHIND = """
SELECT array_agg(id ORDER BY id) FROM platform.process
WHERE seen_at > clock_timestamp() - interval '5 seconds'
  AND (institutions_version < $1 OR (role = 'registration-web' AND clients_version < $2))
"""
LOOK_AGAIN = 0.01


class NotApplied(Exception):
    """Some processes did not take a change in time; `processes` are their names."""

    def __init__(self, processes: Sequence[str]) -> None:
        super().__init__(", ".join(processes))
        self.processes = tuple(processes)


async def put_institutions(conn: Connection, institutions: Sequence[Institution]) -> int:
    """Make institutions known, or change them; returns the version to wait for."""
    bodies = [msgspec.json.encode(_body(one)).decode() for one in institutions]
    async with conn.transaction():
        await conn.execute(IN_TURN)
        await conn.execute(PUT_INSTITUTION, [one.org for one in institutions], bodies)
        await conn.execute("NOTIFY institutions")
    version: int = await conn.fetchval(NEWEST)
    return version


def _body(institution: Institution) -> dict[str, Any]:
    """What does not change by itself: not what it published, nor the moments that it was heard."""
    body: dict[str, Any] = msgspec.to_builtins(institution)
    for name in ("version", "changed_at", "calendars", "heard", "last_received_at"):
        body.pop(name, None)
    return body


async def put_client(conn: Connection, client: Client) -> tuple[int, int]:
    """Register a client, or change it; returns the versions of institutions and clients to wait for."""
    async with conn.transaction():
        await conn.execute(IN_TURN)
        version: int = await conn.fetchval(NEW_VERSION)
        before: list[str] = await conn.fetchval(ORGS, client.client_id) or []
        await conn.execute(
            PUT_CLIENT,
            client.client_id,
            client.role,
            sorted(client.sources),
            sorted(client.orgs),
            sorted(client.scopes),
            client.rate,
            client.presence,
            client.relay,
            version,
        )
        await conn.execute(TOUCH, sorted({*client.orgs, *before}))
    return await _tell(conn, version)


async def revoke_client(conn: Connection, client_id: str) -> tuple[int, int] | None:
    """Let a client in no more; None when there is no such client."""
    async with conn.transaction():
        await conn.execute(IN_TURN)
        version: int = await conn.fetchval(NEW_VERSION)
        orgs = await conn.fetchval(REVOKE, client_id, version)
        if orgs is None:
            return None
        await conn.execute(TOUCH, orgs)
    return await _tell(conn, version)


async def _tell(conn: Connection, clients: int) -> tuple[int, int]:
    await conn.execute("NOTIFY clients")
    await conn.execute("NOTIFY institutions")
    return await conn.fetchval(NEWEST), clients


async def applied(conn: Connection, institutions: int, clients: int = 0, seconds: float = 15) -> None:
    """Return when every living process works with these versions. Raises NotApplied."""
    end = asyncio.get_running_loop().time() + seconds
    while behind := await conn.fetchval(BEHIND, institutions, clients):
        if asyncio.get_running_loop().time() > end:
            raise NotApplied(behind)
        await asyncio.sleep(LOOK_AGAIN)
