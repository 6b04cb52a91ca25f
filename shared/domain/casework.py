"""What alerts, facts and time do to the cases of one learner.

Source: docs/domain.md 9 and rulings 39, 41, 44-46, 49, 59. What people do is in `case.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from shared.domain import case as moves
from shared.domain.alert import Alert
from shared.domain.case import Case
from shared.domain.codes import CaseStatus, ContactResult, How, Role, State
from shared.domain.decide import ESCALATED, RAISED, RESOLVED, Change, News
from shared.domain.event import Version
from shared.domain.ids import case_id, case_id_by_hand, learner_id
from shared.domain.routing import DESK
from shared.domain.rules import RULES
from shared.domain.state import IN_SIGHT

PLACED = frozenset({State.ENROLLED, State.ATTENDING, State.OTHER_DESTINATION})
"""Where a learner still has the place that aftercare watches over."""

CONTACT = "contact.recorded"

Cases = tuple[Case, ...]


def open_case(cases: Cases) -> Case | None:
    """The one open case of a learner."""
    return next((case for case in cases if case.open), None)


def follow(
    student_ref: str, cases: Cases, changes: Sequence[Change], alerts: Sequence[Alert], at: datetime
) -> Cases:
    """The cases after alerts were raised, stepped up or resolved at `at` (UTC)."""
    for change in changes:
        if change.kind in (RAISED, ESCALATED):
            cases = _taken_in(student_ref, cases, change, at)
    return _let_go(cases, changes, {alert.alert_id: alert for alert in alerts}, at)


def _taken_in(student_ref: str, cases: Cases, change: Change, at: datetime) -> Cases:
    """An alert joins the open case when it is later; at the desk it opens one (ruling 44)."""
    alert, current = change.alert, open_case(cases)
    if current is not None:
        later = change.kind == RAISED and alert.alert_id not in current.alerts
        return put(cases, replace(current, alerts=(*current.alerts, alert.alert_id))) if later else cases
    at_desk = alert.open and alert.level >= DESK
    if not at_desk or (change.kind == RAISED and not RULES[alert.code].opens_case):
        return cases
    if change.kind == ESCALATED and any(alert.alert_id in case.alerts for case in cases):
        return cases  # the desk had it and closed its case: a step to the coordinator brings no other one
    fresh = Case(
        case_id=_next_id(cases, alert.alert_id),
        student_ref=student_ref,
        year=alert.year,
        status=CaseStatus.NEW,
        opened_at=at,
        region=alert.region,
        alerts=(alert.alert_id,),
        opened_by=alert.code,
    )
    return (*cases, fresh)


def _next_id(cases: Cases, opened_by: str) -> str:
    """The id of the next case that an alert opens."""
    return case_id(opened_by, sum(case.alerts[:1] == (opened_by,) for case in cases))


def _let_go(cases: Cases, changes: Sequence[Change], alerts: dict[str, Alert], at: datetime) -> Cases:
    """When the last open alert of the open case is gone, the case closes, is marked or asks to be closed."""
    current = open_case(cases)
    if current is None:
        return cases
    own = [alerts[one] for one in current.alerts if one in alerts and RULES[alerts[one].code].keeps_case]
    ids = {alert.alert_id for alert in own}
    gone = [change.alert for change in changes if change.kind == RESOLVED and change.alert.alert_id in ids]
    if not gone or any(alert.open for alert in own):
        return cases
    return put(cases, moves.alert_resolved(current, at, gone[-1].how is How.CORRECTED))


def seen(cases: Cases, before: State | None, after: State | None, arrived: bool) -> Cases:
    """A sign of life that brings the learner back in sight proposes to close (rulings 35, 39, 59)."""
    current = open_case(cases)
    if current is None or before is after:
        return cases
    if arrived and after in IN_SIGHT and before not in IN_SIGHT:
        return put(cases, moves.propose_closure(current))
    if before in IN_SIGHT and after not in IN_SIGHT:
        return put(cases, moves.withdraw_proposal(current))
    return cases


def contacts(cases: Cases, news: News, at: datetime) -> Cases:
    """Contacts that name a case count as attempts on it (ruling 49)."""
    for version in news.versions:
        if version.kind == CONTACT:
            cases = _contact(cases, version, at)
    return cases


def _contact(cases: Cases, version: Version, at: datetime) -> Cases:
    fields = version.fields
    for case in cases:
        if case.open and case.case_id == fields.get("caseId"):
            day = date.fromisoformat(fields["date"])
            result, role = ContactResult(fields["result"]), Role(fields["by"])
            return put(cases, moves.contacted(case, at, day, result, role))
    return cases


def time_passed(cases: Cases, at: datetime, state: Callable[[int], State | None]) -> Cases:
    """Parking and aftercare that end at `at` (UTC)."""
    for case in cases:
        if case.due is not None and case.due <= at:
            cases = put(cases, moves.time_passed(case, at, state(case.year) in PLACED))
            if case.status is CaseStatus.CLOSED and state(case.year) is State.OUT_OF_SIGHT:
                cases = _offered_again(cases, case, at)
    return cases


def _offered_again(cases: Cases, former: Case, at: datetime) -> Cases:
    """Whom nobody could find is looked for once more on 1 October (docs/domain.md 9)."""
    if open_case(cases) is not None:
        return cases
    by_hand = case_id_by_hand(learner_id(former.student_ref), at)
    fresh = Case(
        case_id=_next_id(cases, former.alerts[0]) if former.alerts else by_hand,
        student_ref=former.student_ref,
        year=former.year,
        status=CaseStatus.NEW,
        opened_at=at,
        region=former.region,
        alerts=former.alerts,
        opened_by=former.opened_by,
    )
    return (*cases, fresh)


def moved_home(cases: Cases, year: int, region: str | None, at: datetime) -> Cases:
    """The home is in another region now: the case goes along, a stub stays behind (ruling 45)."""
    current = open_case(cases)
    if current is None or current.year != year or current.region == region:
        return cases
    if current.region is None:
        return put(cases, replace(current, region=region))
    return transferred(cases, current, region, at)


def transferred(cases: Cases, case: Case, region: str | None, at: datetime) -> Cases:
    """A case that goes to another region, and the stub of it."""
    earlier = sum(stub.status is CaseStatus.TRANSFERRED for stub in cases)
    moved, stub = moves.moved_away(case, at, region, case_id(case.case_id, earlier))
    return (*put(cases, moved), stub)


def combined(cases: Cases, others: Cases, at: datetime) -> Cases:
    """The cases of two references that are one person; one case goes on (ruling 32, docs/adr/0013).

    Of two open ones that is the one with which people have come furthest, else that of the new reference.
    """
    own, other = open_case(cases), open_case(others)
    all_ = tuple(sorted((*cases, *others), key=lambda case: (case.opened_at, case.case_id)))
    if own is None or other is None:
        return all_
    stays, goes = (other, own) if moves.progress(other) > moves.progress(own) else (own, other)
    return put(put(all_, moves.goes_on(stays, goes)), moves.merged(goes, at))


def takes_in(cases: Cases, former: str, alert: str) -> Cases:
    """An alert goes on in the place of an equal one: also in the open case that had that one."""
    current = open_case(cases)
    if current is None or former not in current.alerts or alert in current.alerts:
        return cases
    return put(cases, replace(current, alerts=(*current.alerts, alert)))


def put(cases: Cases, changed: Case) -> Cases:
    """The cases with one of them changed."""
    return tuple(changed if case.case_id == changed.case_id else case for case in cases)
