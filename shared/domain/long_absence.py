"""Four lesson weeks in which nobody saw an enrolled learner.

A week counts with an unauthorised hour or without any word at all; with authorised hours alone it neither
counts nor breaks the row. Presence in two lesson weeks running ends it. At an institution that cannot send
presence nothing follows from silence. Source: docs/domain.md 7.4, rulings 6 and 26. Days are local dates in
Europe/Amsterdam; weeks are named by their Mondays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

import msgspec

from shared.domain import effect
from shared.domain.calendar import DAY
from shared.domain.enrolment import Enrolment, Look
from shared.domain.event import Version
from shared.domain.picture import Known, Picture
from shared.domain.weeks import WEEK, LessonWeeks, monday_of, weeks_at

PRESENT_RUNNING = 2
"""So many lesson weeks with presence, one after another, end a long absence [P]."""


class Gone(msgspec.Struct, frozen=True):
    """A row of four lesson weeks or more in which nobody saw the learner, and which goes on.

    `org` is the BRIN, or the site of a school. `first` to `last` are the first four of those weeks; it holds
    from `since`, the Monday after them. `because` are the events that say so: the enrolment, and hours that
    were missed.
    """

    org: str
    first: date
    last: date
    since: date
    because: tuple[str, ...]


class Place(msgspec.Struct, frozen=True):
    """Where presence is to be expected: since when, by which event, and in which weeks."""

    org: str
    weeks: LessonWeeks
    begins: date
    version: Version

    @property
    def first(self) -> date:
        """The Monday of the first week of which no lesson day lies before `begins`."""
        monday = monday_of(self.begins)
        lesson = self.weeks.first_day(monday)
        return monday if lesson is None or lesson >= self.begins else monday + WEEK


def places(
    picture: Picture, enrolled: Iterable[Enrolment], in_vo: Iterable[str], look: Look
) -> Iterator[Place]:
    """Where the learner should be today; only where presence can be sent."""
    for one in enrolled:
        goes_on = one.start <= look.today and (one.end is None or one.end >= look.today)
        if goes_on and _sends_presence(look, one.brin):
            yield Place(one.brin, weeks_at(look, one.brin, one.site), one.start, one.version)
    for site in in_vo:
        if _sends_presence(look, site[:4]):
            yield from _at_school(picture, site, look)


def _sends_presence(look: Look, brin: str) -> bool:
    institution = look.world.institutions.get(brin)
    return institution is not None and institution.presence


def _at_school(picture: Picture, site: str, look: Look) -> Iterator[Place]:
    """From the school's first word about attendance on: a list does not say since when somebody attends."""
    facts: tuple[Known[effect.Presence] | Known[effect.Absence], ...]
    facts = (*picture.presences, *picture.absences)
    told = [known for known in facts if known.effect.vo_site == site]
    if told:
        first = min(told, key=lambda known: (known.effect.day, known.version.event_id))
        yield Place(site, weeks_at(look, site[:4], site), first.effect.day, first.version)


class Roll:
    """The lesson weeks of one place, looked at from today backwards.

    `seen` are the weeks in which anybody saw the learner anywhere; hours are those at this place.
    """

    def __init__(self, picture: Picture, place: Place, seen: set[date], look: Look) -> None:
        """Go back until two weeks of presence running, or the begin."""
        self.picture = picture
        self.place = place
        self.first = place.first
        self.seen = seen
        self.needed = look.policy.where(org=place.org[:4]).abs_weeks
        self.this_week = monday_of(look.today)
        self.row, self.lately = self._scan(lambda _: True)
        if self.row:
            self.row, self.lately = self._scan(self._counts)

    def gone(self) -> Gone | None:
        """The long absence that goes on today, when there is one."""
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

    def next_change(self) -> date | None:
        """The next Monday on which time alone may begin or end a long absence."""
        if self.row:
            return min((week for week in self.seen if week > self.this_week), default=None)
        last = self.this_week if self.this_week in self.seen else self.this_week - WEEK
        return self.place.weeks.after(max(last, self.first - WEEK), self.needed - self.lately)

    def _scan(self, counts: Callable[[date], bool]) -> tuple[list[date], int]:
        """The newest row of enough weeks that counts, which two weeks of presence have not ended.

        Beside it how many weeks count since somebody saw the learner last. The running week is not over, so
        it never counts; but presence in it does.
        """
        week, running, lately = self.this_week, 0, -1
        row: list[date] = []
        while week >= self.first and running < PRESENT_RUNNING:
            if week in self.seen:
                lately = len(row) if lately < 0 else lately
                if len(row) >= self.needed:
                    break
                row = []
                running += self.place.weeks.has_lessons(week)
            elif week != self.this_week and self.place.weeks.has_lessons(week) and counts(week):
                row.append(week)
                running = 0
            week -= WEEK
        lately = len(row) if lately < 0 else lately
        return row[::-1] if len(row) >= self.needed else [], lately

    def _counts(self, week: date) -> bool:
        hours = [known.effect for known in self._absences() if week <= known.effect.day < week + WEEK]
        return any(one.unauthorised > 0 for one in hours) or not any(one.authorised > 0 for one in hours)

    def _absences(self) -> Iterator[Known[effect.Absence]]:
        org = self.place.org
        return (known for known in self.picture.absences if org in (known.effect.brin, known.effect.vo_site))
