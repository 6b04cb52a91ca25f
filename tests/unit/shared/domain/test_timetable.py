"""The lesson calendars of an institution: which one counts when."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from shared.domain.catalogue import KINDS
from shared.domain.codes import Outcome
from shared.domain.envelope import arrival_of
from shared.domain.event import Arrival
from shared.domain.facts import Record
from shared.domain.timetable import add, timetable
from shared.domain.world import Institution, PublishedCalendar, Site, World, calendar_of, first_lesson_day
from tests.tale import OTHER_SOURCE, SOURCE, WORLD, moment

CALENDAR = KINDS["calendar.published"]
SITE = Site("99MA00", "0957", "zuid")


def sent(event_id: str, at: str, first: str, source: str = SOURCE, **more: object) -> Arrival:
    """A calendar of 99MA00 for 2026, received and true at `at`."""
    data = {
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": moment(at).isoformat(),
        "site": "99MA00",
        "studyYear": 2026,
        "firstLessonDay": first,
        "freeDays": ["2026-10-19"],
    } | more
    return arrival_of(CALENDAR.wire_type, event_id, source, moment(at), moment(at), data)


def kept(*arrivals: Arrival) -> Record:
    record = Record("99MA")
    for arrival in arrivals:
        record = add(record, arrival).record
    return record


def starts(*arrivals: Arrival) -> list[tuple[str, bool]]:
    """The first lesson days in the order in which they came to count."""
    return [(f"{one.first_lesson_day:%d-%m}", one.counts) for one in timetable(kept(*arrivals))]


def test_a_calendar_counts_from_its_receipt() -> None:
    assert timetable(kept(sent("e1", "2026-06-01", "2026-08-31"))) == (
        PublishedCalendar("99MA00", 2026, date(2026, 8, 31), (date(2026, 10, 19),), moment("2026-06-01")),
    )


def test_the_highest_number_of_a_source_wins_whichever_came_first() -> None:
    first = sent("e1", "2026-06-01", "2026-08-31", sourceSeq=1)
    second = sent("e2", "2026-06-08", "2026-09-07", sourceSeq=2)
    belated = sent("e0", "2026-06-15", "2026-09-14", sourceSeq=0)
    for order in permutations((first, second, belated)):
        assert starts(*order) == [("31-08", True), ("07-09", True)]


def test_without_a_number_the_last_one_that_happened_wins() -> None:
    older = sent("e2", "2026-06-08", "2026-09-07", occurredAt="2026-05-01T09:00:00+02:00")
    assert starts(sent("e1", "2026-06-01", "2026-08-31"), older) == [("31-08", True)]
    assert starts(
        sent("e1", "2026-06-01", "2026-08-31"), sent("e2", "2026-06-08", "2026-09-07", source=OTHER_SOURCE)
    ) == [("31-08", True), ("07-09", True)]


def test_two_different_calendars_with_one_number_leave_none() -> None:
    first = sent("e1", "2026-06-01", "2026-08-31", sourceSeq=1)
    other = sent("e2", "2026-06-08", "2026-09-07", sourceSeq=1)
    assert [counts for _, counts in starts(first, other)] == [True, False]
    assert {key: told for _, key, told in add(kept(first), other).outcomes} == {
        "e1": Outcome.CONFLICT,
        "e2": Outcome.CONFLICT,
    }


def test_a_calendar_that_is_superseded_gives_way() -> None:
    wrong = sent("e1", "2026-06-01", "2026-08-31")
    right = sent("e2", "2026-06-08", "2026-08-24", supersedes="e1", transitionYear=2027)
    assert starts(wrong, right) == [("31-08", True), ("24-08", True)]


def test_a_calendar_stands_with_its_study_year() -> None:
    assert list(kept(sent("e1", "2026-06-01", "2026-08-31", transitionYear=2027)).years) == [2026]


def test_it_is_too_late_after_its_study_year() -> None:
    assert starts(sent("e1", "2027-09-01", "2026-08-31")) == []


def test_the_world_goes_back_to_the_usual_calendar_when_none_counts() -> None:
    first = sent("e1", "2026-06-01", "2026-08-31", sourceSeq=1)
    other = sent("e2", "2026-06-08", "2026-09-07", sourceSeq=1)
    college = WORLD.institutions["99MA"]
    world = World(
        {
            "99MA": Institution(
                "99MA", college.role, "", True, (SITE,), calendars=timetable(kept(first, other))
            )
        }
    )
    days = [
        first_lesson_day(world, SITE, 2026, moment(at)) for at in ("2026-05-31", "2026-06-02", "2026-06-09")
    ]
    assert days == [date(2026, 8, 24), date(2026, 8, 31), date(2026, 8, 24)]
    assert calendar_of(world, SITE, 2026, moment("2026-06-09")) is None
