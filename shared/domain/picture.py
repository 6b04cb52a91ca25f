"""What was known of one learner and year at a moment: the versions that counted then, with their meaning.

Some facts are the person's and count in every transition year (ruling 11): `elsewhere` holds what was known
in the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec

from shared.domain import effect
from shared.domain.catalogue import KINDS
from shared.domain.codes import ApplicationStatus
from shared.domain.event import Version
from shared.domain.facts import Identity, Year, annulled, conflicting, leading
from shared.domain.sheet import Line, lines

E = TypeVar("E")
NONE_LATE: Mapping[Identity, datetime] = MappingProxyType({})


class Known(msgspec.Struct, Generic[E], frozen=True):
    """One fact that counts: what it means, and the event that says so.

    `told` is that event, in full or as the row in which it is kept. `heard` is the earliest version of that
    fact that still stands and says so, when that may be another one.
    """

    effect: E
    told: Version | Line
    heard: Version | None = None

    @property
    def version(self) -> Version:
        """The event that counts."""
        return self.told.version if isinstance(self.told, Line) else self.told

    @property
    def first(self) -> Version:
        """When an application was first heard of, when a school first named this home."""
        return self.heard or self.version


class Conflict(msgspec.Struct, frozen=True):
    """A fact of which one source sent two versions under one number: none of them counts."""

    subject_key: str
    versions: tuple[Version, ...]


class Picture(msgspec.Struct, frozen=True):
    """The facts that counted at a moment, by what they mean.

    `elsewhere` are the pictures of the same person's other transition years at the same moment; theirs is
    empty.
    """

    listings: tuple[Known[effect.Listing], ...] = ()
    exams: tuple[Known[effect.Exam], ...] = ()
    vo_ends: tuple[Known[effect.VoEnd], ...] = ()
    applications: tuple[Known[effect.Application], ...] = ()
    starts: tuple[Known[effect.EnrolmentStart], ...] = ()
    ends: tuple[Known[effect.EnrolmentEnd], ...] = ()
    presences: tuple[Known[effect.Presence], ...] = ()
    destinations: tuple[Known[effect.Destination], ...] = ()
    contacts: tuple[Known[effect.Contact], ...] = ()
    absences: tuple[Known[effect.Absence], ...] = ()
    reports: tuple[Known[effect.AbsenceReport], ...] = ()
    homes: tuple[Known[effect.Home], ...] = ()
    dossiers: tuple[Known[effect.Dossier], ...] = ()
    register: tuple[Known[effect.RegisterChange], ...] = ()
    consents: tuple[Known[effect.Consent], ...] = ()
    links: tuple[Known[effect.Link], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    elsewhere: tuple[Picture, ...] = ()

    @property
    def everything(self) -> Iterator[Known[Any]]:
        """Every fact of this year that counts."""
        for place in _PLACES.values():
            yield from getattr(self, place)

    @property
    def years(self) -> tuple[Picture, ...]:
        """This year and the others, for what is true of the person."""
        return (self, *self.elsewhere)


_PLACES: dict[type[object], str] = {
    effect.Listing: "listings",
    effect.Exam: "exams",
    effect.VoEnd: "vo_ends",
    effect.Application: "applications",
    effect.EnrolmentStart: "starts",
    effect.EnrolmentEnd: "ends",
    effect.Presence: "presences",
    effect.Destination: "destinations",
    effect.Contact: "contacts",
    effect.Absence: "absences",
    effect.AbsenceReport: "reports",
    effect.Home: "homes",
    effect.Dossier: "dossiers",
    effect.RegisterChange: "register",
    effect.Consent: "consents",
    effect.Link: "links",
}


def picture(
    years: Mapping[int, Year], year: int, at: datetime, counts_from: Mapping[Identity, datetime] = NONE_LATE
) -> Picture:
    """What was known of `year` at `at` (UTC), and beside it of the person's other years.

    `counts_from` names, by (source, event id), what became known later than it was received.
    """
    own = _of_year(years.get(year, _NOTHING), at, counts_from)
    if len(years) <= 1:
        return own
    others = tuple(_of_year(facts, at, counts_from) for other, facts in years.items() if other != year)
    return msgspec.structs.replace(own, elsewhere=others)


_NOTHING = Year()


def _of_year(year: Year, at: datetime, counts_from: Mapping[Identity, datetime]) -> Picture:
    gone = annulled(
        stone
        for stone in year.tombstones
        if counts_from.get((stone.source, stone.by), stone.received_at) <= at
    )
    found: dict[str, list[Known[Any]]] = {place: [] for place in _PLACES.values()}
    conflicts: list[Conflict] = []
    chains = year.full
    if year.sheets:
        alone, more = lines(year.sheets, chains, at, (*gone, *counts_from))
        for line in alone:
            meaning = line.effect
            found[_PLACES[type(meaning)]].append(Known(meaning, line))
        chains = {**chains, **{key: year.chain(key) for key in sorted(more)}}
    for key, chain in chains.items():
        if len(chain) == 1 and not (gone and chain[0].identity in gone):
            known = _alone(chain[0])
            received_at = chain[0].received_at
            if (counts_from.get(chain[0].identity, received_at) if counts_from else received_at) <= at:
                found[_PLACES[type(known.effect)]].append(known)
            continue
        received = [
            version for version in chain if counts_from.get(version.identity, version.received_at) <= at
        ]
        against = conflicting(received, gone)
        if against:
            disputed = _disputed(received, against, gone)
            conflicts += [Conflict(key, disputed)] if disputed else []
        leader = leading(received, gone)
        if leader is not None:
            standing = [version for version in received if version.identity not in gone]
            found[_PLACES[type(effect_of(leader))]] += _of_many(leader, standing)
    facts: dict[str, Any] = {place: tuple(known) for place, known in found.items() if known}
    return Picture(conflicts=tuple(conflicts), **facts)


def _disputed(
    received: list[Version], against: frozenset[Identity], gone: frozenset[Identity]
) -> tuple[Version, ...]:
    """What contradicts itself, until its source sends a higher number (project decision)."""
    settled = {
        (one.source, one.via, one.seq)
        for one in received
        if one.seq is not None and one.identity not in against and one.identity not in gone
    }
    return tuple(
        one
        for one in received
        if one.identity in against
        and not any((one.source, one.via) == later[:2] and later[2] > (one.seq or 0) for later in settled)
    )


def _of_many(leader: Version, standing: list[Version]) -> list[Known[Any]]:
    """The fact that several versions speak of; attempts to reach a learner do not replace each other."""
    meaning = effect_of(leader)
    if isinstance(meaning, effect.Contact):
        return [_alone(version) for version in standing]
    heard = [version for version in standing if _says_so(version, meaning)] or standing
    return [Known(meaning, leader, min(heard, key=lambda one: (one.occurred_at, one.event_id)))]


def _says_so(version: Version, meaning: effect.Effect) -> bool:
    """Whether a version already said what counts when one asks since when.

    An expression of interest is no application [L]. A list that is sent again with the home that it always
    named says nothing new about the home.
    """
    told = effect_of(version)
    if isinstance(told, effect.Listing) and isinstance(meaning, effect.Listing):
        return told.municipality == meaning.municipality
    return not (isinstance(told, effect.Application) and told.status is ApplicationStatus.INTEREST)


_MEANINGS: dict[tuple[str, str], Known[Any]] = {}
_MOST_MEANINGS = 50_000


def effect_of(version: Version) -> effect.Effect:
    """What an event means; worked out once, because an event never changes."""
    meaning: effect.Effect = _alone(version).effect
    return meaning


def _alone(version: Version) -> Known[Any]:
    """A version as the only one of its fact, remembered as long as it is the very same."""
    known = _MEANINGS.get((version.source, version.event_id))
    if known is not None and (known.told is version or known.told == version):
        return known
    if len(_MEANINGS) >= _MOST_MEANINGS:
        _MEANINGS.clear()
    known = Known(KINDS[version.kind].effect(version.fields), version)
    _MEANINGS[version.identity] = known
    return known
