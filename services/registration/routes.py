"""The door: `POST /registration/v1/events`. Read this first: here an event begins its way.

Never "mark as seen, then send": the receipt is pending, the event goes to Kafka, and only after the
acknowledgement is it accepted and answered. A retry of the same event is harmless at each point.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Protocol

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.registration.access import Client, Registry
from services.registration.committer import Entry, Opened, Sent
from services.registration.silence import Heard
from services.registration.traffic import Traffic
from shared.domain.envelope import Checked, InvalidEvent, check, check_received, content_hash
from shared.domain.ids import receipt_id
from shared.runtime.clock import Clock
from shared.runtime.codec import Outgoing, event_message
from shared.runtime.kafka import Placed, Unacknowledged
from shared.runtime.metrics import EVENTS_RECEIVED, INGEST
from shared.runtime.parse import read_json
from shared.runtime.problems import Problem, invalid, unavailable
from shared.runtime.tokens import Tokens

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BODY_LIMIT = 2 * 1024 * 1024
EVENT_LIMIT = 64 * 1024
BATCH_LIMIT = 500


class Book(Protocol):
    """Where receipts are kept (`committer.Receipts`; tests have one in memory)."""

    async def open(self, entries: Sequence[Entry]) -> list[Opened]:
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


class Item(msgspec.Struct):
    """One event of a request on its way through the door: `problem` says where it stopped."""

    event: Checked | None = None
    problem: Problem | None = None
    event_id: str | None = None
    receipt: str | None = None
    duplicate: bool = False

    def result(self, index: int, path: str) -> dict[str, Any]:
        """What its sender is told."""
        outcome = "rejected" if self.problem else "duplicate" if self.duplicate else "accepted"
        told: dict[str, Any] = {"index": index, "outcome": outcome}
        if self.event_id is not None:
            told["id"] = self.event_id
        if self.receipt is not None:
            told["receiptId"] = self.receipt
        if self.problem is not None:
            told["problem"] = self.problem.body(path)
        return told


class Door:
    """Takes events in, for one process."""

    def __init__(
        self,
        tokens: Tokens,
        registry: Registry,
        book: Book,
        publisher: Publisher,
        traffic: Traffic,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._registry = registry
        self._book = book
        self._publisher = publisher
        self._traffic = traffic
        self._clock = clock
        self._heard = Heard()

    async def client(self, request: Request, scope: str) -> Client:
        """The registered client that calls. Raises Problem 401 or 403."""
        caller = await self._tokens.caller(request.headers.get("authorization"))
        caller.must_have(scope)
        client = self._registry.client(caller.client_id)
        if scope not in client.scopes:
            raise Problem("forbidden", f"Deze client heeft het recht {scope} niet.")
        return client

    async def accept(self, request: Request) -> Response:
        """One request from the outside: one event, or a batch in which items stand alone."""
        begun = time.perf_counter()
        client = await self.client(request, "events:write")
        batch = _media_type(request.headers.get("content-type")) == BATCH
        body = await _body(request, BODY_LIMIT if batch else EVENT_LIMIT)
        async with self._traffic.request():
            items = _items(body) if batch else [_item(_parsed(body))]
            self._registry.spend(client, max(1, len(items)))
            async with self._traffic.items(len(items)):
                await self._take_in(client, items)
        INGEST.labels("batch" if batch else "structured").observe(time.perf_counter() - begun)
        return _answer(items, batch, request.url.path)

    async def _take_in(self, client: Client, items: list[Item]) -> None:
        """Carry every sound item to the log; on each item stands what became of it."""
        for item in items:
            _guard(item, client, self._clock)
        first = _first_of_each([item for item in items if item.event is not None and item.problem is None])
        opened = await self._book.open([_entry(client, item) for item in first])
        going = [item for item, one in zip(first, opened, strict=True) if _goes_on(item, one)]
        moments = {one: two.received_at for one, two in zip(map(id, first), opened, strict=True)}
        sent = await asyncio.gather(*(self._send(item, moments[id(item)]) for item in going))
        acknowledged = [one for one in sent if one is not None]
        if acknowledged:
            await self._book.accept(acknowledged)
        _settle_copies(items)
        for item in items:
            _count(client, item)

    async def _send(self, item: Item, received_at: Any) -> Sent | None:
        """Send one event; an unknown end leaves the receipt pending, and the sender tries again."""
        assert item.event is not None and item.receipt is not None  # noqa: S101, PT018
        try:
            placed = await self._publisher.send(event_message(item.event, received_at))
        except Unacknowledged:
            item.problem = unavailable()
            return None
        return Sent(item.receipt, placed, self._heard.first(item.event, received_at))


def router(door: Door) -> APIRouter:
    """The route of the door."""
    routes = APIRouter()

    @routes.post(
        "/events",
        status_code=202,
        summary="Stuur berichten",
        description="Eén CloudEvent (structured) of een reeks van ten hoogste 500 (batch).",
    )
    async def events(request: Request) -> Response:
        return await door.accept(request)

    return routes


def _media_type(header: str | None) -> str:
    """The kind of body. Raises Problem 415, before anything is parsed."""
    name, *parameters = [part.strip().lower() for part in (header or "").split(";")]
    charset = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset")]
    if name not in (STRUCTURED, BATCH) or any(one != "utf-8" for one in charset):
        raise Problem("unsupported-media-type", f"Stuur {STRUCTURED} of {BATCH}, in UTF-8.")
    return name


async def _body(request: Request, limit: int) -> bytes:
    """The whole body. Raises Problem 413 as soon as it is too large."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > limit:
            raise Problem("too-large", f"Ten hoogste {limit // 1024} KiB.")
    return bytes(held)


