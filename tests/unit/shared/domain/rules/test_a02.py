"""A02: no application after 1 April."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.rule import Docket
from shared.domain.rules import RULES
from tests.tale import Tale, alerts, the_alert


def expected(**fields: Any) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", **fields)
    return tale


def test_it_is_raised_on_13_april_2026_at_six() -> None:
    """1 April and five working days, Good Friday and Easter Monday out: 10 April, so Monday 13."""
    assert alerts(expected().walk("2026-04-13 05:59").learner) == []
    assert alerts(expected().walk("2026-04-13 06:00").learner) == [
        ("A02", "RAISED", "2026-04-13 06:00", None)
    ]


@pytest.mark.parametrize(
    ("year", "moment"),
    [
        (2021, "2021-05-12"),
        (2023, "2023-04-13"),
        (2027, "2027-04-09"),
        (2028, "2028-04-11"),
        (2029, "2029-04-11"),
    ],
)
def test_the_moment_in_other_years(year: int, moment: str) -> None:
    tale = Tale(year=year)
    tale.listed(f"{year - 1}-11-03", birthDate=f"{year - 16}-11-20")
    assert alerts(tale.walk(f"{moment} 07:00").learner) == [("A02", "RAISED", f"{moment} 06:00", None)]


def test_it_says_what_it_says() -> None:
    alert = the_alert(expected().walk("2026-04-14").learner, "A02")
    assert alert.severity == "MED"
    assert alert.level == 1
    assert alert.figures == {"expected": "MBO", "deadline": "2026-04-01", "checked": "2026-04-13"}
    assert [(one.role, one.kind) for one in alert.recipients] == [
        ("vsv_broker", "first"),
        ("vo_school", "cc"),
    ]
    assert alert.because == ("e1",)


@pytest.mark.parametrize("where", ["WORK", "ABROAD", "VO", "HBO", "DAY_ACTIVITY"])
def test_who_is_expected_elsewhere_is_not_looked_at(where: str) -> None:
    assert alerts(expected(expectedDestination=where).walk("2026-07-01").learner) == []


def test_an_application_received_before_the_moment_prevents_it() -> None:
    tale = expected()
    tale.applied("2026-04-13 05:59")
    assert alerts(tale.walk("2026-05-01").learner) == []


def test_who_is_listed_after_the_date_waits_for_the_next() -> None:
    tale = Tale()
    tale.listed("2026-04-14")
    assert alerts(tale.walk("2026-05-31").learner) == []
    assert alerts(tale.walk("2026-06-01").learner) == [("A02", "RAISED", "2026-06-01 06:00", None)]


def test_an_open_alert_is_not_raised_again_on_1_june() -> None:
    assert len(expected().walk("2026-06-02").learner.alerts) == 1


def test_an_application_a_destination_or_staying_in_vo_ends_it() -> None:
    applied, elsewhere, stays = expected(), expected(), expected(seq=1)
    applied.applied("2026-04-20")
    elsewhere.placed("2026-04-20", "OTHER")
    stays.listed("2026-04-20", expectedDestination="VO", seq=2)
    for tale in (applied, elsewhere, stays):
        assert alerts(tale.walk("2026-04-20").learner) == [("A02", "RESOLVED", "2026-04-13 06:00", "AUTO")]


def test_interest_is_no_application() -> None:
    tale = expected()
    tale.applied("2026-03-02", "INTEREST")
    assert alerts(tale.walk("2026-04-13 06:00").learner) == [("A02", "RAISED", "2026-04-13 06:00", None)]


def test_an_enrolment_implies_an_application() -> None:
    tale = expected()
    tale.started("2026-04-20", start="2026-05-04")
    assert alerts(tale.walk("2026-04-20").learner) == [("A02", "RESOLVED", "2026-04-13 06:00", "AUTO")]


def test_who_applied_has_no_ground() -> None:
    tale = expected()
    tale.applied("2026-03-02")
    assert RULES["A02"].grounds(tale.situation("2026-04-13"), Docket()) == ()
