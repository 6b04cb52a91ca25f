"""What is known of one learner: for each fact the versions that were sent.

Merging is commutative, associative and idempotent, so order, duplicates and restarts mean nothing.
Which version counts is a question that is asked of a chain at a moment, never stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from shared.domain import sheet
from shared.domain.codes import Flag, Outcome, State
from shared.domain.event import Arrival, Version
from shared.domain.sheet import Sheets

KEPT = 10
"""How many versions of one fact are kept of each source (project decision)."""

RETRACTION = "event.retracted"

Identity = tuple[str, str]
"""What makes an event this one and no other: its source and id."""

Numbering = tuple[str, str | None]
"""Within what `seq` counts: one source, under one reference of the person."""

NONE: frozenset[Identity] = frozenset()


class Tombstone(msgspec.Struct, frozen=True, array_like=True):
    """A version is annulled: by a retraction or by the version that supersedes it.

    It may come before its target. `received_at` is when the annulment became known (UTC), `via` the other
    reference of the same person under which it was sent.
    """

    source: str
    target: str
    by: str
    received_at: datetime
    via: str | None = None


class Year(msgspec.Struct, frozen=True, array_like=True):
    """One transition year of one learner, as placement keeps and sends it.

    A chain holds of one subject key at most ten versions of each source, greatest first; attendance has rows
    in `sheets`, the rest stands in `full`. `state` and `flags` are those at `projected_at`, for readers that
    do not project themselves; `next_change` is when time alone may change them.
    """

    full: dict[str, tuple[Version, ...]] = {}
    sheets: Sheets = ()
    tombstones: tuple[Tombstone, ...] = ()
    state: State | None = None
    flags: tuple[Flag, ...] = ()
    projected_at: datetime | None = None
    next_change: datetime | None = None

    def chain(self, key: str) -> tuple[Version, ...]:
        """The versions of one fact, none when nobody told of it."""
        full, rows = self.full.get(key, ()), sheet.read(self.sheets, key)
        return tuple(sorted((*full, *rows), key=_rank, reverse=True)) if rows else full

    @property
    def chains(self) -> dict[str, tuple[Version, ...]]:
        """All of them, in the order of their keys."""
        if not self.sheets:
            return self.full
        return {key: self.chain(key) for key in sorted({*self.full, *sheet.keys(self.sheets)})}

    def with_chain(self, key: str, chain: tuple[Version, ...]) -> Year:
        """The same year with this chain in the place of what it had of the fact.

        Chains stand in the order of their keys: what is the same is the same to the byte, however it came.
        """
        sheets, rest = (
            sheet.kept(self.sheets, key, chain) if sheet.is_attendance(key) else (self.sheets, chain)
        )
        full = self.full
        if rest:
            full = {**full, key: rest} if key in full else dict(sorted({**full, key: rest}.items()))
        elif key in full:
            full = {other: versions for other, versions in full.items() if other != key}
        return msgspec.structs.replace(self, full=full, sheets=sheets)


class Link(msgspec.Struct, frozen=True, array_like=True):
    """An old reference leads to `new_ref` since `at` (UTC), by the event `by`.

    `whole` when all that was known under it has arrived there.
    """

    new_ref: str
    at: datetime
    by: str
    whole: bool = True


class Record(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is known of one learner: what `transition-states` carries.

    `version` rises by one with every change that is sent; a receiver keeps the highest. `linked` is set when
    this reference is an old one: then nothing is known under it any more. `joined` holds the old references
    that lead here, each with the step that it took (`linking.py`).
    """

    student_ref: str
    version: int = 0
    years: dict[int, Year] = {}
    linked: Link | None = None
    joined: dict[str, Link] = {}


class Merged(msgspec.Struct, frozen=True):
    """The record after an event, and what became of events; `applied` is the rule and is not named.

    `outcomes` are (source, event id, outcome); `applied` takes an earlier exception back. `changed` is
    false for a further copy of a known event.
    """

    record: Record
    changed: bool
    outcomes: tuple[tuple[str, str, Outcome], ...] = ()


_EMPTY = Year()


def merge(record: Record, arrival: Arrival) -> Merged:
    """Add one event to what is known. A copy of a known event counts once, from its earliest receipt."""
    before, version = record.years.get(arrival.year, _EMPTY), arrival.version
    chain = before.chain(arrival.subject_key)
    is_new = not _knows(before, chain, version)
    if is_late(arrival):
        return Merged(record, False, ((*version.identity, Outcome.LATE),) if is_new else ())
    after = before
    longer = chain if version.kind == RETRACTION else _longer(chain, version)
    if longer is not chain:
        after = after.with_chain(arrival.subject_key, longer)
    tombstones = _buried(before.tombstones, version)
    if tombstones is not before.tombstones:
        after = msgspec.structs.replace(after, tombstones=tombstones)
    changed = after is not before
    if changed:
        years = {**record.years, arrival.year: after}
        if arrival.year not in record.years:
            years = dict(sorted(years.items()))
        record = msgspec.structs.replace(record, years=years)
    elif not is_new:
        return Merged(record, False)
    return Merged(record, changed, tuple(_told(before, after, arrival, longer, is_new=is_new)))


