"""A08: enrolled and not seen."""

from __future__ import annotations

from tests.tale import Tale, act, alerts, local, the_alert, the_case


def enrolled() -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    return tale


def test_it_is_raised_on_the_morning_of_the_state() -> None:
    learner = enrolled().walk("2026-08-31 06:00").learner
    assert alerts(learner) == [("A08", "RAISED", "2026-08-31 06:00", None)]
    alert = the_alert(learner, "A08")
    assert alert.figures == {"start": "2026-08-24", "days": 5}
    assert [(one.role, one.kind) for one in alert.recipients] == [
        ("mbo_institution", "first"),
        ("vsv_broker", "first"),
    ]
    assert local(learner.next_due) == "2026-09-07 06:00"


def test_a_term_that_was_over_when_it_became_known_falls_due_the_next_working_morning() -> None:
    """Told on Friday 4 September, after the school's week: Monday 7 September at six."""
    tale = Tale()
    tale.started("2026-09-04 15:00")
    assert alerts(tale.walk("2026-09-07 07:00").learner)[-1] == ("A08", "RAISED", "2026-09-07 06:00", None)


def test_presence_received_before_six_prevents_it() -> None:
    tale = enrolled()
    tale.present("2026-08-31 05:00")
    assert tale.walk("2026-09-30").learner.alerts == ()


def test_the_desk_joins_after_the_tenth_lesson_day_picked_up_or_not() -> None:
    step = enrolled().walk("2026-09-07 06:00", act("2026-09-01", "acknowledge", "A08"))
    alert = the_alert(step.learner, "A08")
    assert [(one.level, local(one.at), one.role) for one in alert.escalations] == [
        (2, "2026-09-07 06:00", "leerplicht_desk")
    ]
    assert the_case(step.learner).status == "NEW"


def test_known_after_the_tenth_day_the_desk_joins_at_once() -> None:
    tale = Tale()
    tale.started("2026-09-10")
    alert = the_alert(tale.walk("2026-09-11 06:00").learner, "A08")
    assert (local(alert.raised_at), alert.level) == ("2026-09-11 06:00", 2)


def test_presence_an_enrolment_elsewhere_or_a_destination_ends_it() -> None:
    seen, elsewhere, placed = enrolled(), enrolled(), enrolled()
    seen.present("2026-09-01")
    elsewhere.started("2026-09-01", start="2026-09-14", mbo="99MB", no="E2")
    placed.placed("2026-09-01")
    for tale in (seen, elsewhere, placed):
        assert the_alert(tale.walk("2026-09-02").learner, "A08").how == "AUTO"


def test_ending_the_enrolment_does_not_end_it_the_stronger_alert_does() -> None:
    tale = enrolled()
    tale.ended("2026-09-02", "2026-09-02")
    assert the_alert(tale.walk("2026-09-09 23:00").learner, "A08").open
    assert alerts(tale.walk("2026-09-10 06:00").learner) == [
        ("A08", "RESOLVED", "2026-08-31 06:00", "SUPERSEDED"),
        ("A14", "RAISED", "2026-09-10 06:00", None),
    ]


def test_without_presence_data_it_never_comes() -> None:
    tale = Tale()
    tale.started("2026-07-06", mbo="99MB")
    tale.moved("2026-07-06", "0957", since="2026-07-06")
    assert tale.walk("2026-12-31").learner.alerts == ()
