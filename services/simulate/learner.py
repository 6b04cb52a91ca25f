"""One invented learner: what the school of origin and the desk of the region post about him or her."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from services.simulate.posting import Event, Posting, event_of
from services.simulate.region import WEAK, Origin, municipality, vo_type
from services.simulate.school_year import Period, SchoolYear
from shared.domain.calendar import DAY, is_school_holiday, next_working_day
from shared.domain.catalogue import KINDS
from shared.domain.codes import VoType

LISTED: Period = (-1, 10, 1), (0, 1, 30)
RESULTS: Period = (0, 6, 11), (0, 6, 12)
RESITS: Period = (0, 7, 1), (0, 7, 3)
LEAVING: Period = (0, 7, 6), (0, 7, 10)
SUMMER = (7, 8)
RESIT = 0.12
"""The share of examinations that is passed after a re-sit only."""
OUTCOMES = {
    VoType.PRO: "PRO_DIPLOMA",
    VoType.VSO_ARBEID: "VSO_CERTIFICATE",
    VoType.VSO_DAG: "VSO_CERTIFICATE",
}
UNKNOWN, UNKNOWN_HOMES = "9999", 0.004
"""The code of a home that the school does not know, and the share of those at first."""
OLDER = (72, 22, 6)
"""Of a hundred learners, how many are as old as their class, one year older, and two."""


class Life:
    """What one learner goes through; each method posts what the schools would."""

    def __init__(self, year: SchoolYear, number: int, origin: Origin | None = None) -> None:
        name = f"{year.seed}/{year.year}/{year.region.code}/{number}"
        self.chance = Random(name)  # noqa: S311
        self.year = year
        self.region = year.region
        self.number = number
        self.postings: list[Posting] = []
        self.ref = _pseudonym(name)
        self.former_ref = _pseudonym(f"{name}/former")
        self.linked: date | None = None
        """The day from which the learner is known by `ref`; before it, by `former_ref`."""
        self.origin = origin or self.region.origin(self.chance)
        self.vo_type = vo_type(self.origin, self.chance)
        self.weak = self.vo_type in WEAK
        self.holiday_region = municipality(self.origin).holiday_region
        self.home = self.region.home(self.origin, self.chance)
        self.told_home = UNKNOWN if self.chance.random() < UNKNOWN_HOMES else self.home
        self.born = self._birth()
        self.vulnerable = self.chance.random() < (0.6 if self.weak else 0.1)
        self.known = self.within(LISTED)
        """The day on which the school lists the learner; nobody else speaks of him or her before."""
        self.applications = 0
        self.reports = 0
        self._seqs: dict[tuple[str, str], int] = {}

    def _birth(self) -> date:
        born = self.between(date(self.year.year - 17, 8, 1), date(self.year.year - 16, 7, 31))
        years = self.chance.choices((0, 1, 2), OLDER)[0] + (self.weak and self.chance.randint(0, 1))
        return born.replace(year=born.year - years, day=min(born.day, 28))

    @property
    def school(self) -> str:
        """The school of origin, as a sender."""
        return self.origin.site[:4]

    @property
    def is_listed(self) -> bool:
        """Whether a school of origin has told of the learner."""
        return bool(self.postings) and self.postings[0].kind == "vo.learner.listed"

    def is_adult(self, day: date) -> bool:
        """Whether the learner is 18 by then."""
        return (day.year - self.born.year, day.month, day.day) >= (18, self.born.month, self.born.day)

    def between(self, first: date, last: date) -> date:
        """A day in a period on which schools are open; after it, when the period is over before it begins.

        In the summer holiday the offices work on.
        """
        days = max(0, (last - first).days)
        day = next_working_day(first + timedelta(days=self.chance.randint(0, days)))
        while day.month not in SUMMER and is_school_holiday(self.holiday_region, day):
            day = next_working_day(day + DAY)
        return day

    def within(self, period: Period, not_before: date = date.min) -> date:
        """A working day in a period of this year."""
        first, last = self.year.dates(period)
        return self.between(max(first, not_before), last)

    def tell(self, day: date, kind: str, sender: str, /, **fields: Any) -> Event:
        """Post one event on a day."""
        return self._post(day, kind, sender, fields)

    def correct(self, event: Event, day: date, kind: str, replaces: bool, **changes: Any) -> Event:
        """Post another version of what was told; one that replaces it names it."""
        left_out = {"studentRef", "keyVersion", "transitionYear", "senderOrg", "occurredAt", "sourceSeq"}
        fields = {name: value for name, value in event["data"].items() if name not in left_out} | changes
        if replaces:
            fields["supersedes"] = event["id"]
        return self._post(day, kind, event["data"]["senderOrg"], fields, correction=True)

    def _post(self, day: date, kind: str, sender: str, fields: Event, correction: bool = False) -> Event:
        ref = self.former_ref if self.linked and day < self.linked else self.ref
        told = {"studentRef": ref, "keyVersion": 1, **fields}
        event_id = f"e{self.year.seed}-{self.year.year}-{self.number:05}-{len(self.postings):03}"
        event = event_of(event_id, kind, day, sender, self.year.year, told)
        event["data"]["sourceSeq"] = self._next(kind, event["data"])
        self.postings.append(Posting(day, event, correction))
        return event

    def _next(self, kind: str, data: Event) -> int:
        key = data["senderOrg"], KINDS[kind].subject_key(data)
        self._seqs[key] = self._seqs.get(key, 0) + 1
        return self._seqs[key]

    def listed(self, expected: str = "MBO", **more: Any) -> Event:
        """On the list of expected movers, between October and the end of January."""
        return self.tell(
            self.known,
            "vo.learner.listed",
            self.school,
            voSite=self.origin.site,
            voType=self.vo_type.value,
            grade=5 if self.weak else 4,
            birthDate=self.born.isoformat(),
            municipality=self.told_home,
            expectedDestination=expected,
            vulnerable=self.vulnerable,
            **more,
        )

    def changes(self, listed: Event, day: date, **changes: Any) -> Event:
        """The school says something else of a listed learner."""
        told = {name: value for name, value in listed["data"].items() if name in _LIST}
        return self.tell(day, "vo.learner.changed", self.school, **(told | changes))

    def leaves_school(self) -> None:
        """The result of the exam, and the end of the enrolment in vo."""
        if not self.weak:
            if self.chance.random() < RESIT:
                self._result(self.within(RESULTS), "FAILED")
                self._result(self.within(RESITS), "PASSED")
            else:
                self._result(self.within(RESULTS), "PASSED")
        elif self.vo_type in OUTCOMES:
            self._result(self.within(RESITS), OUTCOMES[self.vo_type])
        self.ends_school(self.within(LEAVING), "TO_MBO" if self.weak else "DIPLOMA")

    def ends_school(self, day: date, reason: str) -> None:
        """The enrolment in vo ends on a day."""
        site = self.origin.site
        end = day.isoformat()
        self.tell(day, "vo.learner.deregistered", self.school, voSite=site, endDate=end, reason=reason)

    def _result(self, day: date, outcome: str) -> None:
        site = self.origin.site
        told = day.isoformat()
        self.tell(day, "vo.exam.result", self.school, voSite=site, outcome=outcome, resultDate=told)

    def called(self, day: date, result: str, by: str = "rmc_desk") -> None:
        """The broker or the desk tries to reach the learner."""
        self.tell(day, "contact.recorded", self.region.desk, date=day.isoformat(), result=result, by=by)

    def goes_elsewhere(self, told: date, first: date, kind: str, by: str) -> None:
        """Another destination than mbo, vouched for by the school or by the desk."""
        self.tell(
            told,
            "destination.confirmed",
            self.school if by == "school" else self.region.desk,
            kind=kind,
            validFrom=first.isoformat(),
            confirmedBy=by,
            hoursPerWeek=24,
            reviewDate=date(self.year.year + 1, 1, 31).isoformat(),
        )


_LIST = frozenset(
    ("voSite", "voType", "grade", "birthDate", "municipality", "expectedDestination", "vulnerable")
)


def _pseudonym(name: str) -> str:
    return urlsafe_b64encode(sha256(name.encode()).digest()).rstrip(b"=").decode()
