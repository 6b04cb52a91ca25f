"""Laws of attendance kept in rows: nothing is lost, and how it came means nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain import sheet
from shared.domain.catalogue import KINDS
from shared.domain.event import Arrival, Version
from shared.domain.facts import RETRACTION, Record, Year, merge
from shared.domain.picture import Known, picture
from shared.runtime.codec import decode_record, encode_record

START = datetime(2026, 9, 21, 14, tzinfo=UTC)
IDS = [str(UUID(int=number << 64 | 0xABC)) for number in range(8)]
ENROLMENTS = ({"mboBrin": "99MA", "enrolmentNo": "E1"}, {"voSite": "99VA00"})
moments = st.integers(0, 8 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
odd = st.sampled_from((0, 0, 0, 1))


@st.composite
def events(draw: st.DrawFn) -> Arrival:
    """One event of attendance, mostly one that fits a row; few days and ids, so that they meet."""
    if draw(st.integers(0, 7)) == 0:
        target = draw(st.sampled_from(IDS))
        return _arrival(draw, RETRACTION, f"retracted:{target}", {"targetEventId": target})
    kind = draw(st.sampled_from(("attendance.present", "attendance.absent")))
    day = date(2026, 9, 18) + timedelta(days=draw(st.integers(0, 6)))
    fields: dict[str, Any] = {**draw(st.sampled_from(ENROLMENTS)), "date": day.isoformat()}
    if kind == "attendance.absent":
        fields |= {"unauthorisedHours": draw(hours), "authorisedHours": draw(hours)}
        fields |= draw(st.sampled_from(({}, {"lateCount": 0}, {"allLessonsMissed": False}, {"lateCount": 2})))
    return _arrival(draw, kind, KINDS[kind].subject_key(fields), fields)


hours = st.sampled_from((0.0, 1.0, 2.25, 0.1, 24.0))


def _arrival(draw: st.DrawFn, kind: str, key: str, fields: dict[str, Any]) -> Arrival:
    version = Version(
        kind=kind,
        event_id=draw(st.sampled_from((*IDS, IDS[0].upper(), "e-1"))),
        source=draw(st.sampled_from(("urn:school", "urn:relay"))),
        sender="99MA",
        received_at=draw(moments) + timedelta(microseconds=draw(st.integers(0, 3))),
        occurred_at=draw(moments) + timedelta(microseconds=draw(odd)),
        recorded_at=draw(moments) + timedelta(microseconds=draw(odd)),
        seq=draw(st.sampled_from((None, 1, 2, 2**40))),
        supersedes=draw(st.sampled_from((None, None, None, IDS[1]))),
        fields=fields,
    )
    return Arrival("ref", 1, draw(st.sampled_from((2026, 2026, 2027))), key, version)


histories = st.lists(events(), max_size=16)


def known(arrivals: list[Arrival]) -> Record:
    record = Record("ref")
    for arrival in arrivals:
        record = merge(record, arrival).record
    return record


def in_full(arrivals: list[Arrival]) -> Record:
    """The same with no row at all."""
    with patch.object(sheet, "is_attendance", lambda key: False):
        return known(arrivals)


@given(histories)
def test_rows_say_what_the_events_said(history: list[Arrival]) -> None:
    rows, full = known(history), in_full(history)
    assert {year: one.chains for year, one in rows.years.items()} == {
        year: one.full for year, one in full.years.items()
    }


@given(histories, st.randoms(use_true_random=False))
def test_any_order_and_any_copies_give_the_same_bytes(history: list[Arrival], chance: Random) -> None:
    shuffled = [*history, *chance.choices(history, k=3)] if history else []
    chance.shuffle(shuffled)
    assert encode_record(known(shuffled)) == encode_record(known(history))


@given(histories)
def test_what_comes_back_is_what_was_written(history: list[Arrival]) -> None:
    record = known(history)
    assert decode_record(encode_record(record)) == record


@given(histories)
def test_merging_again_changes_nothing_and_says_nothing(history: list[Arrival]) -> None:
    record = known(history)
    for arrival in history:
        merged = merge(record, arrival)
        assert (merged.record, merged.changed, merged.outcomes) == (record, False, ())


@given(histories)
def test_outcomes_do_not_depend_on_how_it_is_kept(history: list[Arrival]) -> None:
    record = Record("ref")
    plain = Record("ref")
    for arrival in history:
        merged = merge(record, arrival)
        with patch.object(sheet, "is_attendance", lambda key: False):
            other = merge(plain, arrival)
        assert (merged.changed, merged.outcomes) == (other.changed, other.outcomes)
        record, plain = merged.record, other.record


@given(histories, moments)
def test_a_picture_does_not_depend_on_how_it_is_kept(history: list[Arrival], at: datetime) -> None:
    rows, full = known(history), in_full(history)
    for year in rows.years:
        assert _told(rows.years, year, at) == _told(full.years, year, at)


def _told(years: dict[int, Year], year: int, at: datetime) -> list[Any]:
    seen = picture(years, year, at)
    told: list[Known[Any]] = [*seen.presences, *seen.absences]
    found = sorted(
        (repr(one.effect), one.version.event_id, one.first.event_id, one.version.source) for one in told
    )
    return [found, sorted(seen.conflicts, key=lambda one: one.subject_key)]


def test_what_fits_takes_a_row_and_nothing_in_full() -> None:
    fields = {"mboBrin": "99MA", "enrolmentNo": "E1", "date": "2026-09-21"}
    version = Version(
        "attendance.present", IDS[1], "urn:school", "99MA", START, START, START, 1, None, fields
    )
    record = merge(Record("ref"), Arrival("ref", 1, 2026, "pres:99MA:E1:2026-W39", version)).record
    assert record.years[2026].full == {}
    assert list(record.years[2026].chains.values()) == [(version,)]
    upper = replace(version, event_id=IDS[1].upper())
    record = merge(Record("ref"), Arrival("ref", 1, 2026, "pres:99MA:E1:2026-W39", upper)).record
    assert record.years[2026].sheets == ()