def year_of(chains: Mapping[str, tuple[Version, ...]], tombstones: tuple[Tombstone, ...] = ()) -> Year:
    """A year that holds these chains."""
    year = Year(tombstones=tombstones)
    for key, chain in chains.items():
        year = year.with_chain(key, chain)
    return year


def together(one: Year, other: Year) -> Year:
    """One year with the facts of another; its state has yet to be looked at."""
    year, tombstones = one, one.tombstones
    for key, versions in other.chains.items():
        chain = longer = year.chain(key)
        for version in versions:
            longer = _longer(longer, version)
        if longer is not chain:
            year = year.with_chain(key, longer)
    for stone in other.tombstones:
        tombstones = _laid(tombstones, stone)
    return msgspec.structs.replace(year, tombstones=tombstones)


def winner(chain: Sequence[Version], tombstones: Sequence[Tombstone], at: datetime) -> Version | None:
    """The version that counts, judged on what was received by `at` (UTC); None when none does.

    Within one source the highest `seq` wins, two different versions with one number cancel each other;
    between sources the greatest (occurred, recorded, id) wins (docs/adr/0006). A source numbers anew under
    another reference: there it is another one.
    """
    return leading(_received(chain, at), annulled(stone for stone in tombstones if stone.received_at <= at))


def in_conflict(chain: Sequence[Version], tombstones: Sequence[Tombstone], at: datetime) -> bool:
    """Whether one source sent two different versions under one number, both standing at `at` (UTC)."""
    standing = annulled(stone for stone in tombstones if stone.received_at <= at)
    return bool(conflicting(_received(chain, at), standing))


def annulled(tombstones: Iterable[Tombstone]) -> frozenset[Identity]:
    """The events that these tombstones annul. What is annulled itself annuls nothing.

    So a version comes back when the one that superseded it is retracted, whichever came first. Events
    that annul each other in a circle are all annulled.
    """
    stones = [((stone.source, stone.target), (stone.source, stone.by)) for stone in tombstones]
    if not stones:
        return NONE
    sure: set[Identity] = set()
    while True:
        stones = [(target, by) for target, by in stones if by not in sure]
        contested = {target for target, _ in stones}
        found = {target for target, by in stones if by not in contested}
        if found <= sure:
            return frozenset(sure | contested)
        sure |= found


def leading(received: Sequence[Version], gone: frozenset[Identity]) -> Version | None:
    """The version that counts among those received, when `gone` are annulled."""
    if len(received) == 1 and not gone:
        return received[0]
    silenced = gone | conflicting(received, gone)
    best: dict[Numbering, Version] = {}
    for version in received:
        if version.identity not in silenced:
            numbering = _numbering(version)
            rival = best.setdefault(numbering, version)
            if _rank(version) > _rank(rival):
                best[numbering] = version
    return max(best.values(), key=_moment_rank, default=None)


def conflicting(received: Sequence[Version], gone: frozenset[Identity]) -> frozenset[Identity]:
    """The standing versions whose source sent something else under the same number: none of them counts."""
    if len(received) < 2:
        return NONE
    numbered: dict[tuple[Numbering, int], list[Version]] = {}
    for version in received:
        if version.seq is not None and version.identity not in gone:
            numbered.setdefault((_numbering(version), version.seq), []).append(version)
    return frozenset(
        version.identity
        for alike in numbered.values()
        if any(not alike[0].says_the_same(other) for other in alike[1:])
        for version in alike
    )


def _numbering(version: Version) -> Numbering:
    """Whose numbers a version has."""
    return (version.source, version.via)


def _received(chain: Sequence[Version], at: datetime) -> list[Version]:
    return [version for version in chain if version.received_at <= at]


def _moment_rank(version: Version) -> tuple[datetime, datetime, str, str]:
    return (version.occurred_at, version.recorded_at, version.event_id, version.source)


def _rank(version: Version) -> tuple[int, datetime, datetime, str, str]:
    """The order within one source; without a number below every number."""
    return (-1 if version.seq is None else version.seq, *_moment_rank(version))


def _knows(year: Year, chain: Sequence[Version], version: Version) -> bool:
    """Whether this event was merged before."""
    if version.kind == RETRACTION:
        return any((stone.source, stone.by) == version.identity for stone in year.tombstones)
    return any(other.event_id == version.event_id and other.source == version.source for other in chain)


def _longer(chain: tuple[Version, ...], version: Version) -> tuple[Version, ...]:
    """The chain with one more version, or the same object when that changes nothing."""
    if not chain:
        return (version,)
    twin = next((other for other in chain if other.identity == version.identity), None)
    if twin is not None:
        version = min(twin, version, key=_first_receipt)
    others = (other for other in chain if other is not twin)
    longer = _kept(sorted((*others, version), key=_rank, reverse=True))
    return chain if longer == chain else longer


def _first_receipt(version: Version) -> tuple[datetime, bytes]:
    """The order among copies of one event; by content only where a sender broke its word."""
    return (version.received_at, msgspec.msgpack.encode(version, order="deterministic"))


