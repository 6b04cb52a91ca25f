"""The registration process: what it is made of, and how it starts and stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from services.registration import receipts, routes, silence
from services.registration.access import Registry
from services.registration.barrier import Acknowledger
from services.registration.committer import Receipts
from services.registration.leader import Leader
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


def create_app(settings: WebSettings) -> ASGIApp:
    """The whole of it, ready to be served."""
    clock = Clock(embedded=settings.embedded)
    listener = Listener(settings.database, f"{ROLE}-listener")
    heartbeat = Heartbeat(settings, ROLE, clock, listener)
    producer = Producer(settings.kafka, f"transfers-registration-{settings.instance}")
    registry = Registry()
    traffic = Traffic(clock)
    tokens = Tokens(settings.issuer.url, settings.audience)
    api = FastAPI(
        title="Registratie van berichten",
        version=VERSION,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        servers=[{"url": BASE}],
        contact={
            "name": "transfer-tracking",
            "url": "https://transfers.example/contact",
            "email": "contact@transfers.example",
        },
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        connections = await pool(settings.database, ROLE, CONNECTIONS)
        book = Receipts(connections, silence.mark)
        door = routes.Door(tokens, registry, book, producer, traffic, clock)
        api.include_router(routes.router(door))
        api.include_router(receipts.router(door, connections))
        changed = asyncio.Event()
        listener.on("clients", lambda _: changed.set())

        async def follow_clients() -> None:
            while True:
                changed.clear()
                async with connections.acquire() as conn:
                    version = await registry.read(conn)
                await heartbeat.applied("clients", version)
                await changed.wait()

        acknowledger = Acknowledger(connections, listener, traffic, heartbeat.process)
        leader = Leader(settings, listener, producer, heartbeat)
        await heartbeat.start()
        async with connections.acquire() as conn:
            await heartbeat.applied("clients", await registry.read(conn))
        await producer.start()
        book.start()
        acknowledger.start()
        leader.start()
        await listener.start()
        following = begin(follow_clients(), "clients")
        yield
        await end(following)
        for part in (leader, acknowledger, listener, book, producer, heartbeat):
            await part.stop()
        await connections.close()

    outer = FastAPI(
        lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    for one in (api, outer):
        problems.handle(one)

    @outer.get("/health/live", include_in_schema=False)
    async def live() -> Response:
        return PlainTextResponse("live")

    @outer.get("/health/ready", include_in_schema=False)
    async def ready() -> Response:
        return PlainTextResponse("ready" if producer.ready else "not ready", 200 if producer.ready else 503)

    outer.mount(BASE, api)
    return Headers(outer, "registration", VERSION)
