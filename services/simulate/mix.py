"""The mix of states that a simulated year shows at four dates, beside the one that is seen nationally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time

import msgspec

from services.simulate.posting import Posting
from shared.domain.calendar import AMSTERDAM
from shared.domain.facts import Record, merge
from shared.domain.picture import picture
from shared.domain.state import Projection, project
from shared.domain.world import World

TARGETS: Mapping[tuple[int, int], Mapping[str, float]] = {
    (4, 1): {"APPLIED+OFFERED": 92, "EXPECTED": 6, "STAYS_IN_VO": 2},
    (6, 1): {"OFFERED+ENROLLED": 88, "APPLIED": 7, "UNPLACED": 2, "EXPECTED": 3},
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
    """The facts of every person; who has had two pseudonyms is counted once, under the newer one."""
    postings = [one for one in postings if one.ref]
    newer = {
        one.event["data"]["oldRef"]: one.event["data"]["newRef"]
        for one in postings
        if one.kind == "learner.linked"
    }
    found: dict[str, Record] = {}
    for posting in postings:
        come = posting.arrival
        ref = newer.get(come.student_ref, come.student_ref)
        come = msgspec.structs.replace(come, student_ref=ref)
        found[ref] = merge(found.get(ref, Record(ref)), come).record
    return found


def standings(known: Iterable[Record], world: World, year: int, day: date) -> Iterator[Projection]:
    """Where everybody of whom something is known stands in the evening of a day."""
    at = datetime.combine(day, time(18), AMSTERDAM)
    for record in known:
        seen = picture(record.years, year, at)
        if any(seen.everything):
            yield project(seen, year, world, at)


def mix(known: Iterable[Record], world: World, year: int, day: date) -> Counter[str]:
    """How many learners are in each state in the evening of a day."""
    return Counter(str(one.state) for one in standings(known, world, year, day))


def table(
    counted: Mapping[str, int], target: Mapping[str, float]
) -> Sequence[tuple[str, float, float | None]]:
    """Rows of state, percent and target; a target `A+B` is that of both together."""
    total = sum(counted.values()) or 1
    shown = {state: 100 * count / total for state, count in counted.items()}
    rows: list[tuple[str, float, float | None]] = []
    for name, percent in target.items():
        rows.append((name, sum(shown.pop(one, 0.0) for one in name.split("+")), percent))
    return rows + [(name, percent, None) for name, percent in sorted(shown.items())]
