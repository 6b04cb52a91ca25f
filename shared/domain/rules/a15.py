"""A15 REMOVED: a school or institution ended the enrolment by removal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from shared.domain.alert import Alert
from shared.domain.codes import LeavingReason, Severity, VoEndReason
from shared.domain.enrolment import Enrolment
from shared.domain.event import Version
from shared.domain.routing import DESK, FIRST, desk, region_of
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation


class _Removal(msgspec.Struct, frozen=True):
    """A removal from `org` (a site or a BRIN); `end` is the last day there."""

    end: date
    version: Version
    org: str


class Removed(Rule):
    """Fires at once, also when the last day lies ahead, and opens a case at the desk of the learner's age.

    A new enrolment ends it: one in mbo that ran after the removal or that was told after it, or a list of
    another school that was sent after it. Who is enrolled elsewhere by then needs no desk (project decision).
    Of several removals the last one counts.

    Example: removed from vo in March, sixteen years old: the attendance desk hears of it within the minute.
    An enrolment from 24 August that is told in May ends it then; one that was known before, on its start.
    """

    code = "A15"
    at_once = True
    name = "REMOVED"
    severity = Severity.HIGH
    source = Source(
        "L",
        "Leerplichtwet: een school meldt een verwijdering meteen aan de gemeente waar de leerling woont.",
        "Compulsory education act: a school tells the home municipality of a removal at once.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        removal = _last_removal(now)
        if removal is None or _new_enrolment(now, removal):
            return ()
        ground = Ground(
            since=now.at,
            severity=self.severity,
            level=DESK,
            recipients=(desk(now, region_of(now), FIRST),),
            figures={"end": removal.end.isoformat()},
            because=(removal.version.event_id,),
            parties={"org": removal.org},
        )
        return (ground,)

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """A new enrolment, in mbo or at another school."""
        removal = _last_removal(now)
        return _new_enrolment(now, removal) if removal else None


def _last_removal(now: Situation) -> _Removal | None:
    return max(_removals(now), key=_order, default=None)


def _order(one: _Removal) -> tuple[object, ...]:
    return one.end, one.version.occurred_at, one.version.event_id


def _removals(now: Situation) -> Iterator[_Removal]:
    for left in now.picture.vo_ends:
        if left.effect.reason is VoEndReason.REMOVED:
            yield _Removal(left.effect.end_date, left.version, left.effect.vo_site)
    for known in now.picture.ends:
        told = known.effect
        if told.reason is LeavingReason.REMOVED:
            yield _Removal(told.end_date, known.version, told.brin)


def _new_enrolment(now: Situation, removal: _Removal) -> Version | None:
    """What says that the learner found another place."""
    for one in (*now.active, *now.ended):
        if _follows(now, one, removal):
            return one.version
    for known in now.picture.listings:
        if known.effect.vo_site != removal.org and _is_later(known.version, removal):
            return known.version
    return None


def _follows(now: Situation, one: Enrolment, removal: _Removal) -> bool:
    """Whether an enrolment ran after the removal, or was told after it and is still to begin.

    What began before it at the same institution is the one that ended, under whatever number.
    """
    if one.end is not None and one.end <= removal.end:
        return False
    if one.brin == removal.org and one.start <= removal.end:
        return False
    return one.took_place and (one.start <= now.today or _is_later(one.version, removal))


def _is_later(version: Version, removal: _Removal) -> bool:
    return version.occurred_at > removal.version.occurred_at


RULE = Removed()
