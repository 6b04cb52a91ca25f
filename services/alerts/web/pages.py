"""The pages of the desk: a list of open cases, a case, a learner. They read, and work without script."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.alerts.web import notes, records, sight, story, targets
from services.alerts.web.access import Look, missing
from services.alerts.web.alert_page import evidence
from services.alerts.web.api import CaseId, Desk, LearnerId, normal_handle
from services.alerts.web.cursors import Cursor, list_name
from services.alerts.web.deadlines import ends_at
from services.alerts.web.facts import Fact
from services.alerts.web.faults import START
from services.alerts.web.records import LearnerRow
from services.alerts.web.sessions import Cookies
from services.alerts.web.sheets import CaseSheet, Reason, Sheets, choices
from services.alerts.web.targets import Target
from services.alerts.web.visits import Visit, visit
from shared.domain import report
from shared.domain.ids import STUDENT_REF, handle

PER_PAGE = 50


def router(desk: Desk, cookies: Cookies) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter()

    @routes.get("/")
    @routes.get("/desk")
    async def start() -> Response:
        return RedirectResponse(START, 303)

    @routes.get("/desk/cases")
    async def cases(request: Request) -> Response:
        at = await visit(desk, cookies, request)
        sight.must_see_cases(at.officer)
        async with at.look("page-cases") as looking:
            sheets = await _open_cases(at, looking)
            chosen, shown, after = _page(at, sheets)
            for one in shown:
                looking.show(one.case.student_ref, one.case.case_id, *one.case.alerts)
        return at.respond(
            "cases.html",
            region=at.region,
            today=at.sheets({}).today,
            counts=[(one, sum(map(one.holds, sheets))) for one in choices(at.officer.subject)],
            chosen=chosen,
            sheets=shown,
            after=after,
            paged="cursor" in request.query_params,
        )

    @routes.get("/desk/cases/{caseId}")
    async def case(request: Request, case_id: CaseId) -> Response:
        at = await visit(desk, cookies, request)
        sight.must_see_cases(at.officer)
        kind = request.query_params.get("show", "")
        async with at.look("page-case") as looking:
            row = await records.case(looking, case_id)
            learner = await records.learner(looking, row.learner_id) if row else None
            if row is None or learner is None or kind not in ("", *story.KINDS):
                raise missing()
            looking.show(row.case.student_ref, case_id, *row.case.alerts)
            sheets = at.sheets(await targets.names(at, looking, learner))
            own = await notes.notes_of(at, looking, case_id)
        target = Target(sheets, at.officer, learner, row.revision, case=row.case)
        return at.respond(
            "case.html",
            work=target.work(),
            offers=target.offers(),
            notes=own,
            sheet=sheets.of_case(row, learner),
            lines=_lines(at, sheets, learner, kind),
            kinds=story.KINDS,
            kind=kind,
        )

    @routes.get("/desk/learners")
    async def search(request: Request) -> Response:
        at = await visit(desk, cookies, request)
        sight.must_see_learners(at.officer)
        return at.respond("search.html", wanted="", fault="")

    @routes.post("/desk/learners/search")
    async def found(request: Request) -> Response:
        at = await visit(desk, cookies, request)
        sight.must_see_learners(at.officer)
        wanted = (await at.form()).get("learner", "").strip()
        code = handle(wanted) if STUDENT_REF.fullmatch(wanted) else normal_handle(wanted)
        async with at.look("page-search") as looking:
            row = await records.learner_by_handle(looking, code)
            if row is not None:
                looking.show(row.learner.student_ref)
        if row is None:
            return at.respond("search.html", 404, wanted=wanted, fault="Niet gevonden, of niet van u.")
        return RedirectResponse(f"/desk/learners/{row.learner_id}", 303)

    @routes.get("/desk/learners/{learnerId}")
    async def learner(request: Request, learner_id: LearnerId) -> Response:
        at = await visit(desk, cookies, request)
        sight.must_see_learners(at.officer)
        async with at.look("page-learner") as looking:
            row = await records.learner(looking, learner_id)
            if row is None:
                raise missing()
            looking.show(row.learner.student_ref, *(one.alert_id for one in row.learner.alerts))
            sheets = at.sheets(await targets.names(at, looking, row))
        known = evidence(sheets, at.officer, row)
        theirs = sight.facts_for(at.officer, row.learner, sheets.world, sheets.at)
        years = sorted(report.years_of(row.learner), reverse=True)
        return at.respond(
            "learner.html",
            handle=row.handle,
            people=[sheets.of_person(row, year) for year in years],
            reasons={year: _reasons(sheets, row, year, known) for year in years},
            cases=[one for one in row.learner.cases if one.open and sight.sees_cases(at.officer)],
            lines=story.story(story.of_facts(theirs)),
            sees=sight.sees_timeline(at.officer, row.learner),
            whole=sight.sees_person(at.officer),
        )

    return routes


async def _open_cases(at: Visit, looking: Look) -> list[CaseSheet]:
    """Every open case of the officer, what ends first in front."""
    rows = await records.open_cases(looking)
    found = await records.learners(looking, [row.case.student_ref for row in rows])
    learners = {one.learner.student_ref: one for one in found}
    sheets = at.sheets(await at.desk.register.names(looking.conn, [row.case.assigned_to for row in rows]))
    known = [row for row in rows if row.case.student_ref in learners]
    return sorted((sheets.of_case(row, learners[row.case.student_ref]) for row in known), key=_place)


def _page(at: Visit, sheets: Sequence[CaseSheet]) -> tuple[str, list[CaseSheet], str | None]:
    """The part of the list that was chosen, one page of it, and the address of the next."""
    asked = at.request.query_params
    path, wanted, word = at.request.url.path, asked.get("term", ""), asked.get("cursor")
    choice = next((one for one in choices(at.officer.subject) if one.key == wanted), None)
    if choice is None:
        raise missing()
    part = list(filter(choice.holds, sheets))
    of = list_name(path, [("term", wanted)])
    if word is not None:
        cursor = at.desk.cursors.read(word, of)
        part = [one for one in part if _place(one) > (cursor.value, cursor.id)]
    shown = part[:PER_PAGE]
    if len(part) <= PER_PAGE:
        return wanted, shown, None
    onwards = at.desk.cursors.write(Cursor(of, *_place(shown[-1])))
    return wanted, shown, f"{path}?{urlencode({'term': wanted, 'cursor': onwards})}"


def _place(sheet: CaseSheet) -> tuple[str, str]:
    return ends_at(sheet.term, sheet.case.opened_at), sheet.case.case_id


def _lines(at: Visit, sheets: Sheets, row: LearnerRow, kind: str) -> list[story.Line]:
    """The story of a case; a broker reads facts and alerts only."""
    learner, world = row.learner, sheets.world
    lines = list(story.of_facts(sight.facts_for(at.officer, learner, world, sheets.at)))
    for alert in learner.alerts:
        lines += story.of_alert(alert, world, sheets.names)
    if at.officer.is_desk:
        for case in learner.cases:
            lines += story.of_case(case, sheets.names)
    return story.story(lines, kind or None)


def _reasons(sheets: Sheets, row: LearnerRow, year: int, facts: Sequence[Fact]) -> list[Reason]:
    now = sheets.situation(row.learner, year)
    own = report.alerts_of(row.learner, year)
    return [sheets.reason(alert, now, facts) for alert in reversed(own)]
