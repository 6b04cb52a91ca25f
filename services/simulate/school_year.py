"""The year in which everybody lives: its places, its lesson days, and how its periods become dates."""

from __future__ import annotations

from datetime import date, datetime

from services.simulate.posting import told_at
from services.simulate.region import Region
from shared.domain.calendar import DAY, iso_week
from shared.domain.world import Site, World, first_lesson_day, is_lesson_day

Period = tuple[tuple[int, int, int], tuple[int, int, int]]
"""The first and the last day, each as (years after the transition year, month, day)."""


class SchoolYear:
    """A transition year of a region, told up to its last day.

    `absences` is how many days a week a learner in mbo misses a lesson, on average.
    """

    def __init__(
        self, region: Region, world: World, year: int, seed: int, last: date, absences: float = 1.0
    ) -> None:
        self.region = region
        self.world = world
        self.year = year
        self.seed = seed
        self.last = last
        self.absences = absences
        self._weeks: dict[str, list[list[date]]] = {}

    def dates(self, period: Period) -> tuple[date, date]:
        """The days of a period."""
        (years, month, day), (later, last_month, last_day) = period
        return date(self.year + years, month, day), date(self.year + later, last_month, last_day)

    def lessons_begin(self, site: Site) -> date:
        """The first lesson day of the first year in mbo."""
        return first_lesson_day(self.world, site, self.year, self._afterwards)

    def lesson_weeks(self, site: Site) -> list[list[date]]:
        """The lesson days of a site, week by week, from the first October on."""
        if site.site not in self._weeks:
            weeks: dict[str, list[date]] = {}
            day = date(self.year - 1, 10, 1)
            while day <= self.last:
                if is_lesson_day(self.world, site, day, self._afterwards):
                    weeks.setdefault(iso_week(day), []).append(day)
                day += DAY
            self._weeks[site.site] = list(weeks.values())
        return self._weeks[site.site]

    @property
    def _afterwards(self) -> datetime:
        """Lessons are given by the calendar that is known in the end."""
        return told_at(self.last)
