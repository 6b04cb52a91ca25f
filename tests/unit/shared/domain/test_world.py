"""Sites, regions and lesson days, as published or by national default."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.codes import Role
from shared.domain.world import (
    Institution,
    Municipality,
    PublishedCalendar,
    Reference,
    Site,
    World,
    calendar_of,
    first_lesson_day,
    is_lesson_day,
    nth_lesson_day,
)

PUBLISHED = datetime(2026, 6, 1, tzinfo=UTC)
CORRECTED = datetime(2026, 6, 10, tzinfo=UTC)
AT = datetime(2026, 9, 1, tzinfo=UTC)
SOUTH, NORTH = Site("99MA00", "0957", "zuid"), Site("99MA01", "0014", "noord")


def published(first: date, received_at: datetime, year: int = 2026) -> PublishedCalendar:
    return PublishedCalendar("99MA01", year, first, (date(2026, 9, 11),), received_at)


WORLD = World(
    institutions={
        "99MA": Institution(
            "99MA",
            Role.MBO_INSTITUTION,
            "ROC West",
            True,
            (SOUTH, NORTH),
            calendars=(
                published(date(2026, 9, 3), CORRECTED),
                published(date(2026, 9, 2), PUBLISHED),
                published(date(2027, 9, 2), PUBLISHED, 2027),
            ),
        )
    },
    reference=Reference(
        municipalities={
            "0957": Municipality("0957", "Roermond", "38", "zuid"),
            "1696": Municipality("1696", "Wijdemeren", "20", "noord", valid_to=date(2026, 12, 31)),
            "9998": Municipality("9998", "Morgen", "20", "noord", valid_from=date(2027, 1, 1)),
        }
    ),
)


def test_a_site_is_found_by_its_code() -> None:
    assert WORLD.site("99MA01") == NORTH
    assert WORLD.site("99MA02") is None
    assert WORLD.site("99XX00") is None


@pytest.mark.parametrize(
    ("code", "day", "region"),
    [
        ("0957", date(2026, 9, 1), "38"),
        ("1696", date(2026, 12, 31), "20"),
        ("1696", date(2027, 1, 1), None),
        ("9998", date(2026, 12, 1), "20"),
        ("9999", date(2026, 9, 1), None),
        ("0000", date(2026, 9, 1), None),
    ],
)
def test_a_municipality_belongs_to_a_region_until_it_ends(code: str, day: date, region: str | None) -> None:
    assert WORLD.region_of_municipality(code, day) == region


def test_the_newest_calendar_known_by_then_counts() -> None:
    days = [
        first_lesson_day(WORLD, NORTH, 2026, at)
        for at in (PUBLISHED - timedelta(seconds=1), PUBLISHED, CORRECTED)
    ]
    assert days == [date(2026, 8, 17), date(2026, 9, 2), date(2026, 9, 3)]


def test_a_calendar_belongs_to_one_site_and_study_year() -> None:
    assert calendar_of(WORLD, SOUTH, 2026, AT) is None
    assert calendar_of(WORLD, NORTH, 2025, AT) is None
    assert calendar_of(WORLD, Site("99XX00", "0957", "zuid"), 2026, AT) is None
    assert calendar_of(WORLD, None, 2026, AT) is None


@pytest.mark.parametrize(("year", "day"), [(2026, date(2026, 8, 31)), (2027, date(2027, 9, 6))])
def test_without_a_site_lessons_begin_when_the_last_holiday_region_begins(year: int, day: date) -> None:
    assert first_lesson_day(WORLD, None, year, AT) == day


@pytest.mark.parametrize(
    ("site", "day", "lessons"),
    [
        (SOUTH, date(2026, 8, 21), False),
        (SOUTH, date(2026, 8, 24), True),
        (SOUTH, date(2026, 8, 29), False),
        (SOUTH, date(2026, 10, 16), True),
        (SOUTH, date(2026, 10, 19), False),
        (SOUTH, date(2026, 12, 25), False),
        (SOUTH, date(2027, 7, 23), True),
        (SOUTH, date(2027, 7, 26), False),
        (NORTH, date(2026, 9, 2), False),
        (NORTH, date(2026, 9, 3), True),
        (NORTH, date(2026, 9, 11), False),
        (NORTH, date(2026, 10, 12), True),
        (None, date(2026, 8, 28), False),
        (None, date(2026, 8, 31), True),
        (None, date(2026, 10, 12), False),
        (None, date(2026, 10, 26), True),
    ],
)
def test_a_lesson_day_is_a_working_day_outside_the_holidays_of_the_site(
    site: Site | None, day: date, lessons: bool
) -> None:
    assert is_lesson_day(WORLD, site, day, AT) is lessons


def test_the_start_is_lesson_day_1_when_it_is_one_itself() -> None:
    assert nth_lesson_day(WORLD, SOUTH, date(2026, 8, 24), 1, AT) == date(2026, 8, 24)
    assert nth_lesson_day(WORLD, SOUTH, date(2026, 8, 24), 6, AT) == date(2026, 8, 31)
    assert nth_lesson_day(WORLD, SOUTH, date(2026, 8, 22), 1, AT) == date(2026, 8, 24)
    assert nth_lesson_day(WORLD, SOUTH, date(2026, 10, 16), 2, AT) == date(2026, 10, 26), "over the holiday"


def test_a_search_for_lesson_days_ends() -> None:
    assert nth_lesson_day(WORLD, SOUTH, date(2026, 8, 24), 9999, AT) < date(2028, 1, 1)
