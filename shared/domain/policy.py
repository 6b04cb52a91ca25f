"""Deadlines and thresholds: dated, versioned, and each with its ground.

The values are data: one TOML file for each version, shipped in `shared/reference/policies` and read by
`shared/runtime`. [L] law or official national practice, [R] regional practice, [P] project decision.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from shared.domain.calendar import local_date, next_working_day, study_year

YearDay = tuple[int, int]
"""A (month, day) that every year has."""

Count = Annotated[int, msgspec.Meta(ge=0, le=400)]
"""A number of days, weeks, months, hours or years."""

Silence = Annotated[int, msgspec.Meta(ge=5, le=400)]
"""Working days of silence: what is shorter than a week is not kept (`heard.py`)."""


class Whose(StrEnum):
    """What an override is for, in the order of precedence: the last that fits wins."""

    YEARS = "years"
    REGIONS = "regions"
    INSTITUTIONS = "institutions"


class Override(msgspec.Struct, frozen=True):
    """Parameters that differ for one transition year, region or institution (`key`)."""

    whose: Whose
    key: str
    changes: tuple[tuple[str, Any], ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """One version of the parameters; in force from `valid_from`. `_wd` counts working days.

    `_day` is a (month, day) in the transition year, unless it says otherwise. What is overridden for a year,
    a region or an institution stands in `overrides`, and counts only where `where` was asked for it.
    """

    version: str
    valid_from: date
    overrides: tuple[Override, ...] = ()
    region_age_max: Count  # [L] end of the target group of the Doorstroompunt
    status_to_municipality_age: Count  # [L] until then the municipality hears of every status
    status_due_wd: Count  # [P] what "as soon as possible" comes to
    list_open_day: YearDay  # [L] in the year before
    list_due_day: YearDay  # [L] the last day for lists of expected movers
    plan_day: YearDay  # [P] first look at who has no plan yet
    apply_day: YearDay  # [L]
    placement_day: YearDay  # [R]
    summer_day: YearDay  # [P] after the results of the re-sits
    reapply_high_day: YearDay  # [P] after it a learner without a place is pressing
    handover_day: YearDay  # [P] first look at warm hand-overs that were not done
    handover_again_day: YearDay  # [P] the second
    count_day: YearDay  # [L]
    effect_report_day: YearDay  # [L] the yearly report on the past study year
    grace_wd: Count  # [P] from a checkpoint to its reporting deadline
    summer_check_2_wd: Count  # [P] before the first lesson day
    first_lesson_days: tuple[date, ...] = ()  # [P] one a study year, where no calendar was published
    no_show_days: Count  # [P] lesson days
    no_show_escalate: Count  # [P] lesson days
    assumed_days: Count  # [P] lesson days, for institutions without presence data
    sight_wd: Count  # [P] without a sign of life
    silent_wd: Silence  # [P] without any message of an institution
    silence_open_day: YearDay  # [P] from then on these working days count
    silence_close_day: YearDay  # [P] after it no institution is called silent
    dropout_wd: Count  # [P] to find something new after an enrolment ended
    reapply_wd: Count  # [P] to apply anew, in the year before the turn
    reapply_turn_wd: Count  # [P] the turn: so long before the first lesson day
    reapply_late_wd: Count  # [P] to apply anew, from the turn on
    feedback_terms: tuple[Count, Count, Count]  # [P] until 1 June, until 1 September, after
    abs_hours: Count  # [L] unauthorised lesson hours that a school has to report
    abs_weeks: Count  # [L] lesson weeks: the window of those hours, and the length of a long absence
    abs_report_wd: Count  # [L] to report an absence
    abs_report_days: Count  # [L] calendar days between two reports of one uninterrupted absence
    escalate_wd: Count  # [P]
    escalate_high_wd: Count  # [P]
    review_months: Count  # [P] a destination without a date of its own is looked at again
    aftercare_months: Count  # [P]

    def where(self, *, year: int | None = None, region: str | None = None, org: str | None = None) -> Policy:
        """The parameters as they are for a transition year, a region and an institution (BRIN).

        An institution's own value goes before a region's, that before the one of a year, and that before
        the national one. What was asked before still counts: an institution may be asked for later.
        """
        return _resolved(self, year, region, org) if self.overrides else self

    def apply_by(self, year: int) -> date:
        """The last day on which an application is in time; a weekend or holiday moves it on."""
        return next_working_day(date(year, *self.apply_day))

    def list_due(self, year: int) -> date:
        """The last day on which a school's list of expected movers is in time."""
        return date(year, *self.list_due_day)

    def plan_check(self, year: int) -> date:
        """The first day on which a learner of special or practical education should have a plan."""
        return date(year, *self.plan_day)

    def list_opens(self, year: int) -> date:
        """The first day of lists of expected movers."""
        return date(year - 1, *self.list_open_day)

    def silence_opens(self, year: int) -> date:
        """The first day on which silence of an institution counts."""
        return date(year, *self.silence_open_day)

    def silence_closes(self, year: int) -> date:
        """The last day on which silence of an institution counts."""
        return date(year, *self.silence_close_day)

    def placement_check(self, year: int) -> date:
        """The day on which most timely applicants should have a place."""
        return date(year, *self.placement_day)

    def summer_check_1(self, year: int) -> date:
        """The first look against the summer gap; not a working day: the next one."""
        return next_working_day(date(year, *self.summer_day))

    def count_date(self, year: int) -> date:
        """The count date."""
        return date(year, *self.count_day)

    def handover_checks(self, year: int) -> tuple[date, date]:
        """The two days on which a warm hand-over that is needed should have been done."""
        return date(year, *self.handover_day), date(year, *self.handover_again_day)

    def first_lesson_day(self, year: int) -> date | None:
        """The first lesson day of the study year that begins in `year`, when it was set by hand."""
        return next((day for day in self.first_lesson_days if study_year(day) == year), None)

    def is_pressing(self, day: date, year: int) -> bool:
        """Whether summer is so far gone that who has no open application needs help at once."""
        return day > date(year, *self.reapply_high_day)

    def closing(self, year: int) -> date:
        """The day on which a transition closes: 31 July of the next year, after the first mbo year."""
        return date(year + 1, 7, 31)

    def feedback_wd(self, day: date, year: int) -> int:
        """How many working days an open application may be without news, counted from `day`.

        The dates are those of the transition year: the autumn before it still has the longest term.
        """
        until_june, until_september, after = self.feedback_terms
        if day < date(year, 6, 1):
            return until_june
        return until_september if day < date(year, 9, 1) else after


