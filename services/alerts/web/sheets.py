"""What the pages show of a case and a learner, worked out from facts. Pure: no database, no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec

from services.alerts.web.deadlines import Left, Term, left, pressing, steps_up, terms
from services.alerts.web.facts import APPLICATION, REPORT, Fact, by_id, facts_of
from services.alerts.web.officers import spoken_name
from services.alerts.web.records import CaseRow, LearnerRow
from shared.domain.alert import Alert
from shared.domain.calendar import local_date
from shared.domain.case import Case
from shared.domain.codes import CaseFlag, CaseStatus, Flag, ReportStatus, Severity, State
from shared.domain.decide import LADDER
from shared.domain.learner import Learner
from shared.domain.person import birthday
from shared.domain.picture import picture
from shared.domain.place import institution_region
from shared.domain.situation import Situation, situation
from shared.domain.words import (
    CASE_FLAGS,
    CASE_STATUSES,
    FLAGS,
    NO_DUTY,
    SEVERITIES,
    STATES,
    Explanation,
    explain,
    life,
    org_name,
    spoken_date,
)
from shared.domain.world import World

BANDS = ((16, "jonger dan 16 jaar"), (18, "16-17 jaar"), (23, "18-22 jaar"), (27, "23-26 jaar"))
OLDER = "27 jaar of ouder"

MARKS = {
    State.ATTENDING: ("v", "safe"),
    State.ENROLLED: ("v", "safe"),
    State.EXPECTED: (">", "neutral"),
    State.APPLIED: (">", "neutral"),
    State.OFFERED: (">", "neutral"),
    State.STAYS_IN_VO: ("=", "inactive"),
    State.OTHER_DESTINATION: ("=", "inactive"),
    State.CLOSED: ("=", "inactive"),
    State.UNPLACED: ("!", "warning"),
    State.NO_SHOW: ("!", "warning"),
    State.DROPPED_OUT: ("!!", "danger"),
    State.OUT_OF_SIGHT: ("!!", "danger"),
}
"""The sign beside each state, so that colour alone tells nothing, and the kind of badge."""

SEVERITY_MARKS = {
    Severity.HIGH: ("!", "danger"),
    Severity.MED: ("", "warning"),
    Severity.LOW: ("", "neutral"),
}


FOR_SCHOOL = {
    CaseStatus.NEW: ReportStatus.R,
    CaseStatus.CLOSED: ReportStatus.G,
    CaseStatus.MERGED: ReportStatus.G,
}
"""What the school reads of a case; while a desk works on it, that it is in treatment."""


class Badge(msgspec.Struct, frozen=True):
    """A short word with a sign; `kind` is the component's."""

    words: str
    kind: str
    mark: str = ""


class Place(msgspec.Struct, frozen=True):
    """From which school to which institution; `outside` the learner's region."""

    school: str
    institution: str
    programme: str = ""
    outside: bool = False


class Reason(msgspec.Struct, frozen=True):
    """One alert in words, with the messages behind it, and when it goes to whom."""

    alert: Alert
    said: Explanation
    severity: Badge
    life: str
    evidence: Sequence[Fact]
    step: Term | None
    left: Left | None


class Applied(msgspec.Struct, frozen=True):
    """One application or enrolment, best first."""

    institution: str
    programme: str
    step: str
    since: date


class Person(msgspec.Struct, frozen=True):
    """What a page says of a learner in one transition year; never a name, birth date or address."""

    learner_id: str
    handle: str
    year: int
    state: Badge
    since: datetime | None
    age: str
    municipality: str
    place: Place
    flags: Sequence[str]
    applications: Sequence[Applied]


class CaseSheet(msgspec.Struct, frozen=True):
    """One case, as the list and its own page show it."""

    case: Case
    person: Person
    status: Badge
    flags: Sequence[str]
    reasons: Sequence[Reason]
    main: Reason | None
    term: Term | None
    left: Left | None
    terms: Sequence[tuple[Term, Left]]
    assigned: str

    @property
    def for_school(self) -> str:
        """What the school reads of it, as the status of an absence report has it (docs/domain.md 9)."""
        return REPORT[FOR_SCHOOL.get(self.case.status, ReportStatus.B)]

    @property
    def proposal(self) -> str:
        """Why the desk is asked whether the case can be closed; empty when it is not (rulings 39, 41, 59)."""
        if CaseFlag.CLOSURE_PROPOSED in self.case.flags:
            return f"De leerling is weer in beeld: {self.person.state.words}. Kan dit dossier dicht?"
        if CaseFlag.GROUND_REMOVED in self.case.flags and self.case.open:
            return "De aanleiding van dit dossier is vervallen. Kan het dicht?"
        return ""

    @property
    def others(self) -> Sequence[Reason]:
        """The further open alerts of the case."""
        return [one for one in self.reasons if one is not self.main and one.alert.open]


