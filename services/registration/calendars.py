"""Lesson calendars on their way into the entry of their institution: they never enter `transfer-events`.

One transaction merges the calendar, gives the entry a new version and writes what became of the event. The
process that leads publishes the entry; whoever follows it looks again at the learners with a fact there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.registration.silence import IN_TURN, FirstOfDay, mark
from shared.domain.codes import Outcome
from shared.domain.envelope import Checked, arrival
from shared.domain.event import Arrival
from shared.domain.facts import Merged, Record, Year
from shared.domain.ids import receipt_id
from shared.domain.timetable import add
from shared.runtime.database import Connection, Pool, passes
from shared.runtime.problems import Problem, unavailable

HELD = "SELECT calendars FROM registration.institution WHERE org = $1 FOR UPDATE"
KEEP = """
UPDATE registration.institution SET calendars = $2::jsonb, version = nextval('registration.registry_version'),
    changed_at = greatest(changed_at, $3) WHERE org = $1
"""
# Placement knows nothing of these events: what became of them is written here.
ACCEPT = "UPDATE registration.receipt SET state = 'accepted' WHERE receipt_id = $1"
OUTCOMES = """
UPDATE registration.receipt AS r SET outcome = g.outcome
FROM unnest($1::text[], $2::text[]) AS g(receipt_id, outcome) WHERE r.receipt_id = g.receipt_id
"""
TAKE_BACK = "DELETE FROM registration.receipt WHERE receipt_id = $1 AND state = 'pending'"

_years = msgspec.json.Decoder(dict[int, Year]).decode


class Calendars:
    """The calendars that institutions published."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def keep(self, checked: Checked, received_at: datetime, first: Sequence[FirstOfDay]) -> None:
        """Add one. Raises Problem 403 for an institution that nobody registered, 503 without a database."""
        try:
            async with self._pool.acquire() as conn, conn.transaction():
                known = await _keep(conn, arrival(checked, received_at), first)
        except Exception as error:
            if passes(error):
                raise unavailable() from None
            raise
        if not known:
            raise Problem("forbidden", "Deze instelling staat niet in het register.")


def read(stored: str, org: str) -> Record:
    """The calendars of an institution as they are stored."""
    return Record(org, 0, _years(stored))


def outcomes(merged: Merged, arrived: Arrival) -> dict[str, str]:
    """What became of the event, and of others that it changes, by receipt."""
    own = receipt_id(arrived.version.source, arrived.version.event_id)
    told = {own: Outcome.APPLIED.value}
    return told | {receipt_id(source, event): outcome.value for source, event, outcome in merged.outcomes}


async def _keep(conn: Connection, arrived: Arrival, first: Sequence[FirstOfDay]) -> bool:
    """False when the institution has no entry; then the receipt is taken back, because nothing was kept."""
    await conn.execute(IN_TURN)
    org, version = arrived.student_ref, arrived.version
    own = receipt_id(version.source, version.event_id)
    stored = await conn.fetchval(HELD, org)
    if stored is None:
        await conn.execute(TAKE_BACK, own)
        return False
    merged = add(read(stored, org), arrived)
    body = msgspec.json.encode(merged.record.years).decode()
    await conn.execute(KEEP, org, body, version.received_at)
    told = outcomes(merged, arrived)
    await conn.execute(ACCEPT, own)
    await conn.execute(OUTCOMES, list(told), list(told.values()))
    if first:
        await mark(conn, first)
    await conn.execute("NOTIFY institutions")
    return True
