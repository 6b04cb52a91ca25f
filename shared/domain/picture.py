"""What was known of one learner and year at a moment: the versions that counted then, with their meaning.

Some facts are the person's and count in every transition year (ruling 11): `elsewhere` holds what was known
in the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec

from shared.domain import effect
from shared.domain.catalogue import KINDS
from shared.domain.codes import ApplicationStatus
from shared.domain.event import Version
from shared.domain.facts import NONE, Identity, Year, annulled, conflicting, leading
from shared.domain.sheet import ABSENT, PRESENT, Line, Part, alone

E = TypeVar("E")
EVER = datetime(2000, 1, 1, tzinfo=UTC)
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
        return _event(self.told)

    @property
    def first(self) -> Version:
        """When an application was first heard of, when a school first named this home."""
        return self.heard or self.version


class Conflict(msgspec.Struct, frozen=True):
    """A fact of which one source sent two versions under one number: none of them counts."""

    subject_key: str
    versions: tuple[Version, ...]


class Picture(msgspec.Struct, frozen=True, dict=True):
    """The facts that counted at a moment, by what they mean.

    Of attendance there is much, and few questions: what has a row waits in `attended` and `missed`.
    `elsewhere` are the pictures of the same person's other transition years at the same moment; theirs is
    empty.
    """

    listings: tuple[Known[effect.Listing], ...] = ()
    exams: tuple[Known[effect.Exam], ...] = ()
    vo_ends: tuple[Known[effect.VoEnd], ...] = ()
    applications: tuple[Known[effect.Application], ...] = ()
    starts: tuple[Known[effect.EnrolmentStart], ...] = ()
    ends: tuple[Known[effect.EnrolmentEnd], ...] = ()
    attended: tuple[Part, ...] = ()
    attended_in_full: tuple[Known[effect.Presence], ...] = ()
    destinations: tuple[Known[effect.Destination], ...] = ()
    contacts: tuple[Known[effect.Contact], ...] = ()
    missed: tuple[Part, ...] = ()
    missed_in_full: tuple[Known[effect.Absence], ...] = ()
    reports: tuple[Known[effect.AbsenceReport], ...] = ()
    homes: tuple[Known[effect.Home], ...] = ()
    dossiers: tuple[Known[effect.Dossier], ...] = ()
    register: tuple[Known[effect.RegisterChange], ...] = ()
    consents: tuple[Known[effect.Consent], ...] = ()
    links: tuple[Known[effect.Link], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    elsewhere: tuple[Picture, ...] = ()

    @cached_property
    def absences(self) -> tuple[Known[effect.Absence], ...]:
        """The hours that were missed, day by day."""
        lines = (line for part in self.missed for line in part.lines)
        return _in_order(self.missed_in_full, [Known(line.absence, line) for line in lines])

    @cached_property
    def without_leave(self) -> tuple[Known[effect.Absence], ...]:
        """Those with hours without leave."""
        lines = (line for part in self.missed for line in part.lines if line.unauthorised)
        in_full = [known for known in self.missed_in_full if known.effect.unauthorised]
        return _in_order(in_full, [Known(line.absence, line) for line in lines])

    @property
    def hours_missed(self) -> float:
        """All hours without leave."""
        in_full = sum(known.effect.unauthorised for known in self.missed_in_full)
        return in_full + sum(part.hours for part in self.missed)

    @cached_property
    def presences(self) -> tuple[Known[effect.Presence], ...]:
        """The weeks in which somebody saw the learner."""
        lines = (line for part in self.attended for line in part.lines)
        return _in_order(self.attended_in_full, [Known(line.presence, line) for line in lines])

    @property
    def was_seen(self) -> bool:
        """Whether anybody ever saw the learner."""
        return bool(self.attended or self.attended_in_full)

    @property
    def weeks_seen(self) -> set[date]:
        """The Mondays of those weeks."""
        in_full = {known.effect.day for known in self.attended_in_full}
        return {day - timedelta(days=day.weekday()) for day in in_full}.union(
            *(one.weeks for one in self.attended)
        )

    def last_seen(self) -> tuple[date, Version] | None:
        """The newest presence."""
        found = [(part.last.day, part.sheet.enrolment, part.last) for part in self.attended]
        in_order = sorted([*found, *self._seen_in_full(date.min)], key=itemgetter(1))
        seen = max(in_order, key=itemgetter(0), default=None)
        return (seen[0], _event(seen[2])) if seen else None

    def first_seen(self, enrolment: str, since: date) -> Version | None:
        """The first presence from a day on; in any enrolment at an institution when the name ends in `:`."""
        lines = (part.first_from(since) for part in self.attended if _is_of(part.sheet.enrolment, enrolment))
        found = [(line.day, line.sheet.enrolment, line) for line in lines if line]
        in_full = [one for one in self._seen_in_full(since) if _is_of(one[1], enrolment)]
        seen = min([*found, *in_full], key=itemgetter(0, 1), default=None)
        return _event(seen[2]) if seen else None

    def _seen_in_full(self, since: date) -> list[Seen]:
        return [
            (known.effect.day, known.effect.enrolment, known.told)
            for known in self.attended_in_full
            if known.effect.day >= since
        ]

    @property
    def everything(self) -> Iterator[Known[Any]]:
        """Every fact of this year that counts."""
        for place in _PLACES.values():
            yield from getattr(self, _REALISED.get(place, place))

    @property
    def years(self) -> tuple[Picture, ...]:
        """This year and the others, for what is true of the person."""
        return (self, *self.elsewhere)


_REALISED = {"attended_in_full": "presences", "missed_in_full": "absences"}


Seen = tuple[date, str, "Version | Line"]
"""A presence: its day, its enrolment, and the event."""


def _in_order(in_full: Sequence[Known[Any]], in_rows: Sequence[Known[Any]]) -> tuple[Known[Any], ...]:
    """By enrolment and day, whatever is kept in full."""
    if not in_full:
        return tuple(in_rows)
    return tuple(sorted((*in_full, *in_rows), key=lambda one: (one.effect.enrolment, one.effect.day)))


def _event(told: Version | Line) -> Version:
    return told.version if isinstance(told, Line) else told


def _is_of(seen_in: str, enrolment: str) -> bool:
    return seen_in == enrolment or (enrolment.endswith(":") and seen_in.startswith(enrolment))


_PLACES: dict[type[object], str] = {
    effect.Listing: "listings",
    effect.Exam: "exams",
    effect.VoEnd: "vo_ends",
    effect.Application: "applications",
    effect.EnrolmentStart: "starts",
    effect.EnrolmentEnd: "ends",
    effect.Presence: "attended_in_full",
    effect.Destination: "destinations",
    effect.Contact: "contacts",
    effect.Absence: "missed_in_full",
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
    parts: list[Part] = []
    if year.sheets:
        parts, more = alone(year.sheets, chains, at, gone, counts_from)
        chains = {**chains, **{key: year.chain(key) for key in sorted(more)}} if more else chains
    for key, chain in chains.items():
        if not counts_from and not (gone and any(version.identity in gone for version in chain)):
            told = _all_of(key, chain)
            if told.newest <= at:
                if told.conflict:
                    conflicts.append(told.conflict)
                if told.facts:
                    found[told.place] += told.facts
                continue
        told = _of_chain(
            key,
            [version for version in chain if counts_from.get(version.identity, version.received_at) <= at],
            gone,
        )
        if told.conflict:
            conflicts.append(told.conflict)
        if told.facts:
            found[told.place] += told.facts
    facts: dict[str, Any] = {place: tuple(known) for place, known in found.items() if known}
    attended = tuple(part for part in parts if part.sheet.kind == PRESENT)
    missed = tuple(part for part in parts if part.sheet.kind == ABSENT)
    return Picture(conflicts=tuple(conflicts), attended=attended, missed=missed, **facts)


class _Told(msgspec.Struct, frozen=True):
    """What a chain comes to when everything in it was received, the last of it at `newest`."""

    newest: datetime
    place: str = ""
    facts: Sequence[Known[Any]] = ()
    conflict: Conflict | None = None
    chain: Sequence[Version] = ()


_CHAINS: dict[tuple[str, str, str], _Told] = {}
_MOST_CHAINS = 100_000


def _all_of(key: str, chain: Sequence[Version]) -> _Told:
    """The whole chain, remembered as long as it is the very same."""
    name = (key, *chain[0].identity)
    told = _CHAINS.get(name)
    if told is not None and (told.chain is chain or told.chain == chain):
        return told
    if len(_CHAINS) >= _MOST_CHAINS:
        _CHAINS.clear()
    told = _CHAINS[name] = msgspec.structs.replace(_of_chain(key, chain, NONE), chain=chain)
    return told


def _of_chain(key: str, received: Sequence[Version], gone: frozenset[Identity]) -> _Told:
    newest = max((version.received_at for version in received), default=EVER)
    against = conflicting(received, gone)
    disputed = _disputed(received, against, gone) if against else ()
    conflict = Conflict(key, disputed) if disputed else None
    leader = leading(received, gone)
    if leader is not None and _is_interest(leader):
        leader = leading([one for one in received if not _is_interest(one)], gone) or leader
    if leader is None:
        return _Told(newest, conflict=conflict)
    standing = [version for version in received if version.identity not in gone]
    return _Told(newest, _PLACES[type(effect_of(leader))], _of_many(leader, standing), conflict)


def _disputed(
    received: Sequence[Version], against: frozenset[Identity], gone: frozenset[Identity]
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


def _of_many(leader: Version, standing: Sequence[Version]) -> list[Known[Any]]:
    """The fact that several versions speak of; attempts to reach a learner do not replace each other."""
    if len(standing) == 1:
        return [_alone(leader)]
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
    return not _is_interest(version)


def _is_interest(version: Version) -> bool:
    """Interest takes nothing back: who has applied has applied."""
    told = effect_of(version)
    return isinstance(told, effect.Application) and told.status is ApplicationStatus.INTEREST


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
