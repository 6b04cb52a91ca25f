"""A07: the summer gap."""

from __future__ import annotations

from tests.tale import Tale, alerts, the_alert


def passed(*steps: str) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    for number, status in enumerate(steps, start=1):
        tale.applied(f"2026-04-0{number + 1}", status, seq=number)
    tale.exam("2026-06-15")
    return tale


def test_it_looks_on_10_july_and_goes_to_the_broker_with_a_copy_to_the_desk() -> None:
    learner = passed().walk("2026-07-10 06:00").learner
    assert alerts(learner) == [("A07", "RAISED", "2026-07-10 06:00", None)]
    alert = the_alert(learner, "A07")
    assert (alert.severity, alert.level, alert.figures) == ("HIGH", 1, {"deadline": "2026-07-10"})
    assert [(one.role, one.kind) for one in alert.recipients] == [
        ("vsv_broker", "first"),
        ("leerplicht_desk", "cc"),
    ]


def test_10_july_on_a_saturday_is_the_monday_after() -> None:
    tale = Tale(year=2027)
    tale.listed("2026-11-03", expectedDestination="ABROAD", birthDate="2010-11-20")
    tale.exam("2027-06-15")
    assert alerts(tale.walk("2027-07-13").learner) == [("A07", "RAISED", "2027-07-12 06:00", None)]


def test_without_a_result_and_in_vo_nobody_is_looked_at() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    assert tale.walk("2026-07-11").learner.alerts == ()


def test_no_result_yet_is_no_result() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.exam("2026-06-15", "NONE")
    assert tale.walk("2026-07-11").learner.alerts == ()


def test_the_second_look_is_ten_working_days_before_the_first_lesson() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    assert alerts(tale.walk("2026-08-10 06:00").learner) == [("A07", "RAISED", "2026-08-10 06:00", None)]


def test_an_offer_counts_at_the_second_look_only_and_goes_to_the_institution() -> None:
    tale = passed("OFFERED")
    assert tale.walk("2026-08-09").learner.alerts == ()
    alert = the_alert(tale.walk("2026-08-10 06:00").learner, "A07")
    assert (alert.severity, alert.level, alert.parties) == ("MED", 0, {"mbo": "99MA"})
    assert [(one.role, one.kind) for one in alert.recipients] == [
        ("mbo_institution", "first"),
        ("vsv_broker", "cc"),
    ]


def test_an_enrolment_or_destination_ends_it_and_an_offer_does_not() -> None:
    tale = passed("RECEIVED")
    tale.applied("2026-07-13", "OFFERED", seq=9)
    assert the_alert(tale.walk("2026-07-14").learner, "A07").open
    tale.started("2026-07-15")
    assert the_alert(tale.walk("2026-07-15").learner, "A07").how == "AUTO"


def test_an_adult_with_a_basic_qualification_is_left_alone() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", hasStartkwalificatie=True, birthDate="2007-05-01")
    tale.exam("2026-06-15")
    assert tale.walk("2026-12-31").learner.alerts == ()
