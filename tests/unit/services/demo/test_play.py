"""Playing the year: which day holds which events, and where a folder goes on."""

from __future__ import annotations

from datetime import date

from services.demo.play import days
from services.demo.played import BEFORE, FIRST, LAST, Played
from shared.domain.calendar import is_working_day


def played(day: date | None = None) -> Played:
    return Played("38", 15, 1, day)


def test_there_is_a_step_for_every_working_day_also_without_events() -> None:
    year = days(played())
    assert all(is_working_day(day) for day in year)
    assert list(year) == sorted(year)
    assert (min(year), max(year)) == (BEFORE, LAST)
    assert sorted(year)[1] == FIRST
    assert len(year) == 265
    assert [] in year.values()


def test_last_years_list_is_there_before_the_year_begins() -> None:
    before = days(played())[BEFORE]
    assert {event["data"]["transitionYear"] for event in before} == {2025}
    assert min(days(played(BEFORE))) == FIRST


def test_nothing_is_posted_before_the_day_on_which_it_was_recorded() -> None:
    for day, events in days(played()).items():
        assert all(event["time"][:10] <= day.isoformat() for event in events)


def test_a_year_that_was_interrupted_goes_on_with_the_next_working_day() -> None:
    friday = date(2026, 4, 10)
    whole, rest = days(played()), days(played(friday))
    assert min(rest) == date(2026, 4, 13)
    assert rest == {day: events for day, events in whole.items() if day > friday}


def test_a_year_is_over_with_its_last_day() -> None:
    assert not played().finished
    assert not played(date(2026, 10, 15)).finished
    assert played(LAST).finished
    assert days(played(LAST)) == {}
