"""Lesson calendars at the door: taken in like any event, and never sent to the log of learners."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.registration.calendars import outcomes, read
from shared.domain.catalogue import KINDS
from shared.domain.envelope import arrival, check
from shared.domain.facts import Record
from shared.domain.ids import receipt_id
from shared.domain.timetable import add, timetable
from shared.runtime.problems import Problem, unavailable
from tests.unit.services.registration.door import NOW, SOURCE, House, Json, event

CALENDAR = KINDS["calendar.published"]


def calendar(event_id: str = "cal-1", /, **changes: Any) -> Json:
    """A calendar of 99MA00; `changes` go into `data`."""
    told = event(event_id) | {"type": CALENDAR.wire_type}
    data = dict(CALENDAR.example) | {"occurredAt": "2026-05-12T13:40:00+02:00"} | changes
    return told | {"data": data}


def test_a_calendar_is_accepted_and_kept(house: House) -> None:
    answer = house.post(calendar())
    assert answer.status_code == 202
    (result,) = answer.json()["results"]
    assert (result["outcome"], result["receiptId"]) == ("accepted", receipt_id(SOURCE, "cal-1"))
    ((checked, received_at),) = house.shelf.kept
    assert checked.data["firstLessonDay"] == "2026-08-31"
    assert received_at > NOW
    assert house.book.entries[result["receiptId"]][0].student_hash is None


def test_it_never_enters_the_log_of_learners(house: House) -> None:
    assert [one["outcome"] for one in house.results([calendar(), event()])] == ["accepted", "accepted"]
    assert [dict(one.headers)["ce_id"] for one in house.log.messages] == [b"ev-1"]


def test_whoever_follows_the_institution_has_it_before_the_answer(house: House) -> None:
    house.post(calendar())
    assert {"99MA"} in house.registers.waited


def test_the_same_calendar_twice_is_a_duplicate_and_another_one_a_reuse(house: House) -> None:
    house.post(calendar())
    assert house.post(calendar()).json()["results"][0]["outcome"] == "duplicate"
    reused = house.post(calendar(firstLessonDay="2026-09-07"))
    assert (reused.status_code, reused.json()["code"]) == (409, "event-id-reused")
    assert len(house.shelf.kept) == 1


def test_all_that_is_wrong_with_it_is_told_at_once(house: House) -> None:
    wrong = house.post(calendar(site="99MB00", studyYear=1999, freeDays=["soon"], studentRef="x" * 43))
    assert wrong.status_code == 400
    assert {(fault["pointer"], fault["code"]) for fault in wrong.json()["errors"]} == {
        ("/data/site", "site"),
        ("/data/studyYear", "minimum"),
        ("/data/freeDays/0", "date"),
        ("/data/studentRef", "unknown-field"),
    }


def test_only_who_may_speak_for_the_institution_can_publish(house: House) -> None:
    refused = house.post(calendar(senderOrg="99MB", site="99MB00"))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert house.shelf.kept == []


@pytest.mark.parametrize("problem", [unavailable(), Problem("forbidden", "Staat niet in het register.")])
def test_a_calendar_that_cannot_be_kept_is_refused_alone(house: House, problem: Problem) -> None:
    house.shelf.fault = problem
    results = house.results([calendar(), event()])
    assert [one["outcome"] for one in results] == ["rejected", "accepted"]
    assert results[0]["problem"]["code"] == problem.code


def test_a_calendar_that_is_not_published_in_time_is_to_be_sent_again(house: House) -> None:
    house.registers.behind = True
    assert house.post(calendar()).status_code == 503
    house.registers.behind = False
    assert house.post(calendar()).json()["results"][0]["outcome"] == "duplicate"


def test_what_became_of_it_is_written_beside_what_it_changes_for_others() -> None:
    first = arrival(check(calendar("cal-1")), NOW)
    other = arrival(check(calendar("cal-2", firstLessonDay="2026-09-07")), NOW + timedelta(hours=1))
    merged = add(Record("99MA"), first)
    assert outcomes(merged, first) == {receipt_id(SOURCE, "cal-1"): "applied"}
    assert outcomes(add(merged.record, other), other) == {
        receipt_id(SOURCE, "cal-1"): "conflict",
        receipt_id(SOURCE, "cal-2"): "conflict",
    }


def test_nothing_published_is_no_calendar() -> None:
    assert timetable(read("{}", "99MA")) == ()
