"""One simulated year for all tests of it: it takes seconds to make, and nobody changes it."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from services.simulate.calendars import knowing
from services.simulate.command import world_of
from services.simulate.posting import Posting
from services.simulate.region import Region, read, registered
from services.simulate.school_year import SchoolYear
from services.simulate.year import postings
from shared.domain.world import World

LAST = date(2026, 10, 16)
LEARNERS = 1500


class Made(msgspec.Struct, frozen=True):
    """A region, its world, and what is posted there in a year."""

    region: Region
    world: World
    postings: list[Posting]

    def of_kind(self, kind: str) -> list[Posting]:
        """The postings of one event type."""
        return [one for one in self.postings if one.kind == kind]

    @property
    def once(self) -> list[Posting]:
        """Each event once: the first posting of it."""
        found: dict[str, Posting] = {}
        for one in self.postings:
            found.setdefault(one.event["id"], one)
        return list(found.values())


def make(learners: int, seed: int, absences: float = 1.0, region: str = "38") -> Made:
    """The year of a region with these learners."""
    places = read(region)
    world = world_of(registered(places))
    found = postings(places, world, 2026, learners, seed, LAST, absences)
    return Made(places, knowing(world, found), found)


def school_year(seed: int = 1) -> SchoolYear:
    """The year in which single lives are lived."""
    region = read("38")
    return SchoolYear(region, world_of(registered(region)), 2026, seed, LAST)


@pytest.fixture(scope="package")
def made() -> Made:
    """The year of 1,500 learners of Limburg-Noord."""
    return make(LEARNERS, 1)
