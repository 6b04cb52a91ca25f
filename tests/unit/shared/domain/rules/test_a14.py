"""A14: stopped without a basic qualification."""

from __future__ import annotations

from typing import Any

from shared.domain.rule import Docket
from shared.domain.rules import RULES
from shared.domain.words import explain
from tests.tale import WORLD, Tale, alerts, alerts_of, local, the_alert, the_case


def stopped(end: str = "2026-09-10", told: str = "2026-09-10", **fields: Any) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", **fields)
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    tale.ended(told, end)
    return tale


def test_it_is_raised_five_working_days_after_the_last_day() -> None:
    learner = stopped().walk("2026-09-18 06:00").learner
    assert alerts(learner) == [("A14", "RAISED", "2026-09-18 06:00", None)]
    alert = the_alert(learner, "A14")
    assert alert.figures == {"end": "2026-09-10", "deadline": "2026-09-17"}
    assert (alert.severity, alert.level, the_case(learner).status) == ("HIGH", 2, "NEW")


def test_a_term_that_ends_on_a_friday_alerts_on_monday() -> None:
    learner = stopped("2026-09-11", "2026-09-11").walk("2026-09-21 06:00").learner
    assert local(the_alert(learner, "A14").raised_at) == "2026-09-21 06:00"


def test_told_late_it_falls_due_the_next_working_morning() -> None:
    learner = stopped("2026-09-10", "2026-09-25 17:00").walk("2026-09-28 06:00").learner
    assert local(the_alert(learner, "A14").raised_at) == "2026-09-28 06:00"


def test_a_new_application_in_time_prevents_it_and_later_does_not_end_it() -> None:
    tale = stopped()
    tale.applied("2026-09-17", no=2)
    assert alerts_of(tale.walk("2026-10-01").learner, "A14") == []
    later = stopped()
    later.applied("2026-09-21", no=2)
    assert the_alert(later.walk("2026-09-22").learner, "A14").open


def test_a_new_enrolment_a_destination_or_a_qualification_ends_it() -> None:
    enrolled, placed, qualified = stopped(), stopped(), stopped()
    enrolled.started("2026-09-21", start="2026-09-28", no="E2")
    placed.placed("2026-09-21")
    qualified.listed("2026-09-21", hasStartkwalificatie=True, expectedDestination="ABROAD")
    for tale in (enrolled, placed, qualified):
        assert the_alert(tale.walk("2026-09-22").learner, "A14").how in ("AUTO", "CORRECTED")


def test_an_application_withdrawn_after_the_term_makes_it_due_again() -> None:
    tale = stopped()
    tale.applied("2026-09-14", no=2, seq=1)
    tale.applied("2026-09-23", "WITHDRAWN", no=2, seq=2)
    learner = tale.walk("2026-09-24 06:00").learner
    assert alerts_of(learner, "A14") == [("A14", "RAISED", "2026-09-24 06:00", None)]
    why = explain(the_alert(learner, "A14"), WORLD).why
    assert why.endswith("zonder startkwalificatie; de aanmelding daarna sloot op 23 september 2026.")


def test_out_of_sight_takes_over() -> None:
    assert alerts(stopped().walk("2026-10-09 06:00").learner) == [
        ("A14", "RESOLVED", "2026-09-18 06:00", "SUPERSEDED"),
        ("A10", "RAISED", "2026-10-09 06:00", None),
    ]


def test_who_attends_has_no_ground() -> None:
    tale = Tale()
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    assert RULES["A14"].grounds(tale.situation("2026-09-18"), Docket()) == ()
