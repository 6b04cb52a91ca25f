"""Publishing the registry of institutions: rows whose `published` lies behind their `version`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from shared.domain.world import Institution
from shared.runtime.codec import Outgoing, encode_institution
from shared.runtime.database import Connection
from shared.runtime.kafka import Producer, Unacknowledged
from shared.runtime.topics import INSTITUTIONS

BEHIND = """
SELECT i.org, i.body, i.last_received_at, i.version, i.changed_at, EXISTS (
    SELECT FROM registration.client AS c
    WHERE i.org = ANY(c.orgs) AND c.presence AND c.revoked_at IS NULL
) AS client_has_presence
FROM registration.institution AS i WHERE i.published < i.version ORDER BY i.version LIMIT 500
"""
PUBLISHED = """
UPDATE registration.institution AS i SET published = g.version
FROM unnest($1::text[], $2::bigint[]) AS g(org, version) WHERE i.org = g.org AND i.published < g.version
"""


def institution_of(row: Any) -> Institution:
    """One row as the topic has it; it can send presence only when a registered client of it can."""
    body: dict[str, Any] = msgspec.json.decode(row["body"])
    seen: dict[str, str] = msgspec.json.decode(row["last_received_at"])
    body |= {
        "version": row["version"],
        "changed_at": row["changed_at"],
        "last_received_at": {family: datetime.fromisoformat(at) for family, at in seen.items()},
        "presence": bool(body.get("presence")) and row["client_has_presence"],
    }
    return msgspec.convert(body, Institution)


async def publish(conn: Connection, producer: Producer) -> bool:
    """Send what changed; True when something is left that could not be sent."""
    while rows := await conn.fetch(BEHIND):
        messages = [
            Outgoing(INSTITUTIONS, 0, row["org"].encode(), encode_institution(institution_of(row)))
            for row in rows
        ]
        try:
            await producer.send_all(messages)
        except Unacknowledged:
            return True
        await conn.execute(PUBLISHED, [row["org"] for row in rows], [row["version"] for row in rows])
        await conn.execute("NOTIFY institutions_published")
    return False
