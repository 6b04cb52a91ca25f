"""A case at the desk: one learner, from opening to closing.

Facts have no order that counts, people have: here a literal table says who may go where. Whatever is not
in it is refused by name. Source: docs/domain.md 9 and rulings 39-45, 49, 59; what is marked [P] there is a
project decision.
"""

from __future__ import annotations

import calendar as months
import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from shared.domain.action import Action, Refused, illegal
from shared.domain.calendar import add_working_days, local_date, midnight
from shared.domain.codes import CaseFlag, CaseStatus, ContactResult, DestinationKind, Role

NEW, ASSIGNED, CONTACTING = CaseStatus.NEW, CaseStatus.ASSIGNED, CaseStatus.CONTACTING
INTAKE, GUIDANCE, AFTERCARE = CaseStatus.INTAKE, CaseStatus.GUIDANCE, CaseStatus.AFTERCARE
PARKED, CLOSED = CaseStatus.PARKED, CaseStatus.CLOSED
TRANSFERRED, MERGED = CaseStatus.TRANSFERRED, CaseStatus.MERGED

ACTS = (
    "assign",
    "contact-attempt",
    "to-contacting",
    "to-intake",
    "to-guidance",
    "to-aftercare",
    "park",
    "resume",
    "transfer",
    "close",
)
"""Everything that a person can do with a case; a `move` is named after where it goes."""

STAYS = None
"""In the table: the case keeps its status (or, for `resume`, takes the one it had before)."""

MOVES: Mapping[tuple[CaseStatus, str], CaseStatus | None] = MappingProxyType(
    {
        (NEW, "assign"): ASSIGNED,
        (NEW, "contact-attempt"): CONTACTING,
        (NEW, "park"): PARKED,
        (NEW, "transfer"): STAYS,
        (NEW, "close"): CLOSED,
        (ASSIGNED, "assign"): STAYS,
        (ASSIGNED, "contact-attempt"): CONTACTING,
        (ASSIGNED, "to-contacting"): CONTACTING,
        (ASSIGNED, "park"): PARKED,
        (ASSIGNED, "transfer"): STAYS,
        (ASSIGNED, "close"): CLOSED,
        (CONTACTING, "assign"): STAYS,
        (CONTACTING, "contact-attempt"): STAYS,
        (CONTACTING, "to-intake"): INTAKE,
        (CONTACTING, "park"): PARKED,
        (CONTACTING, "transfer"): STAYS,
        (CONTACTING, "close"): CLOSED,
        (INTAKE, "assign"): STAYS,
        (INTAKE, "contact-attempt"): STAYS,
        (INTAKE, "to-guidance"): GUIDANCE,
        (INTAKE, "park"): PARKED,
        (INTAKE, "transfer"): STAYS,
        (INTAKE, "close"): CLOSED,
        (GUIDANCE, "assign"): STAYS,
        (GUIDANCE, "contact-attempt"): STAYS,
        (GUIDANCE, "to-aftercare"): AFTERCARE,
        (GUIDANCE, "park"): PARKED,
        (GUIDANCE, "transfer"): STAYS,
        (GUIDANCE, "close"): CLOSED,
        (AFTERCARE, "assign"): STAYS,
        (AFTERCARE, "contact-attempt"): STAYS,
        (AFTERCARE, "transfer"): STAYS,
        (AFTERCARE, "close"): CLOSED,
        (PARKED, "assign"): STAYS,
        (PARKED, "contact-attempt"): STAYS,
        (PARKED, "resume"): STAYS,
        (PARKED, "transfer"): STAYS,
        (PARKED, "close"): CLOSED,
    }
)
"""The moves of people. CLOSED, TRANSFERRED and MERGED have none: they are ends."""

ENDS = frozenset({CLOSED, TRANSFERRED, MERGED})
"""Where a case is over."""

WORKING = (NEW, ASSIGNED, CONTACTING, INTAKE, GUIDANCE, AFTERCARE)
"""The way of a case, from its beginning; PARKED interrupts it."""

REGION = re.compile(r"0[1-9]|[123][0-9]|40")
"""The numbers that regions have by law."""

BEFORE_INTAKE = frozenset({NEW, ASSIGNED, CONTACTING})
"""Where a case closes by itself when its last open alert resolves (ruling 39)."""

RESOLVED_BEFORE_CONTACT = "RESOLVED_BEFORE_CONTACT"
CORRECTED = "CORRECTED"

ATTEMPTS, ATTEMPTS_WD = 3, 15
"""What MOVED_OR_UNTRACEABLE asks for: so many attempts without result over so many working days."""


class Attempt(msgspec.Struct, frozen=True):
    """One attempt to reach the learner; `day` is a local date, `at` when it was logged (UTC)."""

    at: datetime
    day: date
    result: ContactResult
    role: Role


class Turn(msgspec.Struct, frozen=True):
    """One change of status; without a role the case did it by itself."""

    at: datetime
    before: CaseStatus
    after: CaseStatus
    role: Role | None = None
    by: str | None = None


