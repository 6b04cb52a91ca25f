"""The door: `POST /registration/v1/events`. Read this first: here an event begins its way.

Never "mark as seen, then send": the receipt is pending, the event goes to Kafka, and only after the
acknowledgement is it accepted and answered. A retry of the same event is harmless at each point. A calendar
speaks of no learner: it goes into the entry of its institution in place of the log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from services.registration.access import Client, Registry
from services.registration.committer import Entry, Opened, Sent
from services.registration.item import Item, Reader, reader_of
from services.registration.silence import FirstOfDay, Heard
from services.registration.traffic import Traffic
from shared.domain.envelope import Checked, InvalidEvent, check_received
from shared.runtime.clock import Clock
from shared.runtime.codec import Outgoing, event_message
from shared.runtime.http import wants_json
from shared.runtime.kafka import Placed, Unacknowledged
from shared.runtime.metrics import EVENTS_RECEIVED, INGEST
from shared.runtime.problems import Problem, invalid, unavailable
from shared.runtime.tokens import Caller

UPLOAD_SECONDS = 30


class Callers(Protocol):
    """What knows who calls (`tokens.Tokens`)."""

    async def caller(self, authorization: str | None) -> Caller:
        """Who sent this `Authorization` header. Raises Problem 401 or 503."""
        ...


class Book(Protocol):
    """Where receipts are kept (`committer.Receipts`; tests have one in memory)."""

    async def open(self, entries: Sequence[Entry]) -> Sequence[Opened]:
        """Open a receipt for each event."""
        ...

    async def accept(self, sent: Sequence[Sent]) -> None:
        """Write that events are acknowledged."""
        ...


class Publisher(Protocol):
    """What sends to Kafka and waits for the acknowledgement (`kafka.Producer`)."""

    async def send(self, message: Outgoing) -> Placed:
        """Send one record. Raises Unacknowledged."""
        ...


class Shelf(Protocol):
    """Where calendars are kept (`calendars.Calendars`)."""

    async def keep(self, checked: Checked, received_at: datetime, first: Sequence[FirstOfDay]) -> None:
        """Add one, and write its receipt. Raises Problem 403 or 503."""
        ...


class Registers(Protocol):
    """Whose changes must be told before the answer (`institutions.Published`)."""

    async def wait(self, orgs: Iterable[str]) -> None:
        """Wait until the changes of these are published. Raises Problem 503."""
        ...


class Door:
    """Takes events in, for one process."""

    def __init__(
        self,
        *,
        tokens: Callers,
        registry: Registry,
        book: Book,
        publisher: Publisher,
        calendars: Shelf,
        registers: Registers,
        traffic: Traffic,
        clock: Clock,
        base: str = "",
    ) -> None:
        self._tokens = tokens
        self._registry = registry
        self._book = book
        self._publisher = publisher
        self._calendars = calendars
        self._registers = registers
        self._traffic = traffic
        self._clock = clock
        self._base = base
        self._heard = Heard()

    async def client(self, request: Request, scope: str | None = None) -> Client:
        """The registered client that calls. Raises Problem 401, 403 or 406."""
        if not wants_json(request.headers.get("accept")):
            raise Problem("not-acceptable", "Wij antwoorden in application/json.")
        caller = await self._tokens.caller(request.headers.get("authorization"))
        client = self._registry.client(caller.client_id)
        if scope is not None:
            caller.must_have(scope)
            if scope not in client.scopes:
                raise Problem("forbidden", f"Deze client heeft het recht {scope} niet.")
        return client

    async def accept(self, request: Request) -> Response:
        """One request from the outside: one event, or a batch in which items stand alone."""
        begun = time.perf_counter()
        client = await self.client(request, "events:write")
        reader = reader_of(request.headers)
        body = await _body(request, reader)
        async with self._traffic.request():
            items = reader.read(body)
            self._registry.spend(client, max(1, len(items)))
            async with self._traffic.items(len(items)):
                await self._take_in(client, items)
        INGEST.labels(reader.mode).observe(time.perf_counter() - begun)
        return self._answer(items, reader, request.url.path)

    async def _take_in(self, client: Client, items: list[Item]) -> None:
        """Carry every sound item to the log; on each item stands what became of it."""
        now = self._clock.now()
        for item in items:
            _guard(item, client, now)
        sound = [item for item in items if item.problem is None]
        first = _first_of_each(sound)
        opened = await self._book.open([_entry(client, item) for item in first.values()])
        sent = await asyncio.gather(
            *(self._carry(item, one) for item, one in zip(first.values(), opened, strict=True))
        )
        await self._acknowledge([one for one in sent if one is not None])
        _settle_copies(sound, first)
        for item in items:
            EVENTS_RECEIVED.labels(client.client_id, item.family, item.outcome).inc()

    async def _carry(self, item: Item, opened: Opened) -> Sent | None:
        """Send one event, unless its receipt says why not.

        When the end is unknown the receipt stays pending, and the sender tries again.
        """
        if opened.received_at is None:
            _hear(item, opened)
            return None
        if not item.checked.kind.of_learner:
            await self._publish(item, opened.received_at)
            return None
        try:
            placed = await self._publisher.send(event_message(item.checked, opened.received_at))
        except Unacknowledged:
            item.problem = unavailable()
            return None
        return Sent(item.receipt, placed, self._heard.first(item.checked, opened.received_at))

    async def _publish(self, item: Item, received_at: datetime) -> None:
        """A calendar goes into the entry of its institution, and no further than that topic."""
        first = self._heard.first(item.checked, received_at)
        try:
            await self._calendars.keep(item.checked, received_at, first)
            self._heard.stored(first)
            await self._registers.wait((item.checked.sender,))
        except Problem as problem:
            item.problem = problem

    async def _acknowledge(self, sent: list[Sent]) -> None:
        """Write what Kafka has; who was silent until today is also told to those who watch for it."""
        await self._book.accept(sent)
        marks = [mark for one in sent for mark in one.first]
        if marks:
            self._heard.stored(marks)
            await self._registers.wait({mark.org for mark in marks})

    def _answer(self, items: list[Item], reader: Reader, path: str) -> Response:
        """202 when at least one item was not rejected; a single refused event is its own problem."""
        refused = [item.problem for item in items if item.problem is not None]
        results = [item.result(index, self._base) for index, item in enumerate(items)]
        if len(refused) < len(items) or not items:
            return JSONResponse({"results": results}, status_code=202)
        if not reader.batch or all(problem.code == "unavailable" for problem in refused):
            raise refused[0]
        problem = Problem("invalid-input", "Geen van de berichten is aangenomen.")
        return JSONResponse(
            problem.body(path, self._base) | {"results": results},
            status_code=problem.status,
            media_type="application/problem+json",
        )


def router(door: Door) -> APIRouter:
    """The route of the door."""
    routes = APIRouter()

    @routes.post(
        "/events",
        status_code=202,
        operation_id="postEvents",
        summary="Stuur berichten",
        description="Eén CloudEvent (structured) of een reeks van ten hoogste 500 (batch). "
        "Hetzelfde bericht nog eens sturen is altijd veilig.",
    )
    async def events(request: Request) -> Response:
        return await door.accept(request)

    return routes


async def _body(request: Request, reader: Reader) -> bytes:
    """The whole body. Raises Problem 413 as soon as it is too large, 400 when it does not come in time."""
    too_large = Problem("too-large", f"Ten hoogste {reader.limit // 1024} KiB.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > reader.limit:
        raise too_large
    held = bytearray()
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for chunk in request.stream():
                held += chunk
                if len(held) > reader.limit:
                    raise too_large
    except (TimeoutError, ClientDisconnect):
        raise Problem("invalid-input", f"De inhoud kwam niet binnen {UPLOAD_SECONDS} seconden.") from None
    return bytes(held)


def _guard(item: Item, client: Client, now: datetime) -> None:
    """What can be refused without a look at the receipts."""
    if item.problem is not None:
        return
    item.problem = client.may_post(item.checked)
    if item.problem is None:
        try:
            check_received(item.checked, now)
        except InvalidEvent as fault:
            item.problem = invalid(fault.faults)


def _first_of_each(items: list[Item]) -> dict[str, Item]:
    """One item for each receipt: a copy in the same request hears what the first one hears."""
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.receipt, item)
    return found


def _entry(client: Client, item: Item) -> Entry:
    return Entry(
        receipt_id=item.receipt,
        client_id=client.client_id,
        source=item.checked.source,
        event_id=item.checked.event_id,
        event_type=item.checked.kind.wire_type,
        hash=item.hash,
        student_hash=_hash_of_learner(item.checked),
    )


def _hash_of_learner(checked: Checked) -> bytes | None:
    return sha256(checked.student_ref.encode()).digest() if checked.kind.of_learner else None


def _hear(item: Item, opened: Opened) -> None:
    """What the receipt of an event that is not sent says about it."""
    if opened.same is None:
        item.problem = unavailable(1)
    elif opened.same:
        item.duplicate = True
    else:
        item.problem = _reused()


def _reused() -> Problem:
    return Problem("event-id-reused", "Dit id hoort al bij een bericht met een andere inhoud.")


def _settle_copies(items: list[Item], first: Mapping[str, Item]) -> None:
    """Copies in one request: equal content is a duplicate of an accepted first, other content a reuse."""
    for item in items:
        leader = first[item.receipt]
        if leader is item:
            continue
        if leader.hash != item.hash:
            item.problem = _reused()
        elif leader.problem is not None:
            item.problem = leader.problem
        else:
            item.duplicate = True
