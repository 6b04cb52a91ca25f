"""What is known of one learner: for each fact the versions that were sent.

Merging is commutative, associative and idempotent, so order, duplicates and restarts mean nothing.
Which version counts is a question that is asked of a chain at a moment, never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from shared.domain.codes import Flag, Outcome, State
from shared.domain.event import Arrival, Version

KEPT = 10
"""How many versions of one fact are kept (project decision)."""

RETRACTION = "event.retracted"


class Tombstone(msgspec.Struct, frozen=True, array_like=True):
    """A version is annulled: by a retraction or by the version that supersedes it.

    It may come before its target. `received_at` is when the annulment became known (UTC).
    """

    source: str
    target: str
    by: str
    received_at: datetime


class Year(msgspec.Struct, frozen=True, array_like=True):
    """One transition year of one learner, as placement keeps and sends it.

    `chains` holds per subject key at most ten versions, greatest first. `state` and `flags` are those at
    `projected_at`, for readers that do not project themselves; `next_change` is when time alone may
    change them.
    """

    chains: dict[str, tuple[Version, ...]] = {}
    tombstones: tuple[Tombstone, ...] = ()
    state: State | None = None
    flags: tuple[Flag, ...] = ()
    projected_at: datetime | None = None
    next_change: datetime | None = None


class Record(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is known of one learner: what `transition-states` carries.

    `version` rises by one with every change that is sent; a receiver keeps the highest.
    """

    student_ref: str
    version: int = 0
    years: dict[int, Year] = {}


class Merged(msgspec.Struct, frozen=True):
    """The record after an event, and what became of events; `applied` is the rule and is not named.

    `outcomes` are (source, event id, outcome). `changed` is false for a further copy of a known event.
    """

    record: Record
    changed: bool
    outcomes: tuple[tuple[str, str, Outcome], ...] = ()


def merge(record: Record, arrival: Arrival) -> Merged:
    """Add one event to what is known. A copy of a known event counts once, from its earliest receipt."""
    if _is_late(arrival):
        return Merged(record, False, ((*arrival.version.identity, Outcome.LATE),))
    year = record.years.get(arrival.year, Year())
    if arrival.version.kind == RETRACTION:
        merged, outcomes = _retract(year, arrival.version)
    else:
        merged, outcomes = _add(year, arrival.subject_key, arrival.version)
    if merged == year:
        return Merged(record, False, outcomes)
    years = {**record.years, arrival.year: merged}
    return Merged(replace(record, years=years), True, outcomes)


def winner(chain: Sequence[Version], tombstones: Sequence[Tombstone], at: datetime) -> Version | None:
    """The version that counts, judged on what was received by `at` (UTC); None when none does.

    Within one source the highest `seq` wins, two different versions with one number cancel each other;
    between sources the greatest (occurred, recorded, id) wins (docs/adr/0006).
    """
    return leading([version for version in chain if version.received_at <= at], _annulled(tombstones, at))


def in_conflict(chain: Sequence[Version], tombstones: Sequence[Tombstone], at: datetime) -> bool:
    """Whether one source sent two different versions under one number, both standing at `at` (UTC)."""
    return bool(conflicting([one for one in chain if one.received_at <= at], _annulled(tombstones, at)))


def leading(received: Sequence[Version], annulled: frozenset[tuple[str, str]]) -> Version | None:
    """The version that counts among those received and not annulled."""
    if len(received) == 1 and not annulled:
        return received[0]
    cancelled = annulled | conflicting(received, annulled)
    best: dict[str, Version] = {}
    for version in received:
        if version.identity in cancelled:
            continue
        rival = best.get(version.source)
        if rival is None or _rank(version) > _rank(rival):
            best[version.source] = version
    return max(best.values(), key=_moment_rank, default=None)


def _annulled(tombstones: Iterable[Tombstone], at: datetime) -> frozenset[tuple[str, str]]:
    return frozenset((stone.source, stone.target) for stone in tombstones if stone.received_at <= at)


