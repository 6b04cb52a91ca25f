"""News on an application: until when an institution may be silent, and what counts as an answer.

Source: docs/domain.md 7 (`feedback_wd`) and rulings 3, 22, 34.
"""

from __future__ import annotations

from datetime import date

from shared.domain.application import OPEN, Applied
from shared.domain.calendar import add_working_days
from shared.domain.policy import Policy


def is_awaited(one: Applied) -> bool:
    """Whether the institution owes a next step: never of an offer, nor once an enrolment took it up.

    That enrolment is the answer, also while it has yet to begin (project decision).
    """
    return one.grade == OPEN and one.enrolment is None


def patience(one: Applied, policy: Policy, year: int) -> int:
    """How many working days this institution may be silent since its last step (ruling 22)."""
    told = one.application
    return policy.where(org=told.brin).feedback_wd(told.status_date, year)


def awaited_until(one: Applied, policy: Policy, year: int) -> date:
    """The last day of the term that runs from the last step."""
    return add_working_days(one.application.status_date, patience(one, policy, year))


def is_overdue(one: Applied, policy: Policy, year: int, today: date) -> bool:
    """Whether news is awaited longer than agreed."""
    return is_awaited(one) and today > awaited_until(one, policy, year)
