"""When an institution was last heard of: kept by event family, at most one change a day each.

The rules that notice a silent source read it from the topic `institutions`. A day is a day in
Europe/Amsterdam.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from shared.domain.calendar import local_date
from shared.domain.envelope import Checked
from shared.runtime.database import Connection

LISTED = "vo.learner.listed"
IN_TURN = "SELECT pg_advisory_xact_lock(7302)"
"""Whoever takes a version of the registry takes it in turn, so that a lower one never shows up later."""

MARK = """
UPDATE registration.institution AS i
SET last_received_at = i.last_received_at || new.heard, version = nextval('registration.registry_version')
FROM (
    SELECT g.org, jsonb_object_agg(g.family, g.at) AS heard
    FROM (
        SELECT org, family, min(at) AS at FROM unnest($1::text[], $2::text[], $3::timestamptz[])
            AS u(org, family, at) GROUP BY org, family
    ) AS g
    JOIN registration.institution AS k ON k.org = g.org
    WHERE NOT k.last_received_at ? g.family
       OR ((k.last_received_at ->> g.family)::timestamptz AT TIME ZONE 'Europe/Amsterdam')::date
          < (g.at AT TIME ZONE 'Europe/Amsterdam')::date
    GROUP BY g.org
) AS new
WHERE i.org = new.org
"""


class FirstOfDay(msgspec.Struct, frozen=True):
    """The first event of a family that an organisation sent on a day."""

    org: str
    family: str
    at: datetime


def families(checked: Checked) -> tuple[str, ...]:
    """The families that an event counts in: the part before the first dot; a list also for its site."""
    family = checked.kind.name.partition(".")[0]
    if checked.kind.name == LISTED:
        return (family, f"{LISTED}:{checked.data['voSite']}")
    return (family,)


class Heard:
    """What this process has heard today, and knows to be stored."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._stored: set[tuple[str, str]] = set()

    def first(self, checked: Checked, received_at: datetime) -> tuple[FirstOfDay, ...]:
        """The marks that this event makes: none when another of its day was stored before."""
        day = local_date(received_at)
        if day != self._day:
            self._day, self._stored = day, set()
        return tuple(
            FirstOfDay(checked.sender, family, received_at)
            for family in families(checked)
            if (checked.sender, family) not in self._stored
        )

    def stored(self, marks: Iterable[FirstOfDay]) -> None:
        """These marks were committed."""
        self._stored |= {(one.org, one.family) for one in marks if local_date(one.at) == self._day}


async def mark(conn: Connection, first: Sequence[FirstOfDay]) -> None:
    """Keep the marks, in the transaction that accepts their events."""
    await conn.execute(IN_TURN)
    await conn.execute(
        MARK, [one.org for one in first], [one.family for one in first], [one.at for one in first]
    )
    await conn.execute("NOTIFY institutions")
