"""A17 NO_PLAN: a learner of practical, special or newcomers' education without a next step."""

from __future__ import annotations

from datetime import datetime

from shared.domain import checkpoints
from shared.domain.alert import Alert
from shared.domain.codes import Severity, State, VoType
from shared.domain.event import Version
from shared.domain.routing import BROKER, FIRST, broker, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import stays_in_vo

WATCHED = (VoType.PRO, VoType.VSO_VERVOLG, VoType.VSO_ARBEID, VoType.VSO_DAG, VoType.ISK)
"""Who falls outside the official figures of early leaving, and so is followed by nobody else."""


class NoPlan(Rule):
    """Looks on 1 March and on 1 June, both without grace (ruling 24).

    What the school expects is no plan: only a confirmed destination is (ruling 29).

    Example: 1 March 2026 is a Sunday, so A17 fires on Monday 2 March 06:00 for a pupil of practical education
    without an application. Who came on the list on 9 March is seen on 1 June 06:00.
    """

    code = "A17"
    states = frozenset({State.ATTENDING, State.EXPECTED, State.UNPLACED, State.OUT_OF_SIGHT})
    dated = True
    name = "NO_PLAN"
    severity = Severity.MED
    source = Source(
        "P",
        "Leerlingen van praktijkonderwijs, speciaal onderwijs en isk vallen buiten de officiële cijfers; dit "
        "platform kijkt twee keer of er voor hen een vervolg is.",
        "Learners of practical, special and newcomers' education fall outside the official figures; this "
        "platform looks twice whether there is a next step for them.",
    )

    def looks(self, now: Situation) -> tuple[datetime, ...]:
        policy, year = now.policy, now.year
        return checkpoints.planned_by(policy, year), checkpoints.second_chance(policy, year)

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        listing = now.listing
        if listing is None or listing.effect.vo_type not in WATCHED or stays_in_vo(now):
            return ()
        if now.best or now.active or now.ended or now.destination:
            return ()
        policy, year = now.policy, now.year
        second = now.at >= checkpoints.second_chance(policy, year)
        day = policy.placement_check(year) if second else policy.plan_check(year)
        ground = Ground(
            since=now.at,
            severity=self.severity,
            level=BROKER,
            recipients=(broker(region_of(now), FIRST),),
            figures={"type": listing.effect.vo_type, "deadline": day.isoformat()},
            because=(listing.version.event_id,),
            parties={"school": listing.effect.vo_site},
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """An application (an enrolment implies one) or a confirmed destination."""
        if now.best:
            return now.best.version
        if now.active:
            return now.active[0].version
        return now.destination.version if now.destination else None


RULE = NoPlan()
