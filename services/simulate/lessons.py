"""The lessons of one enrolment, in mbo or in vo: who was there, who was not, and what was reported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from services.simulate.learner import Life
from shared.domain.calendar import add_working_days
from shared.domain.world import Site

ILL = 0.75
"""The share of missed days for which there is a valid reason."""
REPORTABLE = 16
"""Unauthorised hours that have to be reported."""
FORGOTTEN = 0.2
"""The share of reports that nobody makes."""
VOLUNTARY = 0.4
"""The share of reports that are made when the law does not ask for them."""
TREATED = ("G", "G", "G", "K", "I", None)
"""What becomes of a report that is in treatment; None: it still is."""


class Lessons:
    """What a school posts of a learner's lessons; nothing of them when it cannot."""

    def __init__(
        self, life: Life, sender: str, site: Site, named: Mapping[str, str], can_send: bool = True
    ) -> None:
        self._life = life
        self._sender = sender
        self._named = named
        self._weeks = life.year.lesson_weeks(site) if can_send else []
        self._missed: set[date] = set()
        self._often = min(0.6, life.chance.expovariate(1) * life.year.absences / 5)

    def attends(self, first: date, last: date) -> None:
        """Seen in every lesson week of a period, and ill or late now and then."""
        for days in self._between(first, last):
            whole = self._misses_some([day for day in days if day not in self._missed])
            seen = next((day for day in days if day not in whole), None)
            if seen:
                self._tell(seen, "attendance.present", date=seen.isoformat())

    def plays_truant(self, first: date) -> None:
        """Misses lesson after lesson without a reason, until it has to be reported; then comes back."""
        hours, days = 0.0, [day for week in self._between(first, self._life.year.last) for day in week]
        missed: list[date] = []
        for day in days[::2]:
            if hours >= REPORTABLE:
                break
            missed.append(day)
            hours += self._misses(day, float(self._life.chance.randint(3, 5)))
        if hours >= REPORTABLE:
            self._reports_absence("V4" if self._life.is_adult(missed[-1]) else "V3", missed, hours)

    def stays_away(self, first: date, last: date) -> None:
        """Is not seen for weeks on end; told of every day of it, and reported after four weeks."""
        missed: list[date] = []
        for number, days in enumerate(self._between(first, last)):
            missed += days
            for day in days:
                self._misses(day, 6.0)
            if number == 3:
                kind = "RMC" if self._life.is_adult(days[-1]) else "LRV"
                self._reports_absence(kind, missed, 6.0 * len(missed))

    def concern(self, day: date) -> None:
        """The school tells the desk that somebody who should be there has not come at all."""
        if self._weeks:
            self._report(day, self._new_number(), "O", "R", {"beginDate": day.isoformat()})

    def _between(self, first: date, last: date) -> list[list[date]]:
        cut = [[day for day in week if first <= day <= last] for week in self._weeks]
        return [week for week in cut if week]

    def _misses_some(self, days: list[date]) -> set[date]:
        """Some days of a week are missed, in part or whole; the latter are returned."""
        chance, whole = self._life.chance, set()
        for day in days:
            if chance.random() >= self._often:
                continue
            if chance.random() < ILL:
                hours = float(chance.randint(2, 6))
                self._misses(day, 0.0, hours)
                if hours == 6:
                    whole.add(day)
            else:
                self._misses(day, 1.0, late=1)
        return whole

    def _misses(self, day: date, unauthorised: float, authorised: float = 0.0, late: int = 0) -> float:
        self._missed.add(day)
        self._tell(
            day,
            "attendance.absent",
            date=day.isoformat(),
            unauthorisedHours=unauthorised,
            authorisedHours=authorised,
            **({"lateCount": late} if late else {"allLessonsMissed": unauthorised + authorised >= 6}),
        )
        return unauthorised

    def _reports_absence(self, kind: str, missed: list[date], hours: float) -> None:
        """A report, what the desk does with it, and how that ends; some are forgotten."""
        chance = self._life.chance
        if chance.random() >= (VOLUNTARY if kind == "V4" else 1 - FORGOTTEN):
            return
        number = self._new_number()
        told = {"beginDate": missed[0].isoformat(), "endDate": missed[-1].isoformat(), "hours": hours}
        day = add_working_days(missed[-1], chance.randint(1, 4))
        self._report(day, number, kind, "R", told)
        day = add_working_days(day, chance.randint(3, 8))
        self._report(day, number, kind, "B", told)
        if (end := chance.choice(TREATED)) is not None:
            closing = {"closingReason": "BACK_IN_SCHOOL"} if end == "G" else {}
            self._report(add_working_days(day, chance.randint(10, 25)), number, kind, end, told | closing)

    def _new_number(self) -> str:
        self._life.reports += 1
        return f"R{self._life.number * 10 + self._life.reports:07}"

    def _report(self, day: date, number: str, kind: str, status: str, told: Mapping[str, object]) -> None:
        self._tell(day, "attendance.report", reportNo=number, type=kind, status=status, **told)

    def _tell(self, day: date, kind: str, **fields: object) -> None:
        self._life.tell(day, kind, self._sender, **self._named, **fields)
