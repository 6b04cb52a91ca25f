"""Sixteen unauthorised hours in four lesson weeks: what a school has to report of a learner with a duty [L].

The window is the running lesson week and the three before it; when it reached the limit, counting restarts
the day after. Of absence that goes on without a break at most one report comes in seven calendar days.
Source: docs/domain.md 7.4 and rulings 30, 37. Days are local dates in Europe/Amsterdam.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import msgspec

from shared.domain import effect
from shared.domain.calendar import DAY
from shared.domain.enrolment import Enrolment, Look
from shared.domain.event import Version
from shared.domain.picture import Known, Picture
from shared.domain.policy import Policy
from shared.domain.weeks import LessonWeeks, monday_of, weeks_at

Missed = Known[effect.Absence]


class Reach(msgspec.Struct, frozen=True):
    """Hours of one enrolment that reached the limit within the window.

    `org` is the BRIN, or the site of a school. `begin` is the first absent day in the window, `end` the day
    on which the limit was reached. From `lapses` on there were four lesson weeks without new hours.
    """

    enrolment: str
    org: str
    begin: date
    end: date
    hours: float
    missed: tuple[Version, ...]
    lapses: date

    def meets(self, begin: date, end: date) -> bool:
        """Whether it speaks of days in this period, first and last day included."""
        return self.begin <= end and begin <= self.end


def reaches(
    picture: Picture, enrolled: Sequence[Enrolment], look: Look, bound_until: date
) -> Iterator[Reach]:
    """Every time that the limit was reached, enrolment by enrolment and in order.

    `bound_until` is the last day on which hours break a duty.
    """
    by_enrolment: dict[str, list[Missed]] = {}
    for known in picture.without_leave:
        by_enrolment.setdefault(known.effect.enrolment, []).append(known)
    for enrolment, missed in sorted(by_enrolment.items()):
        policy = look.policy.where(org=enrolment[:4])
        if sum(known.effect.unauthorised for known in missed) >= policy.abs_hours:
            missed.sort(key=lambda known: known.effect.day)
            place = missed[0].effect.vo_site or next((e.site for e in enrolled if e.key == enrolment), None)
            weeks = weeks_at(look, enrolment[:4], place)
            yield from _Count(picture, enrolment, missed, weeks, policy).reaches(bound_until)


class _Count:
    """The unauthorised hours of one enrolment, by day."""

    def __init__(
        self,
        picture: Picture,
        enrolment: str,
        missed: Sequence[Missed],
        weeks: LessonWeeks,
        policy: Policy,
    ) -> None:
        self.picture = picture
        self.enrolment = enrolment
        self.missed = missed
        self.weeks = weeks
        self.policy = policy

    def reaches(self, bound_until: date) -> Iterator[Reach]:
        window: list[Missed] = []
        last: date | None = None
        for number, known in enumerate(self.missed):
            day = known.effect.day
            if day > bound_until:
                return
            first = self.weeks.window(monday_of(day), self.policy.abs_weeks)
            window = [one for one in window if one.effect.day >= first]
            window.append(known)
            hours = sum(one.effect.unauthorised for one in window)
            if hours >= self.policy.abs_hours and not (last and self._goes_on(last, day)):
                yield self._reach(window, hours, self.missed[number:])
                window, last = [], day

    def _reach(self, window: Sequence[Missed], hours: float, after: Sequence[Missed]) -> Reach:
        told = window[-1].effect
        return Reach(
            enrolment=self.enrolment,
            org=told.vo_site or told.brin or "",
            begin=window[0].effect.day,
            end=told.day,
            hours=hours,
            missed=tuple(one.version for one in window),
            lapses=self._lapse(one.effect.day for one in after),
        )

    def _goes_on(self, last: date, day: date) -> bool:
        """Whether it is one absence still, and the last report of it not long ago.

        So it is when nobody saw the learner since, who missed something on every lesson day between.
        """
        if day >= last + timedelta(days=self.policy.abs_report_days):
            return False
        if any(last < known.effect.day <= day for known in self.picture.presences):
            return False
        away = {one.effect.day for one in self.picture.absences if one.effect.enrolment == self.enrolment}
        between = (last + number * DAY for number in range(1, (day - last).days))
        return all(one in away for one in between if self.weeks.is_lesson_day(one))

    def _lapse(self, days: Iterable[date]) -> date:
        """The first Monday before which there were enough lesson weeks without hours; `days` in order."""
        over = date.max
        for day in days:
            if day >= over:
                break
            over = self.weeks.after(monday_of(day), self.policy.abs_weeks)
        return over