class Case(msgspec.Struct, frozen=True):
    """One case. Moments in UTC, dates local.

    `opened_by` is the code of the alert that opened it, None when a person did. `until` is the day on
    which parking or aftercare ends, or a search that was given up begins again. `closed_reason` says why
    it closed without a destination code, which is only ever by itself. `parked_in` is the status that
    parking interrupted. A case with status TRANSFERRED is a stub: it says that there was one here, and
    nothing more. `worked_by` is who did something with it last, at `worked_at`.
    """

    case_id: str
    student_ref: str
    year: int
    status: CaseStatus
    opened_at: datetime
    region: str | None
    alerts: tuple[str, ...] = ()
    flags: tuple[CaseFlag, ...] = ()
    opened_by: str | None = None
    assigned_to: str | None = None
    attempts: tuple[Attempt, ...] = ()
    closed_at: datetime | None = None
    closed_reason: str | None = None
    destination: DestinationKind | None = None
    until: date | None = None
    parked_in: CaseStatus | None = None
    history: tuple[Turn, ...] = ()
    worked_by: Role | None = None
    worked_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether somebody may still be working on it."""
        return self.status not in ENDS

    @property
    def due(self) -> datetime | None:
        """When time moves it on (UTC): parking or aftercare ends, or a search begins again."""
        timed = self.status in (PARKED, AFTERCARE, CLOSED) and self.until is not None
        return midnight(self.until) if timed and self.until else None


def act_of(action: Action) -> str:
    """The name of what is asked, as it stands in the table of moves."""
    if action.action != "move":
        return action.action
    return {None: "move", ASSIGNED: "assign", PARKED: "park", CLOSED: "close", TRANSFERRED: "transfer"}.get(
        action.to, f"to-{action.to}".lower()
    )


def move(case: Case, action: Action, aftercare_months: int) -> Case | Refused:
    """The case after what a person did at `action.at`, or why not.

    `aftercare_months`: how long the desk keeps an eye on a placed learner when nothing else was agreed.
    """
    act = act_of(action)
    if case.status is PARKED and action.action == "move" and action.to is case.parked_in:
        act = "resume"
    if (case.status, act) not in MOVES:
        return illegal(f"Dat kan niet bij een dossier met status {case.status}.")
    lacking = _lacking(case, act, action)
    if lacking:
        return illegal(lacking)
    done = replace(_with(case, act, action, aftercare_months), worked_by=action.role, worked_at=action.at)
    return _turned(done, action.at, _after(case, act), action.role, action.by)


def contacted(case: Case, at: datetime, day: date, result: ContactResult, role: Role) -> Case:
    """Somebody tried to reach the learner: NEW and ASSIGNED become CONTACTING (ruling 49)."""
    attempts = (*case.attempts, Attempt(at, day, result, role))
    tried = replace(case, attempts=attempts, worked_by=role, worked_at=at)
    return _turned(tried, at, MOVES[case.status, "contact-attempt"] or case.status, role)


def alert_resolved(case: Case, at: datetime, corrected: bool) -> Case:
    """The last open alert of the case is gone at `at` (rulings 39, 41, 59).

    A correction closes only a case that nobody has touched, else it marks it; and after that mark
    nothing closes a case by itself.
    """
    if CaseFlag.GROUND_REMOVED in case.flags:
        return case
    if corrected and case.status is not NEW:
        return _flagged(case, CaseFlag.GROUND_REMOVED)
    if case.status not in BEFORE_INTAKE:
        return propose_closure(case)
    reason = CORRECTED if corrected else RESOLVED_BEFORE_CONTACT
    return _turned(replace(case, closed_reason=reason, until=None), at, CLOSED)


def propose_closure(case: Case) -> Case:
    """A sign of life where the desk is at work: only a person closes (ruling 59)."""
    if case.status in BEFORE_INTAKE or not case.open:
        return case
    return _flagged(case, CaseFlag.CLOSURE_PROPOSED)


def withdraw_proposal(case: Case) -> Case:
    """The learner is out of place again: there is nothing left to propose."""
    return replace(case, flags=tuple(flag for flag in case.flags if flag is not CaseFlag.CLOSURE_PROPOSED))


def time_passed(case: Case, at: datetime, placed: bool) -> Case:
    """Parking or aftercare ends at `at`; aftercare closes the case when the learner is still placed."""
    if case.due is None or case.due > at:
        return case
    over = replace(case, until=None)
    if case.status is PARKED:
        return _turned(replace(over, parked_in=None), at, case.parked_in or NEW)
    if placed and CaseFlag.GROUND_REMOVED not in case.flags:
        return _turned(over, at, CLOSED)
    return over


def moved_away(case: Case, at: datetime, region: str | None, stub_id: str) -> tuple[Case, Case]:
    """The case in its new region, and the stub that stays behind without content (ruling 45)."""
    stub = Case(
        case_id=stub_id,
        student_ref=case.student_ref,
        year=case.year,
        status=TRANSFERRED,
        opened_at=case.opened_at,
        region=case.region,
        closed_at=at,
    )
    return replace(case, region=region, assigned_to=None), stub


def merged(case: Case, at: datetime) -> Case:
    """It was found to be of somebody who has another case, which goes on in its place (ruling 32)."""
    ended = _turned(replace(withdraw_proposal(case), until=None, parked_in=None), at, MERGED)
    return replace(ended, closed_at=at)


def goes_on(case: Case, other: Case) -> Case:
    """A case with the alerts of the one that merged into it, and with what was done there."""
    alerts = tuple(dict.fromkeys((*case.alerts, *other.alerts)))
    attempts = tuple(sorted((*case.attempts, *other.attempts), key=lambda one: one.at))
    later = other.worked_at and (case.worked_at is None or other.worked_at > case.worked_at)
    last = other if later else case
    return replace(case, alerts=alerts, attempts=attempts, worked_by=last.worked_by, worked_at=last.worked_at)


def progress(case: Case) -> int:
    """How far people have come with an open case."""
    return WORKING.index(case.parked_in or case.status)


def _after(case: Case, act: str) -> CaseStatus:
    after = MOVES[case.status, act]
    if after is not None:
        return after
    return case.parked_in or case.status if act == "resume" else case.status


def _lacking(case: Case, act: str, action: Action) -> str | None:
    """What the act needs and does not have, in plain Dutch."""
    today = local_date(action.at)
    match act:
        case "to-aftercare" if action.destination is None:
            return "Kies een bestemming."
        case "to-aftercare" if action.destination is DestinationKind.MOVED_OR_UNTRACEABLE:
            return "Nazorg is er voor wie een plek heeft: sluit het dossier."
        case "to-aftercare" if action.until is not None and action.until <= today:
            return "Kies een datum na vandaag."
        case "close" if action.destination is None and (case.status is not AFTERCARE or not case.destination):
            return "Kies een bestemming."
        case "close" if action.destination is DestinationKind.MOVED_OR_UNTRACEABLE:
            return None if is_untraceable(case, today) else "Dit kan pas na drie pogingen in 15 werkdagen."
        case "park" if action.until is None or action.until <= today:
            return "Kies een datum na vandaag."
        case "transfer" if action.region == case.region or not REGION.fullmatch(action.region or ""):
            return "Kies een andere regio."
        case "contact-attempt" if action.result is None:
            return "Kies Gesproken of Niet bereikt."
        case "contact-attempt" if action.date is not None and action.date > today:
            return "De datum ligt in de toekomst."
        case _:
            return None


def unreached(case: Case) -> tuple[date, ...]:
    """The days of the attempts without result since somebody last spoke with the learner, in order."""
    missed: tuple[date, ...] = ()
    for attempt in sorted(case.attempts, key=lambda attempt: (attempt.day, attempt.at)):
        missed = () if attempt.result is ContactResult.REACHED else (*missed, attempt.day)
    return missed


def is_untraceable(case: Case, today: date) -> bool:
    """Whether a case may be closed because nobody could find the learner."""
    missed = unreached(case)
    return len(missed) >= ATTEMPTS and add_working_days(missed[0], ATTEMPTS_WD) <= today


def _with(case: Case, act: str, action: Action, aftercare_months: int) -> Case:
    """The case with what the act brings, before its status turns."""
    match act:
        case "assign":
            return replace(case, assigned_to=action.by or str(action.role))
        case "to-aftercare":
            until = action.until or months_later(local_date(action.at), aftercare_months)
            return replace(case, destination=action.destination, until=until)
        case "park":
            return replace(case, until=action.until, parked_in=case.status)
        case "resume":
            return replace(case, until=None, parked_in=None)
        case "close":
            destination = action.destination or case.destination
            lost = destination is DestinationKind.MOVED_OR_UNTRACEABLE
            return replace(case, destination=destination, until=_next_search(action.at) if lost else None)
        case _:
            return case


def _next_search(at: datetime) -> date:
    """The next 1 October: then a learner whom nobody could find is looked for once more."""
    today = local_date(at)
    october = date(today.year, 10, 1)
    return october if october > today else date(today.year + 1, 10, 1)


def _turned(
    case: Case, at: datetime, after: CaseStatus, role: Role | None = None, by: str | None = None
) -> Case:
    if after is case.status:
        return case
    turn = Turn(at, case.status, after, role, by)
    return replace(
        case,
        status=after,
        closed_at=at if after is CLOSED else None,
        history=(*case.history, turn),
        flags=withdraw_proposal(case).flags if after is CLOSED else case.flags,
    )


def _flagged(case: Case, flag: CaseFlag) -> Case:
    return case if flag in case.flags else replace(case, flags=tuple(sorted((*case.flags, flag))))


def months_later(day: date, count: int) -> date:
    """The same day number so many months later, or that month's last day (ruling 40)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))
