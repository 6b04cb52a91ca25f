"""Deadlines as the national calendar has them, and as a policy file may change them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shared.domain.policy import DEFAULT, Policy, in_force, read_policy

POLICY = DEFAULT[-1]


@pytest.mark.parametrize(
    ("year", "day"),
    [(2026, date(2026, 4, 1)), (2027, date(2027, 4, 1)), (2028, date(2028, 4, 3)), (2029, date(2029, 4, 3))],
)
def test_who_applies_by_1_april_or_the_next_working_day_is_in_time(year: int, day: date) -> None:
    assert POLICY.apply_by(year) == day


def test_the_other_dates_of_a_transition() -> None:
    assert POLICY.placement_check(2026) == date(2026, 6, 1)
    assert POLICY.summer_check_1(2026) == date(2026, 7, 10)
    assert POLICY.summer_check_1(2027) == date(2027, 7, 12), "10 July 2027 is a Saturday"
    assert POLICY.count_date(2026) == date(2026, 10, 1)
    assert POLICY.closing(2026) == date(2027, 7, 31)


@pytest.mark.parametrize(
    ("day", "term"),
    [(date(2026, 5, 31), 15), (date(2026, 6, 1), 10), (date(2026, 8, 31), 10), (date(2026, 9, 1), 5)],
)
def test_the_term_for_news_shortens_towards_the_start(day: date, term: int) -> None:
    assert POLICY.feedback_wd(day) == term


@pytest.mark.parametrize(
    ("at", "age"),
    [
        (datetime(2019, 1, 1, tzinfo=UTC), 23),
        (datetime(2025, 12, 31, 22, 59, tzinfo=UTC), 23),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), 27),
    ],
)
def test_the_version_in_force_is_the_last_that_had_begun(at: datetime, age: int) -> None:
    assert in_force(DEFAULT, at).region_age_max == age


def test_a_policy_is_read_from_toml() -> None:
    policy = read_policy('version = "corona"\nvalid_from = 2021-01-01\napply_day = [5, 1]\nsight_wd = 15')
    assert policy == Policy("corona", date(2021, 1, 1), apply_day=(5, 1), sight_wd=15)
    assert policy.apply_by(2021) == date(2021, 5, 3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('version = "x"\nvalid_from = 2026-01-01\nsight = 5', "sight"),
        ('version = "x"\nvalid_from = 2026-01-01\nsight_wd = "5"', "sight_wd"),
        ('version = "x"', "valid_from"),
        ('version = "x"\nvalid_from = 2026-01-01\ncount_day = [2, 29]', "day"),
        ("version =", "line 1|end of document"),
    ],
)
def test_a_faulty_policy_is_refused_with_its_field(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_policy(text)
