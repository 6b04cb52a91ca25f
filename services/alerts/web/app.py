"""The web process of alerts: its API, the pages of the desk, and how it starts and stops."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse, Response
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.alerts.web import acting, api, faults, pages, sign_in
from services.alerts.web.api import Desk
from services.alerts.web.asking import Asker
from services.alerts.web.cursors import Cursors
from services.alerts.web.officers import Register
from services.alerts.web.oidc import Provider
from services.alerts.web.render import STATIC
from services.alerts.web.sessions import Cookies
from shared.domain.world import World
from shared.runtime import problems
from shared.runtime.clock import Clock
from shared.runtime.config import DeskWebSettings
from shared.runtime.database import Listener, Pool, pool
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.http import Headers
from shared.runtime.institutions import Follower
from shared.runtime.problems import Problem
from shared.runtime.reference import reference
from shared.runtime.tokens import Tokens

ROLE = "alerts-web"
BASE = "/alerts/v1"
VERSION = "1.0.0"
CONNECTIONS = 10
CONTACT = {
    "name": "transfer-tracking",
    "url": "https://transfers.example/contact",
    "email": "contact@transfers.example",
}


def create_app(settings: DeskWebSettings) -> ASGIApp:
    """The whole of it, following the topic of institutions, ready to be served."""
    clock = Clock(embedded=settings.embedded)
    listener = Listener(settings.database, f"{ROLE}-listener")
    heartbeat = Heartbeat(settings, ROLE, clock, listener)
    follower = Follower(settings, clock, heartbeat)
    world = World(follower.institutions, reference())

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        await heartbeat.start()
        await follower.start()
        yield
        await follower.stop()
        await heartbeat.stop()

    return build(settings, clock, listener, lambda: world, running)


def build(
    settings: DeskWebSettings,
    clock: Clock,
    listener: Listener,
    world: Callable[[], World],
    running: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> ASGIApp:
    """The same with a world from elsewhere; `running` is what lives as long as the process."""
    base = settings.public_url.rstrip("/")
    secret = settings.desk.client_secret.get_secret_value()
    cookies = Cookies(secure=not (settings.embedded and base.startswith("http://")))
    provider = Provider(settings.issuer.url, settings.desk, base + sign_in.DONE)
    tokens = Tokens(settings.issuer.url, settings.audience)
    calls, site = _api(), _site()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        connections: Pool = await pool(settings.database, ROLE, CONNECTIONS)
        desk = Desk(connections, tokens, Register(clock, world), Cursors(secret), world, clock, base)
        calls.include_router(api.router(desk))
        calls.include_router(acting.router(desk, Asker(connections, listener)))
        site.include_router(pages.router(desk, cookies))
        site.include_router(sign_in.router(desk, provider, cookies))
        site.mount(BASE, calls)
        async with running():
            await listener.start()
            yield
            await listener.stop()
        await connections.close()

    site.router.lifespan_context = lifespan
    return Headers(Heads(site), "alerts", VERSION)


class JsonBodies(APIRoute):
    """A route that looks at the kind of a body before it reads it: 415 for anything but JSON in UTF-8."""

    def get_route_handler(self) -> Callable[[Request], object]:  # type: ignore[override]
        """The handler, behind the check."""
        handler = super().get_route_handler()

        async def checked(request: Request) -> Response:
            if request.method == "POST":
                _must_be_json(request)
            return await handler(request)

        return checked


def _must_be_json(request: Request) -> None:
    kind, *parameters = [part.strip().lower() for part in request.headers.get("content-type", "").split(";")]
    charset = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset")]
    empty = request.headers.get("content-length") == "0" or (
        "content-length" not in request.headers and "transfer-encoding" not in request.headers
    )
    if not (empty and not kind) and (kind != api.JSON or any(one != "utf-8" for one in charset)):
        raise Problem("unsupported-media-type", f"Stuur {api.JSON}, in UTF-8.")


class Heads:
    """Lets HEAD work where GET does: the same answer, without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_body)


class Kept(StaticFiles):
    """Files whose address changes with their content: a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def _api() -> FastAPI:
    calls = FastAPI(
        title="Meldingen en dossiers",
        version=VERSION,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        servers=[{"url": BASE}],
        contact=CONTACT,
        dependencies=[Depends(api.refuse_accept)],
    )
    calls.router.route_class = JsonBodies
    problems.handle(calls)
    return calls


def _site() -> FastAPI:
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    faults.handle_faults(site)
    site.mount("/desk/static", Kept(directory=STATIC))

    @site.get("/health/live")
    @site.get("/health/ready")
    async def health() -> Response:
        return PlainTextResponse("ok")

    return site
