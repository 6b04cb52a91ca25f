"""A18: of age, or out of the target group, while something is open."""

from __future__ import annotations

from typing import Any

from tests.tale import Tale, act, alerts, local, the_alert, the_case

ON_SUNDAY = "2008-09-27"
"""Eighteen on Sunday 27 September 2026."""


def dropped_out(birth_date: str = ON_SUNDAY, **fields: Any) -> Tale:
    """An A14 with a case since Friday 18 September 2026."""
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", birthDate=birth_date, **fields)
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    tale.ended("2026-09-10", "2026-09-10")
    return tale


def of_age(tale: Tale, until: str, *actions: Any) -> list[tuple[str, str, str | None, str | None]]:
    return [one for one in alerts(tale.walk(until, *actions).learner) if one[0] == "A18"]


def test_both_desks_hear_of_it_on_the_first_working_morning() -> None:
    learner = dropped_out().walk("2026-09-28 06:00").learner
    alert = the_alert(learner, "A18")
    assert local(alert.raised_at) == "2026-09-28 06:00"
    assert [(one.role, one.kind, one.region) for one in alert.recipients] == [
        ("leerplicht_desk", "first", "38"),
        ("rmc_desk", "first", "38"),
    ]
    assert (alert.severity, alert.level) == ("LOW", 2)
    assert alert.figures == {"age": 18, "date": "2026-09-27"}
    assert len(alert.because) == 1


def test_on_a_working_day_it_is_that_same_morning() -> None:
    assert of_age(dropped_out("2008-09-29"), "2026-09-30") == [("A18", "RAISED", "2026-09-29 06:00", None)]


def test_nothing_open_nothing_said() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", birthDate=ON_SUNDAY)
    tale.started("2026-05-11", start="2026-08-24")
    tale.present("2026-08-24")
    assert of_age(tale, "2026-10-30") == []


def test_what_ended_before_the_morning_needs_no_hand_over() -> None:
    tale = dropped_out()
    tale.placed("2026-09-27 20:00")
    assert of_age(tale, "2026-10-30") == []


def test_what_was_raised_after_the_birthday_is_the_rmc_desks_from_the_start() -> None:
    assert of_age(dropped_out("2008-09-17"), "2026-10-30") == []


def test_the_rmc_desk_takes_the_case_over() -> None:
    asked = act("2026-09-29 10:00", "assign", role="rmc_desk")
    step = dropped_out().walk("2026-09-29 10:00", asked)
    alert = the_alert(step.learner, "A18")
    assert (alert.how, local(alert.resolved_at)) == ("AUTO", "2026-09-29 10:00")
    assert the_case(step.learner).status == "ASSIGNED"
    assert of_age(dropped_out(), "2026-10-30", asked) == [("A18", "RESOLVED", "2026-09-28 06:00", "AUTO")]


def test_a_call_by_the_rmc_desk_is_taking_over_too() -> None:
    called = act("2026-09-29 10:00", "contact-attempt", result="NOT_REACHED", date="2026-09-29")
    assert of_age(dropped_out(), "2026-09-30", called) == [("A18", "RESOLVED", "2026-09-28 06:00", "AUTO")]


def test_work_of_the_attendance_desk_or_from_before_is_not() -> None:
    before = act("2026-09-25 10:00", "assign", role="rmc_desk")
    own = act("2026-09-29 10:00", "assign", role="leerplicht_desk")
    for asked in (before, own):
        assert of_age(dropped_out(), "2026-09-30", asked) == [("A18", "RAISED", "2026-09-28 06:00", None)]


def test_it_ends_with_the_last_thing_that_was_open() -> None:
    """A destination ends the alert; the case that nobody had called about closes with it."""
    tale = dropped_out()
    tale.placed("2026-09-30")
    learner = tale.walk("2026-09-30").learner
    assert [(one[0], one[3]) for one in alerts(learner)] == [("A14", "AUTO"), ("A18", "AUTO")]
    assert the_case(learner).closed_reason == "RESOLVED_BEFORE_CONTACT"


def test_it_keeps_no_case_open_and_closes_none() -> None:
    """A case by hand without any alert: the A18 in it ends, the case goes on."""
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", birthDate=ON_SUNDAY)
    actions = (act("2026-09-21", "open"), act("2026-09-29", "assign", role="rmc_desk"))
    learner = tale.walk("2026-09-30", *actions).learner
    assert alerts(learner) == [("A18", "RESOLVED", "2026-09-28 06:00", "AUTO")]
    assert (the_case(learner).status, the_case(learner).flags) == ("ASSIGNED", ())
    assert the_case(learner).alerts == (the_alert(learner, "A18").alert_id,)


def test_an_alert_without_a_case_is_handed_over_too_and_brings_none() -> None:
    tale = Tale()
    tale.listed("2025-11-03", birthDate="2008-04-14")
    learner = tale.walk("2026-04-14 06:00").learner
    assert [one[0] for one in alerts(learner)] == ["A02", "A18"]
    assert learner.cases == ()
    tale.applied("2026-04-16")
    assert of_age(tale, "2026-04-16") == [("A18", "RESOLVED", "2026-04-14 06:00", "AUTO")]


