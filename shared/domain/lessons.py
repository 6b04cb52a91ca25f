"""When lessons begin for a learner who has no enrolment yet."""

from __future__ import annotations

from datetime import date

from shared.domain.place import seat
from shared.domain.situation import Situation
from shared.domain.world import first_lesson_day


def lessons_begin(now: Situation) -> date:
    """The first lesson day at the institution of the best application, else the usual one (rulings 2, 27)."""
    site = seat(now.world.institutions.get(now.best.application.brin)) if now.best else None
    origin = now.world.site(now.vo_site) if site is None and now.vo_site else None
    return first_lesson_day(now.world, site or origin, now.year, now.at)
