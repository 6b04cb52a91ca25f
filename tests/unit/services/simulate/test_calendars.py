"""Every mbo institution publishes its lesson days before the summer."""

from __future__ import annotations

from datetime import date

from services.simulate.calendars import calendars
from services.simulate.posting import received_at
from services.simulate.region import Region, read, seat
from shared.domain.calendar import is_school_holiday
from shared.domain.world import first_lesson_day, is_lesson_day
from tests.unit.services.simulate.conftest import Made


def test_each_institution_publishes_one_before_the_summer(made: Made) -> None:
    told = made.of_kind("calendar.published")
    sites = {seat(one).site for one in made.region.receivers}
    assert {one.event["data"]["site"] for one in told} == sites
    assert all(date(2026, 5, 18) <= one.day <= date(2026, 7, 1) for one in told)
    assert not any("studentRef" in one.event["data"] for one in told)


def test_real_holidays_are_free_and_a_few_days_more() -> None:
    for one in calendars(*_of_38()):
        free = [date.fromisoformat(day) for day in one.event["data"]["freeDays"]]
        own = [day for day in free if not is_school_holiday("zuid", day)]
        assert len(own) == 3
        assert {date(2026, 10, 19), date(2026, 12, 24), date(2027, 2, 15)} <= set(free)


def test_the_world_knows_a_calendar_from_the_day_of_its_posting(made: Made) -> None:
    for one in made.of_kind("calendar.published"):
        site = made.world.site(one.event["data"]["site"])
        first = date.fromisoformat(one.event["data"]["firstLessonDay"])
        after = received_at(one.day)
        assert first_lesson_day(made.world, site, 2026, after) == first
        free = date.fromisoformat(one.event["data"]["freeDays"][0])
        assert not is_lesson_day(made.world, site, free, after)


def test_not_all_begin_on_the_same_day() -> None:
    days = {one.event["data"]["firstLessonDay"] for seed in range(5) for one in calendars(*_of_38(seed))}
    assert days == {"2026-08-24", "2026-08-31"}


def _of_38(seed: int = 1) -> tuple[Region, int, int]:
    return read("38"), 2026, seed
