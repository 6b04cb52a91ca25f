"""The pure path: the same functions as the services, without Kafka and without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from services.replay.lines import Place, Reading
from shared.domain.action import Action
from shared.domain.advance import INSTANT, Learner, advance, newcomer, stir, take
from shared.domain.envelope import Fault
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.heard import Heard, together
from shared.domain.place import orgs_of
from shared.domain.policy import Policy
from shared.domain.timetable import timetable
from shared.domain.watch import Watch, keep_watch
from shared.domain.world import World
from shared.runtime.reference import institutions, policies, reference


def world_of(reading: Reading, policy: Policy | None) -> World:
    """The world to judge in: the shipped tables, overruled by what the files say.

    A policy is in force from its own date on, in place of every version that begins then or later.
    """
    known = {one.org: one for one in institutions()} | reading.institutions
    for org, record in reading.calendars.items():
        if org in known:
            known[org] = replace(known[org], calendars=timetable(record))
    for org, heard in heard_of(reading).items():
        if org in known:
            known[org] = replace(known[org], heard=heard)
    versions = policies()
    if policy is not None:
        versions = (*(one for one in versions if one.valid_from < policy.valid_from), policy)
    return World(known, reference(), versions)


def heard_of(reading: Reading) -> dict[str, Heard]:
    """When something arrived of each institution; each event counts once, from its first copy."""
    found: dict[str, Heard] = {}
    for sign in sorted(reading.signs.values()):
        org = sign.subjects[0]
        found[org] = together(found.get(org, {}), ((subject, sign.at) for subject in sign.subjects))
    return found


def watches(world: World, at: datetime) -> list[Watch]:
    """The watch over each institution of which something arrived, as it stands at `at` (UTC)."""
    heard = sorted(org for org, one in world.institutions.items() if one.heard)
    return [keep_watch(Watch(org), world, at).watch for org in heard]


def play(reading: Reading, world: World, at: datetime, only: str | None = None) -> Iterator[Learner]:
    """Each learner where the walk to `at` (UTC) ends; what people could not do is rejected in the reading."""
    asked: dict[str, list[tuple[Place, Action]]] = {}
    for place, action in reading.actions:
        if action.at <= at:
            asked.setdefault(action.student_ref, []).append((place, action))
    published = {
        org: [one.received_at for one in world.institutions[org].calendars if one.received_at <= at]
        for org in reading.calendars.keys() & world.institutions.keys()
    }
    for ref in sorted({*reading.arrivals, *asked}):
        if only in (None, ref):
            arrivals = reading.arrivals.get(ref, ())
            looks = _looks(arrivals, published) if published else ()
            yield _walk(reading, _Told(ref, arrivals, asked.get(ref, ()), looks), world, at)


def _looks(arrivals: Iterable[Arrival], published: Mapping[str, Sequence[datetime]]) -> Sequence[datetime]:
    """When an institution of these facts published something."""
    places = {place for arrival in arrivals for place in orgs_of(arrival.version)}
    return sorted({moment for org in places & published.keys() for moment in published[org]})


class _Told(NamedTuple):
    """What the files tell of one learner; at each of `looks` an institution of theirs published something."""

    ref: str
    arrivals: Sequence[Arrival]
    asked: Sequence[tuple[Place, Action]]
    looks: Sequence[datetime]


def _walk(reading: Reading, told: _Told, world: World, at: datetime) -> Learner:
    places = {id(action): place for place, action in told.asked}
    learner, actions = newcomer(told.ref), [action for _, action in told.asked]
    for moment in (*told.looks, None):
        until = at if moment is None else moment - INSTANT
        now = [action for action in actions if action.at <= until]
        step = advance(take(learner, _record(told.ref, told.arrivals, until)), world, until, now)
        for refusal in step.refused:
            reading.reject(places[id(refusal.action)], refusal.code, Fault("", refusal.code, refusal.detail))
        actions = [*step.waiting, *(action for action in actions if action.at > until)]
        learner = step.learner if moment is None else stir(step.learner, moment)
    return learner


def _record(ref: str, arrivals: Iterable[Arrival], at: datetime) -> Record:
    """What was received by `at`."""
    record = Record(ref)
    for arrival in arrivals:
        if arrival.version.received_at <= at:
            record = merge(record, arrival).record
    return record
