"""Lesson weeks of a site: ISO weeks with at least one lesson day. A week is named by its Monday.

A holiday week neither counts nor breaks a row of lesson weeks [L]. Source: docs/domain.md 7.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from shared.domain.calendar import DAY, local_date, study_year
from shared.domain.codes import Role
from shared.domain.enrolment import Look
from shared.domain.place import seat
from shared.domain.policy import Policy
from shared.domain.world import (
    Institution,
    PublishedCalendar,
    Site,
    World,
    calendar_of,
    day_set_by_hand,
    is_lesson_day,
)

WEEK = timedelta(days=7)

MOST = 60
"""Nobody looks further than so many weeks for the next lesson week: there is none."""


@lru_cache(maxsize=65536)
def monday_of(day: date) -> date:
    """The Monday of the ISO week of a day."""
    return day - timedelta(days=day.weekday())


class LessonWeeks:
    """The lesson weeks of one calendar; whatever was asked once is remembered."""

    def __init__(
        self, holiday_region: str | None, published: tuple[PublishedCalendar, ...], by_hand: tuple[date, ...]
    ) -> None:
        """The weeks of a holiday region, overruled by first lesson days that the policy sets `by_hand`.

        What a site published (`published`: all of one site) overrules both.
        """
        code = published[0].site if published else "00AA00"
        self._site = Site(code, "", holiday_region) if holiday_region else None
        self._world = World({code[:4]: Institution(code[:4], Role.VO_SCHOOL, "", False, calendars=published)})
        self._by_hand = {study_year(day): day for day in by_hand}
        self._first: dict[date, date | None] = {}
        self._steps: dict[tuple[date, int], date] = {}

    def is_lesson_day(self, day: date) -> bool:
        """Whether there are lessons on a day."""
        begin = self._by_hand.get(study_year(day))
        if begin is not None and day < begin:
            published = calendar_of(self._world, self._site, study_year(day), _EVER)
            return published is not None and is_lesson_day(self._world, self._site, day, _EVER)
        return is_lesson_day(self._world, self._site, day, _EVER)

    def first_day(self, monday: date) -> date | None:
        """The first lesson day of a week; None in a week without lessons."""
        if monday not in self._first:
            days = (monday + number * DAY for number in range(7))
            self._first[monday] = next((day for day in days if self.is_lesson_day(day)), None)
        return self._first[monday]

    def has_lessons(self, monday: date) -> bool:
        """Whether a week is a lesson week."""
        return self.first_day(monday) is not None

    def after(self, monday: date, count: int) -> date:
        """The Monday on which the `count` lesson weeks that follow a week are over."""
        return self._step(monday, count) + WEEK

    def window(self, monday: date, count: int) -> date:
        """The Monday of the first of the `count` lesson weeks that end with this week.

        Hours in a week without lessons count with the lesson week before it.
        """
        last = monday if self.has_lessons(monday) else self._step(monday, -1)
        return self._step(last, 1 - count)

    def _step(self, monday: date, count: int) -> date:
        """So many lesson weeks further on, or back."""
        name = (monday, count)
        if name not in self._steps:
            week, left, step = monday, abs(count), WEEK if count > 0 else -WEEK
            for _ in range(MOST):
                if left == 0:
                    break
                week += step
                left -= self.has_lessons(week)
            self._steps[name] = week
        return self._steps[name]


_EVER = datetime.max.replace(tzinfo=UTC)


def lesson_weeks(world: World, site: Site | None, at: datetime) -> LessonWeeks:
    """The lesson weeks of a site as known at a moment (UTC); without a site those of all regions together."""
    region = site.holiday_region if site else None
    institution = world.institutions.get(site.site[:4]) if site else None
    published: tuple[PublishedCalendar, ...] = ()
    if site is not None and institution is not None and institution.calendars:
        calendars = institution.calendars
        published = tuple(one for one in calendars if one.site == site.site and one.received_at <= at)
    return _weeks(region, published, tuple(_by_hand(world, site, at)))


def weeks_at(look: Look, brin: str, site: str | None) -> LessonWeeks:
    """The lesson weeks of a site, else of the seat of its institution."""
    place = (look.world.site(site) if site else None) or seat(look.world.institutions.get(brin))
    return lesson_weeks(look.world, place, look.at)


def _by_hand(world: World, site: Site | None, at: datetime) -> Iterator[date]:
    """What the policy sets for the study years around a moment; mostly nothing."""
    if _sets_days(world.policies):
        year = study_year(local_date(at))
        days = (day_set_by_hand(world, site, one, at) for one in (year - 1, year, year + 1))
        yield from (day for day in days if day is not None)


@lru_cache(maxsize=64)
def _sets_days(policies: tuple[Policy, ...]) -> bool:
    """Whether any policy has a first lesson day of its own, for all or for some."""
    own = (change for policy in policies for one in policy.overrides for change in one.changes)
    return any(policy.first_lesson_days for policy in policies) or any(
        name == "first_lesson_days" for name, _ in own
    )


@lru_cache(maxsize=4096)
def _weeks(
    holiday_region: str | None, published: tuple[PublishedCalendar, ...], by_hand: tuple[date, ...]
) -> LessonWeeks:
    return LessonWeeks(holiday_region, published, by_hand)
