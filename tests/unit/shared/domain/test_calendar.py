"""Working days and school holidays: every worked example and every row of the published tables."""

from __future__ import annotations

from calendar import isleap
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.calendar import (
    DAY,
    add_working_days,
    first_work_morning,
    is_school_holiday,
    is_working_day,
    iso_week,
    local_date,
    midnight,
    next_working_day,
    study_year,
    summer_ends,
    working_days_before,
)
from shared.domain.calendar_data import PUBLIC_HOLIDAYS

EASTER = {
    2019: date(2019, 4, 21),
    2020: date(2020, 4, 12),
    2021: date(2021, 4, 4),
    2022: date(2022, 4, 17),
    2023: date(2023, 4, 9),
    2024: date(2024, 3, 31),
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
    2029: date(2029, 4, 1),
    2030: date(2030, 4, 21),
    2031: date(2031, 4, 13),
    2033: date(2033, 4, 17),
    2038: date(2038, 4, 25),
    2049: date(2049, 4, 18),
    2076: date(2076, 4, 19),
    2100: date(2100, 3, 28),
    2101: date(2101, 4, 17),
}

SCHOOL = """
2025/26 noord  18-10 26-10 | 20-12 04-01 | 21-02 01-03 | 25-04 03-05 | 04-07 16-08
2025/26 midden 18-10 26-10 | 20-12 04-01 | 14-02 22-02 | 25-04 03-05 | 18-07 30-08
2025/26 zuid   11-10 19-10 | 20-12 04-01 | 14-02 22-02 | 25-04 03-05 | 11-07 23-08
2026/27 noord  10-10 18-10 | 19-12 03-01 | 20-02 28-02 | 24-04 02-05 | 10-07 22-08
2026/27 midden 17-10 25-10 | 19-12 03-01 | 20-02 28-02 | 24-04 02-05 | 17-07 29-08
2026/27 zuid   17-10 25-10 | 19-12 03-01 | 13-02 21-02 | 24-04 02-05 | 24-07 05-09
2027/28 noord  16-10 24-10 | 25-12 09-01 | 19-02 27-02 | 29-04 07-05 | 15-07 27-08
2027/28 midden 16-10 24-10 | 25-12 09-01 | 26-02 05-03 | 29-04 07-05 | 08-07 20-08
2027/28 zuid   23-10 31-10 | 25-12 09-01 | 26-02 05-03 | 29-04 07-05 | 22-07 03-09
"""
"""Autumn, Christmas, spring, May and summer, first and last day, as the ministry published them."""


def rows() -> Iterator[tuple[str, str, set[date]]]:
    """Study year, holiday region and the days without school of one row."""
    for line in SCHOOL.strip().splitlines():
        name, region, table = line.split(maxsplit=2)
        begin = int(name[:4])
        days: set[date] = set()
        for pair in table.split(" | "):
            first, last = (_day(text, begin) for text in pair.split())
            days |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
        yield name, region, days


def _day(text: str, begin: int) -> date:
    day, month = map(int, text.split("-"))
    return date(begin if month > 9 else begin + 1, month, day)


@pytest.mark.parametrize("year", EASTER)
def test_public_holidays_are_no_working_days(year: int) -> None:
    easter = EASTER[year]
    king = date(year, 4, 27) if date(year, 4, 27).weekday() < 6 else date(year, 4, 26)
    movable = {easter + timedelta(days=count) for count in (-2, 1, 39, 50)}
    fixed = {date(year, 1, 1), king, date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}
    days = (date(year, 1, 1) + timedelta(days=count) for count in range(365 + isleap(year)))
    expected = {day for day in movable | fixed if day.weekday() < 5}
    assert {day for day in days if day.weekday() < 5 and not is_working_day(day)} == expected


def test_every_year_of_which_an_event_may_speak_has_its_holidays() -> None:
    counted = Counter(day.year for day in PUBLIC_HOLIDAYS)
    assert counted == dict.fromkeys(range(2019, 2102), 9)


def test_easter_monday_is_no_working_day_in_far_years() -> None:
    assert not is_working_day(date(2033, 4, 18))
    assert add_working_days(date(2033, 4, 14), 1) == date(2033, 4, 19)


def test_a_weekend_is_no_working_day() -> None:
    assert not is_working_day(date(2026, 9, 19))
    assert not is_working_day(date(2026, 9, 20))
    assert is_working_day(date(2026, 9, 21))


@pytest.mark.parametrize(
    ("day", "count", "ends"),
    [
        (date(2026, 4, 1), 5, date(2026, 4, 10)),
        (date(2027, 4, 1), 5, date(2027, 4, 8)),
        (date(2028, 4, 3), 5, date(2028, 4, 10)),
        (date(2029, 4, 3), 5, date(2029, 4, 10)),
        (date(2027, 5, 4), 5, date(2027, 5, 13)),
        (date(2026, 12, 24), 5, date(2027, 1, 4)),
        (date(2026, 10, 1), 5, date(2026, 10, 8)),
        (date(2028, 10, 1), 5, date(2028, 10, 6)),
        (date(2026, 4, 1), 0, date(2026, 4, 1)),
    ],
)
def test_a_term_ends_on_the_nth_working_day_after(day: date, count: int, ends: date) -> None:
    assert add_working_days(day, count) == ends


