"""One learner as alerts keep it: the facts, where the walk stands, and what is in hand.

`take` brings a newer record, `bring` the walk of an old reference of the same person; neither judges.
That is what `advance.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from shared.domain import linking, sheet
from shared.domain.action import Action
from shared.domain.alert import Alert
from shared.domain.calendar import earlier
from shared.domain.case import Case
from shared.domain.codes import Flag, State
from shared.domain.decide import Pending
from shared.domain.event import Arrival, Version
from shared.domain.facts import Record, Year, merge

Key = tuple[str, str]
"""The identity of an event: its source and its id."""


class Incoming(msgspec.Struct, frozen=True, array_like=True, order=True):
    """An event in hand that was not judged yet; `counts` is when (UTC), `key` names its fact.

    Without a key it is a retraction.
    """

    counts: datetime
    source: str
    event_id: str
    year: int
    key: str = ""


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """Where a learner stands in one transition year after the last moment that was judged.

    `state` is None when nothing is known any more. `since` is the moment at which the walk met this state.
    `next_due` is the first later moment at which time alone may change something, `unseen_from` the one from
    which nobody may have seen the learner for too long (UTC).
    """

    state: State | None
    since: datetime
    flags: tuple[Flag, ...] = ()
    region: str | None = None
    pending: dict[str, Pending] = {}
    next_due: datetime | None = None
    unseen_from: datetime | None = None

    @property
    def due(self) -> datetime | None:
        """When to look again, if nothing arrives."""
        return earlier(self.next_due, self.unseen_from)


class Learner(msgspec.Struct, frozen=True, array_like=True):
    """One learner with the whole walk so far: what alerts keep.

    `settled_until` is the last moment that was judged; what arrives with an earlier one counts from there
    (`counts_from`). `actions` are those done, each with the moment from which it counted. `own` are contacts
    logged here that no record has brought back yet. `revision` belongs to whoever stores it. `brought` are
    old references of the same person whose walk is here and was not taken up yet, `joined` those taken up.
    """

    student_ref: str
    record: Record
    settled_until: datetime | None = None
    counts_from: dict[Key, datetime] = {}
    standings: dict[int, Standing] = {}
    actions: tuple[Action, ...] = ()
    next_due: datetime | None = None
    revision: int = 0
    alerts: tuple[Alert, ...] = ()
    cases: tuple[Case, ...] = ()
    incoming: tuple[Incoming, ...] = ()
    own: tuple[Arrival, ...] = ()
    brought: dict[str, Learner] = {}
    joined: tuple[str, ...] = ()


def newcomer(student_ref: str) -> Learner:
    """A learner of whom nothing is known."""
    return Learner(student_ref, Record(student_ref))


def take(learner: Learner, record: Record) -> Learner:
    """A newer record arrives; nothing is judged yet.

    What it brings that was received up to `settled_until` counts from there, and what was known before goes
    on counting from when it did. Contacts logged here that the record does not know yet stay.
    """
    own = tuple(one for one in learner.own if not holds(record, one))
    for arrival in own:
        record = replace(merge(record, arrival).record, version=record.version)
    counts_from = dict(learner.counts_from)
    incoming = {(one.source, one.event_id, one.year): one for one in learner.incoming}
    for one, former, via in (
        found for year, facts in record.years.items() for found in _new(learner, year, facts)
    ):
        key = one.source, one.event_id
        if former is not None and (*key, one.year) not in incoming:
            counts_from.setdefault(key, former)
            continue
        at = linking.counts(record, one.counts, via)
        at = at if learner.settled_until is None else max(at, learner.settled_until)
        if at != one.counts:
            counts_from[key] = at
        name = one.key or (incoming[*key, one.year].key if (*key, one.year) in incoming else "")
        incoming[*key, one.year] = replace(one, counts=at, key=name)
    waiting = tuple(sorted(incoming.values()))
    return replace(learner, record=record, counts_from=counts_from, incoming=waiting, own=own)


def stir(learner: Learner, at: datetime) -> Learner:
    """Something of the world changed at `at` (UTC) that concerns this learner: look again then."""
    due = at if learner.next_due is None else min(at, learner.next_due)
    return replace(learner, next_due=due)


def bring(learner: Learner, old: Learner) -> Learner:
    """The walk of an old reference of the same person arrives, with those that had come to it.

    Which of them it has to take up itself shows when the facts are here. A copy changes nothing.
    """
    if old.student_ref in learner.brought or old.student_ref in learner.joined:
        return learner
    alone = replace(old, brought={})
    return replace(learner, brought={**learner.brought, **old.brought, old.student_ref: alone})


def awaited(learner: Learner) -> bool:
    """Whether the walk stops before a link, until the walk of the old reference is here."""
    return bool(learner.record.joined) and any(one.old is None for one in joins_of(learner))


class Join(msgspec.Struct, frozen=True):
    """An old reference leads here from `at` (UTC) on, by the event `by`.

    `old` is that learner, ready to walk on to the link; None when that walk is not here yet. `train` are the
    references that it takes along, and itself.
    """

    at: datetime
    ref: str
    by: str
    train: frozenset[str]
    old: Learner | None


def joins_of(learner: Learner) -> list[Join]:
    """The old references that lead to a learner and were not taken up yet, in their order."""
    record, found = learner.record, []
    for ref in linking.led_here(record):
        if ref in learner.joined:
            continue
        at, brought = linking.since(record, ref), learner.brought.get(ref)
        train = linking.train(record, ref)
        if brought is not None:
            along = {one: learner.brought[one] for one in train if one in learner.brought}
            brought = take(replace(brought, brought=along), linking.part(record, ref))
            at = max(at, brought.settled_until or at)
        ready = brought if record.joined[ref].whole and not (brought and awaited(brought)) else None
        found.append(Join(at, ref, record.joined[ref].by, train | {ref}, ready))
    return sorted(found, key=lambda one: (one.at, one.ref))


def _new(learner: Learner, year: int, facts: Year) -> Iterator[tuple[Incoming, datetime | None, str | None]]:
    """What a year holds that the learner's record does not, or from another moment (then: the former one).

    Each with the other reference of the person under which it came.
    """
    before = learner.record.years.get(year, _NOTHING)
    for line in sheet.brought(before.sheets, facts.sheets):
        key, identity, received_at = line.key, line.identity, line.received_at
        former = next((one.received_at for one in before.chain(key) if one.identity == identity), None)
        if former != received_at:
            yield Incoming(received_at, *identity, year, key), former, None
    for key in _touched(before, facts):
        there = {version.identity: version.received_at for version in before.chain(key)}
        for version in facts.full[key]:
            at = there.get(version.identity)
            if at != version.received_at:
                yield Incoming(version.received_at, *version.identity, year, key), at, version.via
    if facts.tombstones != before.tombstones:
        known = {(stone.source, stone.target, stone.by): stone.received_at for stone in before.tombstones}
        for stone in facts.tombstones:
            at = known.get((stone.source, stone.target, stone.by))
            if at != stone.received_at:
                yield Incoming(stone.received_at, stone.source, stone.by, year), at, stone.via


def _touched(before: Year, after: Year) -> Iterable[str]:
    """The facts of which another year holds anything else in full."""
    if before.full is after.full:
        return ()
    return [key for key, chain in after.full.items() if not _is_same(chain, before.full.get(key, ()))]


_NOTHING = Year()


def _is_same(chain: Sequence[Version], other: Sequence[Version]) -> bool:
    return chain is other or (
        len(chain) == len(other)
        and all(
            one.event_id == another.event_id
            and one.source == another.source
            and one.received_at == another.received_at
            for one, another in zip(chain, other, strict=True)
        )
    )


def holds(record: Record, arrival: Arrival) -> bool:
    """Whether a record has this event already."""
    chain = record.years.get(arrival.year, _NOTHING).chain(arrival.subject_key)
    return any(version.identity == arrival.version.identity for version in chain)
