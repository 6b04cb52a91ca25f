"""The lesson calendars that the mbo institutions publish before the summer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

import msgspec

from services.simulate.posting import Posting, event_of
from services.simulate.region import Region, seat
from shared.domain.calendar import DAY, is_school_holiday, next_working_day, summer_ends
from shared.domain.facts import Record
from shared.domain.timetable import add, timetable
from shared.domain.world import Institution, World

LATE = 0.25
"""The share of institutions that begin a week after the others."""
STUDY_DAYS = 3
"""Days on which the teachers have lessons, and the students are free."""


def calendars(region: Region, year: int, seed: int) -> list[Posting]:
    """One calendar for each institution."""
    return [_published(one, year, Random(f"{seed}/{year}/{one.org}"), seed) for one in region.receivers]  # noqa: S311


def knowing(world: World, postings: Iterable[Posting]) -> World:
    """The world in which these calendars were taken in on the day of their posting."""
    records: dict[str, Record] = {}
    for posting in postings:
        if posting.kind == "calendar.published":
            come = posting.arrival
            org = come.version.sender
            records[org] = add(records.get(org, Record(org)), come).record
    told = {
        org: msgspec.structs.replace(world.institutions[org], calendars=timetable(record))
        for org, record in records.items()
    }
    return msgspec.structs.replace(world, institutions={**world.institutions, **told})


def _published(institution: Institution, year: int, chance: Random, seed: int) -> Posting:
    site = seat(institution)
    first = summer_ends(site.holiday_region, year) + timedelta(days=7 * (chance.random() < LATE))
    days = [first + timedelta(days=number) for number in range((date(year + 1, 7, 31) - first).days + 1)]
    free = {day for day in days if day.weekday() < 5 and is_school_holiday(site.holiday_region, day)}
    lessons = [day for day in days if day.weekday() < 5 and day not in free and day > first + 14 * DAY]
    free |= set(chance.sample(lessons, STUDY_DAYS))
    posted = next_working_day(date(year, 5, 18) + timedelta(days=chance.randint(0, 30)))
    told = {
        "site": site.site,
        "studyYear": year,
        "firstLessonDay": first.isoformat(),
        "freeDays": [day.isoformat() for day in sorted(free)],
        "sourceSeq": 1,
    }
    event = event_of(
        f"c{seed}-{year}-{institution.org}", "calendar.published", posted, institution.org, year, told
    )
    return Posting(posted, event)