@lru_cache(maxsize=65536)
def _resolved(policy: Policy, year: int | None, region: str | None, org: str | None) -> Policy:
    asked = {Whose.YEARS: str(year), Whose.REGIONS: region, Whose.INSTITUTIONS: org}
    changes: dict[str, Any] = {}
    for whose in Whose:
        for one in policy.overrides:
            if one.whose is whose and one.key == asked[whose]:
                changes |= dict(one.changes)
    return replace(policy, **changes) if changes else policy


@lru_cache(maxsize=64)
def absence_bounds(policies: tuple[Policy, ...]) -> tuple[int, int, int]:
    """The lowest limit of hours, and the fewest and most weeks, that any policy has for anybody."""
    hours, weeks = [], []
    for policy in policies:
        changes = [change for one in policy.overrides for change in one.changes]
        hours += [policy.abs_hours, *(value for name, value in changes if name == "abs_hours")]
        weeks += [policy.abs_weeks, *(value for name, value in changes if name == "abs_weeks")]
    return min(hours), min(weeks), max(weeks)


def in_force(policies: tuple[Policy, ...], at: datetime) -> Policy:
    """The version in force at a moment: the last one that had begun, else the first."""
    return in_force_on(policies, local_date(at))


@lru_cache(maxsize=4096)
def in_force_on(policies: tuple[Policy, ...], day: date) -> Policy:
    """The version in force on a local date. Raises ValueError when there is none at all."""
    if not policies:
        raise ValueError("this world has no policies")
    begun = [policy for policy in policies if policy.valid_from <= day]
    return max(begun, key=lambda policy: policy.valid_from) if begun else policies[0]


