"""Two references of one person: what was known under the old one goes over to the new one.

The old reference keeps nothing but the way to the new one. What is sent under it later is forwarded, as
often as new references became old ones themselves. In the new record each such version tells under which
reference it came (`via`), and counts from the link's moment: all of it in one step (docs/adr/0013).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from shared.domain.event import LINKED, Arrival, Version
from shared.domain.facts import Link, Record, Tombstone, Year, is_late, merge, together, year_of


class Forwarded(msgspec.Struct, frozen=True, array_like=True):
    """What goes from an old reference to the one that it leads to.

    `record` holds all that was known under the old one (`link.whole`), or what came later; `said` is the
    event of the link itself.
    """

    record: Record
    link: Link
    said: Arrival | None = None

    @property
    def student_ref(self) -> str:
        """Whom it goes to."""
        return self.link.new_ref


_NOTHING = Year()


def is_link(arrival: Arrival) -> bool:
    """Whether an event says that two references are one person."""
    return arrival.version.kind == LINKED


def refuses(record: Record, arrival: Arrival) -> bool:
    """Whether an event is a link of an old reference that leads elsewhere already."""
    leads = record.linked.new_ref if record.linked is not None else arrival.student_ref
    return is_link(arrival) and leads != arrival.student_ref


def leave(record: Record, arrival: Arrival) -> tuple[Record, Forwarded]:
    """An old reference becomes one: what is left of it, and what goes to the new one."""
    link = Link(arrival.student_ref, arrival.version.received_at, arrival.version.event_id)
    facts = {number: year_of(year.chains, year.tombstones) for number, year in record.years.items()}
    gone = Record(record.student_ref, record.version, linked=link)
    return gone, Forwarded(replace(record, years=facts), link, arrival)


def pass_on(gone: Record, arrival: Arrival) -> Forwarded:
    """What is sent under an old reference later; it counts from the link's moment at the earliest."""
    link = replace(_way(gone), whole=False)
    if is_link(arrival):
        return Forwarded(Record(gone.student_ref), link, arrival)
    version = replace(arrival.version, received_at=max(arrival.version.received_at, link.at))
    alone = merge(Record(gone.student_ref), replace(arrival, version=version)).record
    return Forwarded(alone, link)


def pass_along(gone: Record, sent: Forwarded) -> Forwarded:
    """What was forwarded to a reference that has become an old one itself."""
    way = _way(gone)
    return Forwarded(absorb(Record(gone.student_ref), lifted(sent, way.at)), replace(way, whole=False))


def lifted(sent: Forwarded, known: datetime) -> Forwarded:
    """The same, as it counts where it arrives: nothing counts before `known`, which has passed there (UTC).

    What was known under the old reference keeps the moments of its receipt: it counts from the link.
    """
    link = replace(sent.link, at=max(sent.link.at, known))
    joined = sent.record.joined
    if not link.whole:
        joined = {old: replace(step, at=max(step.at, known)) for old, step in joined.items()}

    def received(at: datetime, via: str | None) -> datetime:
        led = sent.link.at if via is None else max(sent.link.at, since(sent.record, via))
        return at if at < led else max(at, known)

    years = {
        number: year_of(
            {
                key: tuple(replace(one, received_at=received(one.received_at, one.via)) for one in chain)
                for key, chain in year.chains.items()
            },
            tuple(replace(one, received_at=received(one.received_at, one.via)) for one in year.tombstones),
        )
        for number, year in sent.record.years.items()
    }
    said = sent.said
    if said is not None:
        version = replace(said.version, received_at=max(said.version.received_at, known))
        said = replace(said, version=version)
    return Forwarded(replace(sent.record, years=years, joined=joined), link, said)


def absorb(record: Record, sent: Forwarded) -> Record:
    """A record with what was forwarded to it; order and copies mean nothing here either."""
    old = sent.record.student_ref
    years = dict(record.years)
    for number, year in sent.record.years.items():
        years[number] = together(years.get(number, _NOTHING), _came_by(year, old))
    joined = dict(record.joined)
    for ref, link in ((old, sent.link), *sent.record.joined.items()):
        joined[ref] = _first(joined[ref], link) if ref in joined else link
    record = replace(record, years=dict(sorted(years.items())), joined=dict(sorted(joined.items())))
    return merge(record, sent.said).record if sent.said is not None else record


