"""How long alerts keeps what it has, at the edges of the terms."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.alerts import terms
from shared.domain.case import Case
from shared.domain.codes import CaseStatus

OPENED = datetime(2026, 10, 9, 4, tzinfo=UTC)


def a_case(closed_at: datetime | None = None) -> Case:
    status = CaseStatus.CLOSED if closed_at else CaseStatus.NEW
    return Case("id", "ref", 2026, status, OPENED, "38", closed_at=closed_at)


def test_a_transition_that_raised_nothing_is_kept_twelve_months_after_it_closed() -> None:
    assert terms.learner_term([2026], [], []) == date(2028, 7, 31)


def test_one_alert_keeps_the_learner_a_year_longer() -> None:
    assert terms.learner_term([2026], [2026], []) == date(2029, 7, 31)


def test_of_several_years_the_longest_term_holds() -> None:
    assert terms.learner_term([2025, 2026], [2025], []) == date(2028, 7, 31)


def test_a_record_without_any_fact_may_go_at_once() -> None:
    assert terms.learner_term([], [], []) < date(2000, 1, 1)


@pytest.mark.parametrize(
    ("born", "closed_at", "until"),
    [
        pytest.param(
            date(2007, 5, 1), datetime(2026, 11, 2, tzinfo=UTC), date(2028, 11, 2), id="adult, closed"
        ),
        pytest.param(date(2007, 5, 1), None, date(2036, 5, 1), id="open: two years past the age limit"),
        pytest.param(
            date(2010, 3, 15), datetime(2026, 11, 2, tzinfo=UTC), date(2029, 3, 15), id="a minor: until 19"
        ),
        pytest.param(None, datetime(2026, 11, 2, tzinfo=UTC), date(2028, 11, 2), id="age unknown, closed"),
        pytest.param(date(2008, 2, 29), None, date(2037, 3, 1), id="born on a leap day"),
    ],
)
def test_a_case_is_kept_by_the_age_of_the_learner(
    born: date | None, closed_at: datetime | None, until: date
) -> None:
    assert terms.case_term(a_case(closed_at), born) == until


def test_the_day_of_closing_is_the_day_in_the_netherlands() -> None:
    assert terms.case_term(a_case(datetime(2026, 11, 1, 23, 30, tzinfo=UTC)), None) == date(2028, 11, 2)
