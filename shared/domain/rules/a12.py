"""A12 REPORT_OVERDUE: an absence that has to be reported, and no report within five working days."""

from __future__ import annotations

from datetime import date

import msgspec

from shared.domain.absence_report import ABOUT_HOURS, ABOUT_WEEKS, period
from shared.domain.alert import Alert
from shared.domain.calendar import DAY, add_working_days, local_date, midnight
from shared.domain.codes import ReportType, Severity
from shared.domain.duty import ADULT
from shared.domain.event import Version
from shared.domain.person import birthday
from shared.domain.routing import FIRST, at_place
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.rules.a11 import reaches
from shared.domain.situation import Situation


class ReportOverdue(Rule):
    """Follows an open A11 or A13; its ground is the alert that it follows.

    The term runs from the day on which sixteen hours were reached, or from the Monday on which a long
    absence began to count (ruling 26). The school or institution hears first, the desk next.

    Example: sixteen hours on Monday 14 September 2026 have to be reported by 21 September; without a report
    the alert comes on Tuesday 22 September at six.
    """

    code = "A12"
    skips_broker = True
    name = "REPORT_OVERDUE"
    severity = Severity.MED
    source = Source(
        "L",
        "Leerplichtwet en RMC-wet: een school meldt ongeoorloofd verzuim binnen vijf werkdagen.",
        "Compulsory education act and RMC act: a school reports unauthorised absence within five working "
        "days.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        due = [
            _due_report(now, alert)
            for alert in docket.alerts
            if alert.open and alert.code in FOLLOWED and _still_true(now, alert)
        ]
        return tuple(self._ground(now, one) for one in due if _answer(now, one) is None)

    def _ground(self, now: Situation, due: _Due) -> Ground:
        deadline = add_working_days(due.since, now.policy.abs_report_wd)
        return Ground(
            since=midnight(deadline + DAY),
            severity=self.severity,
            level=0,
            recipients=(at_place(due.org, FIRST),),
            figures={
                "deadline": deadline.isoformat(),
                "from": due.begin.isoformat(),
                "to": due.end.isoformat(),
                "report": due.kind,
            },
            because=due.because,
            parties={"org": due.org},
            key=due.follows,
        )

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """The report on that absence, whatever becomes of it."""
        kind = ReportType(str(alert.figures["report"]))
        begin, end = (date.fromisoformat(str(alert.figures[name])) for name in ("from", "to"))
        since = end if kind is ReportType.V3 else end + DAY
        return _answer(now, _Due(alert.ground, alert.parties["org"], kind, begin, end, since))


FOLLOWED = ("A11", "A13")


class _Due(msgspec.Struct, frozen=True):
    """A report that is due: on which absence, of which kind, and the day on which its term starts."""

    follows: str
    org: str
    kind: ReportType
    begin: date
    end: date
    since: date
    because: tuple[str, ...] = ()


def _due_report(now: Situation, alert: Alert) -> _Due:
    hours = alert.code == "A11"
    names = ("beginDate", "endDate") if hours else ("from", "to")
    begin, end = (date.fromisoformat(str(alert.figures[name])) for name in names)
    since = end if hours else end + DAY
    kind = ReportType.V3 if hours else _kind_of_long_absence(now, since)
    return _Due(alert.alert_id, alert.parties["org"], kind, begin, end, since, alert.because)


def _kind_of_long_absence(now: Situation, day: date) -> ReportType:
    """By age on the Monday that begins the term; without a birth date as from 18 (ruling 30)."""
    adult = now.birth_date is None or birthday(now.birth_date, ADULT) <= day
    return ReportType.RMC if adult else ReportType.LRV


def _still_true(now: Situation, alert: Alert) -> bool:
    """Whether the facts say today what the followed alert says."""
    if alert.code == "A11":
        return any(reaches(now, alert))
    return any(one.org == alert.parties["org"] for one in now.attendance.gone)


def _answer(now: Situation, due: _Due) -> Version | None:
    """The report that was asked for: about these days, or first sent since its term began."""
    kinds = ABOUT_HOURS if due.kind is ReportType.V3 else ABOUT_WEEKS
    for report in now.picture.reports:
        told = report.effect
        if told.type in kinds and due.org in (told.vo_site, told.brin):
            begin, end = period(report)
            on_time = local_date(report.first.occurred_at) >= due.since
            if on_time or (begin <= due.end and due.begin <= end):
                return report.version
    return None


RULE = ReportOverdue()