def conflicting(
    received: Sequence[Version], annulled: frozenset[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """The standing versions that share a source and number with another that says something else."""
    if len(received) < 2:
        return frozenset()
    found: set[tuple[str, str]] = set()
    numbered: dict[tuple[str, int], Version] = {}
    for version in received:
        if version.seq is None or version.identity in annulled:
            continue
        other = numbered.setdefault((version.source, version.seq), version)
        if other is not version and not other.says_the_same(version):
            found |= {other.identity, version.identity}
    return frozenset(found)


def _moment_rank(version: Version) -> tuple[datetime, datetime, str, str]:
    return (version.occurred_at, version.recorded_at, version.event_id, version.source)


def _rank(version: Version) -> tuple[int, datetime, datetime, str, str]:
    """The order within one source; without a number below every number."""
    return (-1 if version.seq is None else version.seq, *_moment_rank(version))


def _add(year: Year, key: str, version: Version) -> tuple[Year, tuple[tuple[str, str, Outcome], ...]]:
    chain = year.chains.get(key, ())
    known = next((other for other in chain if other.identity == version.identity), None)
    if known is not None:
        if known.received_at <= version.received_at:
            return year, ()
        chain = tuple(other for other in chain if other is not known)
    longer = tuple(sorted((*chain, version), key=_rank, reverse=True)[:KEPT])
    tombstones = _with(year.tombstones, _superseding(version))
    merged = replace(year, chains={**year.chains, key: longer}, tombstones=tombstones)
    return merged, () if known is not None else tuple(_outcomes(chain, version, tombstones))


def _superseding(version: Version) -> Tombstone | None:
    if version.supersedes is None:
        return None
    return Tombstone(version.source, version.supersedes, version.event_id, version.received_at)


def _retract(year: Year, version: Version) -> tuple[Year, tuple[tuple[str, str, Outcome], ...]]:
    target = version.fields["targetEventId"]
    stone = Tombstone(version.source, target, version.event_id, version.received_at)
    merged = replace(year, tombstones=_with(year.tombstones, stone))
    known = any(
        other.identity == (version.source, target) for chain in year.chains.values() for other in chain
    )
    return merged, ((version.source, target, Outcome.ANNULLED),) if known and merged != year else ()


def _with(stones: tuple[Tombstone, ...], stone: Tombstone | None) -> tuple[Tombstone, ...]:
    """The tombstones with one more; of two for the same reason the earliest stays."""
    if stone is None:
        return stones
    kept = {(one.source, one.target, one.by): one for one in stones}
    name = (stone.source, stone.target, stone.by)
    if name in kept and kept[name].received_at <= stone.received_at:
        return stones
    kept[name] = stone
    return tuple(sorted(kept.values(), key=lambda one: (one.source, one.target, one.by)))


def _outcomes(
    chain: Sequence[Version], version: Version, tombstones: Sequence[Tombstone]
) -> Iterator[tuple[str, str, Outcome]]:
    """What becomes of a new version, and of those that it meets."""
    if version.supersedes is not None:
        for other in chain:
            if other.identity == (version.source, version.supersedes):
                yield *other.identity, Outcome.ANNULLED
    if any((stone.source, stone.target) == version.identity for stone in tombstones):
        yield *version.identity, Outcome.ANNULLED
        return
    peers = [other for other in chain if other.source == version.source]
    same_number = [other for other in peers if version.seq is not None and other.seq == version.seq]
    if any(other.says_the_same(version) for other in same_number):
        yield *version.identity, Outcome.DUPLICATE
    elif same_number:
        for other in (version, *same_number):
            yield *other.identity, Outcome.CONFLICT
    elif any(_rank(other) > _rank(version) for other in peers) or (
        len(chain) > len(peers) and max((*chain, version), key=_moment_rank) is not version
    ):
        yield *version.identity, Outcome.STALE


def _is_late(arrival: Arrival) -> bool:
    """Accepted until 31 August of the year after the transition year (project decision)."""
    received = arrival.version.received_at
    return received >= datetime(arrival.year + 1, 8, 31, 22, tzinfo=UTC)
