"""`/alerts/v1`: reading alerts, cases and learners; whoever may not see a thing does not find it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import AfterValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from services.alerts.web import records, sight
from services.alerts.web.access import Look, look, missing
from services.alerts.web.bodies import JSON, JsonBodies
from services.alerts.web.cursors import Cursor, Cursors
from services.alerts.web.officers import Reader, Register
from services.alerts.web.queries import ACTIONS, ALERTS, CASES, Listing, Page, Query, page, read_query
from shared.domain.codes import Role
from shared.domain.event import Wire
from shared.domain.payload import StudentRef
from shared.domain.world import World
from shared.runtime.clock import Clock
from shared.runtime.database import Pool
from shared.runtime.http import trace_id, wants_json
from shared.runtime.problems import Problem
from shared.runtime.tokens import Tokens

LINES = "application/jsonl"

Json = dict[str, Any]

HASH = r"[0-9a-f]{32}"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def formed(expression: str) -> AfterValidator:
    """An id of another form names nothing: 404, not 400."""

    def check(text: str) -> str:
        if not re.fullmatch(expression, text):
            raise missing()
        return text

    return AfterValidator(check)


AlertId = Annotated[str, Path(alias="alertId"), formed(HASH)]
CaseId = Annotated[str, Path(alias="caseId"), formed(UUID)]
LearnerId = Annotated[str, Path(alias="learnerId"), formed(UUID)]
ActionId = Annotated[str, Path(alias="actionId"), formed(UUID)]


class Desk:
    """What every route needs: connections, who calls, and the world as this process knows it."""

    def __init__(
        self,
        pool: Pool,
        tokens: Tokens,
        register: Register,
        cursors: Cursors,
        world: Callable[[], World],
        clock: Clock,
        base: str,
    ) -> None:
        self.pool = pool
        self.tokens = tokens
        self.register = register
        self.cursors = cursors
        self.world = world
        self.clock = clock
        self.base = base

    async def reader(self, request: Request, scope: str) -> Reader:
        """The officer that calls. Raises Problem 401 or 403."""
        caller = await self.tokens.caller(request.headers.get("authorization"))
        caller.must_have(scope)
        async with self.pool.acquire() as conn:
            return await self.register.reader(conn, f"{caller.issuer} {caller.subject}")

    async def may(self, request: Request, scope: str) -> bool:
        """Whether the caller, who is known already, has this scope as well."""
        return scope in (await self.tokens.caller(request.headers.get("authorization"))).scopes

    def query(self, request: Request, listing: Listing) -> Query:
        """What a list is asked. Raises Problem 400."""
        return read_query(listing, request.url.path, request.query_params.multi_items(), self.cursors)

    def listed(self, request: Request, items: Sequence[Json], shown: Page) -> Response:
        """The answer with one page of a list, and where it goes on."""
        links = [
            f'<{self._address(request, cursor)}>; rel="{rel}"'
            for rel, cursor in (("prev", shown.before), ("next", shown.after))
            if cursor is not None
        ]
        headers = {"link": ", ".join(links)} if links else {}
        return answer({"items": items}, headers=headers)

    def _address(self, request: Request, cursor: Cursor) -> str:
        kept = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
        query = urlencode([*kept, ("cursor", self.cursors.write(cursor))])
        return f"{self.base}{request.url.path}?{query}"


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer; moments in UTC with `Z`."""
    return Response(msgspec.json.encode(body), status, headers, JSON)


def etag(revision: int) -> str:
    """The version of a row, as HTTP names it."""
    return f'"{revision}"'


def versioned(request: Request, body: Json, revision: int) -> Response:
    """One thing with its version; 304 when the caller has this one already."""
    tag = etag(revision)
    known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        return Response(status_code=304, headers={"etag": tag})
    return answer(body, headers={"etag": tag})


class Search(Wire):
    """Whom to look for: by reference or by handle, exactly one of them."""

    student_ref: StudentRef | SkipJsonSchema[None] = None
    handle: Annotated[str, Field(min_length=1, max_length=20)] | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _one(self) -> Search:
        if (self.student_ref is None) == (self.handle is None):
            raise ValueError("one of studentRef and handle")
        return self


