"""When an institution was last heard of: kept by event family, at most one change a day each.

The rules that notice a silent source read it from the topic `institutions`. A day is a day in
Europe/Amsterdam.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec

from shared.domain.calendar import local_date
from shared.domain.envelope import Checked
from shared.domain.heard import LISTED, Spell, hear, subjects
from shared.runtime.database import Connection

IN_TURN = "SELECT pg_advisory_xact_lock(7302)"
"""Whoever takes a version of the registry takes it in turn, so that a lower one never shows up later."""

KNOWN = """
SELECT org, last_received_at, heard FROM registration.institution WHERE org = ANY($1::text[]) FOR UPDATE
"""
MARK = """
UPDATE registration.institution AS i SET last_received_at = new.last::jsonb, heard = new.heard::jsonb,
    version = nextval('registration.registry_version')
FROM unnest($1::text[], $2::text[], $3::text[]) AS new(org, last, heard) WHERE i.org = new.org
"""

_last = msgspec.json.Decoder(dict[str, datetime]).decode
_heard = msgspec.json.Decoder(dict[str, tuple[Spell, ...]]).decode


class FirstOfDay(msgspec.Struct, frozen=True):
    """The first event of a family that an organisation sent on a day."""

    org: str
    family: str
    at: datetime


class Kept(msgspec.Struct, frozen=True):
    """What is kept of one institution: the last mark of each family, and the spells by subject."""

    last: dict[str, datetime]
    heard: Mapping[str, tuple[Spell, ...]]


def families(checked: Checked) -> tuple[str, ...]:
    """The families that an event counts in: the part before the first dot; a list also for its site."""
    family = checked.kind.name.partition(".")[0]
    sites = subjects(checked.kind.name, checked.sender, checked.data)[1:]
    return (family, *(f"{LISTED}:{site}" for site in sites))


def marked(kept: Kept, first: Iterable[FirstOfDay]) -> Kept:
    """What is kept when these marks are made; of one family the first of a day stands."""
    last, heard = dict(kept.last), kept.heard
    for one in sorted(first, key=lambda one: one.at):
        if one.family not in last or local_date(last[one.family]) < local_date(one.at):
            last[one.family] = one.at
        heard = hear(heard, one.family.partition(":")[2] or one.org, one.at)
    return Kept(last, heard)


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
    marks: defaultdict[str, list[FirstOfDay]] = defaultdict(list)
    for one in first:
        marks[one.org].append(one)
    changed: list[tuple[str, Kept]] = []
    for row in await conn.fetch(KNOWN, list(marks)):
        before = Kept(_last(row["last_received_at"]), _heard(row["heard"]))
        after = marked(before, marks[row["org"]])
        if after != before:
            changed.append((row["org"], after))
    if changed:
        orgs = [org for org, _ in changed]
        last = [_encode(kept.last) for _, kept in changed]
        await conn.execute(MARK, orgs, last, [_encode(kept.heard) for _, kept in changed])
        await conn.execute("NOTIFY institutions")


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
