"""Absence as the law counts it: sixteen hours in four lesson weeks, and four lesson weeks without presence.

Everything is judged per day, by the calendar of the site where the lessons are. Days are local dates in
Europe/Amsterdam, hours are lesson hours. Source: docs/domain.md 7.4 and rulings 6, 26, 30, 37.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta

import msgspec

from shared.domain import effect
from shared.domain.calendar import DAY, local_date
from shared.domain.codes import ReportStatus, ReportType
from shared.domain.enrolment import Enrolment, Look
from shared.domain.event import Version
from shared.domain.picture import Known, Picture
from shared.domain.place import seat
from shared.domain.weeks import WEEK, LessonWeeks, lesson_weeks, monday_of

PRESENT_RUNNING = 2
"""So many lesson weeks with presence, one after another, end a long absence [P]."""

ABOUT_HOURS = frozenset({ReportType.V3, ReportType.V4, ReportType.LRV, ReportType.RMC})
"""Reports that can answer sixteen hours; `L` and `O` speak of something else."""

ABOUT_WEEKS = frozenset({ReportType.LRV, ReportType.RMC})
"""Reports that can answer four weeks."""

DONE = frozenset({ReportStatus.G, ReportStatus.K, ReportStatus.I})
"""Closed, noted or withdrawn: nobody is working on the report any more."""

Missed = Known[effect.Absence]
Report = Known[effect.AbsenceReport]


class Reach(msgspec.Struct, frozen=True):
    """Unauthorised hours of one enrolment that reached the limit within the window.

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


class Gone(msgspec.Struct, frozen=True):
    """Four lesson weeks or more in which nobody saw the learner, and not yet seen for two running.

    `first` to `last` are the four weeks; it holds from `since`, the Monday after them. `because` are the
    events that say so: the enrolment, and hours that were missed.
    """

    org: str
    first: date
    last: date
    since: date
    because: tuple[str, ...]


