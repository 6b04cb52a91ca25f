"""What was filled in when a session had ended: sealed in the officer's own browser for 15 minutes.

Nothing is kept here. Who signs in as somebody else, or goes to another form, cannot open it; without a page
of the session that ended nothing is kept at all, so that no other site can leave something behind.
"""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from pydantic import SecretStr

from services.alerts.web import sessions
from services.alerts.web.api import Desk
from services.alerts.web.faults import local_path
from services.alerts.web.sessions import Cookies
from services.alerts.web.visits import Visit, sent, visit
from services.alerts.webhooks.seal import BrokenSeal, Seal
from shared.runtime.problems import Problem

KEPT_SECONDS = 15 * 60
"""How long what was filled in stays (machine time; the desk's design)."""

LARGEST = 3800
"""So many characters fit in a cookie beside its name and attributes."""


class Draft(msgspec.Struct, frozen=True):
    """What was filled in, and until when it is worth anything (seconds of machine time)."""

    until: float
    fields: dict[str, str]


_draft = msgspec.json.Decoder(Draft).decode


class Drafts:
    """Seals and opens what was filled in."""

    def __init__(self, secret: str) -> None:
        self._seal = Seal(SecretStr(f"drafts of the desk\0{secret}"))

    def close(self, subject: str, form: str, fields: Mapping[str, str]) -> str | None:
        """What goes into the cookie; None when it is too much."""
        kept = {name: text for name, text in fields.items() if name != "csrf"}
        text = msgspec.json.encode(Draft(time.time() + KEPT_SECONDS, kept)).decode()
        word = urlsafe_b64encode(self._seal.close(text, _place(subject, form))).decode()
        return word if len(word) <= LARGEST else None

    def open(self, word: str | None, subject: str, form: str) -> Mapping[str, str] | None:
        """What this officer had filled in on this form; None when there is nothing (any more)."""
        try:
            text = self._seal.open(urlsafe_b64decode(word or ""), _place(subject, form))
            draft = _draft(text)
        except (BrokenSeal, ValueError):
            return None
        return draft.fields if draft.until > time.time() else None


async def enter(desk: Desk, cookies: Cookies, drafts: Drafts, request: Request) -> Visit | Response:
    """Who visits a form; whose session ended goes to the sign-in page, and what was sent is kept."""
    given = await sent(request) if request.method == "POST" else {}
    try:
        return await visit(desk, cookies, request)
    except Problem as problem:
        if problem.code != "unauthenticated" or request.method != "POST":
            raise
        return await _to_sign_in(desk, cookies, drafts, request, given)


async def filled_in(at: Visit) -> tuple[Mapping[str, str], bool]:
    """What was sent, and whether a page of this session sent it: it may be one of a session that ended.

    Then it is shown once more and not done. Raises Problem 403 when no page of ours sent it.
    """
    try:
        return await at.form(), True
    except Problem as problem:
        if problem.code != "forbidden" or at.request.headers.get("sec-fetch-site") != "same-origin":
            raise
        return await sent(at.request), False


async def _to_sign_in(
    desk: Desk, cookies: Cookies, drafts: Drafts, request: Request, given: Mapping[str, str]
) -> Response:
    form = form_of(request.url.path, given.get("to"))
    subject = await _former(desk, request.cookies.get(cookies.session), given)
    word = drafts.close(subject, form, given) if subject else None
    kept = {} if subject is None else {"kept" if word else "lost": "1"}
    response = RedirectResponse("/desk/sign-in?" + urlencode({"next": local_path(form), **kept}), 303)
    if word is not None:
        cookies.set(response, cookies.draft, word, KEPT_SECONDS)
    return response


def form_of(path: str, to: str | None) -> str:
    """The address of a form: where it is asked, and for the moves of a case where to."""
    return f"{path}?{urlencode({'to': to})}" if to else path


async def _former(desk: Desk, word: str | None, given: Mapping[str, str]) -> str | None:
    """Whose session ended here, when the form comes from a page of it."""
    async with desk.pool.acquire() as conn:
        session = await sessions.former(conn, word)
    try:
        if session is not None:
            session.must_match(given.get("csrf"))
    except Problem:
        return None
    return session.subject if session else None


def _place(subject: str, form: str) -> str:
    return f"{subject}\0{form}"