def test_a_corrected_birth_date_takes_it_back_and_the_right_birthday_has_its_own() -> None:
    tale = dropped_out(seq=1)
    tale.changed("2026-10-01", expectedDestination="ABROAD", birthDate="2008-10-12", seq=2)
    assert of_age(tale, "2026-10-12 06:00") == [
        ("A18", "RESOLVED", "2026-09-28 06:00", "CORRECTED"),
        ("A18", "RAISED", "2026-10-12 06:00", None),
    ]


def test_the_list_that_names_the_birthday_is_the_evidence() -> None:
    tale = dropped_out()
    other = tale.listed("2025-10-06", site="99VB00", expectedDestination="ABROAD", birthDate="2008-11-27")
    tale.left("2026-07-06", "2026-07-31", site="99VB00")
    because = the_alert(tale.walk("2026-09-28 06:00").learner, "A18").because
    assert because
    assert other not in because


def test_a_birthday_that_becomes_known_late_is_told_the_next_morning() -> None:
    tale = dropped_out("2009-11-20", seq=1)
    tale.changed("2026-10-01 15:00", expectedDestination="ABROAD", birthDate=ON_SUNDAY, seq=2)
    assert of_age(tale, "2026-10-05") == [("A18", "RAISED", "2026-10-02 06:00", None)]


def test_a_correction_after_it_ended_does_not_bring_it_back() -> None:
    tale = dropped_out(seq=1)
    tale.placed("2026-09-30 09:00")
    tale.changed("2026-09-30 15:00", expectedDestination="ABROAD", birthDate=ON_SUNDAY, grade=3, seq=2)
    assert of_age(tale, "2026-10-30") == [("A18", "RESOLVED", "2026-09-28 06:00", "AUTO")]


def test_nobody_of_unknown_age_has_a_birthday() -> None:
    tale = Tale()
    tale.applied("2026-03-02")
    assert of_age(tale, "2026-12-31") == []


LIMIT = "1999-10-04"
"""Twenty-seven on Sunday 4 October 2026."""


def in_intake() -> tuple[Any, ...]:
    moves = ("contact-attempt", {"result": "REACHED", "date": "2026-09-21"}), ("move", {"to": "INTAKE"})
    return tuple(
        act(f"2026-09-21 1{hour}:00", name, **more) for hour, (name, more) in enumerate(moves, start=0)
    )


def test_at_the_age_limit_alerts_expire_and_the_desk_still_has_its_case() -> None:
    learner = dropped_out(LIMIT).walk("2026-10-05 06:00", *in_intake()).learner
    assert alerts(learner) == [
        ("A14", "RESOLVED", "2026-09-18 06:00", "EXPIRED"),
        ("A18", "RAISED", "2026-10-05 06:00", None),
    ]
    assert the_alert(learner, "A18").figures == {"age": 27, "date": "2026-10-04"}
    assert learner.standings[2026].state == "CLOSED"


def test_it_ends_when_the_case_is_closed() -> None:
    closed = act("2026-10-06 11:00", "close", destination="OTHER")
    learner = dropped_out(LIMIT).walk("2026-10-07", *in_intake(), closed).learner
    assert (the_alert(learner, "A18").how, the_case(learner).status) == ("AUTO", "CLOSED")
    assert local(the_alert(learner, "A18").resolved_at) == "2026-10-06 11:00"


def test_taking_the_case_over_means_nothing_there() -> None:
    asked = act("2026-10-06 11:00", "assign", role="rmc_desk")
    assert the_alert(dropped_out(LIMIT).walk("2026-10-07", *in_intake(), asked).learner, "A18").open


def test_without_a_case_nobody_grows_out_of_anything() -> None:
    assert of_age(dropped_out(LIMIT), "2026-12-31") == []


def test_a_case_that_closes_by_time_ends_it() -> None:
    """Aftercare of a placed learner runs out on 12 October: the birthday of the limit has been told."""
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", birthDate=LIMIT)
    tale.left("2026-07-06", "2026-07-31")
    tale.placed("2026-07-06", "LEARN_WORK")
    actions = (
        act("2026-07-06 13:00", "open"),
        act("2026-07-06 14:00", "contact-attempt", result="REACHED", date="2026-07-06"),
        act("2026-07-06 15:00", "move", to="INTAKE"),
        act("2026-07-06 16:00", "move", to="GUIDANCE"),
        act("2026-07-12 09:00", "move", to="AFTERCARE", destination="LEARN_WORK"),
    )
    learner = tale.walk("2026-10-12 00:00", *actions).learner
    assert of_age(tale, "2026-10-06", *actions) == [("A18", "RAISED", "2026-10-05 06:00", None)]
    assert the_case(learner).due is None


def test_a_transition_that_closed_earlier_still_has_its_limit() -> None:
    actions = in_intake()
    tale = dropped_out("2000-10-04")
    assert of_age(tale, "2027-10-05", *actions) == [("A18", "RAISED", "2027-10-04 06:00", None)]


def test_at_eighteen_a_closed_transition_is_over() -> None:
    tale = dropped_out("2009-10-04")
    assert the_case(tale.walk("2027-10-30", *in_intake()).learner).open
    assert of_age(tale, "2027-10-30", *in_intake()) == []
