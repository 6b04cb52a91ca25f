"""What is true of a person, in whatever transition year it was told (ruling 11).

Home, birth date, death and the basic qualification. Days are local dates in Europe/Amsterdam.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from shared.domain import effect
from shared.domain.calendar import local_date
from shared.domain.codes import (
    ClosingReason,
    DestinationKind,
    ExamOutcome,
    LeavingReason,
    RegisterKind,
    VoEndReason,
    VoType,
)
from shared.domain.event import Version
from shared.domain.picture import Known, Picture

BASIC_LEVEL = 2
"""From this mbo level on a diploma is a basic qualification (startkwalificatie) [L]."""

UNKNOWN_LEVEL = 2
"""What rules read when a relay sent no level (ruling 14)."""

QUALIFYING = frozenset({VoType.HAVO, VoType.VWO})

UNKNOWN_HOME = "9999"
"""What a school writes that does not know where its learner lives."""


class Home(msgspec.Struct, frozen=True):
    """Where the learner lives (CBS code), since when as far as anybody said, and who said so."""

    municipality: str
    since: date
    version: Version


def birthday(birth_date: date, age: int) -> date:
    """The day on which an age is reached; born on 29 February: 1 March of other years."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)


def birth_date(picture: Picture, listing: Known[effect.Listing] | None) -> date | None:
    """The birth date, when a school gave it in this year or another."""
    if listing is not None:
        return listing.effect.birth_date
    told = [known for other in picture.elsewhere for known in other.listings]
    return max(told, key=_newest).effect.birth_date if told else None


def home(picture: Picture, today: date) -> Home | None:
    """The home that was named last among those that count today.

    A move counts from its date; a list from the day on which the school first named that home, so that
    sending the list again does not undo a move (project decision).
    """
    said = [one for one in _homes(picture) if one.since <= today]
    return max(said, key=_since, default=None)


def unknown_home(picture: Picture, today: date) -> Version | None:
    """The newest word of somebody who does not know where the learner lives."""
    said = [known.version for year in picture.years for known in year.listings if _names_no_home(known)]
    said += [
        known.version
        for year in picture.years
        for known in year.homes
        if _names_no_home(known) and known.effect.valid_from <= today
    ]
    return max(said, key=lambda one: (one.occurred_at, one.recorded_at, one.event_id), default=None)


def moves_ahead(picture: Picture, today: date) -> Iterator[date]:
    """The days on which another home begins to count."""
    return (one.since for one in _homes(picture) if one.since > today)


def is_deceased(picture: Picture) -> bool:
    """Whether any fact of any year says so."""
    return any(_says_deceased(known.effect) for year in picture.years for known in _of_the_end(year))


def is_qualified(picture: Picture, today: date) -> bool:
    """A basic qualification (startkwalificatie): havo, vwo or mbo level 2 and up, from whatever fact [L]."""
    return any(since <= today for year in picture.years for since, _ in _qualifying(year))


def qualification(picture: Picture, today: date) -> Version | None:
    """The newest fact that tells of it, whatever year it was told in."""
    told = (version for year in picture.years for since, version in _qualifying(year) if since <= today)
    return max(told, key=lambda one: (one.occurred_at, one.event_id), default=None)


def qualifies_ahead(picture: Picture, today: date) -> Iterator[date]:
    """The days from which a qualification that was told of already will count."""
    return (since for year in picture.years for since, _ in _qualifying(year) if since > today)


def _names_no_home(known: Known[effect.Listing] | Known[effect.Home]) -> bool:
    return known.effect.municipality == UNKNOWN_HOME


def _homes(picture: Picture) -> Iterator[Home]:
    for year in picture.years:
        for known in year.homes:
            if not _names_no_home(known):
                yield Home(known.effect.municipality, known.effect.valid_from, known.version)
        for listed in year.listings:
            if not _names_no_home(listed):
                since = local_date(listed.first.occurred_at)
                yield Home(listed.effect.municipality, since, listed.version)


def _since(one: Home) -> tuple[object, ...]:
    return one.since, one.version.occurred_at, one.version.recorded_at, one.version.event_id


def _newest(known: Known[effect.Listing]) -> tuple[object, ...]:
    return known.version.occurred_at, known.version.recorded_at, known.version.event_id


def _of_the_end(year: Picture) -> Iterator[Known[Any]]:
    """The facts that can tell of a death."""
    yield from year.vo_ends
    yield from year.ends
    yield from year.destinations
    yield from year.register
    yield from year.reports


def _says_deceased(told: effect.Effect) -> bool:
    match told:
        case effect.VoEnd():
            return told.reason is VoEndReason.DECEASED
        case effect.EnrolmentEnd():
            return told.reason is LeavingReason.DECEASED
        case effect.Destination():
            return told.kind is DestinationKind.DECEASED
        case effect.RegisterChange():
            return told.kind is RegisterKind.DECEASED
        case _:
            return isinstance(told, effect.AbsenceReport) and told.closing_reason is ClosingReason.DECEASED


def _qualifying(year: Picture) -> Iterator[tuple[date, Version]]:
    """What tells of a basic qualification, and from which day on; what names no day always did."""
    yield from ((date.min, known.version) for known in year.listings if known.effect.qualified)
    for change in year.register:
        if change.effect.kind is RegisterKind.STARTKWALIFICATIE:
            yield change.effect.valid_from, change.version
    if year.ends:
        levels = {known.effect.enrolment: known.effect.level for known in year.starts}
        for end in year.ends:
            if _diploma_level(end.effect, levels) >= BASIC_LEVEL:
                yield end.effect.end_date, end.version
    if year.exams:
        leaves = {known.effect.vo_site for known in year.listings if known.effect.vo_type in QUALIFYING}
        for exam in year.exams:
            if exam.effect.outcome is ExamOutcome.PASSED and exam.effect.vo_site in leaves:
                yield date.min, exam.version


def _diploma_level(end: effect.EnrolmentEnd, levels: dict[str, int]) -> int:
    """The level of the diploma with which an enrolment ended, else of the enrolment; 0 without a diploma."""
    if end.diploma_level is not None:
        return end.diploma_level
    return levels.get(end.enrolment, UNKNOWN_LEVEL) if end.reason is LeavingReason.DIPLOMA else 0
