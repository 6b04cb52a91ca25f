"""A04: the last open application was refused."""

from __future__ import annotations

import pytest

from shared.domain.decide import LADDER
from shared.domain.words import explain
from tests.tale import WORLD, Tale, alerts, local, the_alert


def refused(at: str = "2026-05-11") -> Tale:
    """Applied in March, refused on a day: the programme is full."""
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-02", "PLACED_PROVISIONAL", seq=1)
    tale.applied(at, "NOT_ENROLLABLE", seq=2, closeReason="CAPACITY")
    return tale


def only(tale: Tale, until: str, code: str = "A04") -> list[tuple[str, str, str | None, str | None]]:
    return [one for one in alerts(tale.walk(until).learner) if one[0] == code]


def test_in_spring_there_are_ten_working_days_to_apply_anew() -> None:
    """11 May and ten working days: Ascension Day and Whit Monday do not count, so 27 May."""
    assert only(refused(), "2026-05-28 05:59") == []
    assert only(refused(), "2026-05-28 06:00") == [("A04", "RAISED", "2026-05-28 06:00", None)]


def test_from_the_turn_before_lessons_there_are_five() -> None:
    """Lessons begin on 24 August, so the turn is 27 July."""
    assert only(refused("2026-07-28"), "2026-08-05 05:59") == []
    assert only(refused("2026-07-28"), "2026-08-05 06:00") == [("A04", "RAISED", "2026-08-05 06:00", None)]


def test_it_says_what_it_says() -> None:
    alert = the_alert(refused().walk("2026-05-28 06:00").learner, "A04")
    assert (alert.severity, alert.level, alert.ground) == ("MED", 1, "")
    assert alert.figures == {"date": "2026-05-11", "reason": "CAPACITY", "deadline": "2026-05-27"}
    assert [(one.role, one.kind) for one in alert.recipients] == [
        ("vsv_broker", "first"),
        ("vo_school", "cc"),
    ]
    assert alert.because == ("e3",)
    assert explain(alert, WORLD).why == (
        "ROC West op 11 mei 2026: leidt niet tot inschrijving (opleiding is vol). Niets anders open; "
        "t/m 27 mei 2026 geen nieuwe."
    )


def test_without_a_reason_it_says_that_none_is_known() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-05-11", "NOT_ENROLLABLE")
    assert "(reden niet bekend)" in explain(the_alert(tale.walk("2026-06-01").learner, "A04"), WORLD).why


def test_it_is_pressing_after_15_august() -> None:
    """Refused on Friday 7 August: five working days end on the 14th, so Monday 17 August."""
    early, late = refused("2026-08-06"), refused("2026-08-07")
    assert the_alert(early.walk("2026-08-20").learner, "A04").severity == "MED"
    alert = the_alert(late.walk("2026-08-20").learner, "A04")
    assert (local(alert.raised_at), alert.severity) == ("2026-08-17 06:00", "HIGH")


def test_another_open_application_prevents_it() -> None:
    tale = refused()
    tale.applied("2026-05-12", "PLACED_PROVISIONAL", mbo="99MB", no=2)
    assert only(tale, "2026-06-20") == []


@pytest.mark.parametrize("how", ["applied", "started", "placed"])
def test_a_new_application_an_enrolment_or_a_destination_ends_it(how: str) -> None:
    tale = refused()
    if how == "applied":
        tale.applied("2026-06-02", mbo="99MB", no=2)
    elif how == "started":
        tale.started("2026-06-02", mbo="99MB", no="E2")
    else:
        tale.placed("2026-06-02")
    learner = tale.walk("2026-06-02").learner
    assert only(tale, "2026-06-02") == [("A04", "RESOLVED", "2026-05-28 06:00", "AUTO")]
    assert local(the_alert(learner, "A04").resolved_at) == "2026-06-02 12:00"


def test_refused_again_elsewhere_it_is_a_new_episode() -> None:
    tale = refused()
    tale.applied("2026-06-02", "RECEIVED", mbo="99MB", no=2, seq=1)
    tale.applied("2026-06-08", "NOT_ENROLLABLE", mbo="99MB", no=2, seq=2)
    learner = tale.walk("2026-06-23 06:00").learner
    assert only(tale, "2026-06-23 06:00") == [
        ("A04", "RESOLVED", "2026-05-28 06:00", "AUTO"),
        ("A04", "RAISED", "2026-06-23 06:00", None),
    ]
    assert (the_alert(learner, "A04").episode, the_alert(learner, "A04").parties) == (2, {"mbo": "99MB"})


def test_told_long_after_it_falls_due_the_next_working_morning() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-05-22 17:00", "NOT_ENROLLABLE", statusDate="2026-03-20")
    assert only(tale, "2026-05-26 06:00") == [("A04", "RAISED", "2026-05-26 06:00", None)]


def test_that_the_refusal_was_a_mistake_makes_it_void() -> None:
    tale = refused()
    wrong = tale.arrivals[-1].version.event_id
    tale.retract("2026-06-02", wrong)
    assert only(tale, "2026-06-02") == [("A04", "RESOLVED", "2026-05-28 06:00", "CORRECTED")]


def test_who_stays_in_vo_has_a_place() -> None:
    before, after = refused(), refused()
    before.listed("2026-05-20", expectedDestination="VO")
    assert only(before, "2026-07-01") == []
    after.listed("2026-06-02", expectedDestination="VO")
    assert only(after, "2026-07-01") == [("A04", "RESOLVED", "2026-05-28 06:00", "CORRECTED")]


def test_who_dropped_out_afterwards_has_an_alert_for_that() -> None:
    tale = refused()
    tale.started("2026-06-15", mbo="99MA", start="2026-08-24")
    tale.present("2026-08-24")
    tale.ended("2026-09-10", "2026-09-10")
    assert [code for code, *_ in alerts(tale.walk("2026-09-30").learner)] == ["A04", "A14"]


def test_it_takes_over_what_is_weaker_and_gives_way_to_what_is_stronger() -> None:
    tale = refused("2026-06-15")
    tale.exam("2026-06-15")
    codes = [(code, how) for code, _, _, how in alerts(tale.walk("2026-07-10 06:00").learner)]
    assert codes == [("A04", "SUPERSEDED"), ("A07", None)]
    assert LADDER.index("A07") < LADDER.index("A05") < LADDER.index("A04") < LADDER.index("A03")
