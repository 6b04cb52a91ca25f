"""Coming and going: the pages around a session."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.alerts.web import sessions
from services.alerts.web.api import Desk
from services.alerts.web.faults import local_path
from services.alerts.web.oidc import ATTEMPT_SECONDS, Attempt, Provider, refused
from services.alerts.web.render import respond
from services.alerts.web.sessions import Cookies
from services.alerts.web.visits import visit

DONE = "/desk/sign-in/done"
"""Where the issuer sends the browser back to."""

COOKIE_SECONDS = int(sessions.LONGEST.total_seconds())


def router(desk: Desk, provider: Provider, cookies: Cookies) -> APIRouter:
    """The routes of signing in and out."""
    routes = APIRouter()

    @routes.get("/desk/sign-in")
    async def sign_in(request: Request) -> Response:
        then = urlencode({"next": local_path(request.query_params.get("next"))})
        practice = desk.clock.reading.version > 0
        asked = request.query_params
        draft = next((word for word in ("kept", "lost") if word in asked), "")
        return respond("sign-in.html", then=then, left="left" in asked, practice=practice, draft=draft)

    @routes.get("/desk/sign-in/start")
    async def begin(request: Request) -> Response:
        address, attempt = await provider.begin(local_path(request.query_params.get("next")))
        response = RedirectResponse(address, 303)
        cookies.set(response, cookies.attempt, msgspec.json.encode(attempt).hex(), ATTEMPT_SECONDS)
        return response

    @routes.get(DONE)
    async def done(request: Request, state: str = "", code: str = "") -> Response:
        attempt = _attempt(request.cookies.get(cookies.attempt))
        subject = await provider.subject(attempt, state, code)
        async with desk.pool.acquire() as conn:
            await desk.register.reader(conn, subject)
            await sessions.end(conn, request.cookies.get(cookies.session))
            word = await sessions.begin(conn, subject)
        response = RedirectResponse(local_path(attempt.then), 303)
        cookies.set(response, cookies.session, word, COOKIE_SECONDS)
        cookies.drop(response, cookies.attempt)
        return response

    @routes.post("/desk/sign-out")
    async def sign_out(request: Request) -> Response:
        await (await visit(desk, cookies, request)).form()
        async with desk.pool.acquire() as conn:
            await sessions.end(conn, request.cookies.get(cookies.session))
        response = RedirectResponse("/desk/signed-out", 303)
        cookies.drop(response, cookies.session)
        return response

    @routes.get("/desk/signed-out")
    async def signed_out() -> Response:
        # No redirect: a form may only lead to pages of ours (form-action), also when one of them leads on.
        return respond("signed-out.html", away=await provider.leave(f"{desk.base}/desk/sign-in?left=1"))

    return routes


def _attempt(kept: str | None) -> Attempt:
    try:
        return msgspec.json.decode(bytes.fromhex(kept or ""), type=Attempt)
    except (ValueError, msgspec.MsgspecError):
        raise refused() from None
