"""A05 WITHDRAWN: the learner withdrew the last open application, and no new one came in time."""

from __future__ import annotations

from shared.domain.alert import Alert
from shared.domain.codes import ApplicationStatus, Severity
from shared.domain.event import Version
from shared.domain.reapply import ground_of, last_closed, placed_again
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation


class Withdrawn(Rule):
    """Watches who has nothing open any more since a withdrawal, for the term of ruling 4."""

    code = "A05"
    name = "WITHDRAWN"
    severity = Severity.MED
    source = Source(
        "P",
        "Een instelling meldt zo snel mogelijk dat een leerling zich afmeldt (wettelijke status d). Hoeveel "
        "tijd er is voor een nieuwe aanmelding, kiest dit platform.",
        "An institution tells as soon as possible that a learner withdraws (statutory status d). How much "
        "time there is for a new application is a choice of this platform.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        closed = last_closed(now, ApplicationStatus.WITHDRAWN)
        return (ground_of(now, closed),) if closed else ()

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """A new open application, an enrolment or a destination."""
        return placed_again(now)


RULE = Withdrawn()
