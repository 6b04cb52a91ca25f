"""Lesson weeks, by the calendar of the site."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from shared.domain.weeks import WEEK, lesson_weeks, monday_of
from shared.domain.world import PublishedCalendar, World
from tests.tale import WORLD, moment

SITE = WORLD.site("99MA00")
NOW = moment("2026-09-01")


def monday(day: int, month: int, year: int = 2026) -> date:
    found = date(year, month, day)
    assert found == monday_of(found)
    return found


def test_a_week_is_named_by_its_monday() -> None:
    assert monday_of(date(2026, 8, 30)) == date(2026, 8, 24)
    assert monday_of(date(2026, 8, 31)) == date(2026, 8, 31)


@pytest.mark.parametrize(
    ("week", "first"),
    [
        (monday(17, 8), None),  # the summer holiday of zuid lasts to 23 August
        (monday(24, 8), date(2026, 8, 24)),
        (monday(19, 10), None),  # autumn
        (monday(21, 12), None),  # Christmas
        (monday(4, 1, 2027), date(2027, 1, 4)),
        (monday(6, 4), date(2026, 4, 7)),  # Easter Monday
    ],
)
def test_a_lesson_week_has_at_least_one_lesson_day(week: date, first: date | None) -> None:
    weeks = lesson_weeks(WORLD, SITE, NOW)
    assert weeks.first_day(week) == first
    assert weeks.has_lessons(week) is (first is not None)


def test_holiday_weeks_are_stepped_over() -> None:
    weeks = lesson_weeks(WORLD, SITE, NOW)
    assert weeks.after(monday(5, 10), 1) == monday(19, 10)
    assert weeks.after(monday(5, 10), 2) == monday(2, 11), "the holiday lies between"
    assert weeks.window(monday(2, 11), 4) == monday(5, 10)
    assert weeks.window(monday(19, 10), 4) == monday(21, 9), "hours in a holiday count with the week before"


def test_without_a_site_every_region_must_have_lessons() -> None:
    weeks = lesson_weeks(WORLD, None, NOW)
    assert weeks.first_day(monday(24, 8)) is None
    assert weeks.first_day(monday(31, 8)) == date(2026, 8, 31)
    assert weeks.first_day(monday(12, 10)) is None, "noord has its autumn holiday"


def test_what_a_site_published_counts_from_when_it_was_received() -> None:
    free = tuple(date(2026, 9, day) for day in range(14, 19))
    calendar = PublishedCalendar("99MA00", 2026, date(2026, 9, 2), free, moment("2026-08-01"))
    world = published(calendar)
    weeks = lesson_weeks(world, SITE, NOW)
    assert weeks.first_day(monday(31, 8)) == date(2026, 9, 2)
    assert weeks.first_day(monday(14, 9)) is None
    assert lesson_weeks(world, SITE, moment("2026-07-31")).first_day(monday(14, 9)) == monday(14, 9)


def published(calendar: PublishedCalendar) -> World:
    institution = replace(WORLD.institutions["99MA"], calendars=(calendar,))
    return replace(WORLD, institutions=dict(WORLD.institutions) | {"99MA": institution})


def test_a_day_that_the_policy_sets_by_hand_counts_where_nothing_was_published() -> None:
    policies = tuple(replace(one, first_lesson_days=(date(2026, 8, 31),)) for one in WORLD.policies)
    world = replace(WORLD, policies=policies)
    assert lesson_weeks(world, SITE, NOW).first_day(monday(24, 8)) is None
    assert lesson_weeks(world, SITE, NOW).first_day(monday(31, 8)) == date(2026, 8, 31)
    early = PublishedCalendar("99MA00", 2026, date(2026, 8, 26), (), moment("2026-08-01"))
    both = replace(published(early), policies=policies)
    assert lesson_weeks(both, SITE, NOW).first_day(monday(24, 8)) == date(2026, 8, 26)


def test_a_site_that_never_has_lessons_ends_the_search() -> None:
    never = [
        PublishedCalendar("99MA00", year, date(year + 1, 7, 31), (), moment("2026-08-01"))
        for year in (2026, 2027)
    ]
    institution = replace(WORLD.institutions["99MA"], calendars=tuple(never))
    world = replace(WORLD, institutions=dict(WORLD.institutions) | {"99MA": institution})
    assert lesson_weeks(world, SITE, NOW).after(monday(7, 9), 4) == monday(7, 9) + 61 * WEEK
