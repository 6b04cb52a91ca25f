"""The pure path: the same functions as the services, without Kafka and without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from services.replay.lines import Place, Reading
from shared.domain.action import Action
from shared.domain.advance import Learner, advance, newcomer, take
from shared.domain.envelope import Fault
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.policy import DEFAULT, Policy
from shared.domain.world import World
from shared.runtime.reference import institutions, reference


def world_of(reading: Reading, policy: Policy | None) -> World:
    """The world to judge in: the shipped tables, overruled by what the files say.

    A policy is in force from its own date on, in place of every version that begins then or later.
    """
    shipped = {one.org: one for one in institutions()}
    policies = DEFAULT
    if policy is not None:
        policies = (*(one for one in DEFAULT if one.valid_from < policy.valid_from), policy)
    return World(shipped | reading.institutions, reference(), policies)


def play(reading: Reading, world: World, at: datetime, only: str | None = None) -> Iterator[Learner]:
    """Each learner where the walk to `at` (UTC) ends; what people could not do is rejected in the reading."""
    asked: dict[str, list[tuple[Place, Action]]] = {}
    for place, action in reading.actions:
        if action.at <= at:
            asked.setdefault(action.student_ref, []).append((place, action))
    for ref in sorted({*reading.arrivals, *asked}):
        if only in (None, ref):
            yield _walk(reading, ref, asked.get(ref, ()), world, at)


def _walk(
    reading: Reading, ref: str, asked: Sequence[tuple[Place, Action]], world: World, at: datetime
) -> Learner:
    learner = take(newcomer(ref), _record(ref, reading.arrivals.get(ref, ()), at))
    step = advance(learner, world, at, [action for _, action in asked])
    places = {id(action): place for place, action in asked}
    for refusal in step.refused:
        reading.reject(places[id(refusal.action)], refusal.code, Fault("", refusal.code, refusal.detail))
    return step.learner


def _record(ref: str, arrivals: Iterable[Arrival], at: datetime) -> Record:
    """What was received by `at`."""
    record = Record(ref)
    for arrival in arrivals:
        if arrival.version.received_at <= at:
            record = merge(record, arrival).record
    return record
