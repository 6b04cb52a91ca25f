"""The states that a simulated year shows come near those that are seen, and the weak have it harder."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.simulate.mix import TARGETS, mix, records, table
from services.simulate.region import WEAK
from services.simulate.shares import spread
from shared.domain.facts import Record
from tests.unit.services.simulate.conftest import LEARNERS, Made

NEGATIVE = ("NO_SHOW", "DROPPED_OUT", "UNPLACED", "OUT_OF_SIGHT")
NEAR = 1.0
"""Percentage points that a state may be off its target."""


@pytest.fixture(scope="module")
def known(made: Made) -> dict[str, Record]:
    return records(made.postings)


@pytest.mark.parametrize(("month", "day"), TARGETS)
def test_the_mix_of_a_date_is_near_the_target(
    made: Made, known: dict[str, Record], month: int, day: int
) -> None:
    target = TARGETS[month, day]
    rows = table(mix(known.values(), made.world, 2026, date(2026, month, day)), target)
    off = {name: (came, wanted) for name, came, wanted in rows if abs(came - (wanted or 0)) > NEAR}
    assert not off
    assert sum(came for _, came, _ in rows) == pytest.approx(100)


def test_every_learner_is_counted_once_also_with_two_pseudonyms(made: Made, known: dict[str, Record]) -> None:
    assert mix(known.values(), made.world, 2026, date(2026, 10, 10)).total() == LEARNERS


def test_what_was_received_later_is_not_counted_yet(made: Made, known: dict[str, Record]) -> None:
    early = mix(known.values(), made.world, 2026, date(2025, 10, 31))
    assert 0 < early.total() < len(known)
    assert set(early) == {"EXPECTED"}


def test_learners_of_pro_vso_and_isk_end_badly_three_times_as_often(
    made: Made, known: dict[str, Record]
) -> None:
    listed = made.of_kind("vo.learner.listed")
    weak = {str(one.ref) for one in listed if one.event["data"]["voType"] in WEAK} & known.keys()
    shares = []
    for group in (weak, known.keys() - weak):
        counted = Counter[str]()
        for day in (date(2026, 9, 20), date(2026, 10, 10)):
            counted += mix((known[ref] for ref in group), made.world, 2026, day)
        shares.append(sum(counted[state] for state in NEGATIVE) / counted.total())
    assert 2 < shares[0] / shares[1] < 4.5


def test_four_in_ten_go_to_institutions_outside_a_border_region(made: Made, known: dict[str, Record]) -> None:
    out, weak = spread(made.postings, known.values(), made.world, date(2026, 10, 10), "38")
    assert (out.name, out.target) == ("out of region", "up to 50")
    assert out.percent == pytest.approx(40, abs=4)
    assert 9 < weak.percent < 16


def test_a_row_beside_its_target_and_then_what_has_none() -> None:
    counted = Counter({"APPLIED": 60, "OFFERED": 30, "CLOSED": 10})
    assert table(counted, {"APPLIED+OFFERED": 92, "EXPECTED": 6}) == [
        ("APPLIED+OFFERED", 90.0, 92),
        ("EXPECTED", 0.0, 6),
        ("CLOSED", 10.0, None),
    ]


def test_of_nobody_there_is_no_share() -> None:
    assert table(Counter(), {"EXPECTED": 6}) == [("EXPECTED", 0.0, 6)]
