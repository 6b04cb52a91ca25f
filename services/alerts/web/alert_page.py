"""The page of one alert: why it stands there, what ends it, the first step, and the messages behind it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.alerts.web import records, sight, targets
from services.alerts.web.access import missing
from services.alerts.web.api import AlertId, Desk
from services.alerts.web.facts import Fact, facts_of
from services.alerts.web.officers import Officer, spoken_name
from services.alerts.web.records import AlertRow, LearnerRow
from services.alerts.web.sessions import Cookies
from services.alerts.web.sheets import Person, Reason, Sheets
from services.alerts.web.targets import Target
from services.alerts.web.visits import visit
from shared.domain.alert import Alert
from shared.domain.calendar import AMSTERDAM
from shared.domain.casework import open_case
from shared.domain.codes import Role
from shared.domain.decide import NO_DEFAULT_STEP, level_after, next_step
from shared.domain.routing import DESK, role_at
from shared.domain.situation import Situation
from shared.domain.watch import subject_of
from shared.domain.words import (
    DESK_JOINS,
    ESCALATES,
    SNOOZES,
    explain,
    level_name,
    life,
    org_name,
    spoken_date,
)


class Earlier(msgspec.Struct, frozen=True):
    """Another alert of the same learner."""

    alert: Alert
    title: str
    life: str


class AlertSheet(msgspec.Struct, frozen=True):
    """One alert as its page shows it.

    `holder`: at which level it stands. `whose`: what the reader may know of the learner, or which
    institution it is about. `escalates`: when it goes to whom. `case_id` is the learner's open case, for who
    may see it.
    """

    reason: Reason
    holder: str
    handle: str
    whose: Sequence[str]
    snoozed: str
    escalates: str
    earlier: Sequence[Earlier]
    learner_id: str | None
    case_id: str | None

    @property
    def alert(self) -> Alert:
        """The alert itself."""
        return self.reason.alert


def router(desk: Desk, cookies: Cookies) -> APIRouter:
    """The route of the page."""
    routes = APIRouter()

    @routes.get("/desk/alerts/{alertId}")
    async def alert(request: Request, alert_id: AlertId) -> Response:
        at = await visit(desk, cookies, request)
        async with at.look("page-alert") as looking:
            row = await records.alert(looking, alert_id)
            if row is None or not sight.sees_alert(at.officer, row):
                raise missing()
            learner = await records.learner(looking, row.learner_id) if row.learner_id else None
            sheets = at.sheets(await targets.names(at, looking, learner) if learner else {})
            sheet = sheet_of(sheets, at.officer, row.alert, learner)
            looking.show(row.student_ref, alert_id, *(one.alert.alert_id for one in sheet.earlier))
        if learner is None:
            return at.respond("alert.html", sheet=sheet, work=None, offers=())
        target = Target(sheets, at.officer, learner, row.revision, alert=row.alert)
        return at.respond("alert.html", sheet=sheet, work=target.work(), offers=target.offers())

    return routes


def sheet_of(sheets: Sheets, officer: Officer, alert: Alert, row: LearnerRow | None) -> AlertSheet:
    """One alert about a learner, or without one about an institution."""
    if row is None:
        return _of_institution(sheets, alert)
    now = sheets.situation(row.learner, alert.year)
    cases = row.learner.cases if sight.sees_cases(officer) else ()
    current = open_case(cases)
    return AlertSheet(
        reason=sheets.reason(alert, now, evidence(sheets, officer, row)),
        holder=level_name(alert.level, role_at(now, alert.level)),
        handle=row.handle,
        whose=_whose(officer, sheets.of_person(row, alert.year)),
        snoozed=snooze_of(alert),
        escalates=escalates(alert, now),
        earlier=[_earlier(sheets, one) for one in _others(officer, row, alert)],
        learner_id=row.learner_id if sight.sees_learners(officer) else None,
        case_id=current.case_id if current else None,
    )


def _of_institution(sheets: Sheets, alert: Alert) -> AlertSheet:
    return AlertSheet(
        reason=sheets.reason(alert, None, ()),
        holder=level_name(alert.level, Role.RMC_DESK),
        handle="",
        whose=(org_name(sheets.world, subject_of(alert)),),
        snoozed=snooze_of(alert),
        escalates="",
        earlier=(),
        learner_id=None,
        case_id=None,
    )


def evidence(sheets: Sheets, officer: Officer, row: LearnerRow) -> list[Fact]:
    """The facts from which the messages behind an alert are taken: schools and institutions read theirs."""
    if officer.role in sight.PARTIES:
        return sight.facts_for(officer, row.learner, sheets.world, sheets.at)
    return facts_of(row.learner.record, sheets.world, sheets.at, desk=officer.is_desk)


def escalates(alert: Alert, now: Situation) -> str:
    """When an open alert goes to the next level, and to whom; empty when it goes nowhere."""
    step = next_step(alert, now) if alert.open else None
    if step is None:
        return ""
    level = level_after(alert)
    following = level_name(level, role_at(now, level))
    if alert.code in NO_DEFAULT_STEP and alert.level < DESK:
        count = now.policy.where(org=alert.parties.get("mbo")).no_show_escalate
        return DESK_JOINS[0].format(n=count, desk=following)
    local = step.astimezone(AMSTERDAM)
    return ESCALATES[0].format(moment=f"{spoken_date(local.date())} {local:%H:%M}", next=following)


def snooze_of(alert: Alert) -> str:
    """Why it was put off, while it is."""
    reason = SNOOZES.get(alert.snooze_reason or "")
    return reason[0] if reason and alert.open and alert.snoozed_until else ""


def _whose(officer: Officer, person: Person) -> list[str]:
    """An institution reads no more than the age band: the rest could tell of places elsewhere."""
    if not sight.sees_person(officer):
        return [person.age]
    place = person.place
    way = f"{place.school} \N{RIGHTWARDS ARROW} {place.institution}"
    parts = (way, place.programme, "buiten de regio" if place.outside else "")
    return [f"{person.age}, {person.municipality}", ", ".join(filter(None, parts))]


def _others(officer: Officer, row: LearnerRow, alert: Alert) -> list[Alert]:
    """The other alerts that the reader may see, newest first."""
    seen = (AlertRow(one, row.learner.student_ref, row.learner_id, 0) for one in row.learner.alerts)
    others = [one.alert for one in seen if sight.sees_alert(officer, one)]
    others = [one for one in others if one.alert_id != alert.alert_id]
    return sorted(others, key=lambda one: (one.raised_at, one.code), reverse=True)


def _earlier(sheets: Sheets, alert: Alert) -> Earlier:
    who = spoken_name(sheets.names, alert.acknowledged_by)
    return Earlier(alert, explain(alert, sheets.world).title, life(alert, who=who))
