"""What one core does of the domain alone, without log, database and second process.

A whole simulated year, attendance included, is worked off in the order of receipt: decoded events are merged,
each learner is walked on to the end of the batch, and so is everybody who is due by then. Seconds are those
that this process computed, so that a busy machine counts as little as it can.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from time import process_time
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, uuid5

import msgspec

from services.bench.figures import Domain, Size
from services.simulate.command import world_of
from services.simulate.region import read, registered
from services.simulate.year import begin, in_order, lives
from shared.domain.advance import advance
from shared.domain.calendar import AMSTERDAM
from shared.domain.envelope import arrival_of
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.learner import Learner, newcomer, stir, take
from shared.domain.payload import read_moment
from shared.domain.sheet import is_attendance
from shared.domain.world import World
from shared.runtime.codec import decode_learner, decode_record, encode_learner, encode_record

YEAR = 2026
LAST = date(YEAR + 1, 7, 16)
SEED = 1
BATCH = 5_000
NATION = 125_000
"""Learners a year in the whole country (docs/domain.md 11)."""
COUNTED = datetime(2026, 10, 9, 6, tzinfo=AMSTERDAM)
"""The morning on which those are told of who were nowhere on the count date."""
ATTENDED = datetime.combine(LAST, time(22), AMSTERDAM)
"""After a whole year of attendance."""
WHOLE = range(72, 89)
"""Facts of attendance in a whole year: about forty presences and forty absences."""
POSTED_FROM, POSTED_FOR = time(16), 2 * 3600
"""When schools post, in seconds (docs/domain.md 11)."""

Done = Callable[[int], None]
Json = dict[str, Any]


class Told(msgspec.Struct, frozen=True, order=True):
    """An event as it lies in a log, and when it was received (UTC)."""

    received_at: datetime
    body: bytes

    def arrival(self) -> Arrival:
        """The event, decoded."""
        event = msgspec.json.decode(self.body)
        told_at = read_moment(event["time"])
        return arrival_of(
            event["type"], event["id"], event["source"], told_at, self.received_at, event["data"]
        )


def year(learners: int) -> tuple[World, list[Told]]:
    """A school year of the region Limburg-Noord, in the order of receipt, and the world it happens in."""
    region = read("38")
    begun = begin(region, world_of(registered(region)), YEAR, SEED, LAST)
    chance = Random(SEED)  # noqa: S311
    told = (
        Told(_received(posting.day, chance), msgspec.json.encode(_renamed(posting.event)))
        for posting in in_order(begun, lives(begun.year, learners))
        if posting.ref is not None
    )
    return begun.year.world, sorted(told)


def _received(day: date, chance: Random) -> datetime:
    later = timedelta(seconds=chance.randrange(POSTED_FOR), microseconds=chance.randrange(1_000_000))
    return datetime.combine(day, POSTED_FROM, AMSTERDAM) + later


def _renamed(event: Json) -> Json:
    """With ids as most senders make them: UUIDs."""
    names = ("supersedes", "targetEventId")
    data = {name: _uuid(value) if name in names else value for name, value in event["data"].items()}
    return event | {"id": _uuid(event["id"]), "data": data}


def _uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_OID, name))


class _Core:
    """Every learner in memory, and who is due when."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.learners: dict[str, Learner] = {}
        self.due: list[tuple[datetime, str]] = []
        self.events = self.attendance = self.walks = 0
        self.merging = self.taking = self.walking = 0.0

    def batch(self, arrivals: Sequence[Arrival]) -> None:
        """Work off one batch, up to the receipt of its last event."""
        until = arrivals[-1].version.received_at
        started = process_time()
        changed = self._merged(arrivals)
        merged = process_time()
        for ref, record in changed.items():
            self.learners[ref] = take(self._learner(ref), record)
        taken = process_time()
        for ref in dict.fromkeys([*changed, *self._due(until)]):
            self._walk(ref, until)
        self.events += len(arrivals)
        self.attendance += sum(one.version.kind.startswith("attendance.") for one in arrivals)
        self.merging += merged - started
        self.taking += taken - merged
        self.walking += process_time() - taken

    def checkpoint(self, at: datetime) -> float:
        """Judge everybody at one moment; seconds for as many as the country has."""
        stirred = [stir(one, at) for one in self.learners.values()]
        started = process_time()
        for learner in stirred:
            advance(learner, self.world, at)
        return (process_time() - started) * NATION / len(stirred)

    def _merged(self, arrivals: Iterable[Arrival]) -> dict[str, Record]:
        changed: dict[str, Record] = {}
        brought: defaultdict[str, list[Arrival]] = defaultdict(list)
        for arrival in arrivals:
            brought[arrival.student_ref].append(arrival)
        for ref, some in brought.items():
            record = before = self._learner(ref).record
            for arrival in some:
                record = merge(record, arrival).record
            if record is not before:
                changed[ref] = msgspec.structs.replace(record, version=record.version + 1)
        return changed

    def _learner(self, ref: str) -> Learner:
        return self.learners.get(ref) or newcomer(ref)

    def _due(self, until: datetime) -> Iterator[str]:
        while self.due and self.due[0][0] <= until:
            at, ref = heapq.heappop(self.due)
            if self.learners[ref].next_due == at:
                yield ref

    def _walk(self, ref: str, until: datetime) -> None:
        learner = advance(self.learners[ref], self.world, until).learner
        self.learners[ref] = learner
        self.walks += 1
        if learner.next_due is not None:
            heapq.heappush(self.due, (learner.next_due, ref))


def measure(learners: int, step: Callable[[str, int | None], Done]) -> Domain:
    """Work off the year of so many learners."""
    step("a year of attendance", None)
    world, told = year(learners)
    done = step("domain", len(told))
    core = _Core(world)
    counted = 0.0
    batch = min(BATCH, learners)  # as in the country: hardly anybody twice in a batch
    for start in range(0, len(told), batch):
        some = told[start : start + batch]
        if not counted and some[-1].received_at > COUNTED:
            counted = core.checkpoint(COUNTED)
        core.batch([one.arrival() for one in some])
        done(start + len(some))
    return Domain(
        events=core.events,
        attendance=core.attendance,
        walks=core.walks,
        merging=core.merging,
        taking=core.taking,
        walking=core.walking,
        checkpoints={"count date": counted, "end of the year": core.checkpoint(ATTENDED)},
        sizes=_sizes([one for one in core.learners.values() if _is_whole(one.record)]),
    )


def _is_whole(record: Record) -> bool:
    keys = (key for year in record.years.values() for key in year.chains)
    return sum(is_attendance(key) for key in keys) in WHOLE


def _sizes(learners: Sequence[Learner]) -> list[Size]:
    """What those with a whole year of attendance take, and the work of writing and reading it."""
    records = [one.record for one in learners]
    return [
        _size("record", records, encode_record, decode_record),
        _size("learner", learners, encode_learner, decode_learner),
    ]


One = TypeVar("One")


def _size(
    name: str, some: Sequence[One], encode: Callable[[One], bytes], decode: Callable[[bytes], One]
) -> Size:
    started = process_time()
    bodies = [encode(one) for one in some]
    encoded = process_time()
    for body in bodies:
        decode(body)
    decoded = process_time()
    each = 1e6 / max(1, len(bodies))
    return Size(name, [len(body) for body in bodies], (encoded - started) * each, (decoded - encoded) * each)
