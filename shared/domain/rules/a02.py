"""A02 NOT_APPLIED: in secondary education, expected in mbo, and no application after 1 April."""

from __future__ import annotations

from datetime import datetime

from shared.domain import checkpoints
from shared.domain.alert import Alert
from shared.domain.codes import Expected, Severity, State
from shared.domain.event import Version
from shared.domain.routing import BROKER, COPY, FIRST, broker, region_of, school
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import state_of, stays_in_vo

AWAITED = (Expected.MBO, Expected.UNKNOWN)


class NotApplied(Rule):
    """Looks after `apply_by` with its days of grace, and once more on 1 June without (ruling 24).

    Example: `apply_by` 1 April 2026 and five working days end on 10 April, so A02 fires on Monday 13 April
    2026 06:00. Who was to stay in vo until the school said otherwise on 11 May is seen on 1 June 06:00.
    """

    code = "A02"
    states = frozenset({State.EXPECTED})
    dated = True
    name = "NOT_APPLIED"
    severity = Severity.MED
    source = Source(
        "L",
        "Wet educatie en beroepsonderwijs: wie zich uiterlijk op 1 april aanmeldt voor het mbo, heeft recht "
        "op advies en toelating. De dagen respijt zijn een keuze van dit platform.",
        "Education and vocational training act: applying for mbo by 1 April gives a right to advice and "
        "admission. The days of grace are a choice of this platform.",
    )

    def looks(self, now: Situation) -> tuple[datetime, ...]:
        policy, year = now.policy, now.year
        return checkpoints.applied_by(policy, year), checkpoints.second_chance(policy, year)

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        if state_of(now) is not State.EXPECTED or now.listing is None:
            return ()
        listing = now.listing
        if listing.effect.expected not in AWAITED:
            return ()
        ground = Ground(
            since=now.at,
            severity=self.severity,
            level=BROKER,
            recipients=(broker(region_of(now), FIRST), *school(now, COPY)),
            figures={
                "expected": listing.effect.expected,
                "deadline": now.policy.apply_by(now.year).isoformat(),
                "checked": now.today.isoformat(),
            },
            because=(listing.version.event_id,),
            parties={"school": listing.effect.vo_site},
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """An application (an enrolment implies one), "stays in vo", or a destination."""
        if now.best:
            return now.best.version
        if now.active:
            return now.active[0].version
        if now.destination:
            return now.destination.version
        return now.listing.version if now.listing and stays_in_vo(now) else None


RULE = NotApplied()
