"""A01 LIST_MISSING: a school site that had final-year learners last year sent no list this year."""

from __future__ import annotations

from datetime import datetime

from shared.domain import checkpoints
from shared.domain.alert import Alert, Recipient
from shared.domain.calendar import midnight
from shared.domain.codes import Role, Severity
from shared.domain.heard import was_heard
from shared.domain.hearing import Hearing, InstitutionRule
from shared.domain.routing import FIRST
from shared.domain.rule import Ground, Source
from shared.domain.world import Institution


class ListMissing(InstitutionRule):
    """Looks once a year, after `list_due` with its days of grace; last year's list says who had learners.

    Example: the site 99VA00 listed learners in November 2025 and none from October 2026 on. They are due
    by 31 January 2027; five working days of grace end on 5 February, so A01 fires on Monday 8 February 06:00.
    A list of 15 February ends it.
    """

    code = "A01"
    dated = True
    name = "LIST_MISSING"
    severity = Severity.LOW
    source = Source(
        "L",
        "Scholen van herkomst sturen van 1 oktober tot 1 februari de lijst van leerlingen die naar "
        "verwachting overstappen. De dagen respijt zijn een keuze van dit platform.",
        "Schools of origin send the list of learners who are expected to move from 1 October until "
        "1 February. The days of grace are a choice of this platform.",
    )

    def subjects(self, institution: Institution) -> tuple[str, ...]:
        """Sites of which a list ever came."""
        return tuple(site.site for site in institution.sites if site.site in institution.heard)

    def due(self, now: Hearing) -> datetime | None:
        looks = (
            checkpoints.listed_by(now.policy(year), year) for year in (now.today.year, now.today.year + 1)
        )
        return min((look for look in looks if look >= now.at), default=None)

    def ground(self, now: Hearing) -> Ground | None:
        year = now.today.year
        opened = midnight(now.policy(year).list_opens(year))
        opened_before = midnight(now.policy(year - 1).list_opens(year - 1))
        if was_heard(now.spells, opened, now.at) or not was_heard(now.spells, opened_before, opened):
            return None
        return Ground(
            since=now.at,
            severity=self.severity,
            level=0,
            recipients=(
                Recipient(Role.VO_SCHOOL, FIRST, org=now.institution.org, site=now.subject),
                Recipient(Role.REGION_COORDINATOR, FIRST, region=now.region),
            ),
            figures={"deadline": now.policy(year).list_due(year).isoformat()},
            because=(),
            parties={"school": now.subject},
        )

    def ended(self, now: Hearing, alert: Alert) -> bool:
        """The first learner on the list of that year."""
        year = alert.year
        return was_heard(now.spells, midnight(now.policy(year).list_opens(year)), now.at)


RULE = ListMissing()
