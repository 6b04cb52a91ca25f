"""What ends next in a case or alert, and how much time is left. Pure.

Service terms count from the signal that opened the case: assigned within 2 working days, a first contact
attempt within 5, intake within 10 (project decision on regional practice, docs/domain.md 9).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import msgspec

from shared.domain.alert import Alert
from shared.domain.calendar import DAY, add_working_days, is_working_day, local_date
from shared.domain.case import BEFORE_INTAKE, Case
from shared.domain.codes import CaseStatus
from shared.domain.decide import level_after, next_step
from shared.domain.routing import role_at
from shared.domain.situation import Situation
from shared.domain.words import level_name

ASSIGN_WD, CONTACT_WD, INTAKE_WD = 2, 5, 10
SOON_WD = 2
"""From how many working days left a term is pressing."""


class Term(msgspec.Struct, frozen=True):
    """One thing that has to be done by the end of `day` (local); `met` when it was done."""

    name: str
    day: date
    met: bool = False


class Left(msgspec.Struct, frozen=True):
    """The time that is left until a day, in working days; negative when it has passed."""

    days: int
    day: date

    @property
    def words(self) -> str:
        """`vandaag`, `nog 3 werkdagen`, `2 werkdagen te laat`."""
        count = abs(self.days)
        unit = "werkdag" if count == 1 else "werkdagen"
        if self.days == 0:
            return "vandaag"
        return f"nog {count} {unit}" if self.days > 0 else f"{count} {unit} te laat"

    @property
    def urgency(self) -> str:
        """`late`, `soon` or `calm`."""
        if self.days < 0:
            return "late"
        return "soon" if self.days <= SOON_WD else "calm"


def left(today: date, day: date) -> Left:
    """How long it is from today to the end of a day. A weekend between counts as the working day after it."""
    if day == today:
        return Left(0, day)
    earlier, later = sorted((today, day))
    between = max(1, sum(map(is_working_day, _days(earlier, later))))
    return Left(between if day > today else -between, day)


def _days(after: date, until: date) -> Iterator[date]:
    while after < until:
        after += DAY
        yield after


def terms(case: Case) -> list[Term]:
    """The service terms of a case, in order, and whether each was met."""
    opened = local_date(case.opened_at)
    reached = {turn.after for turn in case.history}
    return [
        Term("toewijzen", add_working_days(opened, ASSIGN_WD), case.assigned_to is not None),
        Term("contact", add_working_days(opened, CONTACT_WD), bool(case.attempts)),
        Term("intake", add_working_days(opened, INTAKE_WD), CaseStatus.INTAKE in reached),
    ]


def next_term(case: Case) -> Term | None:
    """What the desk has to do next, or when parking or aftercare ends; None when no term runs."""
    if case.status in BEFORE_INTAKE:
        return next((term for term in terms(case) if not term.met), None)
    if case.until is not None:
        name = "einde nazorg" if case.status is CaseStatus.AFTERCARE else "geparkeerd tot"
        return Term(name, case.until)
    return None


def steps_up(alert: Alert, now: Situation) -> Term | None:
    """When an alert goes to the next level if nobody picks it up, and to whom."""
    step = next_step(alert, now)
    if step is None:
        return None
    level = level_after(alert)
    return Term(f"naar {level_name(level, role_at(now, level))}", local_date(step))


def pressing(case: Case, alerts: Sequence[Alert], now: Situation) -> Term | None:
    """The first thing that ends: a term of the case, or the step of one of its open alerts."""
    found = [next_term(case), *(steps_up(alert, now) for alert in alerts if alert.open)]
    return min((term for term in found if term is not None), key=lambda term: term.day, default=None)


def ends_at(term: Term | None, otherwise: datetime) -> str:
    """The place of a case in the list: what ends first stands first, what has no term last."""
    return term.day.isoformat() if term else f"9999{otherwise.isoformat()}"
