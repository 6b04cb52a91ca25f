"""The registration process: what it is made of, and how it starts and stops."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from services.registration import receipts, registered, routes
from services.registration.access import Following, Registry
from services.registration.barrier import Acknowledger
from services.registration.calendars import Calendars
from services.registration.committer import Receipts
from services.registration.document import document
from services.registration.institutions import Published
from services.registration.leader import Leader
from services.registration.pages import Cursors
from services.registration.traffic import Traffic
from shared.runtime import problems
from shared.runtime.clock import Clock
from shared.runtime.config import WebSettings
from shared.runtime.database import Listener, pool
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.http import Headers
from shared.runtime.kafka import Producer
from shared.runtime.tasks import begin, end
from shared.runtime.tokens import Tokens

ROLE = "registration-web"
BASE = "/registration/v1"
VERSION = "1.0.0"
CONNECTIONS = 8
CURSOR_KEY = "SELECT value FROM registration.secret WHERE name = 'cursor'"

Running = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(settings: WebSettings) -> ASGIApp:
    """The whole of it, ready to be served."""
    clock = Clock(embedded=settings.embedded)
    listener = Listener(settings.database, f"{ROLE}-listener")
    heartbeat = Heartbeat(settings, ROLE, clock, listener)
    producer = Producer(settings.kafka, f"transfers-registration-{settings.instance}")

    @asynccontextmanager
    async def running(api: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as parts:
            connections = await pool(settings.database, ROLE, CONNECTIONS)
            parts.push_async_callback(connections.close)
            registry, traffic, book = Registry(), Traffic(clock), Receipts(connections)
            published = Published(connections, listener, heartbeat)
            following = Following(registry, connections, listener, heartbeat)
            acknowledger = Acknowledger(connections, listener, traffic, clock, heartbeat.process)
            leader = Leader(settings, listener, producer, heartbeat.process)
            door = routes.Door(
                tokens=Tokens(settings.issuer.url, settings.audience),
                registry=registry,
                book=book,
                publisher=producer,
                calendars=Calendars(connections),
                registers=published,
                traffic=traffic,
                clock=clock,
                base=settings.public_url,
            )
            api.include_router(routes.router(door))
            api.include_router(receipts.router(door, connections))
            cursors = Cursors(await connections.fetchval(CURSOR_KEY))
            api.include_router(registered.router(door, connections, cursors))
            for part in (producer, heartbeat, following, book, published, acknowledger, leader, listener):
                parts.push_async_callback(part.stop)
            await heartbeat.start()
            await following.start()
            connecting = begin(producer.start(), "producer")  # the door answers 503 meanwhile
            parts.push_async_callback(end, connecting)
            for worker in (book, published, acknowledger, leader):
                worker.start()
            await listener.start()
            yield

    return serve(running, lambda: producer.ready, settings.public_url)


def serve(running: Running, ready: Callable[[], bool], public_url: str = "") -> ASGIApp:
    """The API under its base path, with health and the pages of problems beside it.

    `running` adds the routes to the API it is given, and keeps what they need alive.
    """
    api = _plain(title="Registratie van berichten", version=VERSION)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(api):
            yield

    @api.get("/openapi.json", include_in_schema=False)
    async def described() -> Response:
        return JSONResponse(document(api, public_url + BASE), headers={"access-control-allow-origin": "*"})

    outer = _plain(lifespan=lifespan)

    @outer.get("/health/live", include_in_schema=False)
    async def live() -> Response:
        return PlainTextResponse("live")

    @outer.get("/health/ready", include_in_schema=False)
    async def is_ready() -> Response:
        return PlainTextResponse("ready") if ready() else PlainTextResponse("not ready", 503)

    problems.pages(outer)
    for one in (api, outer):
        problems.handle(one, public_url)
    outer.mount(BASE, api)
    return Headers(outer, "registration", VERSION)


def _plain(**options: object) -> FastAPI:
    """An application without pages of its own, and strict about slashes."""
    return FastAPI(redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None, **options)  # type: ignore[arg-type]
