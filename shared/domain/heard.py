"""When something arrived from an institution: spells of time, between which there was silence.

Whether somebody was silent is asked of a past moment too, so that one last moment is not enough to answer.
Of whom something arrives nearly every day, a spell is still no more than its begin and its end. Adding what
arrived is commutative, associative and idempotent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.domain.calendar import local_date

SILENCE = timedelta(days=7)
"""Shorter ones are none: no rule looks at less than five working days (project decision)."""

WITHIN = SILENCE - timedelta(days=1)
"""What is not longer than this is no silence on any calendar; most messages are seen to be so."""

KEPT = timedelta(days=800)
"""How long a spell is kept after its end: rules ask as far back as the year before (project decision)."""

LISTED = "vo.learner.listed"


class Spell(msgspec.Struct, frozen=True, array_like=True, order=True):
    """From `since` to `until` (UTC) something arrived at least once in seven days."""

    since: datetime
    until: datetime


Heard = Mapping[str, tuple[Spell, ...]]
"""The spells of an institution: under its BRIN of anything, under a site of lists of that site."""


def subjects(kind: str, sender: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Of whom an event of this kind is a sign: its sender, and the site whose list it belongs to."""
    return (sender, str(data["voSite"])) if kind == LISTED else (sender,)


def hear(heard: Heard, subject: str, at: datetime) -> dict[str, tuple[Spell, ...]]:
    """The spells when something of this subject also arrived at a moment (UTC)."""
    return {**heard, subject: _joined(sorted((*heard.get(subject, ()), Spell(at, at))))}


def together(heard: Heard, signs: Iterable[tuple[str, datetime]]) -> dict[str, tuple[Spell, ...]]:
    """The spells when all of this arrived too: subjects with their moments (UTC)."""
    fresh: defaultdict[str, list[Spell]] = defaultdict(list)
    for subject, at in signs:
        fresh[subject].append(Spell(at, at))
    return {**heard, **{one: _joined(sorted((*heard.get(one, ()), *some))) for one, some in fresh.items()}}


def _joined(spells: Sequence[Spell]) -> tuple[Spell, ...]:
    """Spells in order of begin, joined where no silence lies between; what lies long back is let go."""
    found: list[Spell] = []
    since, until = spells[0].since, spells[0].until
    for spell in spells:
        if _is_silence(until, spell.since):
            found.append(Spell(since, until))
            since = spell.since
        until = max(until, spell.until)
    found.append(Spell(since, until))
    return tuple(spell for spell in found if spell.until > until - KEPT)


def _is_silence(before: datetime, after: datetime) -> bool:
    """Whether more than seven days lie between two local dates."""
    return after - before > WITHIN and local_date(after) - local_date(before) > SILENCE


def last_heard(spells: Sequence[Spell], at: datetime) -> datetime | None:
    """The end of the last spell that had begun by `at` (UTC); within a spell it may lie ahead."""
    return max((spell.until for spell in spells if spell.since <= at), default=None)


def was_heard(spells: Sequence[Spell], since: datetime, at: datetime) -> bool:
    """Whether something arrived from `since` on, by `at` (UTC); both more than a week apart."""
    return any(spell.since <= at and spell.until >= since for spell in spells)
