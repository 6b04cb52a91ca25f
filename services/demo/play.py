"""Playing the year: the clock to 17:00, that day's events, what people do, settled; then the next day."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time

import asyncpg
import httpx2
import msgspec

from services.demo.people import People
from services.registration.access import Client
from services.registration.registry import applied, put_client, put_institutions
from services.simulate.command import world_of
from services.simulate.learner import Event, source
from services.simulate.region import read, registered
from services.simulate.year import postings
from services.stack.clock import set_clock
from services.stack.fault import StackFault
from services.stack.settled import settle
from shared.domain.calendar import AMSTERDAM, DAY, next_working_day

FIRST, LAST = date(2025, 10, 1), date(2026, 10, 16)
"""The year that is played, local dates; it ends on a Friday."""
YEAR = 2026
CLIENT = "demo"
EXTRA = "urn:nld:oin:00000099000000001000:systeem:demo"
"""The source of whoever posts an event by hand while the demo runs."""
BATCH = 500
EVENING = time(17)


class Day(msgspec.Struct, frozen=True):
    """One day that was played."""

    day: date
    events: int
    accepted: int


class Played(msgspec.Struct):
    """How far a folder has come; it is kept in `demo.json`."""

    region: str
    learners: int
    seed: int
    day: date | None = None
    events: int = 0
    accepted: int = 0

    @property
    def finished(self) -> bool:
        """Whether the whole year was played."""
        return self.day is not None and self.day >= LAST


async def register(connection: asyncpg.Connection[asyncpg.Record], region: str) -> None:
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
    """What is posted on each working day that is still to be played."""
    region = read(played.region)
    world = world_of(registered(region))
    by_day: dict[date, list[Event]] = defaultdict(list)
    for posting in postings(region, world, YEAR, played.learners, played.seed, LAST):
        by_day[next_working_day(posting.day)].append(posting.event)
    left = next_working_day(FIRST if played.day is None else played.day + DAY)
    found: dict[date, list[Event]] = {}
    while left <= LAST:
        found[left] = by_day.get(left, [])
        left = next_working_day(left + DAY)
    return found


async def play(
    connection: asyncpg.Connection[asyncpg.Record],
    http: httpx2.AsyncClient,
    registration: str,
    token: str,
    people: People,
    year: dict[date, list[Event]],
) -> AsyncIterator[Day]:
    """Each day in its turn. Raises StackFault when the platform refuses what it should take."""
    for day, events in year.items():
        await set_clock(connection, datetime.combine(day, EVENING, AMSTERDAM))
        accepted = await _post(http, registration, token, events)
        await settle(connection)
        await people.work(day.isoformat())
        yield Day(day, len(events), accepted)
    await settle(connection)


async def _post(http: httpx2.AsyncClient, registration: str, token: str, events: Sequence[Event]) -> int:
    batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
    return sum(await asyncio.gather(*(_send(http, registration, token, batch) for batch in batches)))


async def _send(http: httpx2.AsyncClient, registration: str, token: str, events: Sequence[Event]) -> int:
    answer = await http.post(
        f"{registration}/registration/v1/events",
        content=json.dumps(events),
        headers={
            "authorization": f"Bearer {token}",
            "content-type": "application/cloudevents-batch+json",
        },
    )
    told = answer.json()
    refused = [
        one for one in told.get("results", [told]) if one.get("outcome") not in ("accepted", "duplicate")
    ]
    if refused:
        raise StackFault(
            f"an event of the demo was refused: {refused[0]}", "this is a defect: please report it"
        )
    return len(told["results"])
