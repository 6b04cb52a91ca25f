"""Every application of a learner has come to nothing: which one was the last, and until when to apply anew.

A04 and A05 both ask this; they differ in how the last one closed. Source: docs/domain.md 8 and rulings 4, 23.
"""

from __future__ import annotations

from datetime import date

from shared.domain.alert import Recipient
from shared.domain.application import OPEN, Applied
from shared.domain.calendar import DAY, add_working_days, midnight, working_days_before
from shared.domain.codes import ApplicationStatus, CloseReason, Severity, State
from shared.domain.event import Version
from shared.domain.lessons import lessons_begin
from shared.domain.routing import BROKER, COPY, FIRST, broker, region_of, school
from shared.domain.rule import Ground
from shared.domain.situation import Situation
from shared.domain.state import state_of

WITHOUT_PLACE = (State.UNPLACED, State.OUT_OF_SIGHT)
"""Who dropped out has A14, who stays in vo has a place (project decision)."""


def last_closed(now: Situation, status: ApplicationStatus) -> Applied | None:
    """The application that closed last, when it closed so and the learner was left without a place.

    One that closed before an enrolment ended was not the last hope: that enrolment was.
    """
    best = now.best
    if best is None or best.application.status is not status or state_of(now) not in WITHOUT_PLACE:
        return None
    if best.enrolment is not None and best.enrolment.took_place:
        return None
    last = now.last_ended
    over = last.end if last else None
    return None if over and over >= best.application.status_date else best


def ground_of(now: Situation, closed: Applied) -> Ground:
    """What there is to tell once the term to apply anew is over."""
    told = closed.application
    deadline = reapply_by(now, told.status_date)
    return Ground(
        since=midnight(deadline + DAY),
        severity=Severity.HIGH if now.policy.is_pressing(now.today, now.year) else Severity.MED,
        level=BROKER,
        recipients=_recipients(now),
        figures={
            "date": told.status_date.isoformat(),
            "reason": told.close_reason or CloseReason.UNKNOWN,
            "deadline": deadline.isoformat(),
        },
        because=(closed.version.event_id,),
        parties={"mbo": told.brin},
    )


def reapply_by(now: Situation, day: date) -> date:
    """The last day to apply anew when everything was closed on a day (ruling 4).

    Ten working days; five from the turn, twenty working days before the first lesson day; and nobody who
    was in time for the long term ends later than who came at the turn.
    """
    policy = now.policy
    turn = working_days_before(lessons_begin(now), policy.reapply_turn_wd)
    if day >= turn:
        return add_working_days(day, policy.reapply_late_wd)
    return min(add_working_days(day, policy.reapply_wd), add_working_days(turn, policy.reapply_late_wd))


def placed_again(now: Situation) -> Version | None:
    """A new open application, an enrolment or a destination."""
    if now.active:
        return now.active[0].version
    if now.best and now.best.grade >= OPEN:
        return now.best.version
    return now.destination.version if now.destination else None


def _recipients(now: Situation) -> tuple[Recipient, ...]:
    return broker(region_of(now), FIRST), *school(now, COPY)
