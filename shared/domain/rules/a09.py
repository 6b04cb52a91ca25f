"""A09 UNPLACED_AT_COUNT: enrolled nowhere on 1 October."""

from __future__ import annotations

from datetime import datetime

from shared.domain import checkpoints
from shared.domain.alert import Alert
from shared.domain.calendar import midnight
from shared.domain.codes import Severity, State
from shared.domain.event import Version
from shared.domain.routing import COPY, DESK, FIRST, broker, desk, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation, situation
from shared.domain.state import is_closed


class UnplacedAtCount(Rule):
    """Looks after `count_date` with its days of grace, by what is known by then (ruling 25).

    Example: 1 October 2026 and five working days end on 8 October, so A09 fires on 9 October 06:00 for who
    only has an application. An enrolment from 5 October that was told that day prevents it.
    """

    code = "A09"
    states = frozenset({State.OFFERED, State.APPLIED, State.DROPPED_OUT, State.UNPLACED, State.OUT_OF_SIGHT})
    dated = True
    name = "UNPLACED_AT_COUNT"
    severity = Severity.HIGH
    source = Source(
        "L",
        "Teldatum 1 oktober: wie zonder startkwalificatie nergens staat ingeschreven, telt als voortijdig "
        "schoolverlater. De dagen respijt zijn een keuze van dit platform.",
        "Count date 1 October: who is enrolled nowhere without a basic qualification counts as an early "
        "leaver. The days of grace are a choice of this platform.",
    )

    def looks(self, now: Situation) -> tuple[datetime, ...]:
        return (checkpoints.counted_by(now.policy, now.year),)

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        day = now.policy.count_date(now.year)
        if is_closed(now) or now.is_free or _has_place(now):
            return ()
        if _has_place(situation(now.picture, now.year, now.world, midnight(day))):
            return ()
        region = region_of(now)
        ground = Ground(
            since=now.at,
            severity=self.severity,
            level=DESK,
            recipients=(desk(now, region, FIRST), broker(region, COPY)),
            figures={"deadline": day.isoformat(), "checked": now.today.isoformat()},
            because=(now.sign.version.event_id,) if now.sign else (),
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """An enrolment or a destination."""
        if now.active:
            return now.active[0].version
        return now.destination.version if now.destination else None


def _has_place(then: Situation) -> bool:
    """Whether the learner is enrolled (vo or mbo) or has a destination on that day."""
    return bool(then.active) or then.in_vo or then.destination is not None


RULE = UnplacedAtCount()
