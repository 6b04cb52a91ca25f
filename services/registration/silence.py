"""When an institution was last heard of: kept by event family, at most one change a day each.

The rules that notice a silent source read it from the topic `institutions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from shared.domain.calendar import local_date
from shared.domain.envelope import Checked

LISTED = "vo.learner.listed"
MARK = """
UPDATE registration.institution AS i
SET last_received_at = i.last_received_at || g.seen, version = nextval('registration.registry_version')
FROM (
    SELECT org, jsonb_object_agg(family, at) AS seen
    FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS u(org, family, at) GROUP BY org
) AS g
WHERE i.org = g.org
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
    """What this process has heard today."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._seen: set[tuple[str, str]] = set()

    def first(self, checked: Checked, received_at: datetime) -> tuple[FirstOfDay, ...]:
        """The marks that this event makes: nothing when it is not the first of its day."""
        day = local_date(received_at)
        if day != self._day:
            self._day, self._seen = day, set()
        new = [name for name in families(checked) if (checked.sender, name) not in self._seen]
        self._seen |= {(checked.sender, name) for name in new}
        return tuple(FirstOfDay(checked.sender, name, received_at) for name in new)


async def mark(conn: Any, first: Sequence[FirstOfDay]) -> None:
    """Keep the marks, in the transaction that accepts their events."""
    await conn.execute(
        MARK, [one.org for one in first], [one.family for one in first], [one.at for one in first]
    )
    await conn.execute("NOTIFY institutions")
