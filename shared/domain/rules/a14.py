"""A14 DROPPED_OUT: an enrolment ended without a basic qualification, and nothing new was begun."""

from __future__ import annotations

from shared.domain.alert import Alert
from shared.domain.calendar import DAY, add_working_days, midnight
from shared.domain.codes import Severity, State
from shared.domain.event import Version
from shared.domain.person import qualification
from shared.domain.routing import COPY, DESK, FIRST, broker, desk, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import state_of


class DroppedOut(Rule):
    """Watches the state DROPPED_OUT for five working days from the last day of the enrolment (ruling 56).

    Example: the last day was 10 September 2026, five working days end on the 17th, A14 fires on 18 September
    06:00. An application of 17 September prevents it; one of 21 September comes too late to end it.
    """

    code = "A14"
    states = frozenset({State.DROPPED_OUT})
    name = "DROPPED_OUT"
    severity = Severity.HIGH
    source = Source(
        "L",
        "Wie stopt zonder startkwalificatie en nergens is ingeschreven, is voortijdig schoolverlater. De "
        "vijf werkdagen zijn een keuze van dit platform.",
        "Who stops without a basic qualification and is enrolled nowhere is an early leaver. The five "
        "working days are a choice of this platform.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        last = now.last_ended
        if now.is_free or last is None or last.end is None or state_of(now) is not State.DROPPED_OUT:
            return ()
        deadline = add_working_days(last.end, now.policy.dropout_wd)
        region = region_of(now)
        tried = [one for one in now.applied if last.end <= one.first_date <= deadline]
        figures: dict[str, str | int | float] = {
            "end": last.end.isoformat(),
            "deadline": deadline.isoformat(),
        }
        if tried:
            figures["closed"] = max(one.application.status_date for one in tried).isoformat()
        ground = Ground(
            since=midnight(deadline + DAY),
            severity=self.severity,
            level=DESK,
            recipients=(desk(now, region, FIRST), broker(region, COPY)),
            figures=figures,
            because=(
                *(one.version.event_id for one in tried),
                (last.end_version or last.version).event_id,
            ),
            parties={"mbo": last.brin},
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """A new enrolment, a destination or a basic qualification."""
        if now.active:
            return now.active[0].version
        if now.destination:
            return now.destination.version
        return qualification(now.picture, now.today)


RULE = DroppedOut()
