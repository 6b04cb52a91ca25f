"""The mornings on which rules with fixed dates look, worked out once for each policy and year."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from shared.domain.calendar import DAY, add_working_days, first_work_morning, midnight
from shared.domain.policy import Policy


@lru_cache(maxsize=4096)
def morning_of(day: date) -> datetime:
    """06:00 (Europe/Amsterdam, in UTC) on this day or else the next working day."""
    return first_work_morning(midnight(day))


@lru_cache(maxsize=4096)
def morning_after_term(day: date, working_days: int) -> datetime:
    """The first working morning after a term of so many working days that starts on a day (ruling 1)."""
    return morning_of(add_working_days(day, working_days) + DAY)


@lru_cache(maxsize=256)
def planned_by(policy: Policy, year: int) -> datetime:
    """The first look at learners without a plan, without grace (ruling 24)."""
    return morning_of(policy.plan_check(year))


@lru_cache(maxsize=256)
def listed_by(policy: Policy, year: int) -> datetime:
    """The reporting deadline of the lists of expected movers."""
    return morning_after_term(policy.list_due(year), policy.grace_wd)


@lru_cache(maxsize=256)
def applied_by(policy: Policy, year: int) -> datetime:
    """The reporting deadline of the application date."""
    return morning_after_term(policy.apply_by(year), policy.grace_wd)


@lru_cache(maxsize=256)
def second_chance(policy: Policy, year: int) -> datetime:
    """The second look at learners without an application or a plan, without grace (ruling 24)."""
    return morning_of(policy.placement_check(year))


@lru_cache(maxsize=256)
def placed_by(policy: Policy, year: int) -> datetime:
    """The reporting deadline of the date on which most have a place."""
    return morning_after_term(policy.placement_check(year), policy.grace_wd)


@lru_cache(maxsize=256)
def handed_over_by(policy: Policy, year: int) -> tuple[datetime, datetime]:
    """The two looks at warm hand-overs, without grace (ruling 24)."""
    first, second = policy.handover_checks(year)
    return morning_of(first), morning_of(second)


@lru_cache(maxsize=256)
def counted_by(policy: Policy, year: int) -> datetime:
    """The reporting deadline of the count date."""
    return morning_after_term(policy.count_date(year), policy.grace_wd)


@lru_cache(maxsize=256)
def summer_1(policy: Policy, year: int) -> datetime:
    """The look after the results of the re-sits (ruling 2)."""
    return morning_of(policy.summer_check_1(year))