class PolicyFault(ValueError):
    """A policy file cannot be used; `faults` says everything that is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


HEADER = ("version", "valid_from", "overrides")

PARAMETERS: Mapping[str, Any] = {
    field.name: field.type for field in msgspec.structs.fields(Policy) if field.name not in HEADER
}
"""Every parameter and its type."""

KEYS = {Whose.YEARS: r"^20[0-9]{2}$", Whose.REGIONS: r"^[0-9]{2}$", Whose.INSTITUTIONS: r"^[0-9]{2}[A-Z]{2}$"}
"""What the key of an override looks like: a transition year, the number of a region, a BRIN."""


def read_policies(texts: Mapping[str, str]) -> tuple[Policy, ...]:
    """Versions written in TOML by the name of their file, the oldest first. Raises PolicyFault."""
    found: list[Policy] = []
    faults: list[str] = []
    for name, text in texts.items():
        try:
            found.append(read_policy(text))
        except PolicyFault as wrong:
            faults += [f"{name}: {fault}" for fault in wrong.faults]
    told = [f"{name} {value}" for policy in found for name, value in _header(policy).items()]
    faults += [f"{one} is there twice" for one in sorted(set(told)) if told.count(one) > 1]
    if faults:
        raise PolicyFault(faults)
    return tuple(sorted(found, key=lambda policy: policy.valid_from))


def read_policy(text: str, national: tuple[Policy, ...] = ()) -> Policy:
    """One version written in TOML. Raises PolicyFault, which names every fault.

    What it leaves out is as in the version of `national` that is in force when it begins; without these it
    has to be complete.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PolicyFault([str(fault)]) from fault
    faults: list[str] = []
    header = {
        name: _value(told, name, kind, faults) for name, kind in (("version", str), ("valid_from", date))
    }
    own = {name: value for name, value in told.items() if name not in header and name not in KEYS}
    changes = _changes(own, "", faults)
    overrides = tuple(_overrides(told, faults))
    if not national:
        faults += [f"{name}: missing" for name in PARAMETERS if name not in {*own, *OPTIONAL}]
    if faults:
        raise PolicyFault(faults)
    if not national:
        return Policy(**header, **changes, overrides=overrides)
    base = in_force_on(national, header["valid_from"])
    return replace(base, **header, **changes, overrides=(*base.overrides, *overrides))


OPTIONAL = frozenset({"first_lesson_days"})
"""What nobody has to set."""


def _header(policy: Policy) -> dict[str, object]:
    return {"version": policy.version, "valid_from": policy.valid_from}


def _value(told: Mapping[str, Any], name: str, kind: Any, faults: list[str]) -> Any:
    if name not in told:
        faults.append(f"{name}: missing")
        return None
    return _converted(told[name], kind, name, faults)


def _overrides(told: Mapping[str, Any], faults: list[str]) -> Iterator[Override]:
    for whose in Whose:
        by_key = _converted(told.get(whose, {}), dict[str, dict[str, Any]], whose, faults) or {}
        for key, changes in by_key.items():
            _converted(key, Annotated[str, msgspec.Meta(pattern=KEYS[whose])], f"{whose}.{key}", faults)
            yield Override(whose, key, tuple(_changes(changes, f"{whose}.{key}.", faults).items()))


def _changes(told: Mapping[str, Any], place: str, faults: list[str]) -> dict[str, Any]:
    faults += [f"{place}{name}: no such parameter" for name in told if name not in PARAMETERS]
    return {
        name: _converted(value, PARAMETERS[name], f"{place}{name}", faults)
        for name, value in told.items()
        if name in PARAMETERS
    }


def _converted(value: Any, kind: Any, place: str, faults: list[str]) -> Any:
    """The value as its type has it; what does not fit is noted, and nothing comes back."""
    try:
        found = msgspec.convert(value, kind)
        if kind == YearDay:
            date(2023, *found)  # no leap year, so that every year has it
    except ValueError as wrong:
        faults.append(f"{place}: {wrong}")
        return None
    return found
