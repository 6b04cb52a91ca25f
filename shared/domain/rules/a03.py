"""A03 NO_OFFER: applied in time, and no offer or provisional place after 1 June."""

from __future__ import annotations

from datetime import datetime

from shared.domain import checkpoints
from shared.domain.alert import Alert
from shared.domain.application import OFFER
from shared.domain.codes import Severity, State
from shared.domain.event import Version
from shared.domain.routing import BROKER, COPY, FIRST, broker, region_of, school
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import state_of


class NoOffer(Rule):
    """Looks once, after `placement_check` with its grace; not when everything is closed (ruling 24).

    Example: received on 2 March 2026 and still without an offer: 1 June and five working days end on 8 June,
    so A03 fires on 9 June 2026 06:00. Who applied on 14 April was too late for it.
    """

    code = "A03"
    states = frozenset({State.APPLIED})
    dated = True
    name = "NO_OFFER"
    severity = Severity.MED
    source = Source(
        "R",
        "Afspraak in de regio's: wie op tijd is aangemeld, heeft op 1 juni een aanbod of voorlopige plaats.",
        "Regional practice: by 1 June who applied in time has an offer or a provisional place.",
    )

    def looks(self, now: Situation) -> tuple[datetime, ...]:
        return (checkpoints.placed_by(now.policy, now.year),)

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        if state_of(now) is not State.APPLIED:
            return ()
        first = min(now.applied, key=lambda one: (one.first_date, one.application.ref))
        if first.first_date > now.policy.apply_by(now.year):
            return ()
        best = now.best or first
        ground = Ground(
            since=now.at,
            severity=self.severity,
            level=BROKER,
            recipients=(broker(region_of(now), FIRST), *school(now, COPY)),
            figures={
                "applied": first.first_date.isoformat(),
                "deadline": now.policy.placement_check(now.year).isoformat(),
                "checked": now.today.isoformat(),
            },
            because=tuple(sorted({first.version.event_id, best.version.event_id})),
            parties={"mbo": best.application.brin},
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """An offer, an enrolment or a destination."""
        if now.active:
            return now.active[0].version
        if now.best and now.best.grade >= OFFER:
            return now.best.version
        return now.destination.version if now.destination else None


RULE = NoOffer()
