"""When something arrived from an institution: spells of time, between which there was silence.

Whether somebody was silent is asked of a past moment too, so that one last moment is not enough to answer.
Of whom something arrives nearly every day, a spell is still no more than its begin and its end. Adding what
arrived is commutative, associative and idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.domain.calendar import local_date

SILENCE = timedelta(days=7)
"""Shorter ones are none: no rule looks at less than five working days (project decision)."""

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
    found: list[Spell] = []
    for spell in sorted((*heard.get(subject, ()), Spell(at, at))):
        last = found[-1] if found else None
        if last is not None and local_date(spell.since) - local_date(last.until) <= SILENCE:
            found[-1] = Spell(last.since, max(last.until, spell.until))
        else:
            found.append(spell)
    newest = found[-1].until
    return {**heard, subject: tuple(spell for spell in found if spell.until > newest - KEPT)}


def together(heard: Heard, signs: Iterable[tuple[str, datetime]]) -> Heard:
    """The spells when all of this arrived too: subjects with their moments (UTC)."""
    for subject, at in signs:
        heard = hear(heard, subject, at)
    return heard


def last_heard(spells: Sequence[Spell], at: datetime) -> datetime | None:
    """The end of the last spell that had begun by `at` (UTC); within a spell it may lie ahead."""
    return max((spell.until for spell in spells if spell.since <= at), default=None)


def was_heard(spells: Sequence[Spell], since: datetime, at: datetime) -> bool:
    """Whether something arrived from `since` on, by `at` (UTC); both more than a week apart."""
    return any(spell.since <= at and spell.until >= since for spell in spells)
