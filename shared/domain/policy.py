"""Deadlines and thresholds: dated, versioned, and each with its ground.

[L] law or official national practice, [R] regional practice, [P] project decision.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from shared.domain.calendar import local_date, next_working_day


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the parameters; in force from `valid_from`. `_wd` counts working days.

    `days` are (month, day) in the transition year.
    """

    version: str
    valid_from: date
    region_age_max: int = 27  # [L] end of the target group of the Doorstroompunt
    apply_day: tuple[int, int] = (4, 1)  # [L]
    placement_day: tuple[int, int] = (6, 1)  # [R]
    summer_day: tuple[int, int] = (7, 10)  # [P] after the results of the re-sits
    count_day: tuple[int, int] = (10, 1)  # [L]
    grace_wd: int = 5  # [P] from a checkpoint to its reporting deadline
    summer_check_2_wd: int = 10  # [P] before the first lesson day
    no_show_days: int = 5  # [P] lesson days
    no_show_escalate: int = 10  # [P] lesson days
    assumed_days: int = 20  # [P] lesson days, for institutions without presence data
    sight_wd: int = 20  # [P] without a sign of life
    dropout_wd: int = 5  # [P] to find something new after an enrolment ended
    feedback_terms: tuple[int, int, int] = (15, 10, 5)  # [P] until 1 June, until 1 September, after
    escalate_wd: int = 5  # [P]
    escalate_high_wd: int = 2  # [P]
    review_months: int = 6  # [P] a destination without a date of its own is looked at again
    aftercare_months: int = 3  # [P]

    def __post_init__(self) -> None:
        """Refuse a day that not every year has. Raises ValueError."""
        for day in (self.apply_day, self.placement_day, self.summer_day, self.count_day):
            date(2023, *day)

    def apply_by(self, year: int) -> date:
        """The last day on which an application is in time; a weekend or holiday moves it on."""
        return next_working_day(date(year, *self.apply_day))

    def placement_check(self, year: int) -> date:
        """The day on which most timely applicants should have a place."""
        return date(year, *self.placement_day)

    def summer_check_1(self, year: int) -> date:
        """The first look against the summer gap; not a working day: the next one."""
        return next_working_day(date(year, *self.summer_day))

    def count_date(self, year: int) -> date:
        """The count date."""
        return date(year, *self.count_day)

    def closing(self, year: int) -> date:
        """The day on which a transition closes: 31 July of the next year, after the first mbo year."""
        return date(year + 1, 7, 31)

    def feedback_wd(self, day: date) -> int:
        """How many working days an open application may be without news, counted from `day`."""
        until_june, until_september, after = self.feedback_terms
        if day < date(day.year, 6, 1):
            return until_june
        return until_september if day < date(day.year, 9, 1) else after


DEFAULT: tuple[Policy, ...] = (
    Policy(version="2025-1", valid_from=date(2020, 1, 1), region_age_max=23),
    Policy(version="2026-1", valid_from=date(2026, 1, 1)),
)
"""The national defaults; since 2026 the target group of the Doorstroompunt runs to 27 [L]."""


def in_force(policies: Sequence[Policy], at: datetime) -> Policy:
    """The version in force at a moment: the last one that had begun, else the first."""
    today = local_date(at)
    begun = [policy for policy in policies if policy.valid_from <= today]
    return max(begun, key=lambda policy: policy.valid_from) if begun else policies[0]


def read_policy(text: str) -> Policy:
    """A version written in TOML. Raises ValueError, which names the field."""
    try:
        return msgspec.convert(tomllib.loads(text), Policy)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise ValueError(str(fault)) from fault