def normal_handle(text: str) -> str:
    """A handle as it is kept, from what a person typed: Crockford's letters, in any case."""
    letters = re.sub(r"[^0-9A-Z]", "", text.upper()).translate(str.maketrans("OIL", "011"))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def router(desk: Desk) -> APIRouter:
    """The routes that read."""
    routes = APIRouter(route_class=JsonBodies)

    @routes.get("/alerts", summary="Meldingen")
    async def alerts(request: Request) -> Response:
        reader = await desk.reader(request, "alerts:read")
        query = desk.query(request, ALERTS)
        only = (sight.OF_COORDINATORS,) if reader.officer.role is Role.REGION_COORDINATOR else ()
        async with look(desk.pool, reader, "list-alerts", trace_id(request.headers)) as looking:
            found = await records.rows(looking, query, records.ALERT, *only)
            shown = page(query, found, lambda row: (row["raised_at"], row["alert_id"]))
            rows = [records.alert_row(row) for row in shown.rows]
            for row in rows:
                looking.show(row.student_ref, row.alert.alert_id)
        return desk.listed(request, [sight.of_alert(row, desk.world()) for row in rows], shown)

    @routes.get("/alerts/{alertId}", summary="Eén melding")
    async def alert(request: Request, alert_id: AlertId) -> Response:
        reader = await desk.reader(request, "alerts:read")
        async with look(desk.pool, reader, "read-alert", trace_id(request.headers)) as looking:
            row = await records.alert(looking, alert_id)
            if row is None or not sight.sees_alert(reader.officer, row):
                raise missing()
            looking.show(row.student_ref, alert_id)
        return versioned(request, sight.of_alert(row, desk.world()), row.revision)

    @routes.get("/cases", summary="Dossiers")
    async def cases(request: Request) -> Response:
        reader = await desk.reader(request, "cases:read")
        sight.must_see_cases(reader.officer)
        query = desk.query(request, CASES)
        async with look(desk.pool, reader, "list-cases", trace_id(request.headers)) as looking:
            found = await records.rows(looking, query, records.CASE)
            shown = page(query, found, lambda row: (row["opened_at"], str(row["case_id"])))
            rows = [records.case_row(row) for row in shown.rows]
            for row in rows:
                looking.show(row.case.student_ref, row.case.case_id)
            names = await desk.register.names(looking.conn, [row.case.assigned_to for row in rows])
        return desk.listed(request, [sight.of_case(row, reader.officer, names) for row in rows], shown)

    @routes.get("/cases/{caseId}", summary="Eén dossier")
    async def case(request: Request, case_id: CaseId) -> Response:
        reader = await desk.reader(request, "cases:read")
        sight.must_see_cases(reader.officer)
        async with look(desk.pool, reader, "read-case", trace_id(request.headers)) as looking:
            row = await records.case(looking, case_id)
            if row is None:
                raise missing()
            looking.show(row.case.student_ref, case_id)
            names = await desk.register.names(looking.conn, [row.case.assigned_to])
        return versioned(request, sight.of_case(row, reader.officer, names), row.revision)

    @routes.get("/learners/{learnerId}", summary="Eén leerling, met tijdlijn")
    async def learner(request: Request, learner_id: LearnerId) -> Response:
        reader = await desk.reader(request, "alerts:read")
        sight.must_see_learners(reader.officer)
        async with look(desk.pool, reader, "read-learner", trace_id(request.headers)) as looking:
            row = await records.learner(looking, learner_id)
            if row is None:
                raise missing()
            _show(looking, row)
        body = sight.of_learner(row, reader.officer, desk.world())
        if sight.sees_timeline(reader.officer, row.learner):
            facts = sight.facts_for(reader.officer, row.learner, desk.world(), _now(desk, row))
            body["timeline"] = sight.timeline(facts)
        return versioned(request, body, row.revision)

    @routes.post("/learners/_search", summary="Zoek een leerling")
    async def search(request: Request, wanted: Search) -> Response:
        reader = await desk.reader(request, "alerts:read")
        sight.must_see_learners(reader.officer)
        async with look(desk.pool, reader, "search-learner", trace_id(request.headers)) as looking:
            if wanted.student_ref is not None:
                rows = await records.learners(looking, [wanted.student_ref])
            else:
                row = await records.learner_by_handle(looking, normal_handle(wanted.handle or ""))
                rows = [row] if row else []
            for row in rows:
                _show(looking, row)
        return answer({"items": [sight.of_learner(row, reader.officer, desk.world()) for row in rows]})

    @routes.get("/actions", summary="Wat mensen hebben gedaan")
    async def actions(request: Request) -> Response:
        reader = await desk.reader(request, "exports:read")
        sight.must_see_cases(reader.officer)
        query = desk.query(request, ACTIONS)
        async with look(desk.pool, reader, "export-actions", trace_id(request.headers)) as looking:
            found = await records.rows(looking, query, records.ACTION, "(result->>'status')::int = 201")
            shown = page(query, found, lambda row: (row["at"], str(row["id"])))
            rows = [records.action_row(row) for row in shown.rows]
            for row in rows:
                looking.show(row.student_ref)
        items = [msgspec.to_builtins(row.action) for row in rows]
        if LINES in request.headers.get("accept", ""):
            return Response(b"".join(msgspec.json.encode(one) + b"\n" for one in items), media_type=LINES)
        return desk.listed(request, items, shown)

    return routes


def _show(looking: Look, row: records.LearnerRow) -> None:
    shown = [alert.alert_id for alert in row.learner.alerts] + [case.case_id for case in row.learner.cases]
    looking.show(row.learner.student_ref, *shown)


def _now(desk: Desk, row: records.LearnerRow) -> datetime:
    """The moment at which facts are judged: now, or where the walk stands when that is later."""
    settled = row.learner.settled_until
    return max(desk.clock.now(), settled) if settled else desk.clock.now()


def refuse_accept(request: Request) -> None:
    """Raises Problem 406 when the caller takes neither JSON nor anything."""
    accept = request.headers.get("accept")
    if not wants_json(accept) and LINES not in (accept or ""):
        raise Problem("not-acceptable", f"Wij antwoorden met {JSON}.")
