"""A19 SILENT_SOURCE: an institution that used to send messages has sent nothing for ten working days."""

from __future__ import annotations

from datetime import date, datetime

from shared.domain.alert import Alert, Recipient
from shared.domain.calendar import DAY, first_work_morning, local_date
from shared.domain.checkpoints import morning_after_term
from shared.domain.codes import Role, Severity
from shared.domain.heard import last_heard
from shared.domain.hearing import Hearing, InstitutionRule
from shared.domain.routing import FIRST
from shared.domain.rule import Ground, Source
from shared.domain.world import Institution

WATCHED = (Role.VO_SCHOOL, Role.MBO_INSTITUTION)


class SilentSource(InstitutionRule):
    """Watches from 1 February to 15 October; working days before that do not count.

    Example: an institution that last sent something on 2 February 2026: ten working days end on 16 February,
    A19 on 17 February 06:00. Of a school whose last message is of November they count from 1 February: A19
    on Monday 16 February.
    """

    code = "A19"
    name = "SILENT_SOURCE"
    severity = Severity.LOW
    source = Source(
        "P",
        "Wie niets stuurt, laat zijn leerlingen ongemerkt uit beeld raken. De tien werkdagen, en de maanden "
        "waarin zij tellen, zijn een keuze van dit platform.",
        "Who sends nothing lets its learners slip out of sight. The ten working days, and the months in "
        "which they count, are a choice of this platform.",
    )

    def subjects(self, institution: Institution) -> tuple[str, ...]:
        """The institution, whatever of it speaks."""
        return (institution.org,) if institution.role in WATCHED else ()

    def due(self, now: Hearing) -> datetime | None:
        """The morning after the term; when that was over before, the next morning of the watched months."""
        last = last_heard(now.spells, now.at)
        if last is None:
            return None
        for year in range(now.today.year, now.today.year + 3):
            policy = now.policy(year)
            begin = max(local_date(last), policy.silence_opens(year) - DAY)
            morning = max(morning_after_term(begin, policy.silent_wd), first_work_morning(now.at))
            if local_date(morning) <= policy.silence_closes(year):
                return morning
        return None

    def ground(self, now: Hearing) -> Ground | None:
        last = last_heard(now.spells, now.at)
        if last is None:
            return None
        return Ground(
            since=now.at,
            severity=self.severity,
            level=0,
            recipients=(
                Recipient(now.institution.role, FIRST, org=now.institution.org),
                Recipient(Role.REGION_COORDINATOR, FIRST, region=now.region),
            ),
            figures={
                "days": now.policy(now.today.year).silent_wd,
                "date": local_date(last).isoformat(),
            },
            because=(),
            parties={"org": now.institution.org},
        )

    def ended(self, now: Hearing, alert: Alert) -> bool:
        """The next message, of whatever kind."""
        last = last_heard(now.spells, now.at)
        return last is not None and local_date(last) > date.fromisoformat(str(alert.figures["date"]))


RULE = SilentSource()
