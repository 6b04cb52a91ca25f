"""What the stories of `tests/histories` show: the steps from state to state, and who is told of what."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from services.replay.lines import Reading
from services.replay.play import play, watches, world_of
from shared.domain.alert import Alert
from shared.domain.codes import State
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.picture import picture
from shared.domain.situation import situation
from shared.domain.state import projection
from shared.domain.world import World

STORIES = Path(__file__).parent.parent.parent / "tests" / "histories"
UNTIL = datetime(2026, 12, 31, tzinfo=UTC)
"""Where stories end; what closes with the transition year is told apart."""

LISTS_DUE = datetime(2027, 2, 28, tzinfo=UTC)
"""Until when institutions are watched: then the lists of the next year have to be there."""

TIME = "time"


class Step(NamedTuple):
    """One state that gave way to another: because of an event, or because time had passed."""

    before: State
    after: State
    cause: str


@lru_cache(maxsize=1)
def told() -> tuple[dict[Step, set[str]], dict[str, list[Alert]]]:
    """Every step with the stories that tell it, and every alert by its code."""
    steps: defaultdict[Step, set[str]] = defaultdict(set)
    alerts: defaultdict[str, list[Alert]] = defaultdict(list)
    for path in sorted(STORIES.glob("*.json")):
        reading = Reading()
        list(reading.events(path))
        world = world_of(reading, None)
        for arrivals in reading.arrivals.values():
            for step in _steps(arrivals, world):
                steps[step].add(path.stem)
        for learner in play(reading, world, UNTIL):
            for alert in learner.alerts:
                alerts[alert.code].append(alert)
        own = {one["org"] for one in json.loads(path.read_text())["institutions"]}
        for watch in watches(world, LISTS_DUE):
            if watch.org in own:
                for alert in watch.alerts:
                    alerts[alert.code].append(alert)
    return dict(steps), dict(alerts)


def _steps(arrivals: list[Arrival], world: World) -> Iterator[Step]:
    """The states of one learner, year by year, at every moment at which one may change."""
    record = Record(arrivals[0].student_ref)
    for arrival in arrivals:
        record = merge(record, arrival).record
    for year in record.years:
        yield from _of_year(record, arrivals, year, world)


def _of_year(record: Record, arrivals: list[Arrival], year: int, world: World) -> Iterator[Step]:
    kinds: defaultdict[datetime, set[str]] = defaultdict(set)
    for arrival in arrivals:
        kinds[arrival.version.received_at].add(arrival.version.kind)
    coming, before, due = sorted(kinds), None, None
    while coming or (due is not None and due <= UNTIL):
        at = min(coming[0], due) if coming and due else (coming[0] if coming else due)
        assert at is not None  # noqa: S101 one of both is there
        arrived = bool(coming) and coming[0] == at
        now = situation(picture(record.years, year, at), year, world, at)
        shown = projection(now)
        state = None if now.is_void else shown.state
        if before is not None and state is not None and state is not before:
            for cause in sorted(kinds[at]) if arrived else [TIME]:
                yield Step(before, state, cause)
        before, due = state, None if now.is_void else shown.next_change
        if arrived:
            coming.pop(0)