class Sheets:
    """Makes sheets at one moment of domain time, in one world; `names` are those of officers.

    `desk`: whether the reader works at a desk, and may read of care or custody.
    """

    def __init__(self, world: World, at: datetime, names: Mapping[str, str], *, desk: bool = True) -> None:
        self.world = world
        self.at = at
        self.today = local_date(at)
        self.names = names
        self.desk = desk

    def of_case(self, row: CaseRow, learner: LearnerRow) -> CaseSheet:
        """One case with its learner."""
        case = row.case
        now = self.situation(learner.learner, case.year)
        alerts = [one for one in learner.learner.alerts if one.alert_id in case.alerts]
        facts = facts_of(learner.learner.record, self.world, self.at, desk=self.desk)
        reasons = [self.reason(one, now, facts) for one in sorted(alerts, key=_strength)]
        term = pressing(case, alerts, now)
        return CaseSheet(
            case=case,
            person=self.of_person(learner, case.year),
            status=_status(case),
            flags=[CASE_FLAGS[flag][0] for flag in case.flags],
            reasons=reasons,
            main=next((one for one in reasons if one.alert.open), reasons[0] if reasons else None),
            term=term,
            left=left(self.today, term.day) if term else None,
            terms=[(one, left(self.today, one.day)) for one in terms(case)],
            assigned=spoken_name(self.names, case.assigned_to),
        )

    def of_person(self, row: LearnerRow, year: int) -> Person:
        """One learner in one year."""
        learner = row.learner
        now = self.situation(learner, year)
        standing = learner.standings.get(year)
        state = standing.state if standing else None
        flags = [FLAGS[flag][0] for flag in standing.flags] if standing else []
        listing = now.listing.effect if now.listing else None
        municipality = self.world.reference.municipalities.get(listing.municipality) if listing else None
        return Person(
            learner_id=row.learner_id,
            handle=row.handle,
            year=year,
            state=_state(state),
            since=standing.since if standing else None,
            age=_age(now),
            municipality=municipality.name if municipality else "woongemeente onbekend",
            place=self._place(now, standing.flags if standing else ()),
            flags=[*flags, NO_DUTY[0]] if now.duty is False else flags,
            applications=self._applications(now),
        )

    def reason(self, alert: Alert, now: Situation | None, facts: Sequence[Fact]) -> Reason:
        """One alert in words; without a situation it is about an institution."""
        mark, kind = SEVERITY_MARKS[alert.severity]
        step = steps_up(alert, now) if alert.open and now else None
        return Reason(
            alert=alert,
            said=explain(alert, self.world),
            severity=Badge(SEVERITIES[alert.severity][0], kind, mark),
            life=life(alert, who=spoken_name(self.names, alert.acknowledged_by)),
            evidence=by_id(facts, alert.because),
            step=step,
            left=left(self.today, step.day) if step else None,
        )

    def situation(self, learner: Learner, year: int) -> Situation:
        """What is known of a learner now."""
        known = picture(learner.record.years, year, self.at, learner.counts_from)
        return situation(known, year, self.world, self.at)

    def _place(self, now: Situation, flags: Iterable[Flag]) -> Place:
        school = org_name(self.world, now.vo_site) if now.vo_site else "school onbekend"
        outside = Flag.OUT_OF_REGION in flags
        enrolled = [*now.active, *([now.last_ended] if now.last_ended else [])]
        if enrolled:
            one = enrolled[0]
            level = f"niveau {one.level}" if one.level else ""
            return Place(school, org_name(self.world, one.site or one.brin), level, outside)
        if now.best:
            applied = now.best.application
            return Place(
                school,
                org_name(self.world, applied.brin),
                self._programme(applied.crebo, applied.level),
                outside,
            )
        return Place(school, "nog geen instelling")

    def _applications(self, now: Situation) -> list[Applied]:
        return [
            Applied(
                org_name(self.world, one.application.brin) + self._region(one.application.brin),
                self._programme(one.application.crebo, one.application.level),
                APPLICATION[one.application.status],
                one.application.status_date,
            )
            for one in sorted(now.applied, key=lambda one: one.rank, reverse=True)
        ]

    def _programme(self, crebo: str, level: int | None) -> str:
        known = level or self.world.reference.levels.get(crebo)
        return f"crebo {crebo}" + (f", niveau {known}" if known else "")

    def _region(self, brin: str) -> str:
        region = institution_region(self.world, brin, None, self.today)
        return f" (regio {region})" if region else ""


class Choice(msgspec.Struct, frozen=True):
    """A part of the list, by the word in its address."""

    key: str
    words: str
    holds: Callable[[CaseSheet], bool]


def choices(subject: str) -> Sequence[Choice]:
    """The parts of the list of cases that an officer can choose."""
    return (
        Choice("", "Alle", lambda _: True),
        Choice("late", "Te laat", lambda one: one.left is not None and one.left.days < 0),
        Choice("soon", "Vandaag of binnen 2 werkdagen", lambda one: _is_soon(one)),
        Choice("new", "Nieuw", lambda one: one.case.status is CaseStatus.NEW),
        Choice("mine", "Bij mij", lambda one: one.case.assigned_to == subject),
    )


def _is_soon(sheet: CaseSheet) -> bool:
    return sheet.left is not None and sheet.left.urgency == "soon"


def _state(state: State | None) -> Badge:
    if state is None:
        return Badge("niets bekend", "inactive")
    mark, kind = MARKS[state]
    return Badge(STATES[state][0], kind, mark)


def _status(case: Case) -> Badge:
    words = CASE_STATUSES[case.status][0]
    until = spoken_date(case.until) if case.until else ""
    kind = "warning" if case.status is CaseStatus.NEW else "neutral" if case.open else "inactive"
    return Badge(words.replace("{date}", until), kind)


def _age(now: Situation) -> str:
    if now.birth_date is None:
        return "leeftijd onbekend"
    for age, words in BANDS:
        if birthday(now.birth_date, age) > now.today:
            return words
    return OLDER


def _strength(alert: Alert) -> tuple[bool, int, datetime]:
    """Open ones first, then the strongest."""
    return not alert.open, LADDER.index(alert.code) if alert.code in LADDER else len(LADDER), alert.raised_at
