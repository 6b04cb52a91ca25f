"""Placing learners: one fact, one effect, one state to send; and a learner that cannot be judged."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from services.placement import place as module
from services.placement import store
from services.placement.place import Item, Place
from services.placement.store import Held, Way
from shared.domain.catalogue import KINDS
from shared.domain.codes import State
from shared.domain.envelope import arrival, check
from shared.domain.facts import Identity, Record
from shared.domain.ids import receipt_id
from shared.domain.world import World
from shared.runtime.codec import Mark, Outgoing, Unreadable, decode_record, event_message
from shared.runtime.job import Again
from shared.runtime.reference import policies

OLD = "mS5gIRvQZ0h4nAkDk6fJ3pWc8xYtLbU1oEq7rNV2dHc"
ANNA = "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"
SOURCE = "urn:nld:oin:00000099000000001000:systeem:sis-voorbeeld"
EIGHT = datetime(2025, 10, 1, 8, tzinfo=UTC)
LISTED = "vo.learner.listed"
WORLD = World(policies=policies())


@dataclass
class Given:
    """A record as Kafka brings it."""

    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes]]
    offset: int
    topic: str = "transfer-events"
    partition: int = 4
    timestamp: int = 0


@dataclass
class Rows:
    """The store, in memory."""

    saved: list[int] = field(default_factory=list)
    timers: dict[str, datetime | None] = field(default_factory=dict)
    blocked: dict[str, str | None] = field(default_factory=dict)
    ways: list[tuple[str, str]] = field(default_factory=list)
    circles: set[str] = field(default_factory=set)

    async def load(self, conn: object, refs: Collection[str]) -> dict[str, Held]:
        """Nobody is known."""
        return {ref: Held(Record(ref)) for ref in refs}

    async def save(self, conn: object, changed: Collection[Held]) -> None:
        """The versions that were written."""
        self.saved += [held.record.version for held in changed]

    async def save_timers(self, conn: object, looked: Collection[Held]) -> None:
        """When each is due."""
        self.timers |= {held.record.student_ref: held.due for held in looked}

    async def save_blocked(self, conn: object, looked: Collection[Held]) -> None:
        """Who is set aside."""
        self.blocked |= {held.record.student_ref: held.blocked for held in looked}

    async def save_ways(self, conn: object, ways: Collection[Way]) -> Identity | None:
        """Where old references lead; whoever is in `circles` would lead back to itself."""
        back = [way.link for way in ways if way.sent.link.new_ref in self.circles]
        self.ways += [(way.old_ref, way.sent.link.new_ref) for way in ways if not back]
        return back[0] if back else None


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    """The store of placement, replaced."""
    made = Rows()
    for name in ("load", "save", "save_timers", "save_blocked", "save_ways"):
        monkeypatch.setattr(store, name, getattr(made, name))
    return made


def item(event_id: str, offset: int = 0, name: str = LISTED, **data: Any) -> Item:
    """An event on its way in."""
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": KINDS[name].wire_type,
        "time": "2025-10-01T09:00:00+02:00",
        "data": {**KINDS[name].example, "studentRef": ANNA, "transitionYear": 2026} | data,
    }
    checked = check(event)
    message = event_message(checked, EIGHT)
    raw = Given(message.key, message.value, message.headers, offset)
    return Item(arrival(checked, EIGHT), raw)


async def placed(
    job: Place, *items: Item, due: Collection[str] = (), until: datetime = EIGHT
) -> list[Outgoing]:
    """One transaction; returns what it sends."""
    conn: Any = None
    await job.load(conn, {one.student_ref for one in items} | set(due))
    job.fold(4, list(items), list(due), (), until)
    return await job.write(conn)


def record_in(messages: list[Outgoing]) -> Record:
    """The one state among them."""
    [state] = [one for one in messages if one.learner]
    assert (state.topic, state.partition, state.key) == ("transition-states", 4, ANNA.encode())
    return decode_record(state.value or b"")


async def test_a_listed_learner_is_expected_and_due_when_time_alone_may_change_it(rows: Rows) -> None:
    record = record_in(await placed(Place(WORLD), item("a")))
    assert (record.version, record.years[2026].state) == (1, State.EXPECTED)
    assert rows.timers[ANNA] == record.years[2026].next_change
    assert rows.saved == [1]


async def test_the_same_event_again_changes_and_sends_nothing(rows: Rows) -> None:
    job = Place(WORLD)
    await placed(job, item("a"), item("a"))
    assert await placed(job, item("a", offset=2)) == []
    assert rows.saved == [1]


async def test_several_events_of_one_batch_make_one_version(rows: Rows) -> None:
    job = Place(WORLD)
    await placed(job, item("a", sourceSeq=1), item("b", sourceSeq=2, vulnerable=True))
    record = record_in(await placed(job, item("c", sourceSeq=3)))
    assert record.version == 2
    assert len(record.years[2026].chains) == 1


async def test_an_older_event_gives_an_outcome_beside_the_state(rows: Rows) -> None:
    job = Place(WORLD)
    messages = await placed(job, item("b", sourceSeq=2), item("a", offset=9, sourceSeq=1))
    [outcome] = [one for one in messages if one.topic == "event-outcomes"]
    assert outcome.partition == 4
    assert json.loads(outcome.value or b"") == {
        "receiptId": receipt_id(SOURCE, "a"),
        "outcome": "stale",
        "partition": 4,
        "offset": 9,
    }


async def test_time_alone_changes_the_state_behind_the_watermark(rows: Rows) -> None:
    job = Place(WORLD)
    record = record_in(await placed(job, item("a")))
    closing = record.years[2026].next_change
    while closing and closing < datetime(2028, 1, 1, tzinfo=UTC):
        messages = await placed(job, due=[ANNA], until=closing)
        if any(one.learner for one in messages):
            record = record_in(messages)
        closing = rows.timers[ANNA]
    assert record.years[2026].state is State.CLOSED
    assert closing is None


async def test_a_look_that_changes_nothing_sends_nothing_but_sets_the_timer(rows: Rows) -> None:
    job = Place(WORLD)
    await placed(job, item("a"))
    assert await placed(job, due=[ANNA], until=EIGHT + timedelta(hours=1)) == []
    assert rows.timers[ANNA]


async def test_a_learner_that_cannot_be_judged_is_set_aside_and_goes_on_being_merged(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    job = Place(WORLD)
    with monkeypatch.context() as defect:
        defect.setattr(module, "project", broken)
        record = record_in(await placed(job, item("a")))
        assert (record.version, record.years[2026].state) == (1, None)
        assert rows.blocked[ANNA] == "cannot-project"
        assert rows.timers[ANNA] is None
    record = record_in(await placed(job, item("b", sourceSeq=2)))
    assert (record.version, record.years[2026].state) == (2, State.EXPECTED)
    assert rows.blocked[ANNA] is None


async def test_attendance_from_which_nothing_follows_is_kept_and_sent_and_not_projected(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unasked(*_: object) -> None:
        raise AssertionError

    def seen(number: int, day: str) -> Item:
        return item(str(UUID(int=0xA << 124 | number)), name="attendance.present", date=day)

    job = Place(WORLD)
    await placed(job, item("a", name="mbo.enrolment.started", startDate="2025-09-01"), seen(1, "2025-09-22"))
    monkeypatch.setattr(module, "project", unasked)
    record = record_in(await placed(job, seen(2, "2025-09-29")))
    assert (record.version, record.years[2026].state) == (2, State.ATTENDING)
    assert len(record.years[2026].chains) == 3
    assert rows.blocked[ANNA] is None


async def test_what_cannot_be_merged_is_a_dead_letter_with_an_outcome(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "route", broken)
    one = item("a", offset=9)
    letter, outcome = await placed(Place(WORLD), one)
    assert (letter.topic, letter.value) == ("transfer-events-dlt", one.raw.value)
    assert dict(letter.headers)["dlt-reason"] == b"refused"
    assert json.loads(outcome.value or b"")["outcome"] == "dead"


async def test_what_was_folded_and_not_committed_is_void(rows: Rows) -> None:
    job = Place(WORLD)
    conn: Any = None
    await job.load(conn, {ANNA})
    job.fold(4, [item("a")], (), (), EIGHT)
    job.forget({4})
    assert await job.write(conn) == []
    assert record_in(await placed(job, item("a"))).version == 1


async def test_progress_is_told_when_it_has_changed() -> None:
    job = Place(WORLD)
    assert [one.topic for one in job.beat(4, 10, Mark(EIGHT))] == ["transition-states", "event-outcomes"]
    assert [one.topic for one in job.beat(4, 10, Mark(EIGHT))] == ["transition-states"]
    [_, progress] = job.beat(4, 11, Mark(EIGHT))
    assert (progress.key, json.loads(progress.value or b"")) == (b"offset-04", {"nextOffset": 11})


def linked(event_id: str, old: str = OLD, new: str = ANNA, offset: int = 0) -> Item:
    """The event that says that two references are one person."""
    return item(event_id, offset, "learner.linked", oldRef=old, newRef=new, studentRef=new)


def forwarded(messages: Iterable[Outgoing]) -> list[Item]:
    """What goes on to another reference, as it is read there."""
    found = [one for one in messages if one.topic == "transfer-events"]
    job = Place(WORLD)
    return [job.decode(Given(one.key, one.value, one.headers, 0), EIGHT) for one in found]


async def test_an_old_reference_keeps_only_the_way_to_the_new_one(rows: Rows) -> None:
    job = Place(WORLD)
    await placed(job, item("a", studentRef=OLD))
    messages = await placed(job, linked("link"))
    [state] = [one for one in messages if one.learner]
    record = decode_record(state.value or b"")
    assert (record.student_ref, record.version, record.years) == (OLD, 2, {})
    assert record.linked is not None
    just_after = EIGHT + timedelta(microseconds=1)  # the fact before it was received at the same moment
    assert (record.linked.new_ref, record.linked.at) == (ANNA, just_after)
    assert [one.topic for one in messages] == ["transition-states", "transfer-events"]
    assert rows.timers[OLD] is None
    assert rows.ways == [(OLD, ANNA)]
    [brought] = forwarded(messages)
    assert (brought.student_ref, brought.identity) == (ANNA, None)


async def test_what_an_old_reference_had_and_gets_is_placed_under_the_new_one(rows: Rows) -> None:
    job = Place(WORLD)
    first = await placed(job, item("a", studentRef=OLD), linked("link"))
    later = await placed(job, item("b", sourceSeq=2, vulnerable=True, studentRef=OLD))
    assert [one.topic for one in later] == ["transfer-events"]
    record = record_in(await placed(job, *forwarded([*first, *later])))
    [chain] = [chain for key, chain in record.years[2026].chains.items() if key.startswith("vo:")]
    assert [(one.event_id, one.via) for one in chain] == [("b", OLD), ("a", OLD)]
    assert record.years[2026].state is State.EXPECTED
    assert await placed(job, *forwarded([*first, *later])) == [], "copies mean nothing"


async def test_a_link_that_closes_a_circle_is_folded_anew_and_refused(rows: Rows) -> None:
    job, conn = Place(WORLD), None
    rows.circles.add(ANNA)
    await job.load(conn, {OLD})  # type: ignore[arg-type]
    job.fold(4, [linked("link")], (), (), EIGHT)
    with pytest.raises(Again):
        await job.write(conn)  # type: ignore[arg-type]
    job.forget({4})
    [outcome] = await placed(job, linked("link"))
    assert json.loads(outcome.value or b"")["outcome"] == "conflict"
    assert rows.ways == []


async def test_a_reference_leads_to_one_other_only(rows: Rows) -> None:
    job = Place(WORLD)
    await placed(job, linked("link"))
    [outcome] = await placed(job, linked("other", new="B" * 43))
    assert json.loads(outcome.value or b"")["outcome"] == "conflict"
    [again] = forwarded(await placed(job, linked("again")))
    assert again.student_ref == ANNA


async def test_a_chain_of_old_references_is_followed(rows: Rows) -> None:
    job, oldest = Place(WORLD), "B" * 43
    await placed(job, linked("link"))
    [whole] = forwarded(await placed(job, item("a", studentRef=oldest), linked("first", old=oldest, new=OLD)))
    [onward] = forwarded(await placed(job, whole))
    record = record_in(await placed(job, onward))
    assert set(record.joined) == {OLD, oldest}


async def test_what_comes_too_late_for_an_old_reference_is_told_and_goes_nowhere(rows: Rows) -> None:
    job = Place(WORLD)
    await placed(job, linked("link"))
    late = item("late", studentRef=OLD)
    version = replace(late.arrival.version, received_at=datetime(2027, 9, 1, tzinfo=UTC))  # type: ignore[union-attr]
    [outcome] = await placed(job, Item(replace(late.arrival, version=version), late.raw))
    assert json.loads(outcome.value or b"")["outcome"] == "late"


def test_what_is_forwarded_must_be_readable() -> None:
    job = Place(WORLD)
    for headers in ((("forwarded", b"1"),), (("forwarded", b"1"), ("codec", b"1"))):
        with pytest.raises(Unreadable):
            job.decode(Given(ANNA.encode(), b"\xc1", headers, 0), EIGHT)
