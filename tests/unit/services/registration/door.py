"""The door with memory in place of a database and a log, as the tests of this folder use it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.registration import routes
from services.registration.access import Client, Registry
from services.registration.app import BASE, serve
from services.registration.committer import Entry, Opened, Sent
from services.registration.silence import FirstOfDay
from services.registration.traffic import Traffic
from shared.domain.envelope import Checked
from shared.domain.ids import receipt_id
from shared.runtime.clock import Clock, Reading
from shared.runtime.codec import Outgoing
from shared.runtime.kafka import Placed, Unacknowledged
from shared.runtime.problems import Problem, unavailable
from shared.runtime.tokens import Caller
from shared.runtime.topics import partition_of

Json = dict[str, Any]

NOW = datetime(2026, 9, 21, 6, tzinfo=UTC)
SOURCE = "urn:nld:oin:00000099000000001000:systeem:sis-voorbeeld"
REF = "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BSN = "111222333"  # passes the 11-test; it is nobody's


def event(event_id: str = "ev-1", /, **changes: Any) -> Json:
    """A status of an application; `changes` go into `data`, a value of None takes the field away."""
    data = {
        "studentRef": REF,
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "sourceSeq": 3,
        "occurredAt": "2026-05-12T13:40:00+02:00",
        "applicationRef": "99MA:00012345",
        "mboBrin": "99MA",
        "crebo": "25655",
        "level": 2,
        "track": "BOL",
        "intakeYear": 2026,
        "status": "PLACED_PROVISIONAL",
        "statusDate": "2026-05-12",
    } | changes
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": "nl.school-transitions.mbo.application.status.v1",
        "time": "2026-05-12T14:03:11+02:00",
        "data": {name: value for name, value in data.items() if value is not None},
    }


class Callers:
    """Knows two tokens of one client, and one of a system that is not registered."""

    async def caller(self, authorization: str | None) -> Caller:
        """The token is the client's name, with a scope after a colon when it has but one."""
        if authorization is None:
            raise Problem("unauthenticated", "Geen token.", headers={"www-authenticate": "Bearer"})
        name, _, scope = authorization.removeprefix("Bearer ").partition("/")
        scopes = frozenset({scope} if scope else {"events:write", "receipts:read"})
        return Caller("https://issuer.example", name, name, scopes, 0)


class Book:
    """Receipts in memory; `away` is a database that does not answer."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[Entry, datetime]] = {}
        self.accepted: dict[str, Placed] = {}
        self.away = False
        self.fault: Exception | None = None
        self._last = NOW

    async def open(self, entries: Sequence[Entry]) -> list[Opened]:
        """As the database does it."""
        if self.away:
            raise unavailable()
        if self.fault is not None:
            raise self.fault
        return [self._open(entry) for entry in entries]

    def _open(self, entry: Entry) -> Opened:
        known = self.entries.get(entry.receipt_id)
        same = known[0].hash == entry.hash if known else None
        if known and (entry.receipt_id in self.accepted or not same):
            return Opened(None, same)
        self._last += timedelta(microseconds=1)
        self.entries[entry.receipt_id] = (entry, self._last)
        return Opened(self._last, same)

    async def accept(self, sent: Sequence[Sent]) -> None:
        """As the database does it."""
        if self.away:
            raise unavailable()
        self.accepted |= {one.receipt_id: one.placed for one in sent}


class Log:
    """Kafka in memory; `away` acknowledges nothing, `deaf` are partitions that do not."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.away = False
        self.deaf: set[int] = set()

    async def send(self, message: Outgoing) -> Placed:
        """Keep it, and say where."""
        part = partition_of((message.key or b"").decode())
        if self.away or part in self.deaf:
            raise Unacknowledged("TimeoutError")
        self.messages.append(message)
        return Placed(message.topic, part, len(self.messages) - 1)

    @property
    def moments(self) -> list[str]:
        """When the platform received what lies in the log."""
        return [dict(message.headers)["ce_receivedtime"].decode() for message in self.messages]


class Shelf:
    """Calendars in memory; `fault` is why none can be kept."""

    def __init__(self, book: Book) -> None:
        self.kept: list[tuple[Checked, datetime]] = []
        self.fault: Problem | None = None
        self._book = book

    async def keep(self, checked: Checked, received_at: datetime, first: Sequence[FirstOfDay]) -> None:
        """As the database does it."""
        if self.fault is not None:
            raise self.fault
        self.kept.append((checked, received_at))
        self._book.accepted[receipt_id(checked.source, checked.event_id)] = Placed("institutions", 0, 0)


class Registers:
    """Remembers who waited for publication; `behind` never publishes."""

    def __init__(self) -> None:
        self.waited: list[set[str]] = []
        self.behind = False

    async def wait(self, orgs: Iterable[str]) -> None:
        """It is there at once."""
        self.waited.append(set(orgs))
        if self.behind:
            raise unavailable()


class House:
    """A running door and what stands behind it."""

    def __init__(self, rate: int = 10_000) -> None:
        self.book = Book()
        self.log = Log()
        self.shelf = Shelf(self.book)
        self.registers = Registers()
        self.registry = Registry()
        self.registry.fill([client(rate=rate)])
        self.ready = True
        self.http: TestClient

    def post(self, what: Any, **headers: str) -> httpx2.Response:
        """Post an event, or a batch when it is a list; bytes go as they are."""
        media = headers.pop("content_type", BATCH if isinstance(what, list) else STRUCTURED)
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"authorization": "Bearer sis", "content-type": media} | named
        return self.http.post(f"{BASE}/events", content=body, headers=sent)

    def results(self, what: list[Any]) -> list[Json]:
        """What is said of each item of a batch."""
        found: list[Json] = self.post(what).json()["results"]
        return found


def client(client_id: str = "sis", rate: int = 10_000, **more: Any) -> Client:
    """A registered system that speaks for 99MA and 99VA."""
    told: Json = {
        "role": "partner_client",
        "sources": frozenset({SOURCE}),
        "orgs": frozenset({"99MA", "99VA"}),
        "scopes": frozenset({"events:write", "receipts:read"}),
        "presence": True,
        "relay": False,
    } | more
    return Client(client_id=client_id, rate=rate, **told)


@contextmanager
def opened(house: House) -> Iterator[House]:
    """The door, open."""
    clock = Clock(embedded=True)
    clock.reading = Reading(version=1, machine=datetime.now(UTC), domain=NOW, rate=0)

    @asynccontextmanager
    async def running(api: FastAPI) -> AsyncIterator[None]:
        door = routes.Door(
            tokens=Callers(),
            registry=house.registry,
            book=house.book,
            publisher=house.log,
            calendars=house.shelf,
            registers=house.registers,
            traffic=Traffic(clock),
            clock=clock,
            base="https://transfers.example",
        )
        api.include_router(routes.router(door))
        yield

    app = serve(running, lambda: house.ready, "https://transfers.example")
    with TestClient(app) as http:
        house.http = http
        yield house