@pytest.mark.parametrize(
    ("deadline", "in_time_until"),
    [
        (date(2028, 4, 1), date(2028, 4, 3)),
        (date(2029, 4, 1), date(2029, 4, 3)),
        (date(2026, 4, 1), date(2026, 4, 1)),
    ],
)
def test_a_deadline_on_a_day_off_moves_to_the_next_working_day(deadline: date, in_time_until: date) -> None:
    assert next_working_day(deadline) == in_time_until


@pytest.mark.parametrize(
    ("ends", "alert"),
    [
        (date(2026, 4, 10), "2026-04-13 06:00"),
        (date(2027, 4, 8), "2027-04-09 06:00"),
        (date(2028, 4, 10), "2028-04-11 06:00"),
        (date(2029, 4, 10), "2029-04-11 06:00"),
        (date(2023, 4, 12), "2023-04-13 06:00"),
        (date(2021, 5, 11), "2021-05-12 06:00"),
    ],
)
def test_the_alert_of_a_term_falls_on_the_next_working_morning(ends: date, alert: str) -> None:
    expected = datetime.fromisoformat(f"{alert}+02:00")
    assert first_work_morning(midnight(ends + DAY)) == expected


@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        ("2026-09-21T00:00:00+02:00", "2026-09-21T04:00:00+00:00"),
        ("2026-09-21T06:00:00+02:00", "2026-09-21T04:00:00+00:00"),
        ("2026-09-21T06:00:00.000001+02:00", "2026-09-22T04:00:00+00:00"),
        ("2026-09-18T12:00:00+02:00", "2026-09-21T04:00:00+00:00"),
        ("2026-12-24T23:30:00+01:00", "2026-12-28T05:00:00+00:00"),
        ("2026-10-25T03:30:00+01:00", "2026-10-26T05:00:00+00:00"),
        ("2026-03-29T12:00:00+02:00", "2026-03-30T04:00:00+00:00"),
    ],
)
def test_people_are_told_at_six_on_a_working_day(moment: str, morning: str) -> None:
    assert first_work_morning(datetime.fromisoformat(moment)) == datetime.fromisoformat(morning)


def test_working_days_are_counted_back() -> None:
    assert working_days_before(date(2026, 8, 24), 10) == date(2026, 8, 10)
    assert working_days_before(date(2026, 5, 6), 2) == date(2026, 5, 1)
    for count in range(30):
        assert add_working_days(working_days_before(date(2026, 5, 29), count), count) == date(2026, 5, 29)


def test_days_are_those_of_amsterdam() -> None:
    assert midnight(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert midnight(date(2026, 1, 1)) == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert local_date(datetime(2026, 6, 30, 22, tzinfo=UTC)) == date(2026, 7, 1)
    assert local_date(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == date(2026, 6, 30)


@pytest.mark.parametrize(("name", "region", "holidays"), list(rows()))
def test_school_holidays_are_those_published(name: str, region: str, holidays: set[date]) -> None:
    begin = int(name[:4])
    until = max(day for day in holidays) + DAY
    days = (date(begin, 9, 7) + timedelta(days=count) for count in range((until - date(begin, 9, 7)).days))
    assert {day for day in days if is_school_holiday(region, day)} == holidays


@pytest.mark.parametrize(
    ("year", "mondays"),
    [
        (2026, {"noord": date(2026, 8, 17), "midden": date(2026, 8, 31), "zuid": date(2026, 8, 24)}),
        (2027, {"noord": date(2027, 8, 23), "midden": date(2027, 8, 30), "zuid": date(2027, 9, 6)}),
        (2028, {"noord": date(2028, 8, 28), "midden": date(2028, 8, 21), "zuid": date(2028, 9, 4)}),
        (2040, {"noord": date(2040, 8, 27), "midden": date(2040, 8, 27), "zuid": date(2040, 8, 27)}),
    ],
)
def test_lessons_begin_on_the_monday_after_the_summer(year: int, mondays: dict[str, date]) -> None:
    assert {region: summer_ends(region, year) for region in mondays} == mondays


def test_the_summers_of_past_years_are_known() -> None:
    assert summer_ends("noord", 2020) == date(2020, 8, 17)
    assert summer_ends("zuid", 2021) == date(2021, 9, 6)


def test_weeks_and_study_years() -> None:
    assert iso_week(date(2027, 1, 3)) == "2026-W53"
    assert iso_week(date(2026, 1, 5)) == "2026-W02"
    assert (study_year(date(2026, 7, 31)), study_year(date(2026, 8, 1))) == (2025, 2026)
