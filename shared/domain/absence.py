"""What the facts of attendance come to on a day: hours that reached their limit, and long absence.

Both are judged per day and by the calendar of the site where the lessons are. Source: docs/domain.md 7.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from shared.domain.enrolment import Enrolment, Look
from shared.domain.long_absence import Gone, Roll, places
from shared.domain.missed_hours import Reach, reaches
from shared.domain.picture import Picture
from shared.domain.policy import absence_bounds


class Attendance(msgspec.Struct, frozen=True):
    """What the facts of attendance come to.

    `reached` are the times that the hours reached their limit, `gone` the long absences that go on. The
    next day on which the latter may change when nothing arrives is `gone_from`.
    """

    reached: tuple[Reach, ...] = ()
    gone: tuple[Gone, ...] = ()
    gone_from: date | None = None


NOTHING = Attendance()


def attendance(
    picture: Picture,
    enrolled: Sequence[Enrolment],
    in_vo: Iterable[str],
    look: Look,
    bound_until: date | None,
) -> Attendance:
    """Judge attendance on `look.today`.

    `in_vo` are the school sites where the learner still is. `bound_until` is the last day on which hours
    break a duty (None: unknown, so no hours count).
    """
    limit, *_ = absence_bounds(look.world.policies)
    enough = picture.hours_missed >= limit
    reached = tuple(reaches(picture, enrolled, look, bound_until)) if bound_until and enough else ()
    expected = tuple(places(picture, enrolled, in_vo, look))
    if not expected:
        return Attendance(reached) if reached else NOTHING
    seen = picture.weeks_seen
    rolls = [Roll(picture, place, seen, look) for place in expected]
    gone = tuple(found for roll in rolls if (found := roll.gone()))
    changes = [day for roll in rolls if (day := roll.next_change())]
    return Attendance(reached, gone, min(changes, default=None))
