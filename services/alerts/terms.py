"""When a row is deleted: the retention terms (project decision on legal grounds, domain 10).

A transition closes on 31 July of the year after its own. A learner without alerts is kept 12 months
longer, one with alerts 24. A case is kept for two years after it was closed, at the longest until two
years after the age limit of the region (27); the case of a minor until the 19th birthday.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from shared.domain.calendar import local_date
from shared.domain.case import Case

AGE_LIMIT = 27
AGE_OF_MINORS_CASE = 19
YEARS_AFTER_CASE = 2
NOTHING_KEPT = date(1970, 1, 1)
"""The term of a record without any fact."""


def quiet_term(year: int) -> date:
    """The term of a transition year that raised nothing."""
    return date(year + 2, 7, 31)


def alert_term(year: int) -> date:
    """The term of an alert of this transition year."""
    return date(year + 3, 7, 31)


def case_term(case: Case, birth_date: date | None) -> date:
    """The term of a case, open ones included; without a birth date the transition year decides."""
    limit = _birthday(birth_date, AGE_LIMIT) if birth_date else date(case.year + 12, 7, 31)
    if case.closed_at is None:
        return _later(limit, YEARS_AFTER_CASE)
    closed = local_date(case.closed_at)
    if birth_date and closed < _birthday(birth_date, 18):
        return _birthday(birth_date, AGE_OF_MINORS_CASE)
    return min(_later(closed, YEARS_AFTER_CASE), _later(limit, YEARS_AFTER_CASE))


def learner_term(years: Iterable[int], alert_years: Iterable[int], cases: Iterable[date]) -> date:
    """The term of the learner's row: the longest of what it stands behind."""
    terms = [quiet_term(year) for year in years] + [alert_term(year) for year in alert_years]
    return max([*terms, *cases], default=NOTHING_KEPT)


def _birthday(birth_date: date, age: int) -> date:
    return _later(birth_date, age)


def _later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 1 March, the day on which the age is reached."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
