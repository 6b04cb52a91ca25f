"""A17: learners of practical, special and newcomers' education without a plan."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.words import explain
from tests.tale import WORLD, Tale, alerts, the_alert

FIRST = ("A17", "RAISED", "2026-03-02 06:00", None)
SECOND = ("A17", "RAISED", "2026-06-01 06:00", None)


def pupil(vo_type: str = "PRO", at: str = "2025-11-03", **fields: Any) -> Tale:
    """A pupil whom nobody expects in mbo, so that only this rule looks."""
    tale = Tale()
    tale.listed(at, **({"voType": vo_type, "expectedDestination": "WORK"} | fields))
    return tale


@pytest.mark.parametrize("vo_type", ["PRO", "ISK", "VSO_VERVOLG", "VSO_ARBEID", "VSO_DAG"])
def test_the_first_look_is_1_march_or_the_next_working_day(vo_type: str) -> None:
    """1 March 2026 is a Sunday."""
    assert alerts(pupil(vo_type).walk("2026-03-02 05:59").learner) == []
    assert alerts(pupil(vo_type).walk("2026-03-02 06:00").learner) == [FIRST]


@pytest.mark.parametrize("vo_type", ["VMBO_KB", "HAVO", "VAVO", "NONE"])
def test_others_are_not_looked_at(vo_type: str) -> None:
    assert alerts(pupil(vo_type).walk("2026-06-02").learner) == []


def test_it_says_what_it_says() -> None:
    alert = the_alert(pupil("VSO_DAG").walk("2026-03-02 06:00").learner, "A17")
    assert (alert.severity, alert.level, alert.duty) == ("MED", 1, False)
    assert alert.figures == {"type": "VSO_DAG", "deadline": "2026-03-01"}
    assert [(one.role, one.kind, one.region) for one in alert.recipients] == [("vsv_broker", "first", "38")]
    assert explain(alert, WORLD).why == (
        "vso-leerling van Vmbo Oost: op 1 maart 2026 geen aanmelding of bestemming."
    )
    assert explain(alert, WORLD).step == "Vraag Vmbo Oost naar het plan"


def test_what_the_school_expects_is_no_plan_but_staying_in_vo_is() -> None:
    assert alerts(pupil(expectedDestination="DAY_ACTIVITY").walk("2026-03-02 06:00").learner) == [FIRST]
    assert alerts(pupil(expectedDestination="VO").walk("2026-06-02").learner) == []


@pytest.mark.parametrize("how", ["applied", "started", "placed"])
def test_an_application_an_enrolment_or_a_destination_prevents_it_and_ends_it(how: str) -> None:
    before, after = pupil(), pupil()
    for tale, day in ((before, "2026-02-27"), (after, "2026-03-09")):
        match how:
            case "applied":
                tale.applied(day, "PLACED_PROVISIONAL")
            case "started":
                tale.started(day)
            case _:
                tale.placed(day, "DAY_ACTIVITY")
    assert alerts(before.walk("2026-06-02").learner) == []
    assert alerts(after.walk("2026-03-09").learner) == [("A17", "RESOLVED", "2026-03-02 06:00", "AUTO")]


def test_interest_is_no_plan() -> None:
    tale = pupil()
    tale.applied("2026-02-02", "INTEREST")
    assert alerts(tale.walk("2026-03-02 06:00").learner) == [FIRST]


def test_who_comes_on_the_list_in_spring_is_seen_on_1_june() -> None:
    learner = pupil(at="2026-03-09").walk("2026-06-01 06:00").learner
    assert alerts(learner) == [SECOND]
    assert the_alert(learner, "A17").figures["deadline"] == "2026-06-01"


def test_an_open_alert_is_not_raised_again_and_a_plan_that_lapses_is_seen_the_second_time() -> None:
    assert alerts(pupil().walk("2026-06-02").learner) == [FIRST]
    tale = pupil()
    tale.placed("2026-03-09", "WORK_NO_QUALIFICATION", reviewDate="2026-05-11")
    assert alerts(tale.walk("2026-06-02").learner) == [
        ("A17", "RESOLVED", "2026-03-02 06:00", "AUTO"),
        SECOND,
    ]
    assert the_alert(tale.walk("2026-06-02").learner, "A17").episode == 2


def test_who_applied_and_was_refused_has_another_alert() -> None:
    tale = pupil()
    tale.applied("2026-02-02", "NOT_ENROLLABLE")
    assert [code for code, *_ in alerts(tale.walk("2026-06-02").learner)] == ["A04"]


def test_no_application_after_1_april_takes_it_over() -> None:
    learner = pupil("ISK", expectedDestination="MBO").walk("2026-06-02").learner
    assert alerts(learner) == [
        ("A17", "RESOLVED", "2026-03-02 06:00", "SUPERSEDED"),
        ("A02", "RAISED", "2026-04-13 06:00", None),
    ]


def test_on_1_june_of_the_two_the_stronger_alone() -> None:
    tale = pupil("ISK", at="2026-04-20", expectedDestination="MBO")
    assert alerts(tale.walk("2026-06-02").learner) == [("A02", "RAISED", "2026-06-01 06:00", None)]


def test_that_the_type_was_wrong_makes_it_void() -> None:
    tale = pupil(seq=1)
    tale.listed("2026-03-09", voType="VMBO_BB", expectedDestination="WORK", seq=2)
    assert alerts(tale.walk("2026-06-02").learner) == [("A17", "RESOLVED", "2026-03-02 06:00", "CORRECTED")]
