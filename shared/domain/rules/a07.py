"""A07 SUMMER_GAP: secondary education is over, and no enrolment or destination in summer."""

from __future__ import annotations

from datetime import date, datetime

from shared.domain import checkpoints
from shared.domain.alert import Alert, Recipient
from shared.domain.application import OFFER
from shared.domain.calendar import working_days_before
from shared.domain.codes import ExamOutcome, Severity, State
from shared.domain.event import Version
from shared.domain.lessons import lessons_begin
from shared.domain.routing import BROKER, COPY, FIRST, broker, desk, institution, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import state_of

WITHOUT_PLACE = (State.EXPECTED, State.APPLIED, State.UNPLACED, State.DROPPED_OUT)


class SummerGap(Rule):
    """Looks on 10 July, and ten working days before the first lesson day of the best application (ruling 2).

    The second time an offer that nobody turned into an enrolment counts too; that one is for the
    institution first (ruling 55).

    Example: passed on 15 June 2026, without an offer or enrolment: A07 on 10 July 06:00. Lessons begin on
    24 August, so who has an offer and no enrolment is seen on 10 August 06:00.
    """

    code = "A07"
    states = frozenset({*WITHOUT_PLACE, State.OFFERED})
    dated = True
    name = "SUMMER_GAP"
    severity = Severity.HIGH
    source = Source(
        "P",
        "Tegen zomerlek kijken wij twee keer tussen de uitslag en de eerste lesdag.",
        "Against the summer gap we look twice between the result and the first lesson.",
    )

    def looks(self, now: Situation) -> tuple[datetime, ...]:
        return checkpoints.summer_1(now.policy, now.year), self._second(now)

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        state = state_of(now)
        because = _over(now)
        late = now.at >= self._second(now)
        offered = state is State.OFFERED and late
        if now.is_free or not because or not (offered or state in WITHOUT_PLACE):
            return ()
        day = _second_day(now) if late else now.policy.summer_check_1(now.year)
        best = now.best
        if best:
            because = (*because, best.version.event_id)
        ground = Ground(
            since=now.at,
            severity=Severity.MED if offered else self.severity,
            level=0 if offered else BROKER,
            recipients=_recipients(now, offered),
            figures={"deadline": day.isoformat()},
            because=because,
            parties={"mbo": best.application.brin} if best and offered else {},
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """An enrolment or a destination."""
        if now.active:
            return now.active[0].version
        return now.destination.version if now.destination else None

    def _second(self, now: Situation) -> datetime:
        return checkpoints.morning_of(_second_day(now))


def _second_day(now: Situation) -> date:
    """So many working days before the first lesson day of the best application's institution."""
    return working_days_before(lessons_begin(now), now.policy.summer_check_2_wd)


def _over(now: Situation) -> tuple[str, ...]:
    """The facts that say that vo has ended or that the result is known (ruling 28)."""
    ends = [known.version for known in now.picture.vo_ends if known.effect.end_date < now.today]
    results = [known.version for known in now.picture.exams if known.effect.outcome is not ExamOutcome.NONE]
    return tuple(version.event_id for version in (*(() if now.in_vo else ends), *results))


def _recipients(now: Situation, offered: bool) -> tuple[Recipient, ...]:
    region = region_of(now)
    if offered and now.best and now.best.grade == OFFER:
        return (*institution(now.best.application.brin, FIRST), broker(region, COPY))
    return broker(region, FIRST), desk(now, region, COPY)


RULE = SummerGap()
