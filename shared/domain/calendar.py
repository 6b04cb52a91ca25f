"""Working days and the two times of day that matter, on dates in Europe/Amsterdam.

A working day is Monday to Friday, except public holidays; school holidays do not stop a term (law).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.domain.calendar_data import PUBLIC_HOLIDAYS, SCHOOL_HOLIDAYS

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAY = timedelta(days=1)
MORNING = time(6)


def is_working_day(day: date) -> bool:
    """Whether terms run on this day (General Extension of Terms Act)."""
    return day.weekday() < 5 and day not in PUBLIC_HOLIDAYS


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The first of two moments, of which either may be absent."""
    if one is None or other is None:
        return one or other
    return min(one, other)


@lru_cache(maxsize=65536)
def add_working_days(day: date, count: int) -> date:
    """The day on which a term of `count` working days ends; the count starts on the day after `day`."""
    while count > 0:
        day += DAY
        count -= is_working_day(day)
    return day


@lru_cache(maxsize=65536)
def working_days_before(day: date, count: int) -> date:
    """The working day that lies `count` working days before `day`."""
    while count > 0:
        day -= DAY
        count -= is_working_day(day)
    return day


def next_working_day(day: date) -> date:
    """This day when it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += DAY
    return day


@lru_cache(maxsize=65536)
def midnight(day: date) -> datetime:
    """00:00 of a local date, in UTC."""
    return datetime.combine(day, time(), AMSTERDAM).astimezone(UTC)


def local_date(moment: datetime) -> date:
    """The date in Europe/Amsterdam at a moment."""
    return moment.astimezone(AMSTERDAM).date()


def first_work_morning(moment: datetime) -> datetime:
    """The first 06:00 of a working day at or after a moment, in UTC (ruling on when an alert fires)."""
    local = moment.astimezone(AMSTERDAM)
    day = local.date() if local.timetz().replace(tzinfo=None) <= MORNING else local.date() + DAY
    return datetime.combine(next_working_day(day), MORNING, AMSTERDAM).astimezone(UTC)


@lru_cache(maxsize=65536)
def is_school_holiday(region: str, day: date) -> bool:
    """Whether schools of a holiday region (noord, midden, zuid) have holiday (law and national advice)."""
    return any(first <= day <= last for first, last in SCHOOL_HOLIDAYS[region])


@lru_cache(maxsize=1024)
def summer_ends(region: str, year: int) -> date:
    """The first Monday after the summer holiday of a region; unknown years use the last Monday of August."""
    for first, last in SCHOOL_HOLIDAYS[region]:
        if first.year == year and first.month in (7, 8):
            return _monday_from(last + DAY)
    return _monday_from(date(year, 8, 25))


def _monday_from(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def iso_week(day: date) -> str:
    """The ISO week of a day: `2026-W53`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def study_year(day: date) -> int:
    """The calendar year in which the study year of a day began; it runs from 1 August to 31 July (law)."""
    return day.year if day.month >= 8 else day.year - 1
