"""One simulated year for all tests of it: it takes seconds to make, and nobody changes it."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from services.simulate.command import world_of
from services.simulate.learner import Posting
from services.simulate.region import Region, read, registered
from services.simulate.year import postings
from shared.domain.world import World

LAST = date(2026, 10, 16)


class Made(msgspec.Struct, frozen=True):
    """A region, its world, and what is posted there in a year."""

    region: Region
    world: World
    postings: list[Posting]


def make(learners: int, seed: int) -> Made:
    """The year of region 38 with these learners."""
    region = read("38")
    world = world_of(registered(region))
    return Made(region, world, postings(region, world, 2026, learners, seed, LAST))


@pytest.fixture(scope="package")
def made() -> Made:
    """The year of 800 learners of Limburg-Noord."""
    return make(800, 1)
