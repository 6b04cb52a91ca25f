"""What the stories tell together: every state, every change of state, and the whole life of every alert."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from services.replay.lines import Reading
from services.replay.play import world_of
from shared.domain.advance import advance
from shared.domain.codes import How, State
from shared.domain.decide import LADDER
from shared.domain.facts import Record, merge
from shared.domain.learner import Learner, newcomer, take
from shared.domain.rules import RULES

HISTORIES = sorted((Path(__file__).parent.parent / "histories").glob("*.json"))
END = datetime(2027, 1, 1, tzinfo=UTC)

CHANGES = {
    (State.EXPECTED, State.APPLIED),
    (State.APPLIED, State.OFFERED),
    (State.APPLIED, State.UNPLACED),
    (State.OFFERED, State.UNPLACED),
    (State.OFFERED, State.ENROLLED),
    (State.ENROLLED, State.ATTENDING),
    (State.ENROLLED, State.NO_SHOW),
    (State.NO_SHOW, State.ATTENDING),
    (State.ENROLLED, State.DROPPED_OUT),
    (State.ATTENDING, State.DROPPED_OUT),
    (State.NO_SHOW, State.DROPPED_OUT),
    (State.EXPECTED, State.UNPLACED),
    (State.EXPECTED, State.STAYS_IN_VO),
    (State.UNPLACED, State.OUT_OF_SIGHT),
    (State.DROPPED_OUT, State.OUT_OF_SIGHT),
    (State.OUT_OF_SIGHT, State.APPLIED),
    (State.OUT_OF_SIGHT, State.ENROLLED),
    (State.OUT_OF_SIGHT, State.OTHER_DESTINATION),
    (State.OUT_OF_SIGHT, State.UNPLACED),
}
"""The table of docs/domain.md 6; from OUT_OF_SIGHT to UNPLACED leads a contact of the desk."""

WITHOUT_A_LADDER = set(RULES) - set(LADDER)


@lru_cache
def walked() -> tuple[set[tuple[State | None, State | None]], list[Learner]]:
    """Every change of state on the way of every learner, and where each of them ends."""
    changes: set[tuple[State | None, State | None]] = set()
    ends = []
    for path in HISTORIES:
        reading = Reading()
        list(reading.events(path))
        world = world_of(reading, None)
        for ref, arrivals in reading.arrivals.items():
            record = Record(ref)
            for arrival in arrivals:
                record = merge(record, arrival).record
            learner = take(newcomer(ref), record)
            actions = tuple(action for _, action in reading.actions if action.student_ref == ref)
            moments = [arrival.version.received_at for arrival in arrivals]
            before: dict[int, State | None] = {}
            while True:
                ahead = [
                    moment
                    for moment in moments
                    if learner.settled_until is None or moment > learner.settled_until
                ]
                until = min([*ahead, *([learner.next_due] if learner.next_due else []), END])
                step = advance(learner, world, until, actions)
                learner, actions = step.learner, step.waiting
                for year, standing in learner.standings.items():
                    if year in before and before[year] is not standing.state:
                        changes.add((before[year], standing.state))
                    before[year] = standing.state
                if until >= END:
                    break
            ends.append(learner)
    return changes, ends


def test_every_change_of_state_of_the_table_happens() -> None:
    changes, _ = walked()
    assert CHANGES - changes == set()


def test_every_state_is_reached() -> None:
    changes, _ = walked()
    assert {after for _, after in changes} >= set(State) - {State.EXPECTED}


def test_every_alert_is_raised_and_resolved() -> None:
    _, ends = walked()
    alerts = [alert for learner in ends for alert in learner.alerts]
    assert set(RULES) - {alert.code for alert in alerts} == set()
    settled = {alert.code for alert in alerts if alert.how in (How.AUTO, How.CORRECTED)}
    assert set(RULES) - settled == set()


def test_every_alert_steps_up_when_nobody_acts() -> None:
    _, ends = walked()
    stepped = {alert.code for learner in ends for alert in learner.alerts if alert.escalations}
    assert set(RULES) - stepped == set()


def test_every_weaker_alert_gives_way_to_a_stronger_one() -> None:
    _, ends = walked()
    gave_way = {alert.code for learner in ends for alert in learner.alerts if alert.how is How.SUPERSEDED}
    assert set(LADDER[1:]) - gave_way == set()
