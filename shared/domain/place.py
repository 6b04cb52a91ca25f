"""Where a school or institution is: its region, its lessons."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

from shared.domain.calendar import study_year
from shared.domain.event import Version
from shared.domain.world import Institution, Site, World, calendar_of, day_set_by_hand, nth_lesson_day


def institution_region(world: World, brin: str, site: str | None, day: date) -> str | None:
    """The region of a site, else of the seat of its institution."""
    found = world.site(site) if site else None
    found = found or seat(world.institutions.get(brin))
    return world.region_of_municipality(found.municipality, day) if found else None


def seat(institution: Institution | None) -> Site | None:
    """The main site of an institution (ending in 00), else its first one."""
    if institution is None or not institution.sites:
        return None
    return next((site for site in institution.sites if site.site.endswith("00")), institution.sites[0])


def orgs_of(version: Version) -> set[str]:
    """The schools and institutions that an event speaks of."""
    fields = version.fields
    named = (fields.get(name) for name in ("mboBrin", "voSite", "site"))
    return {str(place)[:4] for place in named if place is not None}


def lesson_day(world: World, site: Site | None, start: date, count: int, at: datetime) -> date:
    """The lesson day with number `count` from `start` on, as known at `at` (UTC); see `nth_lesson_day`."""
    if any(_is_own(world, site, year, at) for year in (study_year(start), study_year(start) + 1)):
        return nth_lesson_day(world, site, start, count, at)
    return _usual_lesson_day(site.holiday_region if site else None, start, count)


def _is_own(world: World, site: Site | None, year: int, at: datetime) -> bool:
    """Whether the lessons of a study year begin there by a calendar of its own."""
    return (
        calendar_of(world, site, year, at) is not None or day_set_by_hand(world, site, year, at) is not None
    )


@lru_cache(maxsize=4096)
def _usual_lesson_day(holiday_region: str | None, start: date, count: int) -> date:
    site = Site("", "", holiday_region) if holiday_region else None
    return nth_lesson_day(_NOWHERE, site, start, count, datetime.min.replace(tzinfo=UTC))


_NOWHERE = World()
