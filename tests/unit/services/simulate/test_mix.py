"""The states that a simulated year shows come near those that are seen, and the weak have it harder."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.simulate.learner import WEAK
from services.simulate.mix import TARGETS, mix, records, table
from shared.domain.facts import Record
from tests.unit.services.simulate.conftest import Made
from tests.unit.services.simulate.test_year import of_kind

NEGATIVE = ("NO_SHOW", "DROPPED_OUT", "UNPLACED", "OUT_OF_SIGHT")
ROUGHLY = 3.0
"""Percentage points that 800 learners may be off the target."""


@pytest.fixture(scope="module")
def known(made: Made) -> dict[str, Record]:
    return records(made.postings)


@pytest.mark.parametrize(("month", "day"), TARGETS)
def test_the_mix_of_a_date_is_near_the_target(
    made: Made, known: dict[str, Record], month: int, day: int
) -> None:
    target = TARGETS[month, day]
    rows = table(mix(known.values(), made.world, 2026, date(2026, month, day)), target)
    off = {name: (came, wanted) for name, came, wanted in rows if wanted and abs(came - wanted) > ROUGHLY}
    assert not off
    assert sum(came for _, came, _ in rows) == pytest.approx(100)


def test_what_was_received_later_is_not_counted_yet(made: Made, known: dict[str, Record]) -> None:
    early = mix(known.values(), made.world, 2026, date(2025, 10, 31))
    assert 0 < early.total() < len(known)
    assert set(early) <= {"EXPECTED", "STAYS_IN_VO"}


def test_learners_of_pro_vso_and_isk_end_badly_more_often(made: Made, known: dict[str, Record]) -> None:
    weak = {
        one.event["data"]["studentRef"]
        for one in of_kind(made.postings, "vo.learner.listed")
        if one.event["data"]["voType"] in WEAK
    }
    at = date(2026, 9, 25)
    shares = []
    for group in (weak, known.keys() - weak):
        counted = mix((known[ref] for ref in group), made.world, 2026, at)
        shares.append(sum(counted[state] for state in NEGATIVE) / counted.total())
    assert shares[0] > 1.5 * shares[1]


def test_a_row_beside_its_target_and_then_what_has_none() -> None:
    counted = Counter({"APPLIED": 60, "OFFERED": 30, "CLOSED": 10})
    assert table(counted, {"APPLIED+OFFERED": 92, "EXPECTED": 6}) == [
        ("APPLIED+OFFERED", 90.0, 92),
        ("EXPECTED", 0.0, 6),
        ("CLOSED", 10.0, None),
    ]


def test_of_nobody_there_is_no_share() -> None:
    assert table(Counter(), {"EXPECTED": 6}) == [("EXPECTED", 0.0, 6)]
