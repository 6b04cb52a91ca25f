"""A10 OUT_OF_SIGHT: enrolled nowhere, nothing open, no sign of life."""

from __future__ import annotations

from shared.domain.alert import Alert
from shared.domain.application import OPEN
from shared.domain.calendar import midnight
from shared.domain.codes import Severity, State
from shared.domain.event import Version
from shared.domain.routing import COPY, DESK, FIRST, broker, desk, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import IN_SIGHT, state_of


class OutOfSight(Rule):
    """Watches the state OUT_OF_SIGHT; a contact alone does not end it.

    Example: school ended on 31 July 2026 and twenty working days later nothing more is known: out of sight
    from Saturday 29 August, A10 on Monday 31 August 06:00. A new application on 1 September ends it.
    """

    code = "A10"
    states = frozenset({State.OUT_OF_SIGHT})
    name = "OUT_OF_SIGHT"
    severity = Severity.HIGH
    source = Source(
        "L",
        "Gemeenten houden jongeren zonder startkwalificatie in beeld die nergens zijn ingeschreven "
        "(RMC-functie). De twintig werkdagen zijn een keuze van dit platform.",
        "Municipalities keep young people without a basic qualification in sight who are enrolled nowhere "
        "(RMC). The twenty working days are a choice of this platform.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        if now.is_free or state_of(now) is not State.OUT_OF_SIGHT:
            return ()
        region, sign = region_of(now), now.sign
        figures: dict[str, str | int | float] = {"days": now.policy.sight_wd}
        if sign:
            figures |= {"event": sign.version.kind, "date": sign.day.isoformat()}
        ground = Ground(
            since=midnight(now.out_since) if now.out_since else now.at,
            severity=self.severity,
            level=DESK,
            recipients=(desk(now, region, FIRST), broker(region, COPY)),
            figures=figures,
            because=(sign.version.event_id,) if sign else (),
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """A new open application, an enrolment or a destination: what puts the learner back in sight."""
        if state_of(now) not in IN_SIGHT:
            return None
        started = [one for one in now.active if one.start <= now.today and one.seen]
        if started:
            return started[0].seen
        if now.active:
            return now.active[0].version
        if now.destination:
            return now.destination.version
        return now.best.version if now.best and now.best.grade >= OPEN else None


RULE = OutOfSight()
