"""`/alerts/v1`, the other half: asking for actions on alerts and cases."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import BeforeValidator
from pydantic.json_schema import SkipJsonSchema

from services.alerts.web import offers, records, sight
from services.alerts.web.access import Look, look, missing
from services.alerts.web.api import ActionId, AlertId, CaseId, Desk, answer, etag
from services.alerts.web.asking import Asker, Wish, acting_as, action_of
from services.alerts.web.bodies import JsonBodies
from services.alerts.web.officers import Officer, Reader
from services.alerts.web.records import ActionRow, LearnerRow
from shared.domain.action import Action
from shared.domain.codes import CaseStatus, ContactResult, DestinationKind
from shared.domain.event import Wire
from shared.domain.payload import read_day
from shared.runtime.http import trace_id
from shared.runtime.problems import TITLES, Problem

KEY = re.compile(r"[\x21-\x7E]{1,64}")
IF_MATCH = re.compile(r'"([0-9]{1,18})"')

ON_ALERT = {
    "acknowledgements": "acknowledge",
    "snoozes": "snooze",
    "contact-attempts": "contact-attempt",
    "cases": "open",
}
ON_CASE = {
    "assignments": "assign",
    "contact-attempts": "contact-attempt",
    "transitions": "move,transfer,close",
}
"""Sub-resources, and the actions that each holds."""


def _day(value: object) -> object:
    return read_day(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day)]
"""A local date as JSON has it."""


class Reason(StrEnum):
    """Why an alert is put off; a closed list, so that nothing about a person is written down."""

    APPOINTMENT_MADE = "APPOINTMENT_MADE"
    SCHOOL_IS_CHECKING = "SCHOOL_IS_CHECKING"
    MBO_WILL_REPORT = "MBO_WILL_REPORT"
    STILL_DECIDING = "STILL_DECIDING"
    OTHER = "OTHER"


class Nothing(Wire):
    """An action that needs no more words."""


class Snooze(Wire):
    """Put off until a day, at most 20 working days ahead."""

    until: Day
    reason: Reason


class Contact(Wire):
    """An attempt to reach the learner; without a date it was today."""

    result: ContactResult
    date: Day | SkipJsonSchema[None] = None


class Transition(Wire):
    """Where a case goes: a status, with what that status needs."""

    to: CaseStatus
    destination: DestinationKind | SkipJsonSchema[None] = None
    until: Day | SkipJsonSchema[None] = None
    region: Annotated[str, Path(pattern=r"^[0-9]{2}$")] | SkipJsonSchema[None] = None


def router(desk: Desk, asker: Asker) -> APIRouter:
    """The routes that ask, and those that tell what was asked."""
    routes = APIRouter(route_class=JsonBodies)

    async def on_alert(request: Request, alert_id: str, name: str, **fields: object) -> Response:
        reader = await desk.reader(request, "alerts:write")
        offers.must_do(reader.officer, name)
        async with look(desk.pool, reader, name, trace_id(request.headers)) as looking:
            alert = await records.alert(looking, alert_id)
            row = await _learner(looking, alert.learner_id) if alert else None
            if alert is None or row is None:
                raise missing()
            asked = {"alert": alert_id, **fields}
            action = action_of(reader.officer, row, name, desk.clock.now(), alert.alert.year, **asked)
            action_id = await _ask(request, looking, row, action)
        return await _answered(request, reader, action_id)

    async def on_case(request: Request, case_id: str, name: str, **fields: object) -> Response:
        reader = await desk.reader(request, "cases:write")
        sight.must_see_cases(reader.officer)
        offers.must_do(reader.officer, name)
        async with look(desk.pool, reader, name, trace_id(request.headers)) as looking:
            case = await records.case(looking, case_id)
            row = await _learner(looking, case.learner_id) if case else None
            if case is None or row is None:
                raise missing()
            asked = {"case_id": case_id, **fields}
            action = action_of(reader.officer, row, name, desk.clock.now(), case.case.year, **asked)
            action_id = await _ask(request, looking, row, action)
        return await _answered(request, reader, action_id)

    async def _ask(request: Request, looking: Look, row: LearnerRow, action: Action) -> uuid.UUID:
        await desk.clock.released()
        key = request.headers.get("idempotency-key")
        if key is not None and not KEY.fullmatch(key):
            raise Problem("invalid-input", "Idempotency-Key heeft 1 tot en met 64 tekens.")
        looking.show(row.learner.student_ref, *(one for one in (action.alert, action.case_id) if one))
        return await asker.ask(looking, Wish(row, action, if_match(request), key))

    async def _answered(request: Request, reader: Reader, action_id: uuid.UUID) -> Response:
        row = await asker.answer(reader, action_id)
        if row is None:
            raise missing()
        place = {"location": f"{desk.base}/alerts/v1/actions/{action_id}"}
        if row.result is None:
            return answer({"actionId": row.id, "outcome": "pending"}, 202, place)
        if row.result["status"] != 201:
            raise refusal(row.result)
        if "revision" in row.result:
            place["etag"] = etag(row.result["revision"])
        return answer(of_action(row), 201, place)

    @routes.post("/alerts/{alertId}/acknowledgements", status_code=201, summary="Oppakken")
    async def acknowledge(request: Request, alert_id: AlertId, wanted: Nothing | None = None) -> Response:
        return await on_alert(request, alert_id, "acknowledge")

    @routes.post("/alerts/{alertId}/snoozes", status_code=201, summary="Uitstellen")
    async def snooze(request: Request, alert_id: AlertId, wanted: Snooze) -> Response:
        return await on_alert(request, alert_id, "snooze", until=wanted.until, reason=wanted.reason.value)

    @routes.post("/alerts/{alertId}/contact-attempts", status_code=201, summary="Contact vastleggen")
    async def contact(request: Request, alert_id: AlertId, wanted: Contact) -> Response:
        return await on_alert(request, alert_id, "contact-attempt", result=wanted.result, date=wanted.date)

    @routes.post("/alerts/{alertId}/cases", status_code=201, summary="Dossier openen")
    async def open_case(request: Request, alert_id: AlertId, wanted: Nothing | None = None) -> Response:
        return await on_alert(request, alert_id, "open")

    @routes.post("/cases/{caseId}/assignments", status_code=201, summary="Toewijzen aan uzelf")
    async def assign(request: Request, case_id: CaseId, wanted: Nothing | None = None) -> Response:
        return await on_case(request, case_id, "assign")

    @routes.post("/cases/{caseId}/contact-attempts", status_code=201, summary="Contact vastleggen")
    async def attempt(request: Request, case_id: CaseId, wanted: Contact) -> Response:
        return await on_case(request, case_id, "contact-attempt", result=wanted.result, date=wanted.date)

    @routes.post("/cases/{caseId}/transitions", status_code=201, summary="Naar een andere status")
    async def move(request: Request, case_id: CaseId, wanted: Transition) -> Response:
        if wanted.to is CaseStatus.TRANSFERRED:
            return await on_case(request, case_id, "transfer", region=wanted.region)
        fields = {"to": wanted.to, "destination": wanted.destination, "until": wanted.until}
        return await on_case(request, case_id, "move", **fields)

    def of_alert(names: str) -> Callable[..., Awaitable[Response]]:
        async def read(request: Request, alert_id: AlertId) -> Response:
            reader = await desk.reader(request, "alerts:read")
            return await done(request, reader, names, alert=alert_id)

        return read

    def of_case(names: str) -> Callable[..., Awaitable[Response]]:
        async def read(request: Request, case_id: CaseId) -> Response:
            reader = await desk.reader(request, "cases:read")
            sight.must_see_cases(reader.officer)
            return await done(request, reader, names, case=case_id)

        return read

    async def done(
        request: Request, reader: Reader, names: str, alert: str | None = None, case: str | None = None
    ) -> Response:
        async with look(desk.pool, reader, "read-actions", trace_id(request.headers)) as looking:
            target = await (records.alert(looking, alert) if alert else records.case(looking, case or ""))
            if target is None:
                raise missing()
            rows = await records.actions_on(looking, names, alert, case)
            for row in rows:
                looking.show(row.student_ref, *(one for one in (alert, case) if one))
        return answer({"items": [of_action(row) for row in rows]})

    for name, names in ON_ALERT.items():
        path, summary = f"/alerts/{{alertId}}/{name}", "Wat er met een melding is gedaan"
        routes.add_api_route(path, of_alert(names), name=f"alert-{name}", summary=summary)
    for name, names in ON_CASE.items():
        path, summary = f"/cases/{{caseId}}/{name}", "Wat er met een dossier is gedaan"
        routes.add_api_route(path, of_case(names), name=f"case-{name}", summary=summary)

    @routes.get("/actions/{actionId}", summary="Wat er van een handeling werd")
    async def action(request: Request, action_id: ActionId) -> Response:
        reader = await desk.reader(request, "alerts:read")
        async with look(desk.pool, reader, "read-action", trace_id(request.headers)) as looking:
            row = await records.action(looking, action_id)
            if row is None:
                raise missing()
            looking.show(row.student_ref)
        return answer(of_action(row))

    @routes.post("/actions", status_code=201, summary="Een handeling, als regel van een export")
    async def act(request: Request) -> Response:
        reader = await desk.reader(request, "cases:write")
        given = read_action(await request.body(), reader.officer)
        offers.must_do(reader.officer, given.action)
        async with look(desk.pool, reader, given.action, trace_id(request.headers)) as looking:
            row = next(iter(await records.learners(looking, [given.student_ref])), None)
            if row is None:
                raise missing()
            at, by = desk.clock.now(), reader.officer.subject
            action_id = await _ask(request, looking, row, msgspec.structs.replace(given, at=at, by=by))
        return await _answered(request, reader, action_id)

    return routes


async def _learner(looking: Look, learner_id: str | None) -> LearnerRow | None:
    return await records.learner(looking, learner_id) if learner_id else None


def if_match(request: Request) -> int | None:
    """The revision that the caller saw; None for any. Raises Problem 428 or 412."""
    given = request.headers.get("if-match")
    if given is None:
        if request.url.path.endswith("/actions"):  # a line of an export names no version
            return None
        raise Problem("precondition-required", "Stuur de ETag die u las mee als If-Match.")
    if given.strip() == "*":
        return None
    found = IF_MATCH.fullmatch(given.strip())
    if found is None:
        raise Problem("precondition-failed", "Deze versie kennen wij niet. Lees opnieuw.")
    return int(found[1])


def read_action(body: bytes, officer: Officer) -> Action:
    """A line of `transfers replay --actions`; the register says who acts. Raises Problem 400 or 403."""
    try:
        given = msgspec.json.decode(body, type=Action)
    except msgspec.MsgspecError:
        raise Problem("invalid-input", "Dit is geen handeling.") from None
    own = acting_as(officer, given.action)
    where = given.org if given.action == "transfer" else (given.org or given.region)
    if given.role is not officer.role or where not in {*own.values(), None}:
        raise Problem("forbidden", "U handelt alleen in uw eigen rol, regio of organisatie.")
    return msgspec.structs.replace(given, **own, action_id=None)


def of_action(row: ActionRow) -> dict[str, Any]:
    """An action as it was asked, and what became of it."""
    asked: dict[str, Any] = msgspec.to_builtins(row.action)
    result = row.result or {}
    told: Sequence[str] = ("alertId", "caseId", "revision", "code", "detail")
    outcome = "pending" if not result else "done" if result["status"] == 201 else "refused"
    return (
        asked | {"actionId": row.id, "outcome": outcome} | {one: result[one] for one in told if one in result}
    )


def refusal(result: dict[str, Any]) -> Problem:
    """Why the lane did not do it."""
    code = result.get("code", "internal")
    headers = {"retry-after": "5"} if code == "unavailable" else {}
    return Problem(code if code in TITLES else "internal", result.get("detail", ""), headers=headers)