class Attendance(msgspec.Struct, frozen=True):
    """What the facts of attendance come to on a day.

    `reached` are the times that the hours reached their limit, per enrolment in order. `gone` are the
    enrolments in which the learner is away long now; `gone_from` is the next Monday on which that may
    change when nothing arrives.
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
    reached = tuple(_reached(picture, enrolled, look, bound_until)) if bound_until else ()
    places = [*_in_mbo(enrolled, look), *_at_school(picture, in_vo, look)]
    if not places:
        return Attendance(reached) if reached else NOTHING
    rolls = [_Roll(picture, place, look) for place in places]
    gone = tuple(found for roll in rolls if (found := roll.gone()))
    changes = [day for roll in rolls if (day := roll.changes())]
    return Attendance(reached, gone, min(changes, default=None))


# --- sixteen hours -----------------------------------------------------------------------------------------


def _reached(
    picture: Picture, enrolled: Sequence[Enrolment], look: Look, bound_until: date
) -> Iterator[Reach]:
    limit = look.policy.abs_hours
    if sum(known.effect.unauthorised for known in picture.absences) < limit:
        return
    missed: dict[str, list[Missed]] = {}
    for known in picture.absences:
        if known.effect.unauthorised > 0:
            missed.setdefault(known.effect.enrolment, []).append(known)
    sites = {one.key: one.site for one in enrolled}
    for enrolment, days in sorted(missed.items()):
        days.sort(key=_day)
        weeks = _weeks_of(look, enrolment[:4], days[0].effect.vo_site or sites.get(enrolment))
        yield from _reaches_of(enrolment, days, weeks, picture, look, bound_until)


def _reaches_of(
    enrolment: str,
    days: Sequence[Missed],
    weeks: LessonWeeks,
    picture: Picture,
    look: Look,
    bound_until: date,
) -> Iterator[Reach]:
    policy = look.policy
    window: list[Missed] = []
    last: date | None = None
    for number, known in enumerate(days):
        day = known.effect.day
        if day > bound_until:
            return
        first = weeks.window(monday_of(day), policy.abs_weeks)
        window = [one for one in window if one.effect.day >= first]
        window.append(known)
        hours = sum(one.effect.unauthorised for one in window)
        if hours < policy.abs_hours:
            continue
        if (
            last
            and day < last + timedelta(days=policy.abs_report_days)
            and _goes_on(picture, enrolment, weeks, last, day)
        ):
            continue
        told = known.effect
        yield Reach(
            enrolment=enrolment,
            org=told.vo_site or told.brin or "",
            begin=window[0].effect.day,
            end=day,
            hours=hours,
            missed=tuple(one.version for one in window),
            lapses=_lapse((one.effect.day for one in days[number:]), weeks, policy.abs_weeks),
        )
        window, last = [], day


def _goes_on(picture: Picture, enrolment: str, weeks: LessonWeeks, last: date, day: date) -> bool:
    """Whether absence went on without a break after a report: not seen, and missed on every lesson day."""
    if any(last < known.effect.day <= day for known in picture.presences):
        return False
    away = {known.effect.day for known in picture.absences if known.effect.enrolment == enrolment}
    between = (last + number * DAY for number in range(1, (day - last).days))
    return all(one in away for one in between if weeks.is_lesson_day(one))


def _lapse(days: Iterable[date], weeks: LessonWeeks, count: int) -> date:
    """The Monday from which so many lesson weeks without hours are over; `days` with hours, in order."""
    over = date.max
    for day in days:
        if day >= over:
            break
        over = weeks.after(monday_of(day), count)
    return over


def _day(known: Missed) -> date:
    return known.effect.day


# --- four lesson weeks -------------------------------------------------------------------------------------


class _Place(msgspec.Struct, frozen=True):
    """Where presence is to be expected: the weeks of its site, from the first complete one on."""

    org: str
    weeks: LessonWeeks
    begins: date
    version: Version

    @property
    def first(self) -> date:
        """The Monday of the first week of which no lesson day lies before the enrolment."""
        monday = monday_of(self.begins)
        lesson = self.weeks.first_day(monday)
        return monday if lesson is None or lesson >= self.begins else monday + WEEK


def _in_mbo(enrolled: Iterable[Enrolment], look: Look) -> Iterator[_Place]:
    """The enrolments that go on at an institution that can send presence (ruling 26)."""
    for one in enrolled:
        institution = look.world.institutions.get(one.brin)
        goes_on = one.start <= look.today and (one.end is None or one.end >= look.today)
        if goes_on and institution is not None and institution.presence:
            yield _Place(one.brin, _weeks_of(look, one.brin, one.site), one.start, one.version)


def _at_school(picture: Picture, in_vo: Iterable[str], look: Look) -> Iterator[_Place]:
    """The schools of which the learner still is, from their first word about attendance on.

    A list does not say since when somebody attends, and a school without presence data says nothing ever.
    """
    for site in in_vo:
        institution = look.world.institutions.get(site[:4])
        if institution is None or not institution.presence:
            continue
        facts: tuple[Known[effect.Presence] | Missed, ...] = (*picture.presences, *picture.absences)
        told = [known for known in facts if known.effect.vo_site == site]
        if told:
            first = min(told, key=lambda known: (known.effect.day, known.version.event_id))
            yield _Place(site, _weeks_of(look, site[:4], site), first.effect.day, first.version)


class _Roll:
    """The lesson weeks of one place, looked at from today backwards.

    A learner who is seen anywhere is not away; hours are those at this place.
    """

    def __init__(self, picture: Picture, place: _Place, look: Look) -> None:
        self.picture = picture
        self.place = place
        self.weeks = place.weeks
        self.needed = look.policy.abs_weeks
        self.this_week = monday_of(look.today)
        self.seen = {monday_of(known.effect.day) for known in picture.presences}
        self.row, self.lately = self._scan(lambda _: True)
        if self.row:
            self.row, self.lately = self._scan(self._counts)

    def gone(self) -> Gone | None:
        """The long absence that lasts today, when there is one."""
        if not self.row:
            return None
        begin, end = self.row[0], self.row[self.needed - 1]
        missed = [
            known.version
            for known in self._absences()
            if known.effect.unauthorised > 0 and begin <= known.effect.day < end + WEEK
        ]
        return Gone(
            org=self.place.org,
            first=max(begin, self.place.begins),
            last=end + WEEK - DAY,
            since=end + WEEK,
            because=tuple(version.event_id for version in (self.place.version, *missed)),
        )

    def changes(self) -> date | None:
        """The next Monday on which time alone may begin or end a long absence."""
        if self.row:
            return min((week for week in self.seen if week > self.this_week), default=None)
        last = self.this_week if self.this_week in self.seen else self.this_week - WEEK
        return self.weeks.after(max(last, self.place.first - WEEK), self.needed - self.lately)

    def _scan(self, counts: Callable[[date], bool]) -> tuple[list[date], int]:
        """The newest row of enough weeks without presence that two weeks of presence have not ended.

        Beside it how many such weeks there are since somebody saw the learner. The running week counts when
        somebody did; else it is not over.
        """
        week, running = self.this_week, 0
        row: list[date] = []
        lately: int | None = None
        while week >= self.place.first and running < PRESENT_RUNNING:
            if week in self.seen:
                lately = len(row) if lately is None else lately
                if len(row) >= self.needed:
                    break
                row = []
                running += self.weeks.has_lessons(week)
            elif week != self.this_week and self.weeks.has_lessons(week) and counts(week):
                row.append(week)
                running = 0
            week -= WEEK
        lately = len(row) if lately is None else lately
        return row[::-1] if len(row) >= self.needed else [], lately

    def _counts(self, week: date) -> bool:
        """Unauthorised hours, or no word at all; hours that were authorised only neither count nor break."""
        hours = [known.effect for known in self._absences() if week <= known.effect.day < week + WEEK]
        return any(one.unauthorised > 0 for one in hours) or not any(one.authorised > 0 for one in hours)

    def _absences(self) -> Iterator[Missed]:
        org = self.place.org
        return (known for known in self.picture.absences if org in (known.effect.brin, known.effect.vo_site))


def _weeks_of(look: Look, brin: str, site: str | None) -> LessonWeeks:
    place = (look.world.site(site) if site else None) or seat(look.world.institutions.get(brin))
    return lesson_weeks(look.world, place, look.at)


# --- reports -----------------------------------------------------------------------------------------------


def period(report: Report) -> tuple[date, date]:
    """The days that a report speaks of.

    Without a last day a long absence goes on, until the report is done; sixteen hours are those of its begin.
    """
    told = report.effect
    if told.end_date is not None:
        return told.begin_date, told.end_date
    if told.type not in ABOUT_WEEKS:
        return told.begin_date, told.begin_date
    return told.begin_date, local_date(report.version.occurred_at) if told.status in DONE else date.max


def is_about(report: Report, reach: Reach) -> bool:
    """Whether a report can be the one on these hours: of that enrolment, and of a kind that tells hours."""
    return report.effect.enrolment == reach.enrolment and report.effect.type in ABOUT_HOURS


def ends(report: Report, reach: Reach) -> bool:
    """Whether with this report the matter is over: done after the hours were told, or about these days."""
    if not is_about(report, reach) or report.effect.status not in DONE:
        return False
    return report.version.occurred_at >= reach.missed[-1].occurred_at or reach.meets(*period(report))


def standing(now: Attendance, reports: Sequence[Report], today: date) -> Iterator[Reach]:
    """Of each enrolment the last reach, while no report has ended it and new hours are not long ago."""
    latest = {reach.enrolment: reach for reach in now.reached}
    for reach in latest.values():
        if today < reach.lapses and not any(ends(report, reach) for report in reports):
            yield reach
