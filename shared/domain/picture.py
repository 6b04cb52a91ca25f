"""What was known of one learner and year at a moment: the versions that counted then, with their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec

from shared.domain import effect
from shared.domain.catalogue import KINDS
from shared.domain.event import Version
from shared.domain.facts import Year, conflicting, leading

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
    annulled = frozenset(
        (stone.source, stone.target)
        for stone in year.tombstones
        if counts_from.get((stone.source, stone.by), stone.received_at) <= at
    )
    found: dict[str, list[Known[Any]]] = {}
    conflict = False
    for chain in year.chains.values():
        received = [
            version for version in chain if counts_from.get(version.identity, version.received_at) <= at
        ]
        conflict = conflict or bool(conflicting(received, annulled))
        version = leading(received, annulled)
        if version is not None:
            meaning = effect_of(version)
            place = found.setdefault(_PLACES[type(meaning)], [])
            if len(received) == 1:
                place.append(Known(meaning, version, version))
            else:
                place += _of_many(meaning, version, [one for one in received if one.identity not in annulled])
    return Picture(conflict=conflict, **{place: tuple(facts) for place, facts in found.items()})


def _of_many(meaning: E, version: Version, standing: list[Version]) -> list[Known[Any]]:
    """The fact that several versions speak of; attempts to reach a learner do not replace each other."""
    if isinstance(meaning, effect.Contact):
        return [Known(effect_of(one), one, one) for one in standing]
    return [Known(meaning, version, min(standing, key=lambda one: (one.occurred_at, one.event_id)))]


_MEANINGS: dict[tuple[str, str], effect.Effect] = {}
_MOST_MEANINGS = 200_000


def effect_of(version: Version) -> effect.Effect:
    """What an event means; worked out once, because an event never changes."""
    known = _MEANINGS.get(version.identity)
    if known is None:
        if len(_MEANINGS) >= _MOST_MEANINGS:
            _MEANINGS.clear()
        known = _MEANINGS[version.identity] = KINDS[version.kind].effect(version.fields)
    return known
