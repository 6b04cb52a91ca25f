"""From events to the state of a learner: the job of the placement lane.

`fold` merges events into the records of their learners and projects the state that follows; `write`
puts what changed into the lane's transaction. Merging is commutative, associative and idempotent; what
cannot be merged becomes a dead letter. What comes for an old reference goes on to the one that it leads to
(docs/adr/0013). A learner whose state cannot be projected is set aside: its
record goes on being merged and sent, its state stands still.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import structlog

from services.placement import dead_letters, store
from services.placement.route import route
from services.placement.store import Held, Way
from shared.domain.event import Arrival
from shared.domain.facts import Identity, Record, Year
from shared.domain.linking import Forwarded
from shared.domain.picture import picture
from shared.domain.quiet import is_quiet
from shared.domain.state import project
from shared.domain.world import Institution, World
from shared.runtime import metrics
from shared.runtime.codec import (
    Mark,
    Outgoing,
    Raw,
    encode_record,
    forwarded_message,
    marker,
    read_arrival,
    read_forwarded,
    state_message,
)
from shared.runtime.database import Connection
from shared.runtime.job import ActionRow, Again
from shared.runtime.topics import TRANSFER_EVENTS, TRANSITION_STATES

CANNOT_PROJECT = "cannot-project"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


class Item(msgspec.Struct, frozen=True):
    """An event or what an old reference forwards, and the record that brought it."""

    arrival: Arrival | Forwarded
    raw: Raw

    @property
    def student_ref(self) -> str:
        """Under which reference it is worked off."""
        return self.arrival.key if isinstance(self.arrival, Arrival) else self.arrival.student_ref

    @property
    def identity(self) -> Identity | None:
        """Which event it is."""
        return self.arrival.version.identity if isinstance(self.arrival, Arrival) else None


class Place:
    """Places learners: in memory by `fold`, in the database by `write`."""

    schema = "placement"
    topic = TRANSFER_EVENTS
    group = "transfers-placement"

    def __init__(self, world: World, capacity: int = 100_000) -> None:
        self.world = world
        self._capacity = capacity
        self._held: dict[str, Held] = {}  # in order of use, the longest unused first
        self._told: dict[int, int] = {}  # the progress that was last sent, by partition
        self._changed: dict[str, Held] = {}
        self._looked: dict[str, Held] = {}
        self._messages: list[Outgoing] = []
        self._ways: list[Way] = []
        self._circular: set[Identity] = set()  # links that were found to close a circle

    # --- the contract of a job

    def decode(self, record: Raw, known: datetime) -> Item:
        """An event of the topic. Raises Unreadable."""
        return Item(read_forwarded(record, known) or read_arrival(record, known), record)

    async def load(self, conn: Connection, keys: set[str]) -> None:
        """Bring these learners into memory, and let go of those that were not used for long."""
        for ref in keys & self._held.keys():
            self._held[ref] = self._held.pop(ref)
        missing = keys - self._held.keys()
        if missing:
            self._held |= await store.load(conn, missing)
            for ref in list(self._held)[: max(0, len(self._held) - max(self._capacity, len(keys)))]:
                del self._held[ref]

    def fold(
        self,
        part: int,
        items: Sequence[Item],
        due: Sequence[str],
        actions: Sequence[ActionRow],
        until: datetime | None,
    ) -> None:
        """Merge the events of each learner, then project whoever was touched or is due."""
        arrived: defaultdict[str, list[Item]] = defaultdict(list)
        for item in items:
            arrived[item.student_ref].append(item)
        for ref, brought in arrived.items():
            self._receive(part, self._held[ref], brought)
        for ref in due:
            self._look(part, self._held[ref], until or LONG_AGO)

    async def write(self, conn: Connection) -> list[Outgoing]:
        """Write learners, timers and who is set aside; returns states, outcomes and dead letters."""
        changed, looked, messages = self._changed, self._looked, self._messages
        await self._lead(conn)
        self._changed, self._looked, self._messages = {}, {}, []
        for held in changed.values():
            held.record = msgspec.structs.replace(held.record, version=held.record.version + 1)
            held.body = encode_record(held.record)
        await store.save(conn, changed.values())
        await store.save_timers(conn, looked.values())
        await store.save_blocked(conn, looked.values())
        states = [state_message(held.part, held.record, held.body) for held in changed.values()]
        return states + messages

    async def _lead(self, conn: Connection) -> None:
        """Write where old references lead. Raises Again when one of them would lead back to itself."""
        ways, self._ways = self._ways, []
        circular = await store.save_ways(conn, ways)
        if circular is not None:
            self._circular.add(circular)
            raise Again

    async def stir(self, conn: Connection, parts: Sequence[int], institutions: Sequence[Institution]) -> None:
        """Institutions changed: who has a fact there is looked at again."""
        await store.stir(conn, parts, institutions)

    def announcements(self) -> list[tuple[str, str]]:
        """Nobody listens to placement but through its topic."""
        return []

    def forget(self, parts: set[int]) -> None:
        """These partitions have another holder, or a transaction failed: what was folded is void."""
        void = self._changed.keys() | self._looked.keys()
        self._held = {
            ref: held for ref, held in self._held.items() if held.part not in parts and ref not in void
        }
        for part in parts:
            self._told.pop(part, None)
        self._changed, self._looked, self._messages, self._ways = {}, {}, [], []

    # --- what the lane asks beside it

    async def newest(self, conn: Connection, refs: Collection[str]) -> list[Outgoing]:
        """The states that stand in the database, to be sent again."""
        held = await store.load(conn, refs)
        return [state_message(one.part, one.record, one.body) for one in held.values() if one.body]

    def beat(self, part: int, next_offset: int, mark: Mark) -> list[Outgoing]:
        """The watermark of a partition, and how far receipts are answered when that has changed."""
        messages = [marker(TRANSITION_STATES, part, mark)]
        if self._told.get(part) != next_offset:
            self._told[part] = next_offset
            messages.append(dead_letters.progress(part, next_offset))
        return messages

    # --- one learner

    def _receive(self, part: int, held: Held, items: Iterable[Item]) -> None:
        held.part = part
        before, newest = held.record, LONG_AGO
        told: defaultdict[int, list[str]] = defaultdict(list)
        for item in items:
            try:
                routed = route(held.record, item.arrival, self._circular)
            except Exception as defect:  # never an exception out of a record: it would stop everybody
                log.error("record_not_merged", defect=type(defect).__name__)
                self._messages += dead_letters.refused(item.raw, "refused")
                continue
            self._messages += dead_letters.outcomes(item.raw, routed.outcomes)
            if routed.sent is not None:
                self._forward(part, held.record, item, routed.sent)
            held.record = routed.record
            for year in routed.years:
                told[year].append("" if isinstance(item.arrival, Forwarded) else item.arrival.subject_key)
            newest = max(newest, routed.at or newest)
        if held.record is not before:
            self._changed[before.student_ref] = held
            years = told.keys() & held.record.years.keys()
            quiet = years and all(self._is_quiet(held.record, year, told[year], newest) for year in years)
            if held.blocked or not quiet:
                self._project(held, years, newest)

    def _is_quiet(self, record: Record, year: int, keys: Iterable[str], at: datetime) -> bool:
        """Whether nothing but attendance arrived from which nothing follows."""
        facts = record.years[year]
        if record.joined or facts.state is None or (facts.next_change and facts.next_change <= at):
            return False
        return all(is_quiet(facts, key, facts.state, facts.flags, at, self.world.policies) for key in keys)

    def _forward(self, part: int, record: Record, item: Item, sent: Forwarded) -> None:
        """What goes on to another reference, and what is written of the way there."""
        self._messages.append(forwarded_message(sent, part))
        self._ways.append(Way(record.student_ref, sent, item.identity))

    def _look(self, part: int, held: Held, until: datetime) -> None:
        held.part = part
        held.timer = store.UNKNOWN  # its row may have been moved by a change of an institution
        self._project(held, held.record.years, until)

    def _project(self, held: Held, years: Iterable[int], at: datetime) -> None:
        """Work out the states of these years at `at`; what fails twice sets the learner aside."""
        before = held.record
        self._looked[before.student_ref] = held
        try:
            after = projected(before, years, self.world, at)
        except Exception:
            try:
                after = projected(before, years, self.world, at)
            except Exception as defect:
                log.error("learner_blocked", defect=type(defect).__name__)
                held.blocked, held.due = CANNOT_PROJECT, None
                return
        held.record, held.blocked = after, None
        held.due = store.next_change(after)
        if _shown(before) != _shown(after):
            self._changed[before.student_ref] = held
            _count(before, after)


def projected(record: Record, years: Iterable[int], world: World, at: datetime) -> Record:
    """The record with the states of these years as they are at `at` (UTC), never before the last look."""
    asked = years if len(record.years) == 1 else record.years  # some facts are the person's, of all years
    again = {number: _projected(record.years, number, world, at) for number in asked}
    return msgspec.structs.replace(record, years={**record.years, **again})


def _projected(years: Mapping[int, Year], number: int, world: World, at: datetime) -> Year:
    year = years[number]
    moment = max(at, year.projected_at or at)
    shown = project(picture(years, number, moment), number, world, moment)
    return msgspec.structs.replace(
        year,
        state=shown.state,
        flags=shown.flags,
        projected_at=moment,
        next_change=shown.next_change,
    )


def _shown(record: Record) -> list[object]:
    """What a person can see of a record without its facts."""
    return [(number, year.state, year.flags) for number, year in record.years.items()]


def _count(before: Record, after: Record) -> None:
    for number, year in after.years.items():
        earlier = before.years.get(number)
        if year.state is not None and (earlier is None or earlier.state is not year.state):
            metrics.STATE_CHANGES.labels(year.state).inc()
