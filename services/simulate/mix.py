"""The mix of states that a simulated year shows at four dates, beside the one that is seen nationally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time

from services.simulate.learner import Posting
from shared.domain.calendar import AMSTERDAM
from shared.domain.envelope import arrival, check
from shared.domain.facts import Record, merge
from shared.domain.picture import picture
from shared.domain.state import project
from shared.domain.world import World

TARGETS: Mapping[tuple[int, int], Mapping[str, float]] = {
    (4, 1): {"APPLIED+OFFERED": 92, "EXPECTED": 6, "STAYS_IN_VO": 2},
    (6, 1): {"OFFERED": 88, "APPLIED": 7, "UNPLACED": 2, "EXPECTED": 3},
    (9, 20): {
        "ATTENDING": 93,
        "ENROLLED": 2,
        "NO_SHOW": 1.5,
        "UNPLACED": 1,
        "OTHER_DESTINATION": 1.5,
        "OUT_OF_SIGHT": 1,
    },
    (10, 10): {
        "ATTENDING": 94.5,
        "NO_SHOW": 0.7,
        "DROPPED_OUT": 0.8,
        "UNPLACED": 0.7,
        "OTHER_DESTINATION": 2.3,
        "OUT_OF_SIGHT": 1,
    },
}
"""Percent of learners by state, per (month, day) of the transition year (estimates; project decision)."""


def records(postings: Iterable[Posting]) -> dict[str, Record]:
    """Every learner's facts, each event received at 17:00 of the day on which it is posted."""
    found: dict[str, Record] = {}
    for posting in postings:
        received = datetime.combine(posting.day, time(17), AMSTERDAM)
        come = arrival(check(posting.event), received)
        found[come.student_ref] = merge(found.get(come.student_ref, Record(come.student_ref)), come).record
    return found


def mix(known: Iterable[Record], world: World, year: int, day: date) -> Counter[str]:
    """How many learners are in each state in the evening of a day."""
    at = datetime.combine(day, time(18), AMSTERDAM)
    counted: Counter[str] = Counter()
    for record in known:
        facts = record.years.get(year)
        if facts is not None:
            seen = picture(record.years, year, at)
            if seen.listings or seen.applications:
                counted[str(project(seen, year, world, at).state)] += 1
    return counted


def table(counted: Counter[str], target: Mapping[str, float]) -> Sequence[tuple[str, float, float | None]]:
    """Rows of state, percent and target; a target `A+B` is that of both together."""
    total = sum(counted.values()) or 1
    shown = {state: 100 * count / total for state, count in counted.items()}
    rows: list[tuple[str, float, float | None]] = []
    for name, percent in target.items():
        rows.append((name, sum(shown.pop(one, 0.0) for one in name.split("+")), percent))
    return rows + [(name, percent, None) for name, percent in sorted(shown.items())]
