"""A05: the learner withdrew the last open application."""

from __future__ import annotations

from shared.domain.words import explain
from tests.tale import WORLD, Tale, alerts, the_alert

Alerts = list[tuple[str, str, str | None, str | None]]


def withdrawn(at: str = "2026-05-11") -> Tale:
    """A provisional place, given up on a day."""
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-02", "PLACED_PROVISIONAL", seq=1)
    tale.applied(at, "WITHDRAWN", seq=2)
    return tale


def raised(tale: Tale, until: str) -> Alerts:
    return alerts(tale.walk(until).learner)


def test_it_is_raised_when_the_term_to_apply_anew_is_over() -> None:
    assert raised(withdrawn(), "2026-05-28 05:59") == []
    learner = withdrawn().walk("2026-05-28 06:00").learner
    assert alerts(learner) == [("A05", "RAISED", "2026-05-28 06:00", None)]
    alert = the_alert(learner, "A05")
    assert (alert.severity, alert.level, alert.parties) == ("MED", 1, {"mbo": "99MA"})
    assert [(one.role, one.kind) for one in alert.recipients] == [
        ("vsv_broker", "first"),
        ("vo_school", "cc"),
    ]
    assert explain(alert, WORLD).why == (
        "De leerling trok op 11 mei 2026 de laatste open aanmelding in; t/m 27 mei 2026 geen nieuwe."
    )


def test_a_withdrawal_beside_another_open_application_changes_nothing() -> None:
    tale = withdrawn()
    tale.applied("2026-05-04", "OFFERED", mbo="99MB", no=2)
    assert raised(tale, "2026-07-01") == []


def test_of_several_the_one_that_closed_last_counts() -> None:
    """Refused in Eindhoven, and a week later withdrawn in Roermond: A05. The other way round: A04."""
    withdrew_last, refused_last = withdrawn("2026-05-18"), withdrawn("2026-05-04")
    withdrew_last.applied("2026-05-11", "NOT_ENROLLABLE", mbo="99MB", no=2)
    refused_last.applied("2026-05-11", "NOT_ENROLLABLE", mbo="99MB", no=2)
    assert [code for code, *_ in raised(withdrew_last, "2026-06-05")] == ["A05"]
    assert [code for code, *_ in raised(refused_last, "2026-06-05")] == ["A04"]


def test_a_withdrawal_after_a_refusal_takes_the_alert_of_the_refusal_over() -> None:
    """That a second application had been open all the time becomes known when it is withdrawn."""
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-04-07", "NOT_ENROLLABLE")
    tale.applied("2026-05-11", "WITHDRAWN", mbo="99MB", no=2)
    assert raised(tale, "2026-05-28 06:00") == [
        ("A04", "RESOLVED", "2026-04-22 06:00", "SUPERSEDED"),
        ("A05", "RAISED", "2026-05-28 06:00", None),
    ]


def test_a_refusal_after_a_withdrawal_leaves_the_alert_of_the_withdrawal() -> None:
    tale = withdrawn()
    tale.applied("2026-06-02", "NOT_ENROLLABLE", mbo="99MB", no=2)
    assert raised(tale, "2026-07-01") == [("A05", "RAISED", "2026-05-28 06:00", None)]


def test_a_new_application_ends_it_and_giving_that_up_too_begins_a_new_episode() -> None:
    tale = withdrawn()
    tale.applied("2026-06-02", "PLACED_PROVISIONAL", no=2, seq=1)
    tale.applied("2026-06-08", "WITHDRAWN", no=2, seq=2)
    assert raised(tale, "2026-06-23 06:00") == [
        ("A05", "RESOLVED", "2026-05-28 06:00", "AUTO"),
        ("A05", "RAISED", "2026-06-23 06:00", None),
    ]


def test_a_withdrawal_ends_no_a03_but_takes_it_over_after_its_term() -> None:
    """Applied in time, no offer on 1 June, withdrawn on the 15th: ten working days end on the 29th."""
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-30", "RECEIVED", seq=1)
    tale.applied("2026-05-18", "INTAKE_DONE", seq=2)
    tale.applied("2026-06-15", "WITHDRAWN", seq=3)
    ladder = [one for one in raised(tale, "2026-06-30 06:00") if one[0] != "A06"]
    assert ladder == [
        ("A03", "RESOLVED", "2026-06-09 06:00", "SUPERSEDED"),
        ("A05", "RAISED", "2026-06-30 06:00", None),
    ]


def test_a_place_given_up_before_it_began_counts_while_the_learner_is_in_vo() -> None:
    tale = withdrawn("2026-05-04")
    tale.applied("2026-05-11", "OFFERED", no=2, seq=1)
    tale.started("2026-05-18", applicationRef="99MA:00000002")
    tale.ended("2026-06-08", "2026-06-08")
    tale.applied("2026-06-08", "WITHDRAWN", no=2, seq=2)
    assert tale.state("2026-06-09") == "UNPLACED"
    assert raised(tale, "2026-06-23 06:00") == [("A05", "RAISED", "2026-06-23 06:00", None)]


def test_what_was_given_up_for_an_enrolment_that_ended_is_no_ground_any_more() -> None:
    """Months after dropping out, when A14 has gone out of sight, the old withdrawal stays history."""
    tale = withdrawn()
    tale.started("2026-06-02", mbo="99MB", no="E2")
    tale.left("2026-07-06", "2026-07-31")
    tale.ended("2026-09-10", "2026-09-10", mbo="99MB", no="E2")
    assert "A05" not in [
        code for code, _, raised_at, _ in raised(tale, "2026-12-14") if str(raised_at) > "2026-06-02"
    ]
    late = Tale()
    late.listed("2025-11-03", hasStartkwalificatie=True)
    late.applied("2026-05-11", "WITHDRAWN")
    late.started("2026-05-12", mbo="99MB", no="E2")
    late.left("2026-07-06", "2026-07-31")
    late.ended("2026-09-10", "2026-09-10", mbo="99MB", no="E2")
    assert late.state("2026-12-14") == "OUT_OF_SIGHT"
    assert "A05" not in [code for code, *_ in raised(late, "2026-12-14")]


def test_the_application_of_an_enrolment_that_ended_is_no_withdrawal() -> None:
    """The institution closes it afterwards as withdrawn; the learner dropped out, and later was lost."""
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-02", "OFFERED", seq=1)
    tale.started("2026-07-06", applicationRef="99MA:00000001")
    tale.left("2026-07-06", "2026-07-31")
    tale.present("2026-08-24")
    tale.ended("2026-09-10", "2026-09-10")
    tale.applied("2026-09-14", "WITHDRAWN", seq=2)
    assert {code for code, *_ in raised(tale, "2026-12-14")} == {"A14", "A10"}
