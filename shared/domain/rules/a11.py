"""A11 ABSENCE_16H: a learner with a duty missed sixteen hours without leave in four lesson weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from shared.domain.absence_report import ends, standing
from shared.domain.alert import Alert
from shared.domain.calendar import midnight
from shared.domain.codes import Severity
from shared.domain.event import Version
from shared.domain.missed_hours import Reach
from shared.domain.routing import COPY, DESK, FIRST, at_place, broker, desk, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation


class Absence16Hours(Rule):
    """Watches the hours of each enrolment; fires at once, and is for the attendance desk first.

    Under 18 and compulsory only, judged per day (docs/domain.md 7.4). It opens no case until its default
    step is taken (ruling 46). Copies go to the broker and to where the hours were missed (ruling 55).

    Example: four hours in each of four lesson weeks fire on the day of the fourth; a holiday week between
    them changes nothing. Eight hours, three lesson weeks without any and eight hours again do not.
    """

    code = "A11"
    at_once = True
    opens_case = False
    name = "ABSENCE_16H"
    severity = Severity.MED
    source = Source(
        "L",
        "Leerplichtwet: een school meldt ongeoorloofd verzuim van een leer- of kwalificatieplichtige van "
        "zestien uur of meer in vier lesweken.",
        "Compulsory education act: a school reports unauthorised absence of sixteen hours or more in four "
        "lesson weeks of a learner with a duty.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        return tuple(
            self._ground(now, reach)
            for reach in standing(now.attendance.reached, now.picture.reports, now.today)
        )

    def _ground(self, now: Situation, reach: Reach) -> Ground:
        region = region_of(now)
        return Ground(
            since=min(midnight(reach.end), now.at),
            severity=self.severity,
            level=DESK,
            recipients=(desk(now, region, FIRST), broker(region, COPY), at_place(reach.org, COPY)),
            figures={
                "beginDate": reach.begin.isoformat(),
                "endDate": reach.end.isoformat(),
                "hours": whole(reach.hours),
            },
            because=tuple(version.event_id for version in reach.missed),
            parties={"org": reach.org},
            key=reach.enrolment,
        )

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """A report on these hours that was closed, noted or withdrawn."""
        for reach in reaches(now, alert):
            for report in now.picture.reports:
                if ends(report, reach):
                    return report.version
        return None

    def lapses(self, now: Situation, alert: Alert, docket: Docket) -> datetime | None:
        """After four lesson weeks without new hours; at once when later facts left nothing of it."""
        days = [reach.lapses for reach in reaches(now, alert)]
        return midnight(max(days)) if days else now.at


def reaches(now: Situation, alert: Alert) -> Iterator[Reach]:
    """The hours that an A11 speaks of, as they are known now."""
    begin, end = (date.fromisoformat(str(alert.figures[name])) for name in ("beginDate", "endDate"))
    for reach in now.attendance.reached:
        if reach.enrolment == alert.ground and reach.meets(begin, end):
            yield reach


def whole(hours: float) -> int | float:
    """Hours as people write them: 16 and 16.5."""
    return int(hours) if hours == int(hours) else round(hours, 2)


RULE = Absence16Hours()
