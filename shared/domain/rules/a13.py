"""A13 ABSENCE_4W: four lesson weeks in which nobody saw an enrolled learner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from shared.domain.alert import Alert
from shared.domain.calendar import midnight
from shared.domain.codes import Severity
from shared.domain.duty import ADULT
from shared.domain.event import Version
from shared.domain.person import birthday
from shared.domain.routing import DESK, FIRST, desk, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation


class Absence4Weeks(Rule):
    """Watches lesson weeks without presence; holds from the Monday after the fourth one (ruling 6).

    A week counts with an unauthorised hour or without any word; with authorised hours alone it neither
    counts nor breaks the row. Never at an institution that cannot send presence (ruling 26). Under 18 it is
    a long absence (LRV) for the attendance desk, from 18 on one for the RMC desk, as long as there is no
    basic qualification; the weeks before the birthday count on.

    Example: seen in the week of 31 August 2026, and then no word. The weeks of 7, 14, 21 and 28 September
    count, so the ground holds from Monday 5 October at midnight, and the alert comes at six.
    """

    code = "A13"
    name = "ABSENCE_4W"
    severity = Severity.HIGH
    source = Source(
        "L",
        "Leerplichtwet en RMC-wet: een school meldt wie langer dan vier weken (onder de 18) of ten minste "
        "vier weken (vanaf 18, zonder startkwalificatie) ongeoorloofd en aaneengesloten afwezig is. Dat wij "
        "lesweken zonder aanwezigheid tellen, is een keuze van dit platform.",
        "Compulsory education act and RMC act: a school reports who is absent without leave for more than "
        "four weeks on end (under 18) or for at least four (from 18, without a basic qualification). That we "
        "count lesson weeks without presence is a choice of this platform.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        if now.is_free or not now.attendance.gone:
            return ()
        longest = min(now.attendance.gone, key=lambda one: (one.since, one.org))
        ground = Ground(
            since=midnight(longest.since),
            severity=self.severity,
            level=DESK,
            recipients=(desk(now, region_of(now), FIRST),),
            figures={"from": longest.first.isoformat(), "to": longest.last.isoformat()},
            because=longest.because,
            parties={"org": longest.org},
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """Presence in two lesson weeks running, or the end of the enrolment: what came last."""
        if now.attendance.gone:
            return None
        return max(
            _since(now, date.fromisoformat(str(alert.figures["from"])), alert.parties["org"]),
            key=lambda version: (version.received_at, version.event_id),
            default=None,
        )

    def lapses(self, now: Situation, alert: Alert, docket: Docket) -> datetime | None:
        """On the 18th birthday of who has a basic qualification; at once when nothing is left of it."""
        if now.qualified and now.birth_date:
            return midnight(birthday(now.birth_date, ADULT))
        return None if now.attendance.gone else now.at


def _since(now: Situation, day: date, org: str) -> Iterator[Version]:
    """What can have ended a long absence that began on a day: attendance, or an enrolment that ended."""
    picture = now.picture
    yield from (known.version for known in picture.presences if known.effect.day >= day)
    for known in picture.absences:
        if known.effect.day >= day and org in (known.effect.brin, known.effect.vo_site):
            yield known.version
    yield from (one.end_version for one in now.ended if one.brin == org and one.end_version)
    if not now.in_vo:
        yield from (known.version for known in picture.vo_ends if known.effect.vo_site == org)
        yield from (one.version for one in now.active if one.start <= now.today and len(org) > len(one.brin))


RULE = Absence4Weeks()