def _kept(chain: Sequence[Version]) -> tuple[Version, ...]:
    """The greatest of each source, and its first: it tells since when. `chain` has the greatest in front.

    One tally over all sources could lose the version that counts.
    """
    if len(chain) <= KEPT:
        return tuple(chain)
    left = Counter(map(_numbering, chain))
    seen: Counter[Numbering] = Counter()
    kept = []
    for version in chain:
        numbering = _numbering(version)
        seen[numbering] += 1
        if seen[numbering] < KEPT or seen[numbering] == left[numbering]:
            kept.append(version)
    return tuple(kept)


def _buried(stones: tuple[Tombstone, ...], version: Version) -> tuple[Tombstone, ...]:
    """The tombstones with those of this event; of two with one reason the earliest stays."""
    targets = [version.supersedes] if version.supersedes is not None else []
    if version.kind == RETRACTION:
        targets.append(version.fields["targetEventId"])
    for target in targets:
        stone = Tombstone(version.source, target, version.event_id, version.received_at, version.via)
        stones = _laid(stones, stone)
    return stones


def _laid(stones: tuple[Tombstone, ...], stone: Tombstone) -> tuple[Tombstone, ...]:
    twin = next((one for one in stones if _reason(one) == _reason(stone)), None)
    if twin is None or stone.received_at < twin.received_at:
        return tuple(sorted((*(one for one in stones if one is not twin), stone), key=_reason))
    return stones


def _reason(stone: Tombstone) -> tuple[str, str, str]:
    return (stone.source, stone.target, stone.by)


def _told(
    before: Year, after: Year, arrival: Arrival, chain: Sequence[Version], *, is_new: bool
) -> Iterator[tuple[str, str, Outcome]]:
    """What became of the new event, and of those for which it changes something; `chain` is its own."""
    new = arrival.version if is_new and arrival.version.kind != RETRACTION else None
    keys: Iterable[str] = (arrival.subject_key,)
    buried = before.tombstones is not after.tombstones
    if new is not None and not buried and _succeeds(chain, new) and not _are_touched(chain, after.tombstones):
        return
    gone, gone_before = annulled(after.tombstones), annulled(before.tombstones)
    if gone != gone_before:
        keys = sorted({arrival.subject_key, *_holding(after, gone ^ gone_before)})
    for key in keys:
        versions = chain if key == arrival.subject_key else after.chain(key)
        yield from _news(versions, gone, _silenced(before.chain(key), gone_before), new)
    if new is not None and new not in chain:
        yield *new.identity, Outcome.STALE


def _succeeds(chain: Sequence[Version], new: Version) -> bool:
    """Whether a version is just the next one of its source: the way of nearly all events."""
    contradicts = new.seq is not None and len(chain) > 1 and chain[1].seq == new.seq
    alike = all(_numbering(other) == _numbering(new) for other in chain[1:])
    return chain[0] is new and not contradicts and alike


def _holding(year: Year, events: frozenset[Identity]) -> Iterator[str]:
    """The facts of which any of these events is a version."""
    for key, chain in year.full.items():
        if any(version.identity in events for version in chain):
            yield key
    yield from sheet.holding(year.sheets, events)


def _are_touched(chain: Sequence[Version], stones: Iterable[Tombstone]) -> bool:
    """Whether any of these versions is meant by an annulment."""
    return any(stone.target == version.event_id for stone in stones for version in chain)


def _news(
    chain: Sequence[Version], gone: frozenset[Identity], was: dict[Identity, Outcome], new: Version | None
) -> Iterator[tuple[str, str, Outcome]]:
    """What became of the versions of one chain; `was` is what they were told before."""
    now, leader = _silenced(chain, gone), leading(chain, gone)
    for version in chain:
        silenced = now.get(version.identity)
        if version is not new and silenced == was.get(version.identity):
            continue
        if silenced is not None:
            yield *version.identity, silenced
        elif version is new and _repeats(version, chain, gone):
            yield *version.identity, Outcome.DUPLICATE
        elif version is not leader:
            yield *version.identity, Outcome.STALE
        elif version is not new:
            yield *version.identity, Outcome.APPLIED


def _silenced(chain: Sequence[Version], gone: frozenset[Identity]) -> dict[Identity, Outcome]:
    """The versions of a chain that cannot count, and why."""
    contradicted = dict.fromkeys(conflicting(chain, gone), Outcome.CONFLICT)
    return contradicted | {one.identity: Outcome.ANNULLED for one in chain if one.identity in gone}


def _repeats(version: Version, chain: Sequence[Version], gone: frozenset[Identity]) -> bool:
    """Whether its source said the same before, under the same number and another id."""
    return version.seq is not None and any(
        other.identity not in gone and other is not version and other.says_the_same(version)
        for other in chain
        if _numbering(other) == _numbering(version)
    )


def is_late(arrival: Arrival) -> bool:
    """Accepted until 31 August of the year after the transition year (project decision)."""
    received = arrival.version.received_at
    return received >= datetime(arrival.year + 1, 8, 31, 22, tzinfo=UTC)
