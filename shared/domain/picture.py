"""What was known of one learner and year at a moment: the versions that counted then, with their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec

from shared.domain import effect
from shared.domain.catalogue import KINDS
from shared.domain.codes import ApplicationStatus
from shared.domain.event import Version
from shared.domain.facts import Year, annulled, conflicting, leading

E = TypeVar("E")
NONE_LATE: Mapping[tuple[str, str], datetime] = MappingProxyType({})


class Known(msgspec.Struct, Generic[E], frozen=True):
    """One fact that counts: what it means, and the event that says so.

    `first` is the earliest version of that fact that still stands: when an application was first heard of.
    """

    effect: E
    version: Version
    first: Version


class Picture(msgspec.Struct, frozen=True):
    """The facts that counted at a moment, by what they mean. `conflict`: one sender contradicts itself."""

    listings: tuple[Known[effect.Listing], ...] = ()
    exams: tuple[Known[effect.Exam], ...] = ()
    vo_ends: tuple[Known[effect.VoEnd], ...] = ()
    applications: tuple[Known[effect.Application], ...] = ()
    starts: tuple[Known[effect.EnrolmentStart], ...] = ()
    ends: tuple[Known[effect.EnrolmentEnd], ...] = ()
    presences: tuple[Known[effect.Presence], ...] = ()
    destinations: tuple[Known[effect.Destination], ...] = ()
    contacts: tuple[Known[effect.Contact], ...] = ()
    conflict: bool = False


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
}


def picture(year: Year, at: datetime, counts_from: Mapping[tuple[str, str], datetime] = NONE_LATE) -> Picture:
    """What was known at `at` (UTC).

    `counts_from` names, by (source, event id), what became known later than it was received.
    """
    gone = annulled(
        stone
        for stone in year.tombstones
        if counts_from.get((stone.source, stone.by), stone.received_at) <= at
    )
    found: dict[str, list[Known[Any]]] = {place: [] for place in _PLACES.values()}
    conflict = False
    for chain in year.chains.values():
        if len(chain) == 1 and not gone:
            known = _alone(chain[0])
            received_at = chain[0].received_at
            if (counts_from.get(chain[0].identity, received_at) if counts_from else received_at) <= at:
                found[_PLACES[type(known.effect)]].append(known)
            continue
        received = [
            version for version in chain if counts_from.get(version.identity, version.received_at) <= at
        ]
        conflict = conflict or bool(conflicting(received, gone))
        leader = leading(received, gone)
        if leader is not None:
            standing = [version for version in received if version.identity not in gone]
            found[_PLACES[type(effect_of(leader))]] += _of_many(leader, standing)
    return Picture(conflict=conflict, **{place: tuple(facts) for place, facts in found.items()})


def _of_many(leader: Version, standing: list[Version]) -> list[Known[Any]]:
    """The fact that several versions speak of; attempts to reach a learner do not replace each other."""
    meaning = effect_of(leader)
    if isinstance(meaning, effect.Contact):
        return [_alone(version) for version in standing]
    heard = [version for version in standing if not _is_interest(version)] or standing
    return [Known(meaning, leader, min(heard, key=lambda one: (one.occurred_at, one.event_id)))]


def _is_interest(version: Version) -> bool:
    """An expression of interest is no application [L]: it does not tell when one was first heard of."""
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
    if known is not None and (known.version is version or known.version == version):
        return known
    if len(_MEANINGS) >= _MOST_MEANINGS:
        _MEANINGS.clear()
    known = Known(KINDS[version.kind].effect(version.fields), version, version)
    _MEANINGS[version.identity] = known
    return known
