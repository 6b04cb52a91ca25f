"""Laws of absence, told a second time in the plainest way and compared."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.missed_hours import Reach
from shared.domain.weeks import WEEK, lesson_weeks, monday_of
from tests.tale import WORLD, Tale, local, moment

MANY = settings(max_examples=200, deadline=None)
BEGIN = date(2026, 8, 24)
WEEKS = lesson_weeks(WORLD, WORLD.site("99MA00"), moment("2026-09-01"))
SEEN, MISSED, LEAVE, SILENT = range(4)


def lessons(count: int) -> list[date]:
    """The first so many lesson weeks of the study year."""
    weeks = (BEGIN + number * WEEK for number in range(2 * count))
    return [week for week in weeks if WEEKS.has_lessons(week)][:count]


def told(what: list[int]) -> Tale:
    """What an institution sent in each lesson week, on its Wednesday."""
    tale = Tale()
    tale.started("2026-07-06")
    for week, kind in zip(lessons(len(what)), what, strict=True):
        at = f"{week + timedelta(days=2)} 12:00"
        if kind == SEEN:
            tale.present(at)
        elif kind == MISSED:
            tale.absent(at, hours=1, authorised=3)
        elif kind == LEAVE:
            tale.absent(at, hours=0, authorised=3)
    return tale


def is_away(what: list[int], running: bool) -> bool:
    """Forward, week by week: four that count begin a long absence, two of presence running end it.

    While the last week is still `running`, it counts only when somebody saw the learner.
    """
    away, row, present = False, 0, 0
    for number, kind in enumerate(what):
        if kind == SEEN:
            row, present = 0, present + 1
            away = away and present < 2
        elif kind != LEAVE and not (running and number == len(what) - 1):
            row, present = row + 1, 0
            away = away or row >= 4
    return away


@MANY
@given(st.lists(st.integers(SEEN, SILENT), min_size=1, max_size=30), st.booleans())
@example([SILENT, SILENT, SILENT, SILENT], False)
@example([SILENT, SILENT, SILENT, LEAVE, SEEN, LEAVE, SEEN], False)
def test_backwards_from_today_says_what_week_by_week_says(what: list[int], running: bool) -> None:
    last = lessons(len(what))[-1]
    today = last + timedelta(days=4) if running else last + WEEK
    now = told(what).situation(f"{today} 12:00")
    assert bool(now.attendance.gone) == is_away(what, running)


@MANY
@given(st.lists(st.integers(SEEN, SILENT), min_size=1, max_size=30))
def test_a_long_absence_is_announced(what: list[int]) -> None:
    """When nothing more arrives, it begins on a day that was named before."""
    tale = told(what)
    today = lessons(len(what))[-1] + timedelta(days=4)
    named = tale.situation(f"{today} 12:00").attendance.gone_from
    while not tale.situation(f"{today} 12:00").attendance.gone:
        assert named is not None
        assert named > today
        before = tale.situation(f"{named - timedelta(days=1)} 23:59")
        assert not before.attendance.gone
        today = named
        named = tale.situation(f"{today} 12:00").attendance.gone_from


days = st.integers(0, 150).map(lambda number: BEGIN + timedelta(days=number))


@MANY
@given(st.dictionaries(days, st.sampled_from((0.5, 2, 4, 8)), max_size=40))
def test_what_was_reached_was_reached_within_four_lesson_weeks_and_counted_once(
    hours: dict[date, float],
) -> None:
    tale = Tale()
    tale.listed("2025-11-03", birthDate="2009-11-20")
    tale.started("2026-07-06")
    for day, count in hours.items():
        tale.absent(f"{day} 12:00", hours=count)
    now = tale.situation("2027-02-01")
    before: Reach | None = None
    for reach in now.attendance.reached:
        counted = {day: hours[day] for day in sorted(hours) if reach.begin <= day <= reach.end}
        assert reach.hours == sum(counted.values()) >= 16
        assert {reach.begin, reach.end} <= set(hours)
        weeks = {week for day in counted if WEEKS.has_lessons(week := monday_of(day))}
        between = (monday_of(reach.begin) + number * WEEK for number in range(30))
        span = [week for week in between if week <= monday_of(reach.end) and WEEKS.has_lessons(week)]
        assert len(span) <= 4
        assert weeks <= set(span)
        assert reach.lapses > reach.end
        if before:
            assert reach.begin > before.end
        before = reach
    assert local(now.at) == "2027-02-01 12:00"
