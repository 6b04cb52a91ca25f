"""One request of a signed-in officer for a page: who, with what in sight, and the frame around the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import structlog
from fastapi import Request
from fastapi.responses import Response

from services.alerts.web import notices, sessions
from services.alerts.web.access import Look, look
from services.alerts.web.api import Desk
from services.alerts.web.officers import Officer, Reader
from services.alerts.web.render import Frame, respond
from services.alerts.web.sessions import Cookies, Session
from services.alerts.web.sheets import Sheets
from shared.domain.words import ROLES
from shared.runtime.http import trace_id
from shared.runtime.problems import Problem, unavailable

LATE = timedelta(minutes=2)
"""How far behind the watermark may be before the page says so (desk design reference)."""
FORM_LIMIT = 16 * 1024

log = structlog.get_logger()

WATERMARK = "SELECT CASE WHEN count(*) = count(watermark) THEN min(watermark) END FROM alerts.stream_offset"


class Visit:
    """One request of a signed-in officer."""

    def __init__(self, desk: Desk, request: Request, session: Session, reader: Reader, frame: Frame) -> None:
        self.desk = desk
        self.request = request
        self.session = session
        self.reader = reader
        self.frame = frame

    @property
    def officer(self) -> Officer:
        """Who visits."""
        return self.reader.officer

    @property
    def region(self) -> str:
        """`regio 38 Limburg-Noord`."""
        return region_name(self.desk, self.officer)

    def look(self, action: str) -> AbstractAsyncContextManager[Look]:
        """A look at people, written in the access log."""
        return look(self.desk.pool, self.reader, action, trace_id(self.request.headers))

    def sheets(self, names: Mapping[str, str]) -> Sheets:
        """Sheets as of now, in the words that this officer may read."""
        return Sheets(self.desk.world(), self.desk.clock.now(), names, desk=self.officer.is_desk)

    def respond(self, name: str, status: int = 200, **values: Any) -> Response:
        """A page in this officer's frame."""
        return respond(name, status, frame=self.frame, **values)

    async def form(self) -> Mapping[str, str]:
        """The fields of a form that one of our own pages sent. Raises Problem 403, 413 or 415."""
        fields = await sent(self.request)
        self.session.must_match(fields.get("csrf"))
        return fields


async def visit(desk: Desk, cookies: Cookies, request: Request) -> Visit:
    """Who visits. Raises Problem 401 when nobody is signed in, 403 for who is not in the register, 503."""
    try:
        async with desk.pool.acquire() as conn:
            session = await sessions.touch(conn, request.cookies.get(cookies.session))
            if session is None:
                raise Problem("unauthenticated", "Meld u aan.")
            reader = await desk.register.reader(conn, session.subject)
            complete_to = await conn.fetchval(WATERMARK)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        log.error("visit_failed", error=type(error).__name__)
        raise unavailable() from None
    told = notices.read(request.query_params)
    return Visit(desk, request, session, reader, frame(desk, session, reader.officer, complete_to, told))


def frame(
    desk: Desk, session: Session, officer: Officer, complete_to: datetime | None, notice: str = ""
) -> Frame:
    """What stands around the page."""
    now = desk.clock.now()
    region = region_name(desk, officer)
    return Frame(
        name=officer.name,
        role=", ".join(part for part in (ROLES[officer.role][0], region or officer.org) if part),
        csrf=session.csrf,
        ends_at=session.ends_at,
        desk=officer.is_desk,
        clock=now if desk.clock.reading.version > 0 else None,
        complete_to=complete_to,
        late=complete_to is None or now - complete_to > LATE,
        notice=notice,
    )


def region_name(desk: Desk, officer: Officer) -> str:
    """The officer's region by number and name; empty without one."""
    if officer.region is None:
        return ""
    return f"regio {officer.region} {desk.world().reference.regions.get(officer.region, '')}".strip()


async def sent(request: Request) -> Mapping[str, str]:
    """The fields of a form; whose page it is, is not looked at. Raises Problem 413 or 415."""
    return dict(await pairs(request))


async def pairs(request: Request) -> Sequence[tuple[str, str]]:
    """The same, where a field may come more than once; read once. Raises Problem 413 or 415."""
    if not hasattr(request.state, "sent"):
        request.state.sent = await _fields(request)
    found: Sequence[tuple[str, str]] = request.state.sent
    return found


async def _fields(request: Request) -> Sequence[tuple[str, str]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem("unsupported-media-type", "Gebruik het formulier op de pagina.")
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > FORM_LIMIT:
            raise Problem("too-large", "Dit formulier is te groot.")
    return parse_qsl(held.decode("utf-8", "replace"), keep_blank_values=True)
