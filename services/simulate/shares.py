"""How untidy a simulated year came out, and how it is spread, beside what is seen nationally."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from services.simulate.mix import standings
from services.simulate.posting import Posting
from services.simulate.region import BORDER, WEAK
from shared.domain.codes import Flag, State
from shared.domain.facts import Record
from shared.domain.world import World

PLACED = (State.OFFERED, State.ENROLLED, State.ATTENDING)


class Share(msgspec.Struct, frozen=True):
    """A share that came out, in percent, beside what is aimed at."""

    name: str
    percent: float
    target: str


def untidiness(postings: Sequence[Posting]) -> list[Share]:
    """Of the events: how many are corrected, sent twice, and come more than a day late."""
    first: dict[str, Posting] = {}
    for one in postings:
        first.setdefault(one.event["id"], one)
    events, total = first.values(), len(first) or 1
    return [
        Share("events corrected", 100 * sum(one.correction for one in events) / total, "3"),
        Share("sent twice", 100 * (len(postings) - len(first)) / total, "1"),
        Share("more than a day late", 100 * sum(one.days_late > 1 for one in events) / total, "2"),
    ]


def spread(
    postings: Iterable[Posting], known: Iterable[Record], world: World, day: date, region: str
) -> list[Share]:
    """Of the learners with a place on a day: how many go out of the region; and of all, who is vulnerable."""
    there = [one for one in standings(known, world, day.year, day) if one.state in PLACED]
    out = sum(Flag.OUT_OF_REGION in one.flags for one in there)
    kinds = {one.ref: one.event["data"]["voType"] for one in postings if one.kind == "vo.learner.listed"}
    weak = sum(kind in WEAK for kind in kinds.values())
    return [
        Share("out of region", 100 * out / (len(there) or 1), "up to 50" if region in BORDER else "10-15"),
        Share("from pro, vso and isk", 100 * weak / (len(kinds) or 1), ""),
    ]
