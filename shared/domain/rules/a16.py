"""A16 NO_HANDOVER: the schools had to speak in person about a vulnerable learner, and did not."""

from __future__ import annotations

from datetime import datetime

from shared.domain import checkpoints
from shared.domain.alert import Alert
from shared.domain.codes import Severity, WarmHandover
from shared.domain.event import Version
from shared.domain.events.dossier_progress import subject_key
from shared.domain.routing import FIRST, institution, school
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import is_vulnerable


class NoHandover(Rule):
    """Looks on 1 September and on 1 October, both without grace (ruling 24); one alert for each institution.

    School and institution hear of it together (ruling 55). What counts is the newest step of the transfer
    file: one that no longer asks for a hand-over ends it too (project decision).

    Example: NEEDED in June and nothing since: 1 September 06:00 at both. DONE on 3 September ends it; then
    1 October finds nothing.
    """

    code = "A16"
    dated = True
    name = "NO_HANDOVER"
    severity = Severity.LOW
    source = Source(
        "P",
        "School en instelling spreken af wie overdraagt wat een kwetsbare leerling nodig heeft; dit platform "
        "kijkt twee keer of dat is gebeurd.",
        "School and institution agree on who hands over what a vulnerable learner needs; this platform looks "
        "twice whether that was done.",
    )

    def looks(self, now: Situation) -> tuple[datetime, ...]:
        """None without a transfer file."""
        return checkpoints.handed_over_by(now.policy, now.year) if now.picture.dossiers else ()

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        if not is_vulnerable(now):
            return ()
        first, second = now.policy.handover_checks(now.year)
        day = second if now.today >= second else first
        return tuple(
            Ground(
                since=now.at,
                severity=self.severity,
                level=0,
                recipients=(*school(now, FIRST), *institution(known.effect.brin, FIRST)),
                figures={"deadline": day.isoformat()},
                because=(known.version.event_id,),
                parties={"mbo": known.effect.brin},
                key=subject_key(known.version.fields),
            )
            for known in now.picture.dossiers
            if known.effect.warm_handover is WarmHandover.NEEDED
        )

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """The hand-over was done, or is no longer needed."""
        for known in now.picture.dossiers:
            is_its = subject_key(known.version.fields) == alert.ground
            if is_its and known.effect.warm_handover is not WarmHandover.NEEDED:
                return known.version
        return None


RULE = NoHandover()
