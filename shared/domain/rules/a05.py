"""A05 WITHDRAWN: the learner withdrew the last open application, and no new one came in time."""

from __future__ import annotations

from shared.domain.alert import Alert
from shared.domain.codes import ApplicationStatus, Severity
from shared.domain.event import Version
from shared.domain.reapply import ground_of, last_closed, placed_again
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation


class Withdrawn(Rule):
    """Watches who has nothing open any more since a withdrawal, for the term of ruling 4.

    Before the turn, twenty working days before lessons begin, the term is the earlier of ten working days
    from the withdrawal and five from the turn; from the turn on it is five from the withdrawal.

    Example: lessons begin on 24 August 2026, so the turn is 27 July. Withdrawn on 15 June: until 29 June, A05
    on 30 June 06:00. Withdrawn on 10 August, past the turn: until 17 August, A05 on 18 August.
    """

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
