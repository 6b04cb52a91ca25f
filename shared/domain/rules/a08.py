"""A08 NO_SHOW: enrolled, lessons have begun, and nobody has seen the learner."""

from __future__ import annotations

from datetime import datetime

from shared.domain.alert import Alert
from shared.domain.calendar import DAY, first_work_morning, midnight
from shared.domain.codes import Severity, State
from shared.domain.enrolment import Enrolment
from shared.domain.event import Version
from shared.domain.place import lesson_day, seat
from shared.domain.routing import BROKER, FIRST, broker, institution, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation
from shared.domain.state import is_absent, state_of


class NoShow(Rule):
    """Watches the state NO_SHOW; institution and broker hear first, the desk joins after ten lesson days.

    Example: enrolled from 24 August 2026 and not seen from then until Friday 28 August: A08 on Monday
    31 August 06:00. The tenth lesson day is 4 September, so the desk joins on 7 September 06:00.
    """

    code = "A08"
    states = frozenset({State.NO_SHOW})
    name = "NO_SHOW"
    severity = Severity.HIGH
    source = Source(
        "P",
        "Vijf lesdagen zonder aanwezigheid. De instelling kan dit al melden als verzuim (soort O).",
        "Five lesson days without presence. The institution may already report it as absence (type O).",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        missed = _missed(now)
        if missed is None or missed.absent_from is None or now.is_free or self._ending(now, missed.brin):
            return ()
        ground = Ground(
            since=midnight(missed.absent_from),
            severity=self.severity,
            level=BROKER,
            recipients=(*institution(missed.brin, FIRST), broker(region_of(now), FIRST)),
            figures={
                "start": missed.start.isoformat(),
                "days": now.policy.where(org=missed.brin).no_show_days,
            },
            because=(missed.version.event_id,),
            parties={"mbo": missed.brin},
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """Presence, an enrolment elsewhere or a destination."""
        return self._ending(now, alert.parties.get("mbo"))

    def joins(self, now: Situation, alert: Alert) -> datetime | None:
        """06:00 after the tenth lesson day, acknowledged or not (ruling 21)."""
        missed = _missed(now)
        if missed is None:
            return None
        site = now.world.site(missed.site) if missed.site else None
        site = site or seat(now.world.institutions.get(missed.brin))
        policy = now.policy.where(org=missed.brin)
        tenth = lesson_day(now.world, site, missed.start, policy.no_show_escalate, now.at)
        return first_work_morning(midnight(tenth + DAY))

    def _ending(self, now: Situation, brin: str | None) -> Version | None:
        for one in now.active:
            if one.seen and one.start <= now.today:
                return one.seen
        for one in now.active:
            if one.brin != brin and not is_absent(one, now.today):
                return one.version
        return now.destination.version if now.destination else None


def _missed(now: Situation) -> Enrolment | None:
    """The newest enrolment in which nobody was seen, while the state is NO_SHOW."""
    if state_of(now) is not State.NO_SHOW:
        return None
    absent = [one for one in now.active if is_absent(one, now.today)]
    return max(absent, key=lambda one: (one.start, one.key))


RULE = NoShow()
