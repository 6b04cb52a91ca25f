"""A whole year: what everybody posts, in order of day; the same for the same arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain

import msgspec

from services.simulate.beside import beside, meets_another_key
from services.simulate.calendars import calendars, knowing
from services.simulate.fates import choose
from services.simulate.learner import Life
from services.simulate.posting import Posting
from services.simulate.region import Region
from services.simulate.school_year import SchoolYear
from services.simulate.sending import as_sent, untidy
from shared.domain.world import World

FORMERLY_LISTED = 6
"""How many learners were on the last list of the site that sends none this year."""


def postings(
    region: Region, world: World, year: int, learners: int, seed: int, last: date, absences: float = 1.0
) -> list[Posting]:
    """Every posting up to the last day, in order of day."""
    begun = begin(region, world, year, seed, last, absences)
    return in_order(begun, lives(begun.year, learners))


class Begun(msgspec.Struct, frozen=True):
    """A year of which the calendars and last year's lists are there, and the lives are still to come."""

    year: SchoolYear
    postings: list[Posting]


def begin(region: Region, world: World, year: int, seed: int, last: date, absences: float = 1.0) -> Begun:
    """What is posted about no learner of this year."""
    published = calendars(region, year, seed)
    world = knowing(world, published)
    before = SchoolYear(region, world, year - 1, seed, last)
    return Begun(
        SchoolYear(region, world, year, seed, last, absences), [*published, *_last_years_list(before)]
    )


def _last_years_list(year: SchoolYear) -> Iterator[Posting]:
    """The school that forgets its list this year named some learners a year ago; they stayed in vo."""
    for number in range(1, FORMERLY_LISTED + 1):
        life = Life(year, number, year.region.listless)
        life.listed("VO")
        yield from life.postings


def lives(year: SchoolYear, learners: int) -> Iterator[list[Posting]]:
    """The postings about each learner in turn."""
    for number in range(1, learners + 1):
        life = Life(year, number)
        meets_another_key(life)
        choose(life)(life)
        beside(life)
        untidy(life)
        yield [sent for posting in life.postings for sent in as_sent(posting, life)]


def in_order(begun: Begun, lived: Iterable[list[Posting]]) -> list[Posting]:
    """Everything that is posted by the last day, in order of day."""
    found = [*begun.postings, *chain.from_iterable(lived)]
    posted = (one for one in found if one.day <= begun.year.last)
    return sorted(posted, key=lambda one: (one.day, one.event["id"]))
