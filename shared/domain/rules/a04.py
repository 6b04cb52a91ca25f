"""A04 REJECTED: the last open application was refused, and no new one came in time."""

from __future__ import annotations

from shared.domain.alert import Alert
from shared.domain.codes import ApplicationStatus, Severity
from shared.domain.event import Version
from shared.domain.reapply import ground_of, last_closed, placed_again
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation


class Rejected(Rule):
    """Watches who has nothing open any more since a refusal, for the term of ruling 4.

    Before the turn, twenty working days before lessons begin, the term is the earlier of ten working days
    from the refusal and five from the turn; from the turn on it is five from the refusal.

    Example: lessons begin on 24 August 2026, so the turn is 27 July. Refused on 11 May: until 27 May, A04 on
    28 May 06:00. On 21 July ten would be 4 August, the turn and five is 3 August: A04 on 4 August. Refused on
    28 July, past the turn: until 4 August, A04 on 5 August.
    """

    code = "A04"
    name = "REJECTED"
    severity = Severity.MED
    source = Source(
        "P",
        "Een instelling meldt zo snel mogelijk dat een aanmelding niet tot inschrijving leidt (wettelijke "
        "status c). Hoeveel tijd er is voor een nieuwe aanmelding, kiest dit platform.",
        "An institution tells as soon as possible that an application does not lead to enrolment (statutory "
        "status c). How much time there is for a new one is a choice of this platform.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        closed = last_closed(now, ApplicationStatus.NOT_ENROLLABLE)
        return (ground_of(now, closed),) if closed else ()

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """A new open application, an enrolment or a destination."""
        return placed_again(now)


RULE = Rejected()