def _parsed(body: bytes) -> object:
    try:
        return read_json(body)
    except InvalidEvent as fault:
        raise invalid(fault.faults) from None


def _items(body: bytes) -> list[Item]:
    """The items of a batch. Raises Problem 400 or 413."""
    parsed = _parsed(body)
    if not isinstance(parsed, list):
        raise Problem("invalid-input", "Een batch is een JSON-array van CloudEvents.")
    if len(parsed) > BATCH_LIMIT:
        raise Problem("too-large", f"Ten hoogste {BATCH_LIMIT} berichten in één batch.")
    return [_item(one, weigh=True) for one in parsed]


def _item(parsed: object, *, weigh: bool = False) -> Item:
    """One event, checked; what is wrong with it stands on the item."""
    try:
        event = check(parsed)
    except InvalidEvent as fault:
        return Item(problem=invalid(fault.faults, fault.code), event_id=fault.event_id)
    item = Item(event=event, event_id=event.event_id, receipt=receipt_id(event.source, event.event_id))
    if weigh and len(msgspec.json.encode(parsed)) > EVENT_LIMIT:
        item.problem = Problem("too-large", f"Ten hoogste {EVENT_LIMIT // 1024} KiB per bericht.")
    return item


def _guard(item: Item, client: Client, clock: Clock) -> None:
    """What can be refused without a look at the receipts."""
    if item.event is None or item.problem is not None:
        return
    item.problem = client.may_post(item.event)
    if item.problem is None:
        try:
            check_received(item.event, clock.now())
        except InvalidEvent as fault:
            item.problem = invalid(fault.faults)


def _first_of_each(items: list[Item]) -> list[Item]:
    """One item for each identity: a copy in the same request hears what the first one hears."""
    return list({item.receipt: item for item in reversed(items)}.values())[::-1]


def _entry(client: Client, item: Item) -> Entry:
    assert item.event is not None and item.receipt is not None  # noqa: S101, PT018
    return Entry(
        receipt_id=item.receipt,
        client_id=client.client_id,
        source=item.event.source,
        event_id=item.event.event_id,
        event_type=item.event.kind.wire_type,
        hash=content_hash(item.event),
        student_hash=sha256(item.event.student_ref.encode()).digest(),
    )


def _goes_on(item: Item, opened: Opened) -> bool:
    """Whether this event is to be sent; else it says why not."""
    if opened.received_at is not None:
        return True
    if opened.same is None:
        item.problem = unavailable(1)
    elif opened.same:
        item.duplicate = True
    else:
        item.problem = _reused()
    return False


def _reused() -> Problem:
    return Problem("event-id-reused", "Dit id hoort al bij een bericht met een andere inhoud.")


def _settle_copies(items: list[Item]) -> None:
    """Copies in one request: equal content is a duplicate of an accepted first, other content a reuse."""
    first: dict[str, Item] = {}
    for item in items:
        if item.event is None or item.receipt is None:
            continue
        leader = first.setdefault(item.receipt, item)
        if leader is item or item.problem is not None or leader.event is None:
            continue
        if content_hash(leader.event) != content_hash(item.event):
            item.problem = _reused()
        elif leader.problem is not None:
            item.problem = leader.problem
        else:
            item.duplicate = True


def _count(client: Client, item: Item) -> None:
    family = item.event.kind.name.partition(".")[0] if item.event else "unknown"
    outcome = "rejected" if item.problem else "duplicate" if item.duplicate else "accepted"
    EVENTS_RECEIVED.labels(client.client_id, family, outcome).inc()


def _answer(items: list[Item], batch: bool, path: str) -> Response:
    """202 when at least one item was not rejected; a single refused event is its own problem."""
    if not batch and items[0].problem is not None:
        raise items[0].problem
    results = [item.result(index, path) for index, item in enumerate(items)]
    refused = [item.problem for item in items if item.problem is not None]
    if items and len(refused) == len(items):
        if all(problem.status == 503 for problem in refused):
            raise refused[0]
        problem = Problem("invalid-input", "Geen van de berichten is aangenomen.")
        return JSONResponse(
            problem.body(path) | {"results": results},
            status_code=400,
            media_type="application/problem+json",
        )
    return JSONResponse({"results": results}, status_code=202)
