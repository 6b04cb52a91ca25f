"""How often which fate comes: as often as is said, and three times as often for the weak where it is hard."""

from __future__ import annotations

from collections import Counter

import pytest

from services.simulate.fates import FATES, TRIPLE, Fate, choose, placed
from services.simulate.learner import Life
from tests.unit.services.simulate.conftest import school_year


def test_the_fates_of_six_thousand_learners_come_as_often_as_is_said() -> None:
    year = school_year()
    counted = Counter(choose(Life(year, number)) for number in range(1, 6001))
    for fate in FATES:
        assert counted[fate.lived] / 60 == pytest.approx(fate.percent, abs=0.35), fate.lived
    assert counted[placed] / 60 == pytest.approx(100 - sum(one.percent for one in FATES), abs=1)


def test_a_hard_fate_is_three_times_as_frequent_in_pro_vso_and_isk() -> None:
    year = school_year()
    hard = {one.lived for one in FATES if one.hard}
    met: dict[bool, list[bool]] = {True: [], False: []}
    for number in range(1, 6001):
        life = Life(year, number)
        met[life.weak].append(choose(life) in hard)
    shares = {weak: sum(some) / len(some) for weak, some in met.items()}
    assert shares[True] / shares[False] == pytest.approx(TRIPLE, abs=0.4)


def test_there_is_room_for_a_usual_life_everywhere() -> None:
    assert sum(one.percent * (TRIPLE if one.hard else 1) for one in FATES) < 60


@pytest.mark.parametrize("fate", FATES)
def test_every_fate_can_be_lived(fate: Fate) -> None:
    life = Life(school_year(), 7)
    fate.lived(life)
    assert life.postings