def since(record: Record, old: str) -> datetime:
    """From when the facts of an old reference count here (UTC): the last step of its way."""
    link = record.joined[old]
    at = link.at
    while link.new_ref in record.joined:
        link = record.joined[link.new_ref]
        at = max(at, link.at)
    return at


def counts(record: Record, received_at: datetime, via: str | None) -> datetime:
    """From when a version or an annulment counts in this record (UTC)."""
    return received_at if via is None else max(received_at, since(record, via))


def led_here(record: Record) -> Iterator[str]:
    """The old references that came by a step of their own: not in the train of another one."""
    return (old for old in record.joined if not _in_train(record, old))


def train(record: Record, old: str) -> frozenset[str]:
    """The references that had led to an old one before it became one."""
    found: set[str] = set()
    while True:
        more = {
            ref
            for ref, link in record.joined.items()
            if ref not in found and link.new_ref in (old, *found) and _in_train(record, ref)
        }
        if not more:
            return frozenset(found)
        found |= more


def part(record: Record, old: str) -> Record:
    """What was known under an old reference when it led on: its record as it would have stood by then."""
    before, along = since(record, old), train(record, old)

    def belongs(one: Version | Tombstone) -> bool:
        return (one.via == old or one.via in along) and one.received_at < before

    years = {}
    for number, year in record.years.items():
        chains = {
            key: tuple(_came_by_itself(one, old) for one in chain if belongs(one))
            for key, chain in year.chains.items()
        }
        chains = {key: chain for key, chain in chains.items() if chain}
        stones = tuple(_came_by_itself(one, old) for one in year.tombstones if belongs(one))
        if chains or stones:
            years[number] = year_of(chains, stones)
    joined = {ref: link for ref, link in record.joined.items() if ref in along}
    return Record(old, record.version, years, joined=joined)


def records_of(arrivals: Iterable[Arrival]) -> dict[str, Record]:
    """The records of some references after all these events, worked off in the order of receipt."""
    records: dict[str, Record] = {}
    for arrival in sorted(arrivals, key=_order):
        record = records.get(arrival.key) or Record(arrival.key)
        if is_link(arrival) and record.linked is None and not is_late(arrival):
            if not _leads_to(records, arrival.student_ref, arrival.key):
                records[arrival.key], sent = leave(record, arrival)
                _deliver(records, sent)
        elif is_link(arrival) and (is_late(arrival) or refuses(record, arrival)):
            continue
        elif record.linked is not None:
            if not is_late(arrival):
                _deliver(records, pass_on(record, arrival))
        else:
            records[arrival.key] = merge(record, arrival).record
    return records


def _deliver(records: dict[str, Record], sent: Forwarded) -> None:
    record = records.get(sent.student_ref) or Record(sent.student_ref)
    while record.linked is not None:
        sent = pass_along(record, sent)
        record = records.get(sent.student_ref) or Record(sent.student_ref)
    records[record.student_ref] = absorb(record, sent)


def _leads_to(records: Mapping[str, Record], ref: str, end: str) -> bool:
    """Whether the way of a reference ends at another one, or is at it already."""
    while ref != end:
        record = records.get(ref)
        if record is None or record.linked is None:
            return False
        ref = record.linked.new_ref
    return True


def _order(arrival: Arrival) -> tuple[datetime, str, str]:
    return (arrival.version.received_at, *arrival.version.identity)


def _way(gone: Record) -> Link:
    if gone.linked is None:
        raise ValueError("leads nowhere")
    return gone.linked


def _first(one: Link, other: Link) -> Link:
    """Of two steps of one reference the earliest; whole when either is."""
    early = min(one, other, key=lambda link: (link.at, link.by))
    return replace(early, whole=one.whole or other.whole)


def _in_train(record: Record, ref: str) -> bool:
    """Whether a reference had led to another one already when that one led on."""
    link = record.joined[ref]
    onward = record.joined.get(link.new_ref)
    return onward is not None and link.at < onward.at


def _came_by(year: Year, old: str) -> Year:
    chains = {
        key: tuple(replace(one, via=one.via or old) for one in chain) for key, chain in year.chains.items()
    }
    return year_of(chains, tuple(replace(one, via=one.via or old) for one in year.tombstones))


One = TypeVar("One", Version, Tombstone)


def _came_by_itself(one: One, old: str) -> One:
    return replace(one, via=None) if one.via == old else one
