"""What may be asked about an institution at a moment, and what a rule about institutions must offer.

Such a rule stands beside those about learners, one file each in `shared/domain/rules/`; when to raise, to
step up and to resolve is the business of `watch.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from shared.domain.alert import Alert
from shared.domain.calendar import local_date
from shared.domain.codes import Severity
from shared.domain.heard import Spell
from shared.domain.place import institution_region
from shared.domain.policy import Policy, in_force
from shared.domain.rule import Ground, Source
from shared.domain.world import Institution, World


class Hearing(msgspec.Struct, frozen=True):
    """One institution or site (`subject`) at a moment (UTC), by what had arrived by then."""

    subject: str
    institution: Institution
    world: World
    at: datetime

    @property
    def today(self) -> date:
        """The local date."""
        return local_date(self.at)

    @property
    def spells(self) -> Sequence[Spell]:
        """When something of the subject arrived."""
        return self.institution.heard.get(self.subject, ())

    @property
    def region(self) -> str | None:
        """The region of the site, else of the seat of the institution."""
        org = self.institution.org
        return institution_region(self.world, org, self.subject if self.subject != org else None, self.today)

    def policy(self, year: int) -> Policy:
        """The parameters in force now, as they are for a year here."""
        policy = in_force(self.world.policies, self.at)
        return policy.where(year=year, region=self.region, org=self.institution.org)


class InstitutionRule:
    """One rule about institutions. `code`, `name`, `severity` and `source` are as in rules about learners.

    `dated` rules look once a year, others whenever a term is over.
    """

    code: str
    name: str
    severity: Severity
    source: Source
    dated = False

    def subjects(self, institution: Institution) -> tuple[str, ...]:
        """Whom it watches there: the institution itself, or sites of it."""
        raise NotImplementedError

    def due(self, now: Hearing) -> datetime | None:
        """The first moment not before now (UTC) at which it has to look, if nothing arrives before."""
        raise NotImplementedError

    def ground(self, now: Hearing) -> Ground | None:
        """Why the alert has to be raised at the moment at which it looks, if it has to."""
        raise NotImplementedError

    def ended(self, now: Hearing, alert: Alert) -> bool:
        """Whether what was missing has arrived."""
        raise NotImplementedError
