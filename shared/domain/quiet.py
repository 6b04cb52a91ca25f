"""Attendance that changes nothing: what nearly every event of a year says.

Who attends was in class again, or missed an hour or two. No state, flag, alert or case follows from that, so
it is kept and not judged. Only the next look may come sooner than needed: it was set before this was known.
That judging would find nothing is a law under test (tests/property/test_quiet.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from shared.domain import sheet
from shared.domain.calendar import local_date, midnight
from shared.domain.codes import Flag, State
from shared.domain.facts import Year
from shared.domain.policy import Policy, absence_bounds
from shared.domain.sheet import PRESENT, Line

LOUD = frozenset({Flag.ASSUMED, Flag.ABSENCE_16H, Flag.ABSENCE_4W})
"""Beside these attendance may change something."""

UNMOVED = frozenset({"A06", "A16", "A18", "A20"})
"""Alerts about which attendance says nothing."""

HOLIDAYS = 8
"""Weeks of holiday within any four lesson weeks, at most."""


def is_quiet(
    facts: Year,
    key: str,
    state: State | None,
    flags: Collection[Flag],
    at: datetime,
    policies: tuple[Policy, ...],
) -> bool:
    """Whether one event of attendance, received at `at` (UTC), changes nothing of a year.

    `state` and `flags` are those before it; no alert is open but of `UNMOVED`, and nothing is due by `at`.
    """
    if state is not State.ATTENDING or not LOUD.isdisjoint(flags):
        return False
    line = sheet.only(facts.sheets, key)
    if line is None or key in facts.full or _is_annulled(facts, line) or ":" not in line.sheet.enrolment:
        return False
    if line.number > sheet.number_of(local_date(at)):
        return False
    return line.sheet.kind == PRESENT or _is_little(facts, line, at, policies)


def unseen_from(
    facts: Year, state: State | None, flags: Collection[Flag], at: datetime, policies: tuple[Policy, ...]
) -> datetime | None:
    """Before when nobody who attends can have been away too long, by the presences received by `at` (UTC).

    None when that takes a judgement.
    """
    if state is not State.ATTENDING or not LOUD.isdisjoint(flags) or facts.tombstones:
        return None
    seen = sheet.last_seen(facts.sheets, at)
    if seen is None:
        return None
    _, weeks, _ = absence_bounds(policies)
    return midnight(sheet.day_of(sheet.monday(seen) + 7 * (1 + weeks)))


def _is_annulled(facts: Year, line: Line) -> bool:
    return bool(facts.tombstones) and line.event_id in {stone.target for stone in facts.tombstones}


def _is_little(facts: Year, line: Line, at: datetime, policies: tuple[Policy, ...]) -> bool:
    """Whether hours near this day stay below any limit, in a week that counts as it did before.

    Of lesson weeks without presence those count in which hours were missed without leave, or of which
    nobody said anything.
    """
    limit, _, weeks = absence_bounds(policies)
    near = 7 * (weeks + HOLIDAYS)
    enrolment, day = line.sheet.enrolment, line.number
    span = (facts.sheets, enrolment, day - near, day + near)
    left = limit - sum(_in_full(facts, enrolment))
    if sheet.hours_near(*span) >= left and sheet.hours_near(*span, at) >= left:
        return False
    monday = sheet.monday(day)
    if not line.unauthorised or sheet.was_seen(facts.sheets, enrolment, monday, at):
        return True
    alone = not any(key.startswith("abs:") for key in facts.full)
    return alone and sheet.days_missed(facts.sheets, monday, at) == 1


def _in_full(facts: Year, enrolment: str) -> Iterator[float]:
    """The most hours without leave that any version says, of each absence that is kept in full."""
    prefix = f"abs:{enrolment}:"
    for key, chain in facts.full.items():
        if key.startswith(prefix):
            yield max(version.fields["unauthorisedHours"] for version in chain)
