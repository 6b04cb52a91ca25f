"""A03: applied in time, no offer after 1 June."""

from __future__ import annotations

from tests.tale import Tale, alerts_of, the_alert


def applied(first: str = "2026-03-02", status: str = "RECEIVED") -> Tale:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied(first, status, seq=1)
    return tale


def test_it_is_raised_on_9_june_2026_at_six() -> None:
    assert alerts_of(applied().walk("2026-06-09 05:59").learner, "A03") == []
    learner = applied().walk("2026-06-09 06:00").learner
    assert alerts_of(learner, "A03") == [("A03", "RAISED", "2026-06-09 06:00", None)]
    assert the_alert(learner, "A03").figures == {
        "applied": "2026-03-02",
        "deadline": "2026-06-01",
        "checked": "2026-06-09",
    }


def test_the_last_day_is_in_time_and_the_day_after_is_not() -> None:
    assert len(alerts_of(applied("2026-04-01").walk("2026-06-10").learner, "A03")) == 1
    assert alerts_of(applied("2026-04-02").walk("2026-06-10").learner, "A03") == []


def test_in_time_is_judged_by_the_first_step_not_by_the_newest() -> None:
    tale = applied()
    tale.applied("2026-05-11", "INTAKE_DONE", seq=2)
    assert the_alert(tale.walk("2026-06-10").learner, "A03").figures["applied"] == "2026-03-02"


def test_a_provisional_place_prevents_it_and_ends_it() -> None:
    assert alerts_of(applied(status="PLACED_PROVISIONAL").walk("2026-06-10").learner, "A03") == []
    tale = applied()
    tale.applied("2026-06-15", "PLACED_PROVISIONAL", seq=2)
    assert alerts_of(tale.walk("2026-06-15").learner, "A03") == [
        ("A03", "RESOLVED", "2026-06-09 06:00", "AUTO")
    ]


def test_it_is_not_raised_when_everything_is_closed() -> None:
    assert alerts_of(applied(status="WITHDRAWN").walk("2026-06-10").learner, "A03") == []


def test_a_withdrawal_afterwards_does_not_end_it() -> None:
    tale = applied()
    tale.applied("2026-06-15", "WITHDRAWN", seq=2)
    assert alerts_of(tale.walk("2026-06-16").learner, "A03") == [("A03", "RAISED", "2026-06-09 06:00", None)]


def test_an_enrolment_or_a_destination_ends_it() -> None:
    enrolled, placed = applied(), applied()
    enrolled.started("2026-06-15", mbo="99MB")
    placed.placed("2026-06-15")
    for tale in (enrolled, placed):
        assert alerts_of(tale.walk("2026-06-15").learner, "A03") == [
            ("A03", "RESOLVED", "2026-06-09 06:00", "AUTO")
        ]
