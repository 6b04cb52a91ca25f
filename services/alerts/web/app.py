"""The web process of alerts: its API, the pages of the desk, and how it starts and stops."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from services.alerts.web import (
    acting,
    alert_page,
    api,
    faults,
    notes,
    pages,
    several,
    sign_in,
    subscription_page,
    subscriptions,
    work,
)
from services.alerts.web.api import Desk
from services.alerts.web.asking import Asker
from services.alerts.web.cursors import Cursors
from services.alerts.web.document import document
from services.alerts.web.drafts import Drafts
from services.alerts.web.officers import Register
from services.alerts.web.oidc import Provider
from services.alerts.web.render import STATIC
from services.alerts.web.sessions import Cookies
from services.alerts.webhooks.address import Rules
from services.alerts.webhooks.seal import Seal
from shared.domain.world import World
from shared.runtime import problems
from shared.runtime.clock import Clock
from shared.runtime.config import DeskWebSettings
from shared.runtime.database import Listener, Pool, pool
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.http import Headers
from shared.runtime.institutions import Follower
from shared.runtime.reference import policies, reference
from shared.runtime.tokens import Tokens

ROLE = "alerts-web"
BASE = "/alerts/v1"
VERSION = "1.0.0"
CONNECTIONS = 10


def create_app(settings: DeskWebSettings) -> ASGIApp:
    """The whole of it, following the topic of institutions, ready to be served."""
    clock = Clock(embedded=settings.embedded)
    listener = Listener(settings.database, f"{ROLE}-listener")
    heartbeat = Heartbeat(settings, ROLE, clock, listener)
    follower = Follower(settings, clock, heartbeat)
    world = World(follower.institutions, reference(), policies())

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
    rules = Rules(settings.webhooks, embedded=settings.embedded)
    calls, site = _api(base), _site()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        connections: Pool = await pool(settings.database, ROLE, CONNECTIONS)
        desk = Desk(connections, tokens, Register(clock, world), Cursors(secret), world, clock, base)
        calls.include_router(api.router(desk))
        asker = Asker(connections, listener)
        calls.include_router(acting.router(desk, asker))
        calls.include_router(subscriptions.router(desk, Seal(settings.webhooks.key), rules))
        site.include_router(pages.router(desk, cookies))
        site.include_router(several.router(desk, cookies, asker))
        drafts = Drafts(secret)
        site.include_router(work.router(desk, cookies, asker, drafts))
        site.include_router(notes.router(desk, cookies, drafts))
        site.include_router(alert_page.router(desk, cookies))
        site.include_router(subscription_page.router(desk, cookies))
        site.include_router(sign_in.router(desk, provider, cookies))
        site.mount(BASE, calls)
        async with running():
            await listener.start()
            yield
            await listener.stop()
        await connections.close()

    site.router.lifespan_context = lifespan
    return Headers(site, "alerts", VERSION)


class Kept(StaticFiles):
    """Files whose address changes with their content: a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def _api(base: str) -> FastAPI:
    calls = FastAPI(
        title="Meldingen en dossiers",
        version=VERSION,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(api.refuse_accept)],
    )
    problems.handle(calls, base)

    @calls.get("/openapi.json", include_in_schema=False)
    async def described() -> Response:
        return JSONResponse(document(calls, base + BASE), headers={"access-control-allow-origin": "*"})

    return calls


def _site() -> FastAPI:
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    faults.handle_faults(site)
    problems.pages(site)
    site.mount("/desk/static", Kept(directory=STATIC))

    @site.get("/health/live")
    @site.get("/health/ready")
    async def health() -> Response:
        return PlainTextResponse("ok")

    return site
