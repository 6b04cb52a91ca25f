"""The pure path: the same functions as the services, without Kafka and without a database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from services.replay.lines import Place, Reading
from shared.domain import linking
from shared.domain.action import NOT_FOUND, Action
from shared.domain.advance import INSTANT, advance
from shared.domain.envelope import Fault
from shared.domain.event import Arrival
from shared.domain.facts import KEPT, Record, merge
from shared.domain.heard import Heard, together
from shared.domain.learner import Learner, bring, newcomer, stir, take
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
    signs: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for sign in reading.signs.values():
        signs[sign.subjects[0]] += ((subject, sign.at) for subject in sign.subjects)
    return {org: together({}, some) for org, some in signs.items()}


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
    persons = _persons(reading.arrivals)
    told = {
        ref: _Told(
            ref,
            persons.get(ref, reading.arrivals.get(ref, ())),
            asked.get(ref, ()),
            published,
            ref in persons,
        )
        for ref in {*reading.arrivals, *asked, *persons}
    }
    for ref in sorted(told):
        if only in (None, ref):
            gone = told[ref].record(at).linked if told[ref].linked else None
            if gone is None:
                yield _walk(reading, ref, told, world, at)
            else:
                _refuse(reading, told[ref].asked, gone.at)


def _persons(arrivals: Mapping[str, Sequence[Arrival]]) -> dict[str, list[Arrival]]:
    """For each reference that a link names: all events of that person, under whatever reference."""
    found: dict[str, set[str]] = {}
    for some in arrivals.values():
        for link in filter(linking.is_link, some):
            both = found.get(link.key, {link.key}) | found.get(link.student_ref, {link.student_ref})
            found |= dict.fromkeys(both, both)
    return {
        ref: [one for name in sorted(all_) for one in arrivals.get(name, ())] for ref, all_ in found.items()
    }


def _refuse(reading: Reading, asked: Sequence[tuple[Place, Action]], gone: datetime) -> None:
    """Under an old reference nobody is to be found from the link on."""
    for place, action in asked:
        if action.at >= gone:
            reading.reject(place, NOT_FOUND.code, Fault("", NOT_FOUND.code, NOT_FOUND.detail))


def _looks(arrivals: Iterable[Arrival], published: Mapping[str, Sequence[datetime]]) -> Sequence[datetime]:
    """When an institution of these facts published something."""
    places = {place for arrival in arrivals for place in orgs_of(arrival.version)}
    return sorted({moment for org in places & published.keys() for moment in published[org]})


def _fact(arrival: Arrival) -> tuple[int, str, str]:
    """Of which fact an event is a version; versions are kept by source."""
    return arrival.year, arrival.subject_key, arrival.version.source


class _Told(NamedTuple):
    """What the files tell of one learner: `arrivals`, what was asked, what institutions published.

    `linked`: a link names this reference, and the arrivals are those of the person under every reference.
    """

    ref: str
    arrivals: Sequence[Arrival]
    asked: Sequence[tuple[Place, Action]]
    published: Mapping[str, Sequence[datetime]]
    linked: bool

    @property
    def crowded(self) -> Iterator[datetime]:
        """When versions came of a fact that has more than are kept: each is judged before the next."""
        count = Counter(map(_fact, self.arrivals))
        return (one.version.received_at for one in self.arrivals if count[_fact(one)] > KEPT)

    @property
    def looks(self) -> Sequence[datetime]:
        """At each of these moments an institution of theirs published something."""
        return _looks(self.arrivals, self.published) if self.published else ()

    def record(self, at: datetime) -> Record:
        """What was received by `at`."""
        received = [one for one in self.arrivals if one.version.received_at <= at]
        if self.linked:
            return linking.records_of(received).get(self.ref, Record(self.ref))
        record = Record(self.ref)
        for arrival in received:
            record = merge(record, arrival).record
        return record


def _walk(reading: Reading, ref: str, told: Mapping[str, _Told], world: World, at: datetime) -> Learner:
    """One learner at `at`, with the old references that led there by then."""
    own, learner = told[ref], newcomer(ref)
    places = {id(action): place for place, action in own.asked}
    actions = [action for _, action in own.asked if action.at <= at]
    looks = own.looks
    for moment in (*sorted(turn for turn in {*looks, *own.crowded} if turn <= at), None):
        until = at if moment is None else moment - INSTANT
        record = own.record(until)
        learner = take(learner, record)
        for old in linking.led_here(record):
            if old not in learner.joined:
                gone = linking.since(record, old) - INSTANT
                learner = bring(learner, _walk(reading, old, told, world, gone))
        now = [action for action in actions if action.at <= until]
        step = advance(learner, world, until, now)
        for refusal in step.refused:
            reading.reject(places[id(refusal.action)], refusal.code, Fault("", refusal.code, refusal.detail))
        actions = [*step.waiting, *(action for action in actions if action.at > until)]
        learner = stir(step.learner, moment) if moment is not None and moment in looks else step.learner
    return learner
