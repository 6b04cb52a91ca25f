"""A06 NO_FEEDBACK: an open application of which the institution says nothing."""

from __future__ import annotations

from datetime import date

from shared.domain.alert import Alert, Recipient
from shared.domain.application import OPEN, Applied
from shared.domain.calendar import DAY, midnight
from shared.domain.codes import Severity
from shared.domain.event import Version
from shared.domain.feedback import awaited_until, is_overdue, patience
from shared.domain.place import institution_region
from shared.domain.routing import COPY, FIRST, broker, home_region, institution, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation

INSTITUTION = 0
"""The level of escalation at which an institution stands (ruling 21)."""


class NoFeedback(Rule):
    """Watches every open application by itself; its term runs from the last step (rulings 3 and 22).

    At an institution outside the region of the home it is more pressing, and the broker hears of it too
    (rulings 42 and 54).

    Example: received on 2 March 2026 and no word since: fifteen working days end on 23 March, A06 fires on
    24 March 06:00. After a step of 1 June they are ten, A06 on 16 June; after one of 1 September five,
    A06 on 9 September.
    """

    code = "A06"
    name = "NO_FEEDBACK"
    severity = Severity.LOW
    source = Source(
        "L",
        "Een instelling meldt elke wijziging van status zo snel mogelijk aan de school van herkomst en de "
        "gemeente. Hoe lang stilte mag duren, kiest dit platform.",
        "An institution tells the school of origin and the municipality every change of status as soon as "
        "possible. How long silence may last is a choice of this platform.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        """Only once the term is over: time brings this alert, not the step from which it runs."""
        return tuple(
            _ground(now, one) for one in now.applied if is_overdue(one, now.policy, now.year, now.today)
        )

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """Any newer status of that application, or the enrolment that takes it up."""
        one = next((one for one in now.applied if one.key == alert.ground), None)
        if one is None:
            return None
        if one.enrolment is not None:
            return one.enrolment.version
        return one.version if _is_newer(one, alert) else None

    def goes_on(self, ground: Ground, last: Alert) -> bool:
        """A step that is old when it comes ends one silence and names another."""
        return ground.because == last.because


def _ground(now: Situation, one: Applied) -> Ground:
    told = one.application
    outside = _is_outside(now, told.brin)
    return Ground(
        since=midnight(awaited_until(one, now.policy, now.year) + DAY),
        severity=Severity.MED if outside else Severity.LOW,
        level=INSTITUTION,
        recipients=_recipients(now, told.brin, outside),
        figures={"date": told.status_date.isoformat(), "days": patience(one, now.policy, now.year)},
        because=(one.version.event_id,),
        parties={"mbo": told.brin},
        key=one.key,
    )


def _is_outside(now: Situation, brin: str) -> bool:
    home, there = home_region(now), institution_region(now.world, brin, None, now.today)
    return home is not None and there is not None and home != there


def _recipients(now: Situation, brin: str, outside: bool) -> tuple[Recipient, ...]:
    first = institution(brin, FIRST)
    return (*first, broker(region_of(now), COPY)) if outside else first


def _is_newer(one: Applied, alert: Alert) -> bool:
    """Whether it says something else than the step that the alert names, and nothing from before it."""
    if one.version.event_id in alert.because:
        return False
    return one.grade != OPEN or one.application.status_date >= date.fromisoformat(str(alert.figures["date"]))


RULE = NoFeedback()
