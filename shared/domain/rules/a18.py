"""A18 AGE_CHANGE: who is known to a desk comes of age, or grows out of the target group."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from shared.domain.alert import Alert
from shared.domain.calendar import midnight
from shared.domain.case import Case
from shared.domain.codes import How, Role, Severity
from shared.domain.duty import ADULT
from shared.domain.event import Version
from shared.domain.person import birthday
from shared.domain.routing import DESK, both_desks, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import is_closed


class AgeChange(Rule):
    """Both desks hear of it on the first working morning from the birthday (ruling 55).

    At 18 the attendance desk hands over what was open by then: another alert of this transition, or the case.
    At the age limit (27) the transition is closed and its alerts have expired; what can still be open is the
    case (project decision, docs/domain.md 8). It speaks of what is open and keeps nothing open itself.

    Example: an A14 of 18 September, 18 on Sunday 27 September: A18 on Monday at 06:00. It ends when the RMC
    desk assigns or calls, or when nothing of before the birthday is open any more.
    """

    code = "A18"
    name = "AGE_CHANGE"
    severity = Severity.LOW
    opens_case = False
    keeps_case = False
    beyond_closing = True
    source = Source(
        "P",
        "De kwalificatieplicht eindigt op de 18e verjaardag, de doelgroep van het Doorstroompunt op de "
        "leeftijdsgrens. Dat loketten dan overdragen of sluiten, kiest dit platform.",
        "The duty to qualify ends on the 18th birthday, the target group of the Doorstroompunt at the age "
        "limit. That desks then hand over or close is a choice of this platform.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        born = now.birth_date
        if born is None:
            return ()
        for age in _ages(now):
            day = birthday(born, age)
            if _is_open(now, docket, age, day) and not _was_told(docket, day):
                return (self._ground(now, age, day),)
        return ()

    def _ground(self, now: Situation, age: int, day: date) -> Ground:
        return Ground(
            since=midnight(day),
            severity=self.severity,
            level=DESK,
            recipients=both_desks(region_of(now)),
            figures={"age": age, "date": day.isoformat()},
            because=tuple(_who_said(now)),
        )

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """No fact does: people do, or the end of what was open."""
        return None

    def lapses(self, now: Situation, alert: Alert, docket: Docket) -> datetime | None:
        """When the RMC desk took the case over, or nothing of before the birthday is open any more."""
        day = date.fromisoformat(str(alert.figures["date"]))
        return None if _is_open(now, docket, int(alert.figures["age"]), day) else now.at


def _ages(now: Situation) -> tuple[int, ...]:
    """The birthdays that matter, the first one first: at 18 only while the transition is open."""
    limit = now.policy.region_age_max
    return (limit,) if is_closed(now) else (ADULT, limit)


def _is_open(now: Situation, docket: Docket, age: int, day: date) -> bool:
    """Whether something of before the birthday is still open and waits for the desks."""
    cases = [case for case in docket.cases if case.open and case.year == now.year]
    if age != ADULT:
        return any(_is_older(case.opened_at, day) for case in cases)
    if any(_took_over(case, day) for case in cases):
        return False
    others = [alert.raised_at for alert in docket.alerts if alert.open and alert.code != RULE.code]
    return any(_is_older(began, day) for began in (*others, *(case.opened_at for case in cases)))


def _is_older(began: datetime, day: date) -> bool:
    return began < midnight(day)


def _took_over(case: Case, day: date) -> bool:
    """Whether the RMC desk was the last to work on it, since the birthday."""
    return case.worked_by is Role.RMC_DESK and case.worked_at is not None and case.worked_at >= midnight(day)


def _was_told(docket: Docket, day: date) -> bool:
    """Whether this birthday had its alert, and that is over: it does not come twice."""
    return any(
        alert.code == RULE.code
        and alert.figures["date"] == day.isoformat()
        and not alert.open
        and alert.how is not How.CORRECTED
        for alert in docket.alerts
    )


def _who_said(now: Situation) -> Iterator[str]:
    """The lists with this birth date, of whatever year."""
    for year in now.picture.years:
        for known in year.listings:
            if known.effect.birth_date == now.birth_date:
                yield known.version.event_id


RULE = AgeChange()
