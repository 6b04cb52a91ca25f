"""Where a record of the log goes: to the facts of its learner, or on to where an old reference leads."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from shared.domain import linking
from shared.domain.codes import Outcome
from shared.domain.event import Arrival
from shared.domain.facts import Identity, Record, is_late, merge
from shared.domain.linking import Forwarded

INSTANT = timedelta(microseconds=1)


class Routed(msgspec.Struct, frozen=True):
    """What one record of the log did.

    `years` are those with other facts, known at `at` (UTC); `outcomes` are told to the senders; `sent` goes
    on to another reference.
    """

    record: Record
    years: Collection[int] = ()
    at: datetime | None = None
    outcomes: tuple[tuple[str, str, Outcome], ...] = ()
    sent: Forwarded | None = None


def route(record: Record, brought: Arrival | Forwarded, circular: Collection[Identity]) -> Routed:
    """Work off one record; `circular` are links that would lead a reference back to itself.

    What is forwarded gives no outcome: its sender was told when it came.
    """
    if isinstance(brought, Forwarded):
        return _forwarded(record, brought)
    if is_late(brought) or not (record.linked or linking.is_link(brought)):
        return _merged(record, brought)
    identity = brought.version.identity
    if linking.refuses(record, brought) or identity in circular:
        return Routed(record, outcomes=((*identity, Outcome.CONFLICT),))
    if record.linked:
        return Routed(record, sent=linking.pass_on(record, brought))
    gone, sent = linking.leave(record, _after(record, brought))
    return Routed(gone, sent=sent)


def _after(record: Record, link: Arrival) -> Arrival:
    """A link counts after all that was known under the old reference by then: the log decides."""
    newest = _newest(record)
    if newest is None or newest < link.version.received_at:
        return link
    return replace(link, version=replace(link.version, received_at=newest + INSTANT))


def _forwarded(record: Record, sent: Forwarded) -> Routed:
    if record.linked:
        return Routed(record, sent=linking.pass_along(record, sent))
    newest = _newest(record)
    if newest is not None:
        sent = linking.lifted(sent, newest + INSTANT)
    after = linking.absorb(record, sent)
    if after == record:
        return Routed(record)
    years = {*sent.record.years, *((sent.said.year,) if sent.said else ())}
    return Routed(after, years & after.years.keys(), _known_at(after, sent))


def _newest(record: Record) -> datetime | None:
    """When the last fact of a reference was received, or an old reference began to lead there.

    It may have been judged already, so what is forwarded now counts later: the log decides who came first.
    """
    years = record.years.values()
    known = [version.received_at for year in years for chain in year.chains.values() for version in chain]
    known += [stone.received_at for year in years for stone in year.tombstones]
    known += [link.at for link in record.joined.values()]
    return max(known, default=None)


def _known_at(record: Record, sent: Forwarded) -> datetime:
    """When all that was forwarded counts."""
    received = [
        version.received_at
        for year in sent.record.years.values()
        for chain in year.chains.values()
        for version in chain
    ]
    return max([*received, linking.since(record, sent.record.student_ref)])


def _merged(record: Record, arrival: Arrival) -> Routed:
    if record.linked:  # it came too late: nothing of it is kept
        return Routed(record, outcomes=merge(Record(record.student_ref), arrival).outcomes)
    merged = merge(record, arrival)
    if not merged.changed:
        return Routed(merged.record, outcomes=merged.outcomes)
    return Routed(merged.record, (arrival.year,), arrival.version.received_at, merged.outcomes)
