"""Playing the year: the clock to 17:00, that day's events, settled, what people do; then the next day."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import httpx2
import msgspec

from services.demo.people import People
from services.demo.played import BEFORE, FIRST, LAST, YEAR, Played
from services.registration.access import Client
from services.registration.registry import applied, put_client, put_institutions
from services.simulate.command import world_of
from services.simulate.posting import Event, source
from services.simulate.region import read, registered
from services.simulate.year import postings
from services.stack.clock import now, set_clock
from services.stack.connection import Connection
from services.stack.fault import StackFault
from services.stack.settled import settle
from shared.domain.calendar import AMSTERDAM, DAY, next_working_day

CLIENT = "demo"
EXTRA = "urn:nld:oin:00000099000000001000:systeem:demo"
"""The source of whoever posts an event by hand while the demo runs."""
BATCH = 500
ABSENCES = 0.5
"""Days a week that a learner misses: half of what is usual, so that a year fits in two minutes."""


class Day(msgspec.Struct, frozen=True):
    """One day that was played: what was posted and what people did."""

    day: date
    events: int
    accepted: int
    done: Mapping[str, int]


@dataclass(frozen=True)
class Stage:
    """The running platform as the demo reaches it: the owner's connection, the door, and the people."""

    connection: Connection
    http: httpx2.AsyncClient
    registration: str
    token: str
    people: People


async def register(connection: Connection, region: str) -> None:
    """Make the schools and institutions of the year known, and one system that speaks for all of them."""
    taking_part = registered(read(region))
    orgs = frozenset(one.org for one in taking_part)
    version = await put_institutions(connection, taking_part)
    client = Client(
        client_id=CLIENT,
        role="partner_client",
        sources=frozenset(source(org) for org in orgs) | {EXTRA},
        orgs=orgs,
        scopes=frozenset({"events:write", "receipts:read"}),
        rate=100_000,
        presence=True,
        relay=True,
    )
    _, clients = await put_client(connection, client)
    await applied(connection, version, clients)


def days(played: Played) -> dict[date, list[Event]]:
    """What is posted on each working day that is still to be played; what was before the year, on one day."""
    region = read(played.region)
    world = world_of(registered(region))
    by_day: dict[date, list[Event]] = defaultdict(list)
    for posting in postings(region, world, YEAR, played.learners, played.seed, LAST, ABSENCES):
        by_day[posting.day if posting.day >= FIRST else BEFORE].append(posting.event)
    found = {BEFORE: by_day[BEFORE]} if played.day is None else {}
    left = next_working_day(FIRST if played.day is None else max(FIRST, played.day + DAY))
    while left <= LAST:
        found[left] = by_day.get(left, [])
        left = next_working_day(left + DAY)
    return found


def evening(day: date) -> datetime:
    """The moment of a day at which everything of that day is posted."""
    return datetime.combine(day, time(17), AMSTERDAM)


async def play(stage: Stage, year: Mapping[date, list[Event]]) -> AsyncIterator[Day]:
    """Each day in its turn. Raises StackFault when the platform refuses what it should take.

    A day that was broken off begins again: its evening has come, and its events are repeats.
    """
    reached = await now(stage.connection)
    for day, events in year.items():
        if evening(day) > reached:
            await set_clock(stage.connection, evening(day))
        accepted = await _post(stage, events)
        await settle(stage.connection)
        done = await stage.people.work(day.isoformat())
        yield Day(day, len(events), accepted, done)
    await settle(stage.connection)


async def _post(stage: Stage, events: Sequence[Event]) -> int:
    batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
    return sum(await asyncio.gather(*(_send(stage, batch) for batch in batches)))


async def _send(stage: Stage, events: Sequence[Event]) -> int:
    """How many events of a batch were new; the others were repeats."""
    answer = await stage.http.post(
        f"{stage.registration}/registration/v1/events",
        content=json.dumps(events),
        headers={
            "authorization": f"Bearer {stage.token}",
            "content-type": "application/cloudevents-batch+json",
        },
    )
    told = answer.json()
    results = told.get("results", [told])
    for one in results:
        if one.get("outcome") not in ("accepted", "duplicate"):
            raise StackFault(f"an event of the demo was refused: {one}", "this is a defect: please report it")
    return sum(one["outcome"] == "accepted" for one in results)
